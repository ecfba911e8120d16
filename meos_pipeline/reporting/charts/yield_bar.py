"""One bar from 0 to 100: at most (light), probably (dark), what MEOS alone says (an open arrow)."""

from meos_pipeline.reporting.charts.axes import linear
from meos_pipeline.reporting.charts.canvas import Canvas, text_width
from meos_pipeline.reporting.spec import YieldBar
from meos_pipeline.reporting.words import Words

_SIZE = 12.0
_SMALL = 200
"""Narrower than this it is the cell of a matrix: no words."""


def draw(chart: YieldBar, width: float, words: Words) -> Canvas:
    """Draw the bar with its words beside it."""
    return _cell(chart, width, words) if width < _SMALL else _full(chart, width, words)


def _full(chart: YieldBar, width: float, words: Words) -> Canvas:
    canvas = Canvas(width, 104)
    x = linear(0, 1, 12, width - 16)
    hundred = words.notation.hundred
    if chart.likely:
        low, middle, high = map(hundred, chart.likely)
        text = words("charts/yield_bar/likely", middle=middle, low=low, high=high)
        canvas.text(12, 14, text, bold=True, role="own", size=15)
    _bar(canvas, chart, x, 44, 30)
    if chart.recorded is not None:
        text = words("charts/yield_bar/recorded", value=hundred(chart.recorded))
        at = x(chart.recorded)
        left = at + 10 if at + 10 + text_width(text, _SIZE) < width else at - 10 - text_width(text, _SIZE)
        canvas.text(left, 36, text, role="signal", bold=True, size=_SIZE)
    if chart.outer:
        low, high = map(hundred, chart.outer)
        text = words("charts/yield_bar/outer", low=low, high=high)
        place = min(
            max(x(chart.likely[2] if chart.likely else chart.outer[0]) + 6, 14), width - text_width(text, _SIZE)
        )
        canvas.text(place, 63, text, role="text", size=_SIZE)
    for at, told in _told(chart, words):
        canvas.target(x(at), 59, "\n".join(filter(None, (told, chart.basis))))
    for tick in (0, 0.25, 0.5, 0.75, 1):
        canvas.line(x(tick), 74, x(tick), 79, "soft")
        canvas.text(x(tick), 93, hundred(tick), anchor="middle", role="soft", size=_SIZE)
    return canvas


def _told(chart: YieldBar, words: Words) -> list[tuple[float, str]]:
    """The three readings of the bar, each where it stands."""
    hundred = words.notation.hundred
    found = []
    if chart.likely:
        low, middle, high = chart.likely
        text = words("charts/yield_bar/likely", middle=hundred(middle), low=hundred(low), high=hundred(high))
        found.append((middle, text))
    if chart.recorded is not None:
        found.append((chart.recorded, words("charts/yield_bar/recorded", value=hundred(chart.recorded))))
    if chart.outer:
        low, high = chart.outer
        found.append((high, words("charts/yield_bar/outer", low=hundred(low), high=hundred(high))))
    return found


def _cell(chart: YieldBar, width: float, words: Words) -> Canvas:
    canvas = Canvas(width, 50)
    x = linear(0, 1, 4, width - 6)
    _bar(canvas, chart, x, 16, 16)
    for tick in (0, 0.5, 1):
        canvas.text(
            x(tick),
            46,
            words.notation.hundred(tick),
            anchor="middle" if tick == 0.5 else "end" if tick else "start",
            role="soft",
            size=10.5,
        )
    return canvas


def _bar(canvas: Canvas, chart: YieldBar, x, top: float, height: float) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    canvas.rect(x(0), top, x(1) - x(0), height, "paper", edge="other")
    if chart.outer:
        canvas.rect(x(chart.outer[0]), top, x(chart.outer[1]) - x(chart.outer[0]), height, "band", edge="grid")
    if chart.likely:
        low, middle, high = chart.likely
        canvas.rect(x(low), top, max(x(high) - x(low), 2), height, "own")
        canvas.line(x(middle), top + 2, x(middle), top + height - 2, "paper", width=1.5)
    if chart.recorded is not None:
        at = x(chart.recorded)
        canvas.path([(at - 6, top - 12), (at + 6, top - 12), (at, top - 1), (at - 6, top - 12)], "signal", width=2)
