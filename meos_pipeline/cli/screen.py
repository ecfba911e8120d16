"""What the terminal shows: plain lines, and a bar while work goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from meos_pipeline.steps.language import translated
from meos_pipeline.steps.progress import listening

console = Console(highlight=False, soft_wrap=True)
_file = Console(highlight=False, soft_wrap=True, width=2_000)
"""For a file or another program: no line of a table is broken, whatever the terminal was that started it."""
_LEAST = 24
"""Columns of the terminal that the last column of a table needs, which wraps."""

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
    """Print lines in the language of the run."""
    console.print(translated(text), markup=False)


def say_json(content: object) -> None:
    """Print one document for another program: names and numbers, in no language."""
    import json

    _file.print_json(json.dumps(content, default=str, ensure_ascii=False))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, names: Sequence[str] = ()) -> None:
    """Print a table; nothing when there are no rows. Names stay whole, so that they can be copied: only the last wraps.

    Args:
        title: Title above it.
        columns: Heads.
        rows: Cells, in the order of the columns.
        names: Columns whose cells are names of files, fields and the like: never translated.
    """
    if not rows:
        return
    shown = Table(title=translated(title), title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        name = translated(column)
        shown.add_column(name, no_wrap=column != columns[-1], min_width=len(name), overflow="fold")
    for row in rows:
        cells = zip(columns, map(str, row), strict=True)
        shown.add_row(*[Text(text if column in names else translated(text)) for column, text in cells])
    if not console.is_terminal:
        _file.print(shown, width=_file.measure(shown).maximum)
    elif _width([columns, *rows], columns) <= console.width:
        console.print(shown)
    else:
        _one_by_one(title, columns, rows, names)


def _width(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> int:
    """Columns of the terminal that a table needs at least: only its last column wraps."""
    widest = [max(cell_len(translated(str(row[place]))) for row in rows) for place in range(len(columns))]
    return sum(widest[:-1]) + min(widest[-1], _LEAST) + 3 * (len(columns) - 1)


def _one_by_one(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], names: Sequence[str]) -> None:
    """Print what is too wide for a table a row at a time: the first two cells on a line, each other on one below it."""
    console.print(translated(title), style="italic", markup=False)
    for row in rows:
        cells = [
            str(cell) if column in names else translated(str(cell)) for column, cell in zip(columns, row, strict=True)
        ]
        console.print(": ".join(cells[:2]), markup=False)
        for column, cell in zip(columns[2:], cells[2:], strict=True):
            console.print(f"    {translated(column)}: {cell}", markup=False)


@contextmanager
def progress() -> Iterator[None]:
    """Show a bar per stage while the block works, with the time it took and the time left.

    When the output is no terminal each stage is one plain line.
    """
    bars = Progress(
        TextColumn("{task.description:<26}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(translated("left")),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int) -> None:
        words = translated(STAGES.get(stage, stage))
        if not console.is_terminal:
            if stage not in tasks:
                tasks[stage] = TaskID(len(tasks))
                say(f"{words} ...")
            return
        if stage not in tasks:
            tasks[stage] = bars.add_task(words, total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars, listening(show):
        yield
