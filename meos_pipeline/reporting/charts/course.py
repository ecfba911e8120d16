"""One figure through time, a point per period with its margin; breaks are gaps, an agreement is a thick line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from meos_pipeline.reporting.charts.axes import ends, linear, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width
from meos_pipeline.reporting.charts.told import moment_told
from meos_pipeline.reporting.spec import Course, Flag, Moment, Scale
from meos_pipeline.reporting.words import Words

_LEFT, _RIGHT, _TOP, _PLOT, _FOOT = 30, 34, 22, 96, 34
_SIZE = 12.0
_APART = 3
"""Room between a number and a line beside it."""
_MOST_NAMED = 6
"""With more quarters than this every other one is named."""
_MOST_WRITTEN = 8
"""With more points than this only the last number is written."""


def draw(chart: Course, width: float, words: Words) -> Canvas:
    """Draw points, margins and lines; a small one is the line alone, for the cell of a matrix."""
    return _small(chart, width) if chart.is_small else _full(chart, width, words)


def _full(chart: Course, width: float, words: Words) -> Canvas:
    moments = chart.moments
    canvas = Canvas(width, _TOP + _PLOT + _FOOT)
    x, edges = _places(moments, _LEFT, width - _RIGHT)
    low, high = _span(chart)
    ticks = share_ticks(low, high) if chart.scale is Scale.SHARE else round_ticks(low, high, 3)
    y = linear(ticks[0], ticks[-1], _TOP + _PLOT, _TOP + 4)
    for tick in ticks[:: max(1, (len(ticks) - 1) // 2)]:
        canvas.line(_LEFT, y(tick), width - _RIGHT, y(tick), "grid")
        label = _written(tick, chart.scale, words) if chart.scale is Scale.SHARE else written(tick, chart.scale, words)
        canvas.text(_LEFT - 6, y(tick) + 4, label, anchor="end", role="soft", size=_SIZE)
    _flags(canvas, chart, edges, width, words)
    _stems(canvas, moments, x, y)
    for run in _runs(chart):
        canvas.path([(x[i], y(moments[i].value or 0.0)) for i in run], "own", width=2)
    lines = [at for flag in chart.flags if (at := _at(flag.day, moments, edges)) is not None]
    _points(canvas, moments, x, y, chart.scale, words, bottom=_TOP + _PLOT, lines=lines)
    _axis(canvas, chart, x, words)
    return canvas


def _small(chart: Course, width: float) -> Canvas:
    height = 44.0
    canvas = Canvas(width, height)
    x, edges = _places(chart.moments, 4, width - 8)
    low, high = chart.extent or _span(chart)
    y = linear(low, high, height - 5, 5)
    if chart.band is not None:
        lower, upper = (min(max(edge, low), high) for edge in chart.band)
        canvas.rect(4, y(upper), width - 12, max(y(lower) - y(upper), 1), "band")
    for flag in chart.flags:
        at = _at(flag.day, chart.moments, edges)
        if at is not None:
            look = {"dash": "4 3", "width": 1.0} if flag.is_break else {"width": 2.4}
            canvas.line(at, 2, at, height - 2, "soft" if flag.is_break else "text", **look)
    _stems(canvas, chart.moments[-1:], x[-1:], y)
    for run in _runs(chart):
        canvas.path([(x[i], y(chart.moments[i].value or 0.0)) for i in run], "own", width=1.8)
    last = next((i for i in reversed(range(len(x))) if chart.moments[i].value is not None), None)
    if last is not None:
        canvas.mark(x[last], y(chart.moments[last].value or 0.0), chart.moments[last].state, size=4)
    return canvas


def _places(moments: Sequence[Moment], left: float, right: float) -> tuple[list[float], list[float]]:
    """Middles of the periods, and their ends: the first is where the first period begins."""
    step = (right - left) / max(len(moments), 1)
    return [left + (i + 0.5) * step for i in range(len(moments))], [left + i * step for i in range(len(moments) + 1)]


def _span(chart: Course) -> tuple[float, float]:
    low, high = ends(chart, [v for m in chart.moments for v in (m.value, m.low, m.high) if v is not None])
    return (max(0.0, low - 0.03), min(1.0, high + 0.03)) if chart.scale is Scale.SHARE else (low, high)


def _at(day: date, moments: Sequence[Moment], edges: Sequence[float]) -> float | None:
    """Where a day lies; nothing when it is outside what is drawn."""
    for index, moment in enumerate(moments):
        following = moments[index + 1].start if index + 1 < len(moments) else None
        until = following or (moment.end or moment.start)
        if moment.start <= day < until or (following is None and moment.start <= day <= until):
            span = max((until - moment.start).days, 1)
            return edges[index] + (edges[index + 1] - edges[index]) * (day - moment.start).days / span
    return None


def _flags(canvas: Canvas, chart: Course, edges: Sequence[float], width: float, words: Words) -> None:
    taken: list[tuple[float, float]] = []
    for flag in _by_day(chart.flags, words):
        at = _at(flag.day, chart.moments, edges)
        if at is None:
            continue
        if flag.is_break:
            canvas.line(at, _TOP - 6, at, _TOP + _PLOT, "soft", dash="4 3")
        else:
            canvas.line(at, _TOP - 6, at, _TOP + _PLOT, "text", width=2.4)
        text = flag.title if flag.is_break else _agreed(flag, words)
        wide = text_width(text, _SIZE)
        free = [
            left
            for left in (at + 4, at - 4 - wide)
            if left >= 0
            and left + wide <= width
            and not any(left < end + _APART and begin < left + wide + _APART for begin, end in taken)
        ]
        if not free:
            continue
        left = free[0]
        taken.append((left, left + wide))
        canvas.text(left, _TOP - 9, text, role="soft" if flag.is_break else "text", bold=not flag.is_break, size=_SIZE)


def _by_day(flags: Sequence[Flag], words: Words) -> list[Flag]:
    """What began first and breaks last, so that an agreement keeps its words; those of one day have one line."""
    found: dict[tuple[bool, date], Flag] = {}
    for flag in sorted(flags, key=lambda f: (f.is_break, f.day)):
        other = found.get(key := (flag.is_break, flag.day))
        both = other and f"{other.title} {words('page/and')} {flag.title}"
        found[key] = replace(flag, title=both) if both and other and other.title != flag.title else flag
    return list(found.values())


def _agreed(flag: Flag, words: Words) -> str:
    return words("charts/course/agreed", title=flag.title, day=f"{flag.day.day} {words.notation.short_month(flag.day)}")


def _stems(canvas: Canvas, moments: Sequence[Moment], x: Sequence[float], y: Callable[[float], float]) -> None:
    for at, moment in zip(x, moments, strict=True):
        if moment.value is not None and moment.low is not None and moment.high is not None:
            canvas.line(at, y(moment.low), at, y(moment.high), "own", width=1.5)


def _runs(chart: Course) -> list[list[int]]:
    """Stretches with a value on the same side of every break."""
    runs: list[list[int]] = []
    breaks = [flag.day for flag in chart.flags if flag.is_break]
    for index, moment in enumerate(chart.moments):
        if moment.value is None:
            continue
        previous = chart.moments[index - 1].start if index else None
        broken = previous is None or any(previous < day <= moment.start for day in breaks)
        if runs and runs[-1][-1] == index - 1 and not broken:
            runs[-1].append(index)
        else:
            runs.append([index])
    return [run for run in runs if len(run) > 1]


def _points(
    canvas: Canvas,
    moments: Sequence[Moment],
    x: Sequence[float],
    y: Callable[[float], float],
    scale: Scale,
    words: Words,
    *,
    bottom: float,
    lines: Sequence[float],
) -> None:
    last = max((i for i, m in enumerate(moments) if m.value is not None), default=-1)
    few = len(moments) <= _MOST_WRITTEN
    for index, moment in enumerate(moments):
        at = bottom - 8 if moment.value is None else y(moment.value)
        canvas.target(x[index], at, moment_told(moment, words, scale=scale))
        if moment.value is None:
            canvas.mark(x[index], bottom - 8, moment.state, size=3.5)
            continue
        is_last = index == last
        canvas.mark(x[index], y(moment.value), moment.state, size=5 if is_last else 3.6 if few else 2.8)
        text = _written(moment.value, scale, words)
        if is_last:
            canvas.text(x[index] + 8, y(moment.value) + 6, text, bold=True, role="own", size=17)
        elif few:
            top = y(moment.high if moment.high is not None else moment.value)
            beside = _beside_lines(x[index], text_width(text, _SIZE), lines)
            canvas.text(beside, max(top - 4, _TOP + 4), text, anchor="middle", role="own", size=_SIZE)


def _beside_lines(at: float, wide: float, lines: Sequence[float]) -> float:
    """The middle of a number above its point, moved aside as little as keeps it off the line of an agreement or break."""
    for line in lines:
        if abs(at - line) < wide / 2 + _APART:
            return line - wide / 2 - _APART if at <= line else line + wide / 2 + _APART
    return at


def _axis(canvas: Canvas, chart: Course, x: Sequence[float], words: Words) -> None:
    base = _TOP + _PLOT + 15
    moments, notation = chart.moments, words.notation
    every = 1 if chart.by == "quarter" and len(moments) <= _MOST_NAMED else 6
    seen: dict[int, list[float]] = {}
    for index, moment in enumerate(moments):
        seen.setdefault(moment.start.year, []).append(x[index])
        if chart.by == "month" and (moment.start.month - 1) % every:
            continue
        text = notation.short_month(moment.start)
        if chart.by == "quarter" and every == 1 and moment.end is not None:
            text = f"{text}–{notation.short_month(moment.end)}"
        elif chart.by == "quarter" and index % 2:
            continue
        canvas.text(x[index], base, text, anchor="middle", role="soft", size=10.5)
    for year, places in seen.items():
        if len(places) > 1 or len(seen) == 1:
            canvas.text(sum(places) / len(places), base + 14, str(year), anchor="middle", role="soft", size=10.5)


def _written(value: float, scale: Scale, words: Words) -> str:
    return words.notation.hundred(value) if scale is Scale.SHARE else words.notation.number(value)
