"""Fictional districts, and real public records, from nothing to published reports."""

import shutil
from datetime import date
from pathlib import Path

from meos_pipeline.cli import running
from meos_pipeline.cli.screen import progress, say
from meos_pipeline.errors import InputError
from meos_pipeline.steps.progress import tell
from meos_pipeline.steps.workspace import SETTINGS_FILE, open_workspace
from meos_pipeline.storage.paths import PACKAGE, DataFolder

REAL_RECORDS = PACKAGE.parent / "tests" / "data" / "hartford"
REAL_SETTINGS = "meos.toml"


def generate(
    target: Path, *, seed: int, teams: int, months: int, first_month: str, rows: int | None, traps: bool
) -> int:
    """Write fictional exports."""
    from meos_pipeline.synthetic.generate import generate as make

    first = running.month_of(first_month)
    with progress():
        make(
            target,
            seed=seed,
            teams=teams,
            months=months,
            first_month=first,
            rows=rows,
            traps=traps,
            progress=lambda done, total: tell("generate", done, total),
        )
    say(f"Fictional exports, companion files and truth.json are in {target}")
    return 0


def demo(data: Path | None, *, real: bool, seed: int, teams: int, months: int) -> int:
    """Fill an empty data folder with a fictional district or real records, then run everything."""
    folder = (
        DataFolder(data.resolve())
        if data
        else DataFolder(DataFolder.of_environment().root.parent / ("demo-real" if real else "demo"))
    )
    folder.make()
    if real:
        _place_real_records(folder)
    elif not any(folder.landing.iterdir()) and not any(folder.archive.iterdir()):
        from meos_pipeline.synthetic.generate import FIRST_MONTH
        from meos_pipeline.synthetic.generate import generate as make

        with progress():
            make(
                folder.landing,
                seed=seed,
                teams=teams,
                months=months,
                first_month=FIRST_MONTH,
                settings_folder=folder.root,
                until=_settled_by(months),
                progress=lambda done, total: tell("generate", done, total),
            )
    _make_fictional_key(folder, seed)
    return running.run(folder.root, month=None, dry_run=False)


def _settled_by(months: int) -> date:
    """Day of the last export: the first on which the last month but one is final, so that the last is provisional."""
    from meos_pipeline.policy import Policy
    from meos_pipeline.statistics.settling import final_on
    from meos_pipeline.statistics.windows import add_months
    from meos_pipeline.synthetic.generate import FIRST_MONTH

    return final_on(add_months(FIRST_MONTH, months - 2), Policy().settlement_days)


def _place_real_records(folder: DataFolder) -> None:
    if not REAL_RECORDS.is_dir():
        raise InputError("The real records lie in tests/data/hartford of the source; run this in a checkout")
    if not (folder.root / SETTINGS_FILE).exists():
        shutil.copy(REAL_RECORDS / REAL_SETTINGS, folder.root / SETTINGS_FILE)
    if not any(folder.archive.iterdir()):
        for path in sorted(REAL_RECORDS.glob("hartford_stops*.csv")):
            shutil.copy(path, folder.landing / path.name)


def _make_fictional_key(folder: DataFolder, seed: int) -> None:
    """Make a key that follows from the seed, so that the same seed gives the same pages. Only for data that is no secret."""
    from meos_pipeline.ingest.keys import fictional_key_file

    space = open_workspace(folder.root)
    if space.settings.site.holds_no_secret and not space.key_path.exists():
        fictional_key_file(space.key_path, seed=seed)
