"""What the terminal shows: plain lines, and a bar while work goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from meos_pipeline.steps.progress import listening

console = Console(highlight=False, soft_wrap=True)

STAGES = {
    "generate": "Writing fictional exports",
    "parse": "Reading exports",
    "merge": "Merging months",
    "validate": "Checking rules",
    "count": "Counting cells",
    "protect": "Protecting cells",
    "analyse": "Computing statistics",
    "render": "Writing reports",
    "attack": "Attacking our own pages",
}


def say(text: str = "") -> None:
    """Print one line."""
    console.print(text, markup=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; nothing when there are no rows. Names stay whole, so that they can be copied: only the last wraps."""
    if not rows:
        return
    shown = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        shown.add_column(column, no_wrap=column != columns[-1], min_width=len(column), overflow="fold")
    for row in rows:
        shown.add_row(*[str(value) for value in row])
    console.print(shown)


@contextmanager
def progress() -> Iterator[None]:
    """Show a bar per stage while the block works (plain lines when the output is not a terminal)."""
    bars = Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int) -> None:
        words = STAGES.get(stage, stage)
        if not console.is_terminal:
            if done == 0 and stage not in tasks:
                tasks[stage] = TaskID(len(tasks))
                say(f"{words} ...")
            return
        if stage not in tasks:
            tasks[stage] = bars.add_task(words, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars, listening(show):
        yield
