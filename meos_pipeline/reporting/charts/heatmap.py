"""Weekday by block with the numbers printed; under the smallest shown count a cell is dashed and empty."""

from meos_pipeline.reporting.charts.axes import ends, written
from meos_pipeline.reporting.charts.canvas import Canvas
from meos_pipeline.reporting.charts.style import HEAT, HEAT_DARK_TEXT_STEPS, NARROW, heat_step
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Heatmap, Scale
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _LEGEND = 34, 26, 34


def draw(chart: Heatmap, width: float, words: Words) -> Canvas:
    """Draw a grid of numbers on six steps of blue."""
    left = 92 if width > NARROW else 30
    height = _TOP + _ROW * len(chart.rows) + _LEGEND
    canvas = Canvas(width, height)
    column = (width - left - 4) / max(len(chart.columns), 1)
    _, highest = ends(chart, [m.value or 0 for row in chart.marks for m in row])
    for index, name in enumerate(chart.columns):
        canvas.text(
            left + column * (index + 0.5), 17, name, anchor="middle", role="soft", size=14 if width > NARROW else 12.5
        )
    steps: dict[int, list[tuple[float, float, float, float]]] = {}
    empty: list[tuple[float, float, float, float]] = []
    for r, (name, row) in enumerate(zip(chart.rows, chart.marks, strict=True)):
        top = _TOP + r * _ROW
        canvas.text(left - 10, top + 22, name if width > NARROW else name[:2], anchor="end")
        for c, mark in enumerate(row):
            at = left + c * column
            told = mark_told(mark, words, scale=Scale.NUMBER, name=f"{name} {chart.columns[c]}")
            canvas.target(at + column / 2, top + _ROW / 2, told)
            if mark.value is None:
                empty.append((at + 2.5, top + 2.5, column - 5, _ROW - 5))
                continue
            step = heat_step(mark.value, highest)
            steps.setdefault(step, []).append((at + 1, top + 1, column - 2, _ROW - 2))
            text = written(mark.value, Scale.NUMBER, words)
            canvas.ink(at + column / 2, top + 22, text, white=step >= HEAT_DARK_TEXT_STEPS)
    canvas.boxes(empty, "paper", edge="other", dash="2 3")
    for step in sorted(steps):
        canvas.boxes(steps[step], HEAT[step])
    base = height - 12
    canvas.rect(left + 2, base - 11, 24, 14, "paper", edge="other", dash="2 3")
    canvas.text(left + 34, base, words("charts/states/small"), role="soft")
    return canvas
