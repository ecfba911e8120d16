"""Teams by volume, with limits that widen where there are few checks. Never a ranking: others have no name."""

from typing import Any

from meos_pipeline.reporting.charts.axes import horizontal_grid, linear, log_scale, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width
from meos_pipeline.reporting.charts.plotly import base_layout, colour, escaped, hover, trace
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.spec import Funnel, Mark, Scale, State
from meos_pipeline.reporting.words import Words

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 52, 18, 22, 50, 320
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
    canvas.text(_LEFT + 6, y(chart.centre) - 7, words("charts/all_teams", value=written(chart.centre, chart.scale, words)), role="soft")  # fmt: skip
    for volume in _VOLUMES:
        if low_x <= volume <= high_x and (width > NARROW or str(volume)[0] in "15"):
            canvas.text(x(volume), bottom + 20, words.notation.number(volume), anchor="middle", role="soft")
    canvas.text((_LEFT + width - _RIGHT) / 2, bottom + 42, chart.axis, anchor="middle", role="soft")
    marks = [m for m in chart.marks if m.value is not None and m.x is not None]
    for mark in marks:
        if not mark.is_named:
            canvas.ring(x(mark.x or 1), y(mark.value or 0))
    for mark in marks:
        if mark.is_named:
            at_x, at_y = x(mark.x or 1), y(mark.value or 0)
            canvas.diamond(at_x, at_y, "signal" if mark.state is State.SIGNAL else "own")
            label = f"{mark.label}: {written(mark.value or 0, chart.scale, words)}"
            right = at_x + 14 + text_width(label) < width - 4
            canvas.text(at_x + (14 if right else -14), at_y + 5, label, anchor="start" if right else "end",
                        role="signal" if mark.state is State.SIGNAL else "own", bold=True)  # fmt: skip
    return canvas.svg(f"{chart.key}-{int(width)}", chart.title, chart.description)


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
        data.append(trace("scatter", x=at, y=[getattr(b, high) for b in chart.bands], fill="tonexty",
                          fillcolor=colour(role), **bare))  # fmt: skip
    for named in (False, True):
        marks = [m for m in chart.marks if m.is_named is named and m.value is not None]
        names = [m.label if named else words("charts/other_team") for m in marks]
        texts = [f"{escaped(n)}: <b>{_told(m, chart, words)}</b>" for n, m in zip(names, marks, strict=True)]  # fmt: skip
        roles = ["signal" if m.state is State.SIGNAL else "own" for m in marks]
        data.append(trace(
            "scatter", x=[m.x for m in marks], y=[m.value for m in marks], mode="markers",
            marker={"size": 13 if named else 10, "symbol": "diamond" if named else "circle-open",
                    "color": [colour(r) for r in roles] if named else colour("other"), "line": {"width": 2}},
            **hover(texts),
        ))  # fmt: skip
    layout = base_layout(height=340)
    layout["xaxis"] |= {"type": "log", "title": {"text": escaped(chart.axis)}, "tickvals": list(_VOLUMES),
                        "ticktext": [words.notation.number(v) for v in _VOLUMES]}  # fmt: skip
    layout["yaxis"] |= {"tickformat": ".0%"} if chart.scale is Scale.SHARE else {}
    layout["shapes"] = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": chart.centre, "y1": chart.centre,
                         "line": {"color": colour("soft"), "dash": "dash", "width": 1.5}}]  # fmt: skip
    return {"data": data, "layout": layout}


def _told(mark: Mark, chart: Funnel, words: Words) -> str:
    """A value on hover; that of another team is whole percents, and is not written finer than it is."""
    value = mark.value or 0.0
    if mark.is_named or chart.scale is not Scale.SHARE:
        return escaped(written(value, chart.scale, words))
    return f"{words.notation.number(value * 100)}%"
