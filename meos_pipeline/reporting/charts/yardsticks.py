"""A row per group with a mark per yardstick, on an axis where half and double lie equally far."""

from meos_pipeline.reporting.charts.axes import ends, log_scale
from meos_pipeline.reporting.charts.canvas import Canvas, text_width, wrapped
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Mark, Scale, Yardsticks
from meos_pipeline.reporting.words import Words

_ROW, _FOOT, _APART = 38, 24, 10
_SIZE = 12.0
_TICKS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


def draw(chart: Yardsticks, width: float, words: Words) -> Canvas:
    """Draw the rows, with the meaning of the shapes above them."""
    lines = _legend(chart, width)
    top = 20.0 * len(lines) + 8
    bottom = top + _ROW * len(chart.rows)
    canvas = Canvas(width, bottom + _FOOT)
    for row, line in enumerate(lines):
        for shape, name, at in line:
            _shape(canvas, at + 6, 12 + 20 * row, shape)
            canvas.text(at + 16, 16 + 20 * row, name, size=_SIZE)
    values = [v for _, marks in chart.rows for m in marks if m is not None for v in (m.low, m.value, m.high) if v]
    least, most = ends(chart, values)
    low = max((t for t in _TICKS if t <= min(least, 0.5)), default=_TICKS[0])
    high = min((t for t in _TICKS if t >= max(most, 2.0)), default=_TICKS[-1])
    left = width * 0.31
    x = log_scale(low, high, left + 8, width - 22)
    for tick in (t for t in _TICKS if low <= t <= high):
        equal = tick == 1.0
        canvas.line(
            x(tick),
            top,
            x(tick),
            bottom,
            "soft" if equal else "grid",
            width=1.5 if equal else 1,
            dash="4 3" if equal else "",
        )
        text = words("charts/yardsticks/equal") if equal else words.notation.ratio(tick)
        canvas.text(x(tick), bottom + 16, text, anchor="middle", role="text" if equal else "soft", size=_SIZE)
    for index, (name, marks) in enumerate(chart.rows):
        middle = top + _ROW * (index + 0.5)
        canvas.lines(left, middle - 1, wrapped(name, left - 4, words.notation.language, size=14, most=2), anchor="end")
        for shape, mark in enumerate(marks):
            if mark is not None and mark.value is not None:
                told = mark_told(mark, words, scale=Scale.RATIO, name=f"{name}, {chart.names[shape]}")
                canvas.target(x(mark.value), middle + (shape - (len(marks) - 1) / 2) * _APART, told)
                _mark(canvas, mark, middle + (shape - (len(marks) - 1) / 2) * _APART, shape, x)
    return canvas


def _legend(chart: Yardsticks, width: float) -> list[list[tuple[int, str, float]]]:
    """Shapes with their names, in as many lines as they take."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    at = 4.0
    for shape, name in enumerate(chart.names):
        wide = 30 + text_width(name, _SIZE)
        if at + wide > width and lines[-1]:
            lines.append([])
            at = 4.0
        lines[-1].append((shape, name, at))
        at += wide
    return lines


def _mark(canvas: Canvas, mark: Mark, y: float, shape: int, x) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    if mark.low is not None and mark.high is not None:
        canvas.line(x(mark.low), y, x(mark.high), y, _ROLES[shape % 3], width=1.5)
    _shape(canvas, x(mark.value or 1.0), y, shape)


_ROLES = ("own", "text", "signal")


def _shape(canvas: Canvas, x: float, y: float, shape: int) -> None:
    """Round, open square, diamond: told apart without colour."""
    match shape % 3:
        case 0:
            canvas.disc(x, y, "own", size=4.4)
        case 1:
            canvas.rect(x - 3.8, y - 3.8, 7.6, 7.6, "paper", edge="text")
        case _:
            canvas.diamond(x, y, "signal", size=5.6)
