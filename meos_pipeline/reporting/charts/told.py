"""What a reader is told who points at a value: its name, the value, its margin, and on how many checks it rests."""

from meos_pipeline.reporting.charts.axes import written
from meos_pipeline.reporting.spec import Mark, Moment, Scale, State
from meos_pipeline.reporting.words import Words


def mark_told(mark: Mark, words: Words, *, scale: Scale, name: str = "") -> str:
    """A row, dot or tile; ``name`` where its label is not enough."""
    return _told(name or mark.label, mark, scale, words)


def moment_told(moment: Moment, words: Words, *, scale: Scale, name: str = "") -> str:
    """A period of a trend; ``name`` says of whom, where several stand side by side."""
    notation = words.notation
    period = notation.month(moment.start) if moment.end is None else notation.period(moment.start, moment.end)
    return _told(f"{name}, {period}" if name else period, moment, scale, words)


def _told(name: str, item: Mark | Moment, scale: Scale, words: Words) -> str:
    if item.value is None:
        state = State.TOO_FEW if item.state is State.ORDINARY else item.state
        note = item.note if isinstance(item, Mark) else ""
        return f"{name}: {note or words(f'charts/states/{state}')}"
    lines = [f"{name}: {written(item.value, scale, words)}"]
    if item.low is not None and item.high is not None:
        key = "charts/usual_between" if isinstance(item, Moment) and item.has_limits else "page/margin"
        lines.append(words(key, low=written(item.low, scale, words), high=written(item.high, scale, words)))
    if item.basis:
        lines.append(item.basis)
    if item.state not in {State.ORDINARY, State.SMALL}:
        lines.append(words(f"charts/states/{item.state}"))
    return "\n".join(lines)
