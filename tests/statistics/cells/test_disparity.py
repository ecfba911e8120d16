"""Fine cells of the disparity part: who counts where, and that nothing is lost or counted twice."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS, PLACEBOS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.statistics.cells import crossed
from meos_pipeline.statistics.cells.disparity import clock_counts, group_counts

MONTH = date(2024, 1, 1)
USUAL = {
    "month": MONTH,
    "check_date": date(2024, 1, 2),
    "duty_date": date(2024, 1, 2),
    "team": "t",
    "area": "a",
    "is_proactive": True,
    "light": "dark",
    "clock_bin": 70,
    "time_block": "16-20",
    "ground": "behaviour",
    "hit_class": "H1",
    "sex": "male",
    "age_band": "18-24",
    "is_searched": False,
}


def _checks(*changes: dict[str, object]) -> pl.LazyFrame:
    rows = [
        dict.fromkeys(POLICE_CHECKS.names)
        | USUAL
        | {"check_key": f"{number:04x}", "export_id": "e", "line": number}
        | change
        for number, change in enumerate(changes)
    ]
    return pl.DataFrame(rows, schema=POLICE_CHECKS.schema).lazy()


def _built(build, *changes: dict[str, object]) -> pl.DataFrame:
    return build(_checks(*changes))


def _of(frame: pl.DataFrame, kind: str) -> dict[str, int]:
    counted = frame.filter(pl.col("group_kind") == kind).group_by("group").agg(pl.col("n").sum())
    return dict(counted.iter_rows())


def test_a_proactive_check_counts_in_every_kind_of_group_it_has():
    frame = _built(clock_counts, {}, {"sex": "female"}, {"sex": None})
    assert _of(frame, "sex") == {"male": 1, "female": 1}
    assert _of(frame, "age_band") == {"18-24": 3}
    assert _of(frame, "origin") == {}


@pytest.mark.parametrize(
    "change",
    [
        {"light": "twilight"},
        {"light": None},
        {"clock_bin": None},
        {"clock_bin": 50},
        {"dst_flag": "double"},
        {"is_proactive": False},
        {"is_proactive": None},
        {"status": "void"},
        {"register": "bvh"},
    ],
)
def test_what_darkness_cannot_tell_apart_is_left_out(change):
    assert _built(clock_counts, change).is_empty()


@pytest.mark.parametrize(
    ("hit_class", "hit"),
    [("H1", "strict"), ("H2", "broad"), ("H3", "broad"), ("H4", "none"), ("H0", "none"), (None, "unknown")],
)
def test_results_are_those_of_the_partitions(hit_class, hit):
    assert _built(group_counts, {"hit_class": hit_class})["hit"].unique().to_list() == [hit]


def test_missing_circumstances_are_a_category_of_their_own():
    frame = _built(group_counts, {"area": None, "time_block": None, "ground": None, "is_searched": None})
    assert frame.select("area", "block", "reason", "searched").unique().row(0) == ("", "unknown", "unknown", 0)


def test_the_weekday_placebo_is_tuesday_and_thursday_against_monday_and_wednesday():
    days = [{"check_date": date(2024, 1, day)} for day in range(1, 8)]
    assert _of(_built(group_counts, *days), PLACEBOS[0]) == {"a": 2, "b": 2}


def test_the_month_placebo_is_odd_against_even_months():
    frame = group_counts(_checks({}, {"check_date": date(2024, 2, 3), "month": date(2024, 2, 1)}))
    assert _of(frame, PLACEBOS[1]) == {"a": 1, "b": 1}


def test_the_split_placebo_follows_the_record_key_and_halves_the_checks():
    frame = _built(group_counts, *[{}] * 16)
    assert _of(frame, PLACEBOS[2]) == {"a": 8, "b": 8}


def test_searches_are_counted_within_their_cell():
    frame = _built(group_counts, {"is_searched": True}, {"is_searched": False}).filter(pl.col("group_kind") == "sex")
    assert frame.select("n", "searched").row(0) == (2, 1)


@pytest.mark.parametrize(("build", "table"), [(clock_counts, CLOCK_CELLS), (group_counts, GROUP_CELLS)])
def test_no_checks_give_an_empty_table_of_the_contract(build, table):
    empty = _checks({}).clear()
    assert table.require(build(empty)).is_empty()


@pytest.mark.parametrize(("build", "table"), [(clock_counts, CLOCK_CELLS), (group_counts, GROUP_CELLS)])
def test_cells_stand_in_the_order_of_their_key_so_that_every_run_adds_up_alike(build, table):
    blocks = [{"clock_bin": 68 + n % 7, "team": f"t{n % 3}", "sex": ["male", "female"][n % 2]} for n in range(40)]
    frame = _built(build, *blocks)
    assert frame.equals(frame.sort(table.key))


@pytest.mark.parametrize("build", [clock_counts, group_counts])
def test_blocks_of_cells_together_give_what_they_give_at_once(build, monkeypatch):
    blocks = [
        {"clock_bin": 68 + n % 7, "team": f"t{n % 3}", "sex": [None, "female"][n % 2], "is_searched": n % 5 == 0}
        for n in range(60)
    ]
    whole = _built(build, *blocks)
    monkeypatch.setattr(crossed, "BLOCK", 1)
    assert _built(build, *blocks).equals(whole)
