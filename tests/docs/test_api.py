"""The public face: what a notebook gets is what the pipeline makes."""

import doctest
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import meos_pipeline as meos
from meos_pipeline import api
from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.errors import InputError
from meos_pipeline.reporting.notation import Notation

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from meos_pipeline.synthetic.generate import generate

    target = tmp_path_factory.mktemp("exports")
    generate(target, seed=5, teams=3, months=4, first_month=date(2026, 3, 1), rows=4_000, traps=False)
    return target


@pytest.fixture(scope="module")
def checks(folder):
    return meos.read_export(*sorted(folder.glob("controles_*.csv")))


def test_examples_in_the_docstrings_hold():
    assert doctest.testmod(api).failed == 0
    assert doctest.testmod(api).attempted > 5


def test_importing_the_package_loads_no_data_library():
    script = "import meos_pipeline, sys; print('polars' in sys.modules, sorted(meos_pipeline.__all__)[0])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "count_cells"]


def test_what_is_not_offered_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'ranking'"):
        _ = meos.ranking


def test_reading_does_not_touch_the_folder_and_gives_other_pseudonyms_each_time(folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    export = min(folder.glob("controles_*.csv"))
    one, two = (meos.read_export(export).sort("line") for _ in range(2))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert one.drop(pl.col("^.*_key$")).equals(two.drop(pl.col("^.*_key$")))
    assert not set(one["person_key"].drop_nulls()) & set(two["person_key"].drop_nulls())


def test_no_planted_identifier_is_in_what_is_read(folder, checks):
    import json

    canaries = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["canaries"]
    text = checks.write_csv()
    assert [kind for kind, found in canaries.items() if any(str(one) in text for one in found[:50])] == []


def test_cells_of_a_population_add_up_to_its_checks(checks, folder):
    cells = meos.count_cells(checks, meos.read_companions(folder))
    totals = cells.group_by("partition").agg(pl.col("n").sum())
    expected = {"checks": checks.height, "proactive": checks.filter("is_proactive").height}
    compared = 0
    for name, n in totals.rows():
        if PARTITIONS[name].population in expected:
            assert n == expected[PARTITIONS[name].population], name
            compared += 1
    assert compared > 20


def test_cells_stand_at_the_period_of_their_partition(checks):
    cells = meos.count_cells(checks)
    assert {(p, PARTITIONS[p].period) for p in cells["partition"]} == set(
        cells.select("partition", pl.col("period").cast(pl.String())).unique().rows()
    )
    quarters = cells.filter(pl.col("period").cast(pl.String()) == "quarter")["period_start"]
    assert set(quarters.dt.month()) <= {1, 4, 7, 10}


def test_a_companion_that_is_absent_gives_rows_that_name_its_file(checks):
    found = meos.statistic("registrations_per_100_shifts", meos.count_cells(checks))
    assert set(found["label"].cast(pl.String())) == {"missing_input"}
    assert set(found["label_reason"]) == {"inzet_maand.csv"}


def test_one_export_without_a_list_of_teams_goes_from_file_to_figure_in_five_calls(folder, tmp_path):
    export = min(folder.glob("controles_*.csv"))
    (tmp_path / export.name).write_bytes(export.read_bytes())
    alone = meos.read_export(tmp_path / export.name)
    beside = meos.read_companions(tmp_path)
    cells = meos.count_cells(alone, beside)
    found = meos.statistic("explanation_given", cells, beside)
    drawn = meos.figure(found.filter(period_start=found["period_start"].max()))
    assert (beside, [path.name for path in tmp_path.iterdir()]) == ({}, [export.name]), "nothing is left behind"
    listed = meos.read_export(export)
    assert alone.height == listed.height > 100, "with the list of teams the same records are there"
    assert alone["team"].n_unique() == 3
    with_list = meos.statistic("explanation_given", meos.count_cells(listed))
    assert sorted(found["estimate"].to_list()) == sorted(with_list["estimate"].to_list())
    assert len([trace for trace in drawn.data if trace.hoverinfo != "skip"]) == 1


def test_mistakes_say_what_to_do(tmp_path, folder):
    with pytest.raises(InputError, match="check the path"):
        meos.read_export(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="known are"):
        meos.statistic("ranking", CELLS.empty())
    with pytest.raises(InputError, match="count an export first"):
        meos.statistic("yield_strict", CELLS.empty())
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "organisatie.csv").write_bytes((folder / "organisatie.csv").read_bytes())
    with pytest.raises(InputError, match="F-LEEG"):
        meos.read_export(tmp_path / "empty.csv")


def test_a_figure_shows_one_statistic(checks):
    cells = meos.count_cells(checks)
    both = pl.concat([meos.statistic(name, cells) for name in ("debriefed", "explanation_given")])
    with pytest.raises(InputError, match="filter the findings first"):
        meos.figure(both)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_figure_has_a_row_for_each_finding_and_real_colours(checks, language):
    found = meos.statistic("explanation_given", meos.count_cells(checks)).unique("team", maintain_order=True)
    drawn = meos.figure(found, language=language)
    # Hovering tells the numbers of each row, at its own height; the reports draw the same.
    (told,) = [trace for trace in drawn.data if trace.hoverinfo != "skip"]
    assert len(told.y) == len(set(told.y)) == found.height
    counts = [Notation(language).number(n) for n in found["n"]]
    not_yet = {"nl": "nog niet beoordeeld", "en": "not judged yet"}[language]
    assert [n for n, text in zip(counts, told.text, strict=True) if n not in text or not_yet not in text] == []
    assert "role:" not in drawn.to_json()
