"""A small district that went through Dagster's jobs once, and Dagster as a person uses it: named jobs on one instance."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from meos_pipeline.definitions import defs
from meos_pipeline.defs.months import announce
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps import stale
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.synthetic.generate import generate
from tests.shared import once

SEED = 7


@pytest.fixture(scope="session")
def definitions() -> dg.Definitions:
    """The project as Dagster loads it."""
    return defs()


@dataclass
class Site:
    """A data folder with a Dagster instance of its own."""

    folder: DataFolder
    home: Path
    definitions: dg.Definitions
    instance: dg.DagsterInstance

    @property
    def space(self) -> Workspace:
        """The opened workspace."""
        return open_workspace(self.folder.root)

    def run(
        self, job: str, *, partition: str | None = None, tags: dict[str, str] | None = None, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Run a named job in this process; ``config`` is the configuration of ops by name."""
        return self.definitions.resolve_job_def(job).execute_in_process(
            run_config=self._config(config.pop("workspace", {}), config),
            instance=self.instance,
            partition_key=partition,
            tags=tags,
            raise_on_error=False,
        )

    def refresh(self) -> dg.ExecuteInProcessResult:
        """Refresh all months that changed in one run, as a backfill does."""
        months = sorted(stale.months_to_refresh(self.space))
        announce(self.instance, months)
        keys = [f"{month:%Y-%m}" for month in months]
        tags = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
        return self.run("refresh_months", tags=tags)

    def materialize(
        self, *assets: str, partition: str | None = None, workspace: dict[str, Any] | None = None, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Materialize assets as the button of the UI does, and nothing upstream of them."""
        job = self.definitions.get_repository_def().get_implicit_global_asset_job_def()
        return job.get_subset(asset_selection={dg.AssetKey(name) for name in assets}).execute_in_process(
            run_config=self._config(workspace or {}, config),
            instance=self.instance,
            partition_key=partition,
            raise_on_error=False,
        )

    def ask(self, sensor: Any, *, cursor: str | None = None) -> tuple[list[Any], str | None]:
        """What a sensor answers, and the cursor that it leaves."""
        resources = {"workspace": WorkspaceResource(data=str(self.folder.root))}
        with dg.build_sensor_context(instance=self.instance, resources=resources, cursor=cursor) as context:
            said = sensor(context)
            answers = list(said) if isinstance(said, Iterator) else [said]
            return answers, context.cursor

    def asked(self, sensor: Any) -> list[str]:
        """The partitions that a sensor asks a run for."""
        return [item.partition_key for item in self.ask(sensor)[0] if isinstance(item, dg.RunRequest)]

    def metadata(self, asset: str, partition: str | None = None) -> dict[str, Any]:
        """What Dagster shows of the newest materialization of an asset (and month)."""
        return {name: value.value for name, value in self._newest(asset, partition).metadata.items()}

    def version(self, asset: str, partition: str | None = None) -> str:
        """Data version of the newest materialization of an asset (and month)."""
        return str((self._newest(asset, partition).tags or {})["dagster/data_version"])

    def checks(self, job: str) -> list[dg.AssetCheckEvaluation]:
        """Every evaluation of a check in the runs of a job."""
        events = [
            event.dagster_event
            for run in self.instance.get_runs(dg.RunsFilter(job_name=job))
            for event in self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        ]
        return [event.asset_check_evaluation_data for event in events if event]

    def _config(self, workspace: dict[str, Any], ops: dict[str, Any]) -> dict[str, Any]:
        return {
            "resources": {"workspace": {"config": {"data": str(self.folder.root), "wait_minutes": 0.0, **workspace}}},
            "ops": {name: {"config": value} for name, value in ops.items()},
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        }

    def _newest(self, asset: str, partition: str | None) -> dg.AssetMaterialization:
        wanted = dg.AssetRecordsFilter(
            asset_key=dg.AssetKey(asset), asset_partitions=[partition] if partition else None
        )
        found = self.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
        assert found
        return found


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """The sentence that Dagster shows for the first step that failed."""
    event = next(event for event in result.all_events if event.is_step_failure)
    failure = event.step_failure_data
    return str(
        (failure.user_failure_data and failure.user_failure_data.description)
        or (failure.error and failure.error.message)
    )


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The last evaluation of each check, by name."""
    return {item.check_name: item for item in result.get_asset_check_evaluations()}


def settle(folder: DataFolder) -> None:
    """Give every file in landing an age at which it no longer grows."""
    past = time.time() - 60
    for path in folder.landing.iterdir():
        os.utime(path, (past, past))


def new_home(folder: Path) -> Path:
    """A Dagster home with the settings we ship."""
    folder.mkdir(parents=True)
    shutil.copy(shipped("dagster_home") / "dagster.yaml", folder)
    return folder


def instance_in(home: Path) -> dg.DagsterInstance:
    """Dagster's instance with the settings in this folder, which say where the history is by ``DAGSTER_HOME``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        return dg.DagsterInstance.from_config(str(home))


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Settings, key, companion files and three months of exports that nobody took in yet; with planted identifiers."""
    folder = DataFolder(tmp_path_factory.mktemp("exports") / "data").make()
    generate(
        folder.landing,
        seed=SEED,
        teams=2,
        months=3,
        first_month=date(2025, 1, 1),
        rows=1200,
        traps=False,
        settings_folder=folder.root,
    )
    fictional_key_file(folder.restricted / "fictional-keys.json", seed=SEED)
    settle(folder)
    return folder


@pytest.fixture(scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """The tests' own folders only."""
    patch = pytest.MonkeyPatch()
    for name in ("MEOS_DATA", "MEOS_SETTINGS", "MEOS_KEYS", "MEOS_PAGES", "DAGSTER_HOME"):
        patch.delenv(name, raising=False)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def ran(
    exports: DataFolder,
    definitions: dg.Definitions,
    no_settings_from_outside: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Site:
    """The district after ingest, refresh of all months in one run, and publication. Read only."""

    def publish(folder: Path) -> None:
        first_publication(exports, folder, definitions).instance.dispose()

    shared, own = once(tmp_path_factory, "first publication", publish), tmp_path_factory.mktemp("ran") / "site"
    shutil.copytree(shared, own)
    return Site(DataFolder(own / "data"), own / "home", definitions, instance_in(own / "home"))


@pytest.fixture
def site(ran: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A copy of the district after its first publication, with Dagster's memory of it."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    shutil.copytree(ran.folder.root, tmp_path / "data")
    shutil.copytree(ran.home, tmp_path / "home")
    home = tmp_path / "home"
    return Site(DataFolder(tmp_path / "data"), home, ran.definitions, instance_in(home))


@pytest.fixture
def fresh(
    exports: DataFolder,
    definitions: dg.Definitions,
    no_settings_from_outside: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    """The district before anything was taken in."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return _site(exports, tmp_path, definitions)


def first_publication(exports: DataFolder, root: Path, definitions: dg.Definitions) -> Site:
    """Run the three jobs that lead from landing to an edition."""
    site = _site(exports, root, definitions)
    site.run("ingest_new_exports")
    site.refresh()
    site.run("publish_month")
    return site


def _site(exports: DataFolder, root: Path, definitions: dg.Definitions) -> Site:
    shutil.copytree(exports.root, root / "data")
    home = new_home(root / "home")
    return Site(DataFolder(root / "data"), home, definitions, instance_in(home))
