"""The history of runs on one machine: Dagster's own files, with fewer connections to them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy.engine import Engine
from sqlalchemy.pool import ConnectionPoolEntry

from meos_pipeline.defs.event_log import SteadyEventLog
from tests.defs.conftest import instance_in, new_home

RULES = 12


@dg.asset(check_specs=[dg.AssetCheckSpec(f"rule_{number}", asset="checked") for number in range(RULES)])
def checked() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(
        check_results=[dg.AssetCheckResult(check_name=f"rule_{number}", passed=number > 0) for number in range(RULES)]
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def opened() -> Iterator[Counter[str]]:
    """How often each file of the history was opened, by its name."""
    found: Counter[str] = Counter()

    def note(connection: object, _: ConnectionPoolEntry) -> None:
        name = connection.execute("PRAGMA database_list").fetchone()[2]  # type: ignore[attr-defined]
        found[Path(name).name] += 1

    sa.event.listen(Engine, "connect", note)
    yield found
    sa.event.remove(Engine, "connect", note)


def run(instance: dg.DagsterInstance) -> str:
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = dg.materialize([checked], instance=instance, run_config=quiet)
    assert result.success
    return result.run_id


def test_the_settings_that_we_ship_use_it(home: Path) -> None:
    with instance_in(home) as instance:
        assert isinstance(instance.event_log_storage, SteadyEventLog)
        run(instance)
    assert (home / "history" / "runs" / "index.db").exists()
    assert not [path for path in Path.cwd().iterdir() if path.name == "history"]


def test_the_file_over_all_runs_is_not_opened_for_each_outcome(home: Path, opened: Counter[str]) -> None:
    with instance_in(home) as instance:
        opened.clear()
        run(instance)
        assert opened["index.db"] < RULES // 2


def test_dagsters_own_storage_reads_the_same_events(home: Path) -> None:
    with instance_in(home) as instance:
        runs = [run(instance) for _ in range(2)]
        ours = [instance.all_logs(one) for one in runs]
        key = dg.AssetKey("checked")
        checks = instance.event_log_storage.get_asset_check_summary_records(
            [dg.AssetCheckKey(key, f"rule_{number}") for number in range(RULES)]
        )
    own = SqliteEventLogStorage(str(home / "history" / "runs"))
    assert [own.get_logs_for_run(one) for one in runs] == ours
    assert {name: record.last_check_execution_record for name, record in checks.items()} == {
        name: record.last_check_execution_record
        for name, record in own.get_asset_check_summary_records(list(checks)).items()
    }


def test_what_another_process_adds_is_seen(home: Path) -> None:
    with instance_in(home) as first, instance_in(home) as second:
        before = run(first)
        after = run(second)
        assert len(first.all_logs(after)) == len(second.all_logs(before)) > RULES


def test_the_file_of_a_run_changes_with_each_event_for_that_is_what_the_ui_watches(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[bytes] = set()
    events = 0
    store = SteadyEventLog.store_event

    def watched(self: SteadyEventLog, event: dg.EventLogEntry) -> None:
        nonlocal events
        store(self, event)
        events += 1
        seen.add(Path(self.path_for_shard(event.run_id)).read_bytes())

    monkeypatch.setattr(SteadyEventLog, "store_event", watched)
    with instance_in(home) as instance:
        run(instance)
    assert len(seen) == events > RULES


def test_more_runs_than_are_remembered_and_a_history_that_is_erased(home: Path) -> None:
    with instance_in(home) as instance:
        runs = [run(instance) for _ in range(6)]
        lengths = {len(instance.all_logs(one)) for one in runs}
        assert len(lengths) == 1
        instance.event_log_storage.wipe()
        assert [path.name for path in (home / "history" / "runs").glob("*.db")] == ["index.db"]
        assert not instance.all_logs(runs[0])
        run(instance)
        assert instance.fetch_materializations(dg.AssetKey("checked"), limit=1).records
