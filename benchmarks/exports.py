"""Generated exports that cases share: made once per size, kept in the inputs folder."""

from datetime import date
from pathlib import Path

from benchmarks.case import Bench

TEAMS, MONTHS = 20, 24
LAST = date(2026, 10, 1)
"""Month of the newest export."""


def make_exports(bench: Bench, months: int = MONTHS) -> None:
    """Generate the district of this size, unless it is there."""
    from meos_pipeline.synthetic.generate import generate

    folder = exports_folder(bench, months)
    if (folder / "truth.json").exists():
        return
    at = LAST.year * 12 + LAST.month - months
    first = date(at // 12, at % 12 + 1, 1)
    generate(folder, seed=1, teams=TEAMS, months=months, rows=bench.rows, first_month=first)


def exports_folder(bench: Bench, months: int = MONTHS) -> Path:
    """Folder of the exports of this size."""
    return bench.inputs / (f"exports-{bench.rows}" if months == MONTHS else f"exports-{bench.rows}-{months}-months")


def export_files(bench: Bench) -> list[Path]:
    """The exports, oldest first."""
    return sorted(exports_folder(bench).glob("controles_*.csv"))
