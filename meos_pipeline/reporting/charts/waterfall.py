"""How many records were left after each step, so that nobody has to guess what was dropped."""

from meos_pipeline.reporting.charts.axes import linear, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Mark, Scale, Waterfall
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _STUB = 34, 6, 12


def draw(chart: Waterfall, width: float, words: Words) -> Canvas:
    """Draw what came in and what counts as bars, what fell away as a dashed piece where it fell away."""
    left = 250 if width > NARROW else 132
    canvas = Canvas(width, _TOP * 2 + _ROW * len(chart.steps))
    x = linear(0, _highest(chart), left + 12, width - 70)
    for index, step in enumerate(chart.steps):
        middle = _TOP + _ROW * (index + 0.5)
        start = x(step.other or 0)
        canvas.target(start + _STUB / 2, middle, mark_told(step, words, scale=Scale.NUMBER))
        canvas.lines(left, middle, wrapped(step.label, left - 6, words.notation.language, most=2), anchor="end")
        if step.value is None:
            canvas.rect(start, middle - 10, _STUB, 20, "paper", edge="soft", dash="3 2")
            right = start + _STUB + 8 + text_width(words("charts/states/small")) < width
            canvas.text(
                start + _STUB + 8 if right else start - 8,
                middle + 5,
                words(f"charts/states/{step.state}"),
                role="soft",
                anchor="start" if right else "end",
            )
            continue
        end = max(x((step.other or 0) + step.value), start + 1)
        if step.is_own:
            canvas.rect(start, middle - 10, end - start, 20, "own")
        else:
            canvas.rect(start, middle - 10, end - start, 20, "paper", edge="soft", dash="3 2")
        canvas.text(end + 8, middle + 5, _signed(step, words), bold=step.is_own)
    return canvas


def _highest(chart: Waterfall) -> float:
    return max(((s.other or 0) + (s.value or 0) for s in chart.steps), default=1) or 1


def _signed(step: Mark, words: Words) -> str:
    return f"{'' if step.is_own else '−'}{written(step.value or 0, Scale.NUMBER, words)}"
