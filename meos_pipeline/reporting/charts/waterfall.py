"""How many records were left after each step, so that nobody has to guess what was dropped."""

from typing import Any

from meos_pipeline.reporting.charts.axes import linear, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.plotly import base_layout, colour, escaped, hover, trace
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.spec import Scale, Waterfall
from meos_pipeline.reporting.words import Words

_ROW, _TOP = 34, 6


def draw(chart: Waterfall, width: float, words: Words) -> str:
    """Draw what was left as a bar, what the step took away as a dashed rest."""
    left = 250 if width > NARROW else 132
    canvas = Canvas(width, _TOP * 2 + _ROW * len(chart.steps))
    highest = max((s.value or 0 for s in chart.steps), default=1) or 1
    x = linear(0, highest, left + 12, width - 70)
    before: float | None = None
    for index, step in enumerate(chart.steps):
        middle = _TOP + _ROW * (index + 0.5)
        canvas.lines(left, middle, wrapped(step.label, left - 6, words.notation.language, most=2), anchor="end")
        if step.value is None:
            canvas.rect(left + 12, middle - 10, 12, 20, "paper", edge="soft", dash="3 2")
            canvas.text(left + 32, middle + 5, words(f"charts/states/{step.state}"), role="soft")
            continue
        if before is not None and before > step.value:
            canvas.rect(x(step.value), middle - 10, x(before) - x(step.value), 20, "paper", edge="soft", dash="3 2")
        canvas.rect(left + 12, middle - 10, x(step.value) - left - 12, 20, "own")
        canvas.text(x(max(before or 0, step.value)) + 8, middle + 5, written(step.value, Scale.NUMBER, words), bold=True)  # fmt: skip
        before = step.value
    return canvas.svg(f"{chart.key}-{int(width)}", chart.title, chart.description)


def figure(chart: Waterfall, words: Words) -> dict[str, Any]:
    """The same chart for Plotly, as bars: the bundle has no waterfall trace and needs none."""
    rows = list(range(len(chart.steps)))
    texts = [f"{escaped(s.label)}: "
             + escaped(written(s.value, Scale.NUMBER, words) if s.value is not None else words(f"charts/states/{s.state}"))
             for s in chart.steps]  # fmt: skip
    data = [trace("bar", orientation="h", x=[s.value for s in chart.steps], y=rows, textposition="none",
                  marker={"color": colour("own")}, **hover(texts))]  # fmt: skip
    layout = base_layout(height=60 + _ROW * len(rows))
    layout["yaxis"] |= {"tickvals": rows, "ticktext": [escaped(s.label) for s in chart.steps],
                        "range": [len(rows) - 0.4, -0.6]}  # fmt: skip
    return {"data": data, "layout": layout}
