"""Generated exports that cases share: made once per size, kept in the inputs folder."""

from pathlib import Path

from benchmarks.case import Bench

TEAMS, MONTHS = 20, 24


def make_exports(bench: Bench) -> None:
    """Generate the district of this size, unless it is there."""
    from meos_pipeline.synthetic.generate import generate

    folder = exports_folder(bench)
    if (folder / "truth.json").exists():
        return
    generate(folder, seed=1, teams=TEAMS, months=MONTHS, rows=bench.rows)


def exports_folder(bench: Bench) -> Path:
    """Folder of the exports of this size."""
    return bench.inputs / f"exports-{bench.rows}"


def export_files(bench: Bench) -> list[Path]:
    """The exports, oldest first."""
    return sorted(exports_folder(bench).glob("controles_*.csv"))
