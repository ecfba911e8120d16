"""Work that does not depend on the machine: what is parsed, merged and opened, counted."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl
import pytest

from meos_pipeline import sun
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.table import Table
from meos_pipeline.ingest import companions, structure
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.ingest.structure import Structure
from meos_pipeline.quality import metrics, summary
from meos_pipeline.statistics.cells import month_cells, ordered
from meos_pipeline.statistics.cells.fine import FINE_CELLS
from meos_pipeline.statistics.cells.held import hold
from meos_pipeline.statistics.cells.look_back import open_year
from meos_pipeline.steps import counting, intake, rules, validation
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import months_of, scan_months
from meos_pipeline.synthetic.corrections import corrections
from meos_pipeline.synthetic.generate import generate

if TYPE_CHECKING:
    from meos_pipeline.policy import Policy

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    generate(folder, teams=2, months=4, first_month=date(2024, 11, 1))
    return folder


@pytest.fixture
def space(district: Path, tmp_path: Path) -> Workspace:
    folder = DataFolder(tmp_path / "data").make()
    for path in district.glob("*.csv"):
        shutil.copy2(path, folder.landing / path.name)
    shutil.copy2(district / "meos.toml", folder.root / "meos.toml")
    made = open_workspace(folder.root)
    fictional_key_file(made.key_path, seed=1)
    return made


def files_under(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


def take_in(space: Workspace) -> list[date]:
    intake.take_in(space, now=NOW)
    months = sorted(intake.why_merge_again(space))
    if months:
        intake.merge_months(space, months)
    return months


def test_running_again_without_new_files_parses_and_writes_nothing(space: Workspace) -> None:
    assert len(take_in(space)) >= 4
    before = files_under(space.folder.tables)
    assert take_in(space) == []
    assert files_under(space.folder.tables) == before


def test_a_correction_writes_only_the_months_it_touches(space: Workspace, district: Path) -> None:
    take_in(space)
    before = files_under(space.folder.tables)
    told = corrections(district, space.folder.landing, date(2025, 1, 1), changed=10, late=3)
    file = space.folder.landing / told.file
    rows = pl.read_csv(file, separator=";", infer_schema=False)
    touched = set(rows["datum"].str.to_date("%d-%m-%Y").dt.month_start())
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert set(take_in(space)) <= touched
    after = files_under(space.folder.tables)
    untouched = {path for path in before if "month=2024-11" in str(path) and "police_checks" in str(path)}
    assert untouched
    assert all(after[path] == before[path] for path in untouched)


def test_sun_times_are_calculated_in_one_call_for_all_teams_of_a_batch(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    table = sun.sun_table

    def counted(dates: pl.Series, places: pl.DataFrame, zone: str) -> pl.DataFrame:
        calls.append(places.height)
        return table(dates, places, zone)

    monkeypatch.setattr(sun, "sun_table", counted)
    take_in(space)
    days, teams = 120, 2
    assert set(calls) == {teams}
    assert len(calls) < days


def test_companion_files_are_read_once_until_their_bytes_change(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    scan = structure.scan_structure

    def counted(path: Path, **facts: Any) -> Structure:
        opened.append(path.name)
        return scan(path, **facts)

    monkeypatch.setattr(companions, "_KNOWN", {})
    monkeypatch.setattr(structure, "scan_structure", counted)
    first = companions.read_companions(space.folder, space.settings)
    assert len(opened) == len(set(opened)) == len(first)
    opened.clear()
    companions.read_companions(space.folder, space.settings)
    assert opened == []
    file = space.folder.landing / "inzet_maand.csv"
    before = file.stat()
    text = file.read_text(encoding="utf-8").rstrip()
    file.write_text(text[:-1] + ("1" if text[-1] != "1" else "2") + "\n", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = companions.read_companions(space.folder, space.settings)
    assert file.name in opened
    assert not again["deployment"].equals(first["deployment"])


def test_counting_opens_a_month_for_itself_for_the_days_before_the_next_and_once_for_its_year(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(space)
    months = months_of(space.folder.tables, POLICE_CHECKS.name)
    opened: list[date] = []
    scan = counting.scan_months

    def counted(root: Path, table: Table, wanted: Iterable[date]) -> pl.LazyFrame:
        opened.extend(wanted)
        return scan(root, table, wanted)

    monkeypatch.setattr(counting, "scan_months", counted)
    counting.count_months(space, months)
    days_before = [month for month in months for other in months if month < other <= month + timedelta(days=120)]
    assert len(opened) <= 2 * len(months) + len(days_before)
    assert counting.stale_counts(space) == {}


def test_what_is_held_at_a_time_does_not_grow_with_the_months(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    heights: list[int] = []
    collect = pl.LazyFrame.collect
    keys = {"check_key", "person_key", "vehicle_key", "officer_key", "check", "line", "content"}

    def counted(frame: pl.LazyFrame, *arguments: Any, **named: Any) -> Any:
        made = collect(frame, *arguments, **named)
        if keys & set(made.columns):
            heights.append(made.height)
        return made

    monkeypatch.setattr(ordered, "PART_ROWS", 200)
    monkeypatch.setattr(pl.LazyFrame, "collect", counted)
    months = take_in(space)
    validation.validate_months(space, months)
    counting.count_months(space, months_of(space.folder.tables, POLICE_CHECKS.name))
    monkeypatch.undo()
    rows = scan_months(space.folder.tables, POLICE_CHECKS).group_by("month").len().collect()["len"]
    assert len(rows) >= 4
    assert 0 < max(heights) <= rows.max()


def test_cells_read_no_other_number_of_the_policy_than_those_that_make_them_stale(space: Workspace) -> None:
    take_in(space)
    read: set[str] = set()

    class Watched:
        def __getattr__(self, name: str) -> object:
            read.add(name)
            return getattr(space.settings.policy, name)

    month = months_of(space.folder.tables, POLICE_CHECKS.name)[0]
    rows = scan_months(space.folder.tables, POLICE_CHECKS, [month])
    asked: dict[str, Any] = {"month": month, "policy": Watched()}
    month_cells(rows, rows.clear(), {}, **asked)
    year = open_year(rows, [month], policy=cast("Policy", Watched()))
    year.persons({name: table.of_year for name, table in FINE_CELLS.items() if table.of_year})
    year.vehicles()
    for table in FINE_CELLS.values():
        if table.of_month:
            table.of_month(hold(rows, table.columns))
    assert read == set(counting.COUNTED_BY)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        (date(2025, 12, 1), ["2025-12", "2026-01", "2026-02", "2026-03"]),
        (date(2026, 10, 1), ["2026-10", "2026-11", "2026-12"]),
        (date(2026, 12, 1), ["2026-12"]),
    ],
)
def test_a_changed_month_is_counted_again_with_the_months_that_look_back_on_it(
    space: Workspace, changed: date, again: list[str]
) -> None:
    months = [date(2024 + number // 12, number % 12 + 1, 1) for number in range(36)]
    records = dict.fromkeys(months, "as before")
    before = counting.sources_of(space, months, records=records, companions={})
    after = counting.sources_of(space, months, records=records | {changed: "corrected"}, companions={})
    assert [f"{month:%Y-%m}" for month in months if before[month] != after[month]] == again


def test_a_threshold_of_the_release_counts_nothing_again_and_the_minutes_of_timely_entry_everything(
    space: Workspace,
) -> None:
    take_in(space)
    counting.count_months(space, months_of(space.folder.tables, POLICE_CHECKS.name))
    assert counting.stale_counts(with_policy(space, records_per_unit=40, relevant_ratio=1.2)) == {}
    assert len(counting.stale_counts(with_policy(space, timely_minutes=60))) >= 4


def with_policy(space: Workspace, **numbers: Any) -> Workspace:
    policy = replace(space.settings.policy, **numbers)
    return replace(space, settings=replace(space.settings, policy=policy))


def test_the_three_jobs_launch_few_steps_whatever_the_number_of_months() -> None:
    from meos_pipeline.definitions import defs

    jobs = ("ingest_new_exports", "refresh_months", "publish_month")
    steps = {job: len(defs().resolve_job_def(job).nodes) for job in jobs}
    assert sum(steps.values()) <= 12, steps


def test_validation_looks_at_the_records_of_each_month_once_and_then_of_those_that_changed(
    space: Workspace, district: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    months = take_in(space)
    seen: list[list[date]] = []

    def watched(checks: pl.LazyFrame) -> pl.DataFrame:
        seen.append(checks.select(pl.col("month").unique().sort()).collect()["month"].to_list())
        return made(checks)

    def looked_at() -> list[list[date]]:
        found = list(seen)
        seen.clear()
        return found

    made = metrics.record_metrics
    monkeypatch.setattr(metrics, "record_metrics", watched)
    validation.validate_months(space, months[:1])
    assert looked_at() == [[month] for month in months]
    validation.validate_months(space, months)
    assert looked_at() == []
    corrections(district, space.folder.landing, date(2025, 1, 1), changed=10, late=3)
    changed = take_in(space)
    assert 0 < len(changed) < len(months)
    validation.validate_months(space, changed)
    assert looked_at() == [[month] for month in changed]
    monkeypatch.setattr(validation, "code", lambda: "another")
    validation.validate_months(space, changed)
    assert looked_at() == [[month] for month in months]
    monkeypatch.setattr(validation, "version", lambda: "other rules")
    validation.validate_months(space, changed)
    assert looked_at() == [[month] for month in months]


def test_figures_of_months_that_were_kept_are_those_of_all_records(space: Workspace, district: Path) -> None:
    months = take_in(space)
    validation.validate_months(space, months)
    corrections(district, space.folder.landing, date(2025, 1, 1), changed=10, late=3)
    validation.validate_months(space, take_in(space))
    checks = scan_months(space.folder.tables, POLICE_CHECKS)
    of_all = metrics.monthly_metrics([checks], companions.read_companions(space.folder, space.settings))
    assert summary.read_metrics(space.folder).equals(of_all)
    told = pl.read_parquet(space.folder.restricted / "validation" / "quality_summary.parquet")
    assert told.equals(summary.quality_summary(rules.suites(), checks, of_all))
    assert told["failed"].sum() > 0
