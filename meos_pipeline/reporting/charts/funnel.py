"""Teams by volume, with limits that widen where there are few checks. Never a ranking: others have no name."""

from collections.abc import Sequence

from meos_pipeline.reporting.charts.axes import horizontal_grid, linear, log_scale, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Funnel, Mark, Scale, State
from meos_pipeline.reporting.words import Words

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 52, 18, 22, 50, 320
_BOLD = 1.08
"""How much wider bold letters are."""
Box = tuple[float, float, float, float]
_VOLUMES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)


def draw(chart: Funnel, width: float, words: Words) -> Canvas:
    """Draw two bands, rings for other teams, a labelled diamond for the own or outlying team."""
    canvas = Canvas(width, _HEIGHT)
    low_x, high_x = _volume_range(chart)
    x = log_scale(low_x, high_x, _LEFT, width - _RIGHT)
    ticks = _ticks(chart)
    bottom = _HEIGHT - _BOTTOM
    y = linear(ticks[0], ticks[-1], bottom, _TOP)

    def inside(value: float) -> float:
        return y(min(max(value, ticks[0]), ticks[-1]))

    for role, low, high in (("outer", "outer_low", "outer_high"), ("band", "inner_low", "inner_high")):
        if chart.bands:
            upper = [(x(b.x), inside(getattr(b, high))) for b in chart.bands]
            lower = [(x(b.x), inside(getattr(b, low))) for b in reversed(chart.bands)]
            canvas.area([*upper, *lower], role)
    horizontal_grid(canvas, ticks, y, left=_LEFT, right=width - _RIGHT, label=lambda t: written(t, chart.scale, words))
    canvas.line(_LEFT, y(chart.centre), width - _RIGHT, y(chart.centre), "soft", width=1.5, dash="5 4")
    for volume in _VOLUMES:
        if low_x <= volume <= high_x and (width > NARROW or str(volume)[0] in "15"):
            canvas.text(x(volume), bottom + 20, words.notation.number(volume), anchor="middle", role="soft")
    canvas.text((_LEFT + width - _RIGHT) / 2, bottom + 42, chart.axis, anchor="middle", role="soft")
    marks = [(m, x(m.x or 1), y(m.value or 0)) for m in chart.marks if m.value is not None and m.x is not None]
    taken = [(at_x - 7, at_y - 7, at_x + 7, at_y + 7) for _, at_x, at_y in marks]
    middle = y(chart.centre)
    taken.append((_LEFT, middle - 1, width - _RIGHT, middle + 1))
    for mark, at_x, at_y in marks:
        canvas.target(at_x, at_y, _told(mark, chart, words))
        if not mark.is_named:
            canvas.ring(at_x, at_y)
    for mark, at_x, at_y in marks:
        if mark.is_named:
            role = "signal" if mark.state is State.SIGNAL else "own"
            canvas.diamond(at_x, at_y, role)
            label = f"{mark.label}: {written(mark.value or 0, chart.scale, words)}"
            around = [
                (at_x + 14 * side, at_y + 5 + up) for up in (0, -18, 18, -34, 34, -50, 50, 66) for side in (1, -1)
            ]
            _label(canvas, label, around, at_x, taken, role=role, bold=True)
    all_teams = words("charts/all_teams", value=written(chart.centre, chart.scale, words))
    beside = [
        (place, middle + up) for up in (-7, 17) for place in (_LEFT + 6, width - _RIGHT - text_width(all_teams) - 6)
    ]
    _label(canvas, all_teams, beside, 0, taken, role="soft", bold=False)
    return canvas


def _label(
    canvas: Canvas,
    text: str,
    places: Sequence[tuple[float, float]],
    left_of: float,
    taken: list[Box],
    *,
    role: str,
    bold: bool,
) -> None:
    """Write a label at the first place where it meets nothing, else at the place where it meets least."""
    long = text_width(text) * (_BOLD if bold else 1)

    def box(place: tuple[float, float]) -> Box:
        start = place[0] if place[0] >= left_of else place[0] - long
        return (start, place[1] - 12, start + long, place[1] + 4)

    def cost(place: tuple[float, float]) -> float:
        left, top, right, bottom = box(place)
        outside = left < 2 or right > canvas.width - 2 or top < 0
        met = sum(left < b[2] and right > b[0] and top < b[3] and bottom > b[1] for b in taken)
        return met + 100 * outside

    best = min(places, key=cost)
    taken.append(box(best))
    canvas.text(*best, text, anchor="start" if best[0] >= left_of else "end", role=role, bold=bold)


def _volume_range(chart: Funnel) -> tuple[float, float]:
    volumes = [m.x for m in chart.marks if m.x] + [b.x for b in chart.bands if b.x]
    return (min(volumes) * 0.9, max(volumes) * 1.1) if volumes else (10, 1000)


def _ticks(chart: Funnel) -> list[float]:
    values = [m.value for m in chart.marks if m.value is not None] + [chart.centre]
    values += [v for b in chart.bands for v in (b.inner_low, b.inner_high)]
    low, high = min(values), max(values)
    return share_ticks(low, high) if chart.scale is Scale.SHARE else round_ticks(low, high)


def _told(mark: Mark, chart: Funnel, words: Words) -> str:
    """A team; that of another has no name and is whole percents, and is not written finer than it is."""
    if mark.is_named:
        return mark_told(mark, words, scale=chart.scale)
    value = mark.value or 0.0
    coarse = (
        f"{words.notation.number(value * 100)}%" if chart.scale is Scale.SHARE else written(value, chart.scale, words)
    )
    return f"{words('charts/other_team')}: {coarse}"
