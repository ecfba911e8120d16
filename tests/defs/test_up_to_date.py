"""Nothing is published over settled months, counts or findings that are older than what came in: one sentence, and a way on."""

from datetime import date

import pytest

from meos_pipeline.cli import running
from meos_pipeline.defs.automation import months_sensor
from meos_pipeline.errors import InputError
from meos_pipeline.steps import counting, intake, publishing, settled, stale, validation
from meos_pipeline.storage.made import forget
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.synthetic.corrections import corrections
from tests.defs.conftest import Site, failure_of, settle
from tests.defs.test_bad_input import tree

JANUARY = date(2025, 1, 1)


@pytest.fixture
def corrected(site: Site, exports: DataFolder) -> Site:
    """A published district that took in a correction of January, and did nothing with it yet."""
    corrections(exports.landing, site.folder.landing, date(2025, 1, 1), changed=40, late=5)
    settle(site.folder)
    assert site.run("ingest_new_exports").success
    return site


def _catch_up(site: Site) -> None:
    """Do what the sensor does, until it has nothing to ask."""
    for _ in range(4):
        for month in site.asked(months_sensor):
            assert site.run("refresh_months", partition=month).success
    assert site.asked(months_sensor) == []


def test_a_corrected_month_is_not_published_until_it_is_made_again(corrected: Site) -> None:
    before, published = publishing.current_edition(corrected.space), tree(corrected.folder.published)
    result = corrected.run("publish_month")
    assert not result.success
    assert "what came in changed 2025-01, and these figures are older" in failure_of(result)
    assert "refresh_months" in failure_of(result)
    started = {str(event.step_key) for event in result.all_events if event.is_step_start}
    assert "findings" not in started, "it stops before the work starts"
    assert tree(corrected.folder.published) == published
    _catch_up(corrected)
    assert corrected.run("publish_month").success
    assert publishing.current_edition(corrected.space) != before


def test_a_dry_run_and_the_edition_alone_are_refused_as_well(corrected: Site) -> None:
    for config in ({}, {"edition": {"dry_run": True}}):
        assert "2025-01" in failure_of(corrected.materialize("edition", **config))


def test_the_command_line_refuses_the_same_and_a_run_brings_every_month_up_to_date(
    corrected: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(corrected.home))
    before = publishing.current_edition(corrected.space)
    with pytest.raises(InputError, match="refresh_months"):
        running.publish(corrected.folder.root, month=None)
    assert running.run(corrected.folder.root, month=None, dry_run=False) == 0
    assert stale.months_to_refresh(corrected.space) == {}, "later months look back on January and were counted again"
    assert publishing.current_edition(corrected.space) != before
    assert running.publish(corrected.folder.root, month=None) == 0


@pytest.mark.parametrize("missing", ["judged", "counted"])
def test_a_month_that_was_merged_and_not_judged_or_counted_is_named(site: Site, missing: str) -> None:
    forget(site.folder, {"judged": "validation", "counted": "cells"}[missing], "2025-01-01")
    with pytest.raises(InputError, match="2025-01, and these figures are older"):
        settled.require_months_up_to_date(site.space)
    {"judged": validation.validate_months, "counted": counting.count_months}[missing](site.space, [JANUARY])
    settled.require_months_up_to_date(site.space)


def test_other_rules_ask_for_every_month_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "version", lambda: "other rules")
    assert len(stale.months_to_refresh(site.space)) == len(intake.months_known(site.space))


def test_a_month_that_has_not_settled_stops_nobody(corrected: Site) -> None:
    toml = corrected.folder.root / "meos.toml"
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n[policy]\nsettlement_days = 62\n", encoding="utf-8")
    again = stale.months_to_refresh(corrected.space)
    assert min(again) <= settled.settled_until(corrected.space) < max(again), "later months of the year look back"
    with pytest.raises(InputError, match="changed 2025-01, and"):
        settled.require_months_up_to_date(corrected.space)
    toml.write_text(toml.read_text(encoding="utf-8").replace("= 62", "= 93"), encoding="utf-8")
    assert min(again) > settled.settled_until(corrected.space)
    settled.require_months_up_to_date(corrected.space)


def test_a_critical_rule_that_failed_stops_the_publication_also_of_cells_that_are_there(site: Site) -> None:
    path = site.folder.tables / "police_checks" / "month=2025-01-01" / "part-0.parquet"
    # Moved away and back: a table with another time of change would be a table changed by hand.
    path.rename(aside := site.home / "aside.parquet")
    assert not site.materialize("validation", partition="2025-01").success
    aside.rename(path)
    result = site.run("publish_month")
    assert "2025-01: the_month_has_checks" in failure_of(result)
    assert "meos expectations explain" in failure_of(result)
    assert site.materialize("validation", partition="2025-01").success
    result = site.run("publish_month")
    assert result.success, failure_of(result)


def test_counts_of_other_thresholds_are_not_published_as_those_of_this_run(site: Site) -> None:
    other = {"thresholds": {"officers_per_unit": 6}}
    result = site.materialize("edition", workspace=other, edition={"dry_run": True})
    assert "publish_month as a whole" in failure_of(result)
    assert site.run("publish_month", workspace=other, edition={"dry_run": True}).success


def test_a_companion_file_that_changed_since_is_not_published_by_half(site: Site) -> None:
    path = site.folder.landing / "breuken.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    assert "publish_month as a whole" in failure_of(site.materialize("edition"))
    assert site.run("publish_month").success
