"""A hundred squares, for paper: readable in black and white from the other side of a table."""

from meos_pipeline.reporting.charts.canvas import Canvas
from meos_pipeline.reporting.spec import Hundred
from meos_pipeline.reporting.words import Words

_ACROSS, _LEGEND = 20, 26


def draw(chart: Hundred, width: float, words: Words) -> Canvas:  # noqa: ARG001 - as every kind of chart
    """Draw five rows of twenty, and what each kind of square means."""
    step = width / _ACROSS
    side = step * 0.84
    rows = 100 // _ACROSS
    canvas = Canvas(width, rows * step + _LEGEND)
    black, hatched = round(chart.low * 100), round(chart.high * 100)
    for number in range(100):
        x, y = (number % _ACROSS) * step + 2, (number // _ACROSS) * step + 2
        _square(canvas, x, y, side, "black" if number < black else "hatched" if number < hatched else "open")
    at = 2.0
    for kind, name in zip(("black", "hatched", "open"), chart.names, strict=True):
        _square(canvas, at, rows * step + 8, 13, kind)
        canvas.text(at + 19, rows * step + 19, name, size=13)
        at += width / 3
    return canvas


def _square(canvas: Canvas, x: float, y: float, side: float, kind: str) -> None:
    canvas.rect(x, y, side, side, "text" if kind == "black" else "paper", edge="text")
    if kind != "hatched":
        return
    for k in range(1, 6):
        d = side * k / 3
        canvas.line(x + max(0, d - side), y + min(d, side), x + min(d, side), y + max(0, d - side), "text", width=1.6)
