"""What is counted, drawn small."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells import month_cells
from meos_pipeline.statistics.cells.held import hold
from meos_pipeline.statistics.cells.month import OFFICER_COLUMNS, officer_counts

from ..counted import fine_cells  # noqa: TID252 - shared by two folders

JUNE = date(2025, 6, 1)


def _cells(checks, lookback=None, companions=None, *, month=JUNE):
    before = checks.clear() if lookback is None else lookback
    return month_cells(checks.lazy(), before.lazy(), companions or {}, month=month, policy=Policy())


def _counts(cells, partition):
    return dict(cells.filter(pl.col("partition") == partition).select("category", "n").iter_rows())


def test_results_are_counted_once_in_their_class(make_checks):
    checks = make_checks(
        {
            "is_proactive": [True, True, True, True, False, None],
            "result": ["arrest", "traffic_fine", "information_only", None, "arrest", "arrest"],
            "hit_class": ["H1", "H3", "H0", None, "H1", "H1"],
        },
        6,
    )
    cells = _cells(checks)
    assert _counts(cells, "result") == {"H1": 1, "H3": 1, "information_only": 1, "unknown": 1}
    assert _counts(cells, "proactive") == {"proactive": 4, "reactive": 1, "unknown": 1}


def test_void_records_and_other_registers_are_no_registration(make_checks):
    checks = make_checks(
        {
            "is_proactive": [True] * 5,
            "status": ["final", "void", None, "draft", "final"],
            "register": ["meos", "meos", None, "meos", "bvh"],
        },
        5,
    )
    assert _counts(_cells(checks), "proactive") == {"proactive": 3}


def test_every_partition_of_a_population_has_the_same_total(district, make_checks):
    checks = make_checks(
        {
            "is_proactive": [True, True, True, False],
            "hour": [1, None, 13, 20],
            "time_block": ["00-04", None, "12-16", "20-24"],
            "person_key": ["a", "a", None, "b"],
            "area": ["x", None, "y", "x"],
        },
        4,
    )
    cells = _cells(checks)
    totals = cells.group_by("partition").agg(pl.col("n").sum())
    for partition, n in totals.iter_rows():
        assert n == (4 if PARTITIONS[partition].population == "checks" else 3)
    declared = {name for name, p in PARTITIONS.items() if p.population in {"checks", "proactive"}} - {"origin_hit"}
    assert set(totals["partition"]) == declared


def test_categories_are_those_the_partition_declares(district):
    tables, _ = district
    for partition, category in tables["cells"].select("partition", "category").unique().iter_rows():
        declared = PARTITIONS[partition].categories
        assert not declared or category in declared


def test_a_check_counts_once_by_its_number_of_persons(make_checks):
    checks = make_checks({"is_proactive": [True] * 6 + [False], "person_count": [1, 1, 2, 3, 40, None, 2]}, 7)
    assert _counts(_cells(checks), "persons") == {"one": 2, "two": 1, "three_or_more": 2, "unknown": 1}


def test_a_dossier_is_complete_with_reason_basis_and_result(make_checks):
    checks = make_checks(
        {
            "is_proactive": [True] * 3,
            "reason": ["random", "random", None],
            "legal_basis": ["WVW160_1", "WVW160_1", "WVW160_1"],
            "result": ["arrest", None, "arrest"],
        },
        3,
    )
    assert _counts(_cells(checks), "dossier") == {"complete": 1, "incomplete": 2}


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"legal_basis": "SV27_52"}, "suspect_power"),
        ({"legal_basis": "WID2_PW8", "is_under_fourteen": True}, "under_fourteen"),
        ({"legal_basis": "WVW160_1", "is_vehicle": False}, "no_vehicle"),
        ({"legal_basis": "GEMW151B", "is_planned_action": False}, "no_action"),
        ({"legal_basis": "WID2_PW8", "actions": "safety_frisk"}, "search_without_power"),
        ({"legal_basis": "VW50", "reason": "general_traffic"}, "alien_with_traffic"),
        ({"legal_basis": "WVW160_1", "is_vehicle": True}, "none"),
        ({"legal_basis": None}, "none"),
    ],
)
def test_the_first_broken_rule_is_counted(make_checks, fields, rule):
    columns = {name: [value] for name, value in fields.items()} | {"is_proactive": [True]}
    columns["legal_bases"] = columns["legal_basis"]
    assert _counts(_cells(make_checks(columns, 1)), "implausible_rule") == {rule: 1}


def _persons(make_checks, *days, results=None):
    n = len(days)
    return make_checks(
        {
            "check_date": list(days),
            "person_key": ["p"] * n,
            "is_proactive": [True] * n,
            "hit_class": results or ["H0"] * n,
        },
        n,
    )


def test_a_repeat_counts_when_the_earlier_check_had_no_result(make_checks):
    old = _persons(make_checks, date(2025, 1, 2), date(2025, 5, 20))
    cells = _cells(_persons(make_checks, date(2025, 6, 15)), old)
    assert _counts(cells, "repeat_person_30") == {"without_result": 1}
    old = _persons(make_checks, date(2025, 1, 2), date(2025, 5, 20), results=["H0", "H1"])
    cells = _cells(_persons(make_checks, date(2025, 6, 15)), old)
    assert _counts(cells, "repeat_person_30") == {"with_result": 1}


@pytest.mark.parametrize(("days", "category"), [(29, "without_result"), (30, "without_result"), (31, "first")])
def test_the_window_of_thirty_days_is_exact(make_checks, days, category):
    now = date(2025, 6, 15)
    old = _persons(make_checks, date(2025, 1, 2), date.fromordinal(now.toordinal() - days))
    assert _counts(_cells(_persons(make_checks, now), old), "repeat_person_30") == {category: 1}


def test_two_records_of_one_day_are_no_repeat(make_checks):
    old = _persons(make_checks, date(2025, 1, 2))
    cells = _cells(_persons(make_checks, date(2025, 6, 15), date(2025, 6, 15)), old)
    assert _counts(cells, "repeat_person_30") == {"first": 2}


def test_repeats_are_unknown_while_the_window_reaches_before_the_data_or_the_year(make_checks):
    cells = _cells(_persons(make_checks, date(2025, 6, 15)), _persons(make_checks, date(2025, 5, 20)))
    assert _counts(cells, "repeat_person_30") == {"unlinked": 1}
    january = _persons(make_checks, date(2025, 1, 20))
    cells = _cells(january, _persons(make_checks, date(2024, 1, 2)), month=date(2025, 1, 1))
    assert _counts(cells, "repeat_person_30") == {"unlinked": 1}


def tables_checks():
    from meos_pipeline.contracts.police_checks import POLICE_CHECKS

    return POLICE_CHECKS.empty()


def test_officers_using_never_pass_those_on_duty(make_checks, district):
    tables, _ = district
    checks = make_checks({"team": ["team-00"] * 12, "officer_key": [f"o{i}" for i in range(12)]}, 12)
    duty = tables["deployment"].filter(pl.col("team") == "team-00")
    assert _counts(_cells(checks, companions={"deployment": duty}), "officers") == {"using": 10}


def test_officer_counts_add_up_to_the_checks(make_checks):
    checks = make_checks(
        {"officer_key": ["a", "a", None], "is_proactive": [True, False, True], "hit_class": ["H1", "H1", None]}, 3
    )
    counts = officer_counts(hold(checks.lazy(), OFFICER_COLUMNS))
    assert counts.select("officer_key", "n", "n_proactive", "n_known", "n_strict").rows() == [
        ("", 1, 1, 0, 0),
        ("a", 2, 1, 1, 1),
    ]


def test_pairs_of_one_person_wait_for_december(make_checks):
    old = _persons(make_checks, date(2024, 12, 20), date(2025, 1, 2), date(2025, 6, 1))
    now = _persons(make_checks, date(2025, 6, 15), date(2025, 6, 16))
    now = pl.concat(
        [now, make_checks({"check_date": [date(2025, 6, 16)], "person_key": ["q"], "is_proactive": [True]}, 1)]
    )
    found = fine_cells(pl.concat([old.filter(pl.col("month") < JUNE), now]).lazy(), JUNE)["pair_spread"]
    assert found.is_empty()  # a year is looked at when it is over


def test_no_checks_at_all_give_no_cells():
    assert _cells(tables_checks()).is_empty()
