"""Named jobs on a small district: what they make, what they tell, and that nothing is made twice."""

import re
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from meos_pipeline.cli import running
from meos_pipeline.defs.automation import landing_sensor, months_sensor
from meos_pipeline.steps import publishing
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.synthetic.corrections import corrections
from tests.defs.conftest import Site, settle

MONTHS = ["2025-01", "2025-02", "2025-03"]


def test_three_jobs_lead_from_landing_to_an_edition_that_is_whole(ran: Site) -> None:
    assert [(run.job_name, run.status.value) for run in ran.instance.get_runs()] == [
        ("publish_month", "SUCCESS"),
        ("refresh_months", "SUCCESS"),
        ("ingest_new_exports", "SUCCESS"),
    ]
    assert {item.check_name: item.passed for item in ran.checks("publish_month")}["edition_verifies"]
    assert (ran.folder.published / "index.html").exists()


def test_every_month_is_a_partition_with_its_own_number_of_rows(ran: Site) -> None:
    assert set(MONTHS) <= set(ran.instance.get_dynamic_partitions("month"))
    rows = {month: ran.metadata("police_checks", month)["dagster/partition_row_count"] for month in MONTHS}
    counted = pl.read_parquet(ran.folder.tables / "police_checks" / "**" / "*.parquet").group_by("month").len()
    assert rows == {f"{month:%Y-%m}": n for month, n in counted.iter_rows() if f"{month:%Y-%m}" in MONTHS}


def test_one_run_of_three_months_leaves_the_outcome_of_each_check_per_month(ran: Site) -> None:
    evaluated = [
        (item.check_name, item.partition)
        for item in ran.checks("refresh_months")
        if item.check_name == "every_row_is_accounted_for" or "__" in item.check_name
    ]
    assert {name for name, _ in evaluated} == {
        "every_row_is_accounted_for",
        "police_checks__blocking",
        "police_checks__to_look_at",
        "monthly_metrics__blocking",
        "monthly_metrics__to_look_at",
    }
    for name in {name for name, _ in evaluated}:
        assert {partition for check, partition in evaluated if check == name} >= set(MONTHS), name


def test_an_analyst_sees_where_every_row_went_how_many_there_are_and_why_some_were_set_aside(ran: Site) -> None:
    told = ran.metadata("police_checks", "2025-03")
    assert re.search(r"\| name \| rows_in \| accepted \|", str(told["reconciliation"]))
    assert "| 2025-03 |" in str(told["rows per month"])
    assert "set aside, by reason" in told
    assert str(told["trend"]).startswith("![2025-01 to ")
    assert "data:image/svg+xml" in str(told["trend"])


def test_the_pages_that_the_metadata_leads_to_are_there(ran: Site) -> None:
    page = ran.folder.restricted / "pages" / "kwaliteit.html"
    report, told = ran.folder.published / "index.html", ran.metadata("edition")
    for path, where in (
        (page, ran.metadata("validation", "2025-01")["validation page"]),
        (page, told["validation page"]),
        (report, told["report"]),
    ):
        # The site was made elsewhere, and copied.
        assert Path(str(where)).is_absolute()
        assert Path(str(where)).parts[-3:] == path.parts[-3:]
    text = page.read_text(encoding="utf-8")
    assert "times_are_not_all_round" in text
    assert "controles_" in text


def test_what_was_released_is_previewed_and_what_is_exact_is_not(ran: Site) -> None:
    preview = str(ran.metadata("released_cells")["preview of the newest month"])
    counts = [int(n) for n in re.findall(r"\| (\d+) \|$", preview, flags=re.MULTILINE)]
    assert counts
    assert all(n % 5 == 0 for n in counts)
    assert not [name for name in ran.metadata("cells", "2025-01") if "preview" in name]


def test_the_command_line_publishes_the_same_edition(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = publishing.current_edition(site.space)
    monkeypatch.setenv("DAGSTER_HOME", str(site.home))
    assert running.run(site.folder.root, month=None, dry_run=False) == 0
    assert publishing.current_edition(site.space) == before


def test_unchanged_input_asks_for_no_run_and_a_month_made_again_keeps_its_version(site: Site) -> None:
    assert site.asked(months_sensor) == []
    assert site.run("refresh_months", partition="2025-02").success
    once = {asset: site.version(asset, "2025-02") for asset in ("police_checks", "validation", "cells")}
    assert site.run("refresh_months", partition="2025-02").success
    assert {asset: site.version(asset, "2025-02") for asset in once} == once


def test_a_corrected_export_opens_exactly_the_months_it_touches(site: Site, exports: DataFolder) -> None:
    other = site.version("police_checks", "2025-02")
    corrections(exports.landing, site.folder.landing, date(2025, 1, 1), changed=10, late=3)
    settle(site.folder)
    assert isinstance(site.ask(landing_sensor)[0][0], dg.RunRequest)
    assert site.run("ingest_new_exports").success
    # Cells of a month look back at the months before it, so later months are counted again.
    assert site.asked(months_sensor)[0] == "2025-01"
    before = {path: path.stat().st_mtime_ns for path in site.folder.tables.rglob("part-0.parquet")}
    assert site.run("refresh_months", partition="2025-01").success
    written = [path.parent.name for path, at in before.items() if path.stat().st_mtime_ns != at]
    assert written == ["month=2025-01-01"]
    assert site.version("police_checks", "2025-02") == other
    assert "2025-01" not in site.asked(months_sensor)
