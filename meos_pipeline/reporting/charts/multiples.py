"""Small trends of all teams on one scale, in alphabetical order: shapes to look at, not places to win."""

from collections.abc import Callable, Sequence

from meos_pipeline.reporting.charts.axes import linear, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import moment_told
from meos_pipeline.reporting.spec import Moment, Multiples, Scale, State
from meos_pipeline.reporting.words import Words

_PANEL, _TITLE = 84, 22
Place = Callable[[float], float]


def _ticks(chart: Multiples) -> list[float]:
    numbers = [n for _, moments in chart.panels for m in moments for n in (m.value, m.low, m.high) if n is not None]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    return share_ticks(low, high) if chart.scale is Scale.SHARE else round_ticks(max(low, 0), high)


def draw(chart: Multiples, width: float, words: Words) -> Canvas:
    """Draw one panel per team, two or four beside each other."""
    across = 4 if width > NARROW else 2
    down = -(-len(chart.panels) // across)
    canvas = Canvas(width, down * (_PANEL + 10) + 4)
    ticks = _ticks(chart)
    cell = width / across
    panels = []
    for index, (name, moments) in enumerate(chart.panels):
        left, top = (index % across) * cell, (index // across) * (_PANEL + 10)
        canvas.text(left + 2, top + 15, wrapped(name, cell - 10, words.notation.language, most=1)[0], bold=True)
        y = linear(ticks[0], ticks[-1], top + _PANEL - 4, top + _TITLE + 4)
        x = linear(0, max(len(moments) - 1, 1), left + 6, left + cell - 56)
        panels.append((moments, x, y))
        for i, moment in enumerate(moments):
            at = top + _PANEL - 4 if moment.value is None else y(moment.value)
            canvas.target(x(i), at, moment_told(moment, words, scale=chart.scale, name=name))
        last = moments[-1] if moments else None
        if last is not None and last.value is not None:
            role = "signal" if last.state is State.SIGNAL else "own"
            canvas.text(
                left + cell - 46, y(last.value) + 5, written(last.value, chart.scale, words), role=role, bold=True
            )
    for layer in (_band, _line, _last, _empty, _signals):
        for moments, x, y in panels:
            layer(canvas, moments, x, y)
    return canvas


def _band(canvas: Canvas, moments: Sequence[Moment], x: Place, y: Place) -> None:
    band = [(i, m.low, m.high) for i, m in enumerate(moments) if m.low is not None and m.high is not None]
    if len(band) > 1:
        canvas.area(
            [*((x(i), y(high)) for i, _, high in band), *((x(i), y(low)) for i, low, _ in reversed(band))], "band"
        )


def _line(canvas: Canvas, moments: Sequence[Moment], x: Place, y: Place) -> None:
    run: list[tuple[float, float]] = []
    for i, moment in enumerate((*moments, None)):
        if moment is not None and moment.value is not None:
            run.append((x(i), y(moment.value)))
            continue
        if len(run) > 1:
            canvas.path(run, "own", width=2)
        run = []


def _last(canvas: Canvas, moments: Sequence[Moment], x: Place, y: Place) -> None:
    if moments and moments[-1].value is not None and moments[-1].state is not State.SIGNAL:
        canvas.mark(x(len(moments) - 1), y(moments[-1].value), moments[-1].state, size=3.4)


def _empty(canvas: Canvas, moments: Sequence[Moment], x: Place, y: Place) -> None:
    """The cross of an empty month stands below the lowest value of its panel."""
    below = max((y(m.value) for m in moments if m.value is not None), default=0.0) + 8
    for i, moment in enumerate(moments):
        if moment.value is None:
            canvas.mark(x(i), below, State.TOO_FEW, size=2.4)


def _signals(canvas: Canvas, moments: Sequence[Moment], x: Place, y: Place) -> None:
    for i, moment in enumerate(moments):
        if moment.value is not None and moment.state is State.SIGNAL:
            canvas.mark(x(i), y(moment.value), State.SIGNAL, size=3.4)
