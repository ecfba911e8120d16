"""Teams by volume, with limits that widen where there are few checks. Never a ranking: others have no name."""

from collections.abc import Sequence
from typing import Any

from meos_pipeline.reporting.charts.axes import horizontal_grid, linear, log_scale, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width
from meos_pipeline.reporting.charts.plotly import base_layout, colour, escaped, hover, trace
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.spec import Funnel, Mark, Scale, State
from meos_pipeline.reporting.words import Words

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 52, 18, 22, 50, 320
_BOLD = 1.08
"""How much wider bold letters are."""
Box = tuple[float, float, float, float]
_VOLUMES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)


def draw(chart: Funnel, width: float, words: Words) -> str:
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
    return canvas.svg(f"{chart.key}-{int(width)}", chart.title, chart.description)


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


def figure(chart: Funnel, words: Words) -> dict[str, Any]:
    """The same chart for Plotly; only named teams have a name on hover."""
    data = []
    for low, high, role in (("outer_low", "outer_high", "outer"), ("inner_low", "inner_high", "band")):
        at = [b.x for b in chart.bands]
        bare: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        data.append(trace("scatter", x=at, y=[getattr(b, low) for b in chart.bands], **bare))
        data.append(
            trace(
                "scatter",
                x=at,
                y=[getattr(b, high) for b in chart.bands],
                fill="tonexty",
                fillcolor=colour(role),
                **bare,
            )
        )
    for named in (False, True):
        marks = [m for m in chart.marks if m.is_named is named and m.value is not None]
        names = [m.label if named else words("charts/other_team") for m in marks]
        texts = [f"{escaped(n)}: <b>{_told(m, chart, words)}</b>" for n, m in zip(names, marks, strict=True)]
        roles = ["signal" if m.state is State.SIGNAL else "own" for m in marks]
        data.append(
            trace(
                "scatter",
                x=[m.x for m in marks],
                y=[m.value for m in marks],
                mode="markers",
                marker={
                    "size": 13 if named else 10,
                    "symbol": "diamond" if named else "circle-open",
                    "color": [colour(r) for r in roles] if named else colour("other"),
                    "line": {"width": 2},
                },
                **hover(texts),
            )
        )
    layout = base_layout(height=340)
    layout["xaxis"] |= {
        "type": "log",
        "title": {"text": escaped(chart.axis)},
        "tickvals": list(_VOLUMES),
        "ticktext": [words.notation.number(v) for v in _VOLUMES],
    }
    layout["yaxis"] |= {"tickformat": ".0%"} if chart.scale is Scale.SHARE else {}
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": chart.centre,
            "y1": chart.centre,
            "line": {"color": colour("soft"), "dash": "dash", "width": 1.5},
        }
    ]
    return {"data": data, "layout": layout}


def _told(mark: Mark, chart: Funnel, words: Words) -> str:
    """A value on hover; that of another team is whole percents, and is not written finer than it is."""
    value = mark.value or 0.0
    if mark.is_named or chart.scale is not Scale.SHARE:
        return escaped(written(value, chart.scale, words))
    return f"{words.notation.number(value * 100)}%"
