"""The asset graph reads like the README: each node says what it is, whose it is, and of which version."""

import itertools

import dagster as dg
import pytest

from meos_pipeline.defs.automation import landing_sensor, months_sensor

STAGES = {"ingest", "quality", "cells", "disclosure", "statistics", "publication"}
FLOW = ["exports", "police_checks", "validation", "cells", "released_cells", "findings", "edition"]
WITHOUT_COLUMNS = {"exports", "edition"}
"""Folders of files: they have no columns."""


def _specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def _checks(definitions: dg.Definitions) -> list[dg.AssetCheckSpec]:
    graph = definitions.get_repository_def().asset_graph
    return [graph.get_check_spec(key) for key in graph.asset_check_keys]


def test_everything_that_runs_can_be_loaded(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)
    names = {job.name for job in definitions.resolve_all_job_defs()}
    assert {"ingest_new_exports", "refresh_months", "publish_month", "rebuild_everything", "purge"} <= names


def test_the_graph_follows_the_flow_of_the_readme(definitions: dg.Definitions) -> None:
    specs = _specs(definitions)
    for before, after in itertools.pairwise(FLOW):
        assert dg.AssetKey(before) in {dep.asset_key for dep in specs[after].deps}, after


def test_every_asset_says_what_it_is_whose_it_is_and_of_which_version(definitions: dg.Definitions) -> None:
    for name, spec in _specs(definitions).items():
        assert len(spec.description or "") > 40, name
        assert spec.group_name in STAGES, name
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.code_version, name


def test_every_table_shows_its_columns_with_their_meaning(definitions: dg.Definitions) -> None:
    for name, spec in _specs(definitions).items():
        if name in WITHOUT_COLUMNS:
            continue
        schema = spec.metadata["dagster/column_schema"]
        assert isinstance(schema, dg.TableSchema), name
        assert all(len(column.description or "") > 5 for column in schema.columns), name


def test_every_check_says_why_it_exists(definitions: dg.Definitions) -> None:
    for spec in _checks(definitions):
        assert len(spec.description or "") > 15, spec.name


def test_every_run_works_in_one_process_also_the_one_of_the_button_on_an_asset(definitions: dg.Definitions) -> None:
    jobs = definitions.get_repository_def().get_all_jobs()
    assert "__ASSET_JOB" in {job.name for job in jobs}, "what a backfill and the button run"
    assert {job.executor_def.name for job in jobs} == {dg.in_process_executor.name}


@pytest.mark.parametrize(
    "name", ["ingest_new_exports", "refresh_months", "publish_month", "rebuild_everything", "purge"]
)
def test_every_job_says_when_to_start_it_and_tells_people_when_it_fails(definitions: dg.Definitions, name: str) -> None:
    job = definitions.resolve_job_def(name)
    assert len(job.description or "") > 30
    assert "tell_people" in {hook.name for hook in job.hook_defs}


def test_sensors_and_the_schedule_say_what_they_watch(definitions: dg.Definitions) -> None:
    assert landing_sensor.description
    assert months_sensor.description
    schedule = definitions.resolve_schedule_def("monthly_publication")
    assert schedule.execution_timezone == "Europe/Amsterdam"
    assert schedule.cron_schedule == "0 6 15 * *"
