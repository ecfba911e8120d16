"""The memory of the door: for every released block the truth it was made from, and what readers saw.

A ledger is a table; each change writes a new generation and never touches an old one. It lives in
``restricted/``: exact counts are in it.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.cells import PERIODS
from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.errors import DisclosureError
from meos_pipeline.storage.durable import sync_folder, write_bytes

LEDGER = Table(
    name="ledger",
    meaning="Per block and cell: exact count at the last release, and what was released.",
    key=("team", "family", "period", "period_start", "partition", "category"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="family", dtype=pl.String(), meaning="Population whose secret offset the block uses."),
        Column(name="period", dtype=PERIODS, meaning="Length of the period."),
        Column(name="period_start", dtype=pl.Date(), meaning="First day of the period."),
        Column(name="partition", dtype=pl.String(), meaning="Name of the partition."),
        Column(name="category", dtype=pl.String(), meaning="Category."),
        Column(
            name="n_exact",
            dtype=pl.Int64(),
            meaning="Exact count when the block was last decided upon; null once it was erased: then the block is final.",
            nullable=True,
        ),
        Column(name="n_released", dtype=pl.Int64(), meaning="Released count; null when withheld.", nullable=True),
        Column(
            name="n_before",
            dtype=pl.Int64(),
            meaning="Released count in the reports of the month before the last revision; null if there was none.",
            nullable=True,
        ),
        Column(
            name="n_exact_first",
            dtype=pl.Int64(),
            meaning="Exact count at the first release: later ones are rounded from what changed since; null when withheld.",
            nullable=True,
        ),
        Column(
            name="n_released_first",
            dtype=pl.Int64(),
            meaning="Released count at the first release; null when withheld.",
            nullable=True,
        ),
        Column(name="revision", dtype=pl.Int32(), meaning="1 at first release, one more at each change."),
        Column(name="revised_for", dtype=pl.Date(), meaning="Report month in which the block last changed."),
        Column(name="first_for", dtype=pl.Date(), meaning="Report month in which the block was first released."),
        Column(name="pending", dtype=pl.Int64(), meaning="Records changed since, at least; not yet visible."),
        Column(
            name="provisional_on",
            dtype=pl.Date(),
            meaning="Day of the newest export when the block was first shown, as provisional; null when its month had settled by then.",
            nullable=True,
        ),
    ),
)

CHANGES = Table(
    name="changes",
    meaning="Released cells that differ from last month's report.",
    key=("team", "period", "period_start", "partition", "category"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="period", dtype=PERIODS, meaning="Length of the period."),
        Column(name="period_start", dtype=pl.Date(), meaning="First day of the period."),
        Column(name="partition", dtype=pl.String(), meaning="Name of the partition."),
        Column(name="category", dtype=pl.String(), meaning="Category."),
        Column(
            name="n_before",
            dtype=pl.Int64(),
            meaning="Released count in last month's report; null when not shown.",
            nullable=True,
        ),
        Column(name="n", dtype=pl.Int64(), meaning="Released count now; null when no longer shown.", nullable=True),
    ),
)

_NAME = re.compile(r"^generation-(\d{6})-([0-9a-f]{16})\.parquet$")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was released before."""

    table: pl.DataFrame = field(default_factory=LEDGER.empty)


def read_ledger(folder: Path) -> Ledger:
    """Read the newest generation in ``folder``; an absent or empty folder gives an empty ledger.

    Raises:
        DisclosureError: if a generation is missing from the row or was changed after it was written.
    """
    generations = _generations(folder)
    if not generations:
        return Ledger()
    numbers = [number for number, _ in generations]
    # The first ones go when exact counts are erased; between two that are there none may be missing.
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise DisclosureError(
            f"Folder '{folder.name}' lacks a ledger generation; put it back from the backup, or released numbers could be given away by a second rounding"
        )
    path = generations[-1][1]
    content = path.read_bytes()
    if not path.stem.endswith(hashlib.sha256(content).hexdigest()[:16]):
        raise DisclosureError(
            f"Ledger file '{path.name}' was changed after it was written; put it back from the backup"
        )
    return Ledger(LEDGER.require(_with_columns(pl.read_parquet(BytesIO(content)))))


def _with_columns(table: pl.DataFrame) -> pl.DataFrame:
    """Ledgers of earlier versions: what they released last counts as the first release, and nothing was provisional."""
    exact = pl.when(pl.col("n_released").is_not_null()).then("n_exact")
    later = {
        "n_exact_first": exact,
        "n_released_first": pl.col("n_released"),
        "provisional_on": pl.lit(None, dtype=pl.Date),
    }
    return table.with_columns(**{name: its for name, its in later.items() if name not in table.columns}).select(
        LEDGER.names
    )


def write_ledger(folder: Path, ledger: Ledger) -> Path | None:
    """Write a new generation, unless it equals the newest; returns its path, or nothing."""
    table = LEDGER.require(ledger.table).sort(LEDGER.key)
    generations = _generations(folder)
    if generations and read_ledger(folder).table.equals(table):
        return None
    stream = BytesIO()
    table.write_parquet(stream, compression="zstd", statistics=False)
    content = stream.getvalue()
    digest = hashlib.sha256(content).hexdigest()[:16]
    number = generations[-1][0] + 1 if generations else 1
    path = folder / f"generation-{number:06d}-{digest}.parquet"
    write_bytes(path, content)
    return path


def forget_exact(ledger: Ledger, before: date) -> Ledger:
    """Erase the exact counts of periods that began before a day; what readers saw of them stays, and is final."""
    gone = pl.col("period_start") < before
    return Ledger(
        ledger.table.with_columns(
            n_exact=pl.when(gone).then(None).otherwise("n_exact"),
            n_exact_first=pl.when(gone).then(None).otherwise("n_exact_first"),
            pending=pl.when(gone).then(0).otherwise("pending"),
        )
    )


def keep_newest(folder: Path) -> None:
    """Remove every generation but the newest: older ones hold exact counts that it no longer has."""
    for _, path in _generations(folder)[:-1]:
        path.unlink()
    if folder.is_dir():
        sync_folder(folder)


def changed_since_last_month(ledger: Ledger, published_until: date) -> pl.DataFrame:
    """Cells whose released value differs from the report of an earlier month (contract ``CHANGES``).

    A function of the ledger and not of the run, so a re-run says the same. That a month became final that the report
    before this one showed as provisional is no change.
    """
    before = ledger.table.filter(pl.col("first_for") < published_until)["first_for"].max()
    is_final_now = pl.col("provisional_on").is_not_null() & (pl.col("period_start") > pl.lit(before, dtype=pl.Date))
    return (
        ledger.table.filter(
            pl.col("revised_for") == published_until,
            pl.col("first_for") < published_until,
            ~is_final_now,
            pl.col("n_before").ne_missing(pl.col("n_released")),
        )
        .rename({"n_released": "n"})
        .select(CHANGES.names)
        .sort(CHANGES.key)
    )


def _generations(folder: Path) -> list[tuple[int, Path]]:
    if not folder.is_dir():
        return []
    found = [(match, path) for path in folder.iterdir() if (match := _NAME.match(path.name))]
    return sorted((int(match.group(1)), path) for match, path in found)
