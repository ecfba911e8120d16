"""Cases of the companion tables; see police_checks.py for how to read them."""

import datetime as dt

D = dt.date
SLUGS = (
    [{"team": "a"}, {"team": "9-" + "x" * 38}],
    [{"team": "-a"}, {"team": "a" * 41}, {"team": "Zuid"}, {"team": "a b"}, {"team": ""}],
)


def between(column, low, high, step=1):
    bad = [{column: value} for value in (None if low is None else low - step, None if high is None else high + step)]
    return (
        [{column: value} for value in (low, high) if value is not None],
        [row for row in bad if row[column] is not None],
    )


def part_of(small, big):
    """Equal is allowed, and so is not knowing."""
    return ([{small: 3, big: 3}, {small: 2, big: 3}, {small: 0, big: 0}], [{small: 4, big: 3}])


def once(*rows):
    """Rows that differ in one part of the key each; the first twice breaks the rule."""
    return (list(rows), [[rows[0], rows[0]]])


def lengths(column, low, high):
    return ([{column: "x" * low}, {column: "x" * high}], [{column: "x" * (low - 1)}, {column: "x" * (high + 1)}])


MONTHS = (D(2025, 3, 1), D(2025, 4, 1))
TEAM_MONTH = [{"month": MONTHS[0], "team": "a"}, {"month": MONTHS[1], "team": "a"}, {"month": MONTHS[0], "team": "b"}]


def key_with(**more):
    ((name, (first, second)),) = more.items()
    return once(*[{**row, name: first} for row in TEAM_MONTH], {**TEAM_MONTH[0], name: second})


PEOPLE = {"area": "WK1", "benchmark": "residents", "group_kind": "sex", "group": "male", "year": 2024}

CASES = {
    "organisation": {
        "there_is_a_team": ([{}], [[]]),
        "teams_are_slugs": SLUGS,
        "each_team_area_valid_from_occurs_once": once(
            {"team": "a", "area": "x", "valid_from": D(2024, 1, 1)},
            {"team": "b", "area": "x", "valid_from": D(2024, 1, 1)},
            {"team": "a", "area": "y", "valid_from": D(2024, 1, 1)},
            {"team": "a", "area": "x", "valid_from": D(2025, 1, 1)},
        ),
        "team_names_are_readable": lengths("team_name", 2, 60),
        "districts_are_named": lengths("district", 2, 60),
        "areas_are_codes": (
            [{"area": "-"}, {"area": "WK034401"}, {"area": "a" * 20}],
            [{"area": ""}, {"area": "a" * 21}, {"area": "Lange straat 1"}],
        ),
        "teams_begin_before_they_end": (
            [{"valid_from": D(2024, 1, 1), "valid_to": D(2024, 1, 1)}, {"valid_from": D(2024, 1, 1)}],
            [{"valid_from": D(2024, 1, 2), "valid_to": D(2024, 1, 1)}],
        ),
        "latitudes_lie_in_the_netherlands": between("latitude", 50.7, 53.7, 0.001),
        "longitudes_lie_in_the_netherlands": between("longitude", 3.2, 7.3, 0.001),
    },
    "deployment": {
        "teams_are_slugs": SLUGS,
        "each_month_team_occurs_once": once(*TEAM_MONTH),
        "shifts_are_plausible": between("shifts", 0, 20000),
        "officers_are_plausible": between("officers", 0, 2000),
        "officers_work_a_shift_at_least": part_of("officers", "shifts"),
        "shifts_are_mostly_worked": ([{"shifts": 30}], [[{"shifts": 29}]]),
    },
    "queries": {
        "teams_are_slugs": SLUGS,
        "each_month_team_subject_occurs_once": key_with(subject=("person", "plate")),
        "queries_are_plausible": between("queries", 0, 1000000),
        "history_is_part_of_the_queries": part_of("with_history", "queries"),
    },
    "coverage_sample": {
        "teams_are_slugs": SLUGS,
        "each_sample_date_team_sheet_occurs_once": once(
            {"sample_date": MONTHS[0], "team": "a", "sheet": 1},
            {"sample_date": MONTHS[1], "team": "a", "sheet": 1},
            {"sample_date": MONTHS[0], "team": "b", "sheet": 1},
            {"sample_date": MONTHS[0], "team": "a", "sheet": 2},
        ),
        "observed_are_plausible": between("observed", 0, 60),
        "sheets_count_from_one": between("sheet", 1, 20),
        "registered_checks_were_seen": part_of("registered", "observed"),
        "results_belong_to_checks_seen": part_of("with_result", "observed"),
        "registered_results_belong_to_results": part_of("with_result_registered", "with_result"),
        "registered_results_belong_to_registered_checks": part_of("with_result_registered", "registered"),
        "weights_are_plausible": between("weight", 1, 1000, 0.001),
        "the_sample_is_large_enough_to_say_something": (
            [{"observed": 10}, {"observed": 20}],
            [[{"observed": 10}, {"observed": 19}]],
        ),
    },
    "second_register": {
        "teams_are_slugs": SLUGS,
        "each_month_team_has_result_occurs_once": key_with(has_result=(True, False)),
        "in_second_are_plausible": between("in_second", 0, 100000),
        "checks_in_both_are_in_the_second": part_of("in_both", "in_second"),
        "both_kinds_of_checks_are_there": ([{"has_result": True}, {"has_result": False}], [[{"has_result": True}] * 2]),
        "the_registers_overlap": ([{"in_both": 1}, {"in_both": 0}], [[{"in_both": 0}, {"in_both": 0}]]),
    },
    "team_actions": {
        "teams_are_slugs": SLUGS,
        "action_numbers_are_unique": once({"action_id": "1"}, {"action_id": "2"}),
        "actions_begin_before_they_end": (
            [{"starts": D(2024, 1, 1), "ends": D(2024, 1, 1)}, {"starts": D(2024, 1, 1)}],
            [{"starts": D(2024, 1, 2), "ends": D(2024, 1, 1)}],
        ),
        "area_searches_end": (
            [{"kind": "area_search", "ends": D(2024, 1, 1)}, {"kind": "training"}],
            [{"kind": "area_search"}],
        ),
        "look_backs_come_after_the_start": (
            [{"starts": D(2024, 1, 1), "look_back": D(2024, 1, 2)}, {"starts": D(2024, 1, 1)}],
            [{"starts": D(2024, 1, 1), "look_back": D(2024, 1, 1)}],
        ),
        "agreements_have_a_day_to_look_back": (
            [{"kind": "agreement", "look_back": D(2024, 1, 1)}, {"kind": "training"}],
            [{"kind": "agreement"}],
        ),
    },
    "handed_in_sheets": {
        "teams_are_slugs": SLUGS,
        "each_sheet_occurs_once": once(
            {"sample_date": MONTHS[0], "team": "a", "sheet": 1},
            {"sample_date": MONTHS[1], "team": "a", "sheet": 1},
            {"sample_date": MONTHS[0], "team": "b", "sheet": 1},
            {"sample_date": MONTHS[0], "team": "a", "sheet": 2},
        ),
        "registered_checks_were_seen": part_of("registered", "observed"),
        "registered_results_belong_to_results": part_of("with_result_registered", "with_result"),
        "a_shift_sees_a_plausible_number_of_checks": between("observed", 0, 60),
        "sheets_are_corrected_a_few_times_at_most": between("version", 1, 5),
    },
    "handed_in_agreements": {
        "teams_are_slugs": SLUGS,
        "action_numbers_are_unique": once({"action_id": "1"}, {"action_id": "2"}),
        "look_backs_come_after_the_start": (
            [{"starts": D(2024, 1, 1), "look_back": D(2024, 1, 2)}, {"starts": D(2024, 1, 1)}],
            [{"starts": D(2024, 1, 1), "look_back": D(2024, 1, 1)}],
        ),
    },
    "breaks": {
        "each_break_date_scope_occurs_once": once(
            {"break_date": MONTHS[0], "scope": "all"},
            {"break_date": MONTHS[1], "scope": "all"},
            {"break_date": MONTHS[0], "scope": "a"},
        ),
        "break_dates_are_plausible": (
            [{"break_date": D(2000, 1, 1)}, {"break_date": D(2099, 12, 31)}],
            [{"break_date": D(1999, 12, 31)}, {"break_date": D(2100, 1, 1)}],
        ),
        "scopes_are_slugs": (
            [{"scope": "all"}, {"scope": "9-" + "x" * 38}],
            [{"scope": "Alle"}, {"scope": ""}, {"scope": "a" * 41}],
        ),
        "titles_are_readable": lengths("title", 3, 120),
    },
    "complaints": {
        "teams_are_slugs": SLUGS,
        "each_month_team_occurs_once": once(*TEAM_MONTH),
        "complaints_are_plausible": between("complaints", 0, 1000),
        "conduct_is_part_of_all_complaints": part_of("conduct", "complaints"),
        "discrimination_is_part_of_all_complaints": part_of("discrimination", "complaints"),
    },
    "activities": {
        "teams_are_slugs": SLUGS,
        "each_month_team_activity_occurs_once": key_with(activity=("dialogue", "briefing")),
        "times_are_plausible": between("times", 0, 200),
    },
    "population": {
        "each_area_benchmark_group_kind_group_year_occurs_once": once(
            PEOPLE,
            {**PEOPLE, "area": "WK2"},
            {**PEOPLE, "benchmark": "daytime"},
            {**PEOPLE, "group_kind": "origin"},
            {**PEOPLE, "group": "female"},
            {**PEOPLE, "year": 2025},
        ),
        "people_are_plausible": between("people", 0, 2000000),
        "characteristics_are_on_the_list": (
            [{"group_kind": word} for word in ("age_band", "sex", "origin")],
            [{"group_kind": "faith"}],
        ),
        "years_are_plausible": between("year", 2010, 2099),
        "benchmarks_have_people": ([{"people": 1}, {"people": 0}], [[{"people": 0}]]),
    },
    "origin_table": {
        "teams_are_slugs": SLUGS,
        "each_team_year_origin_occurs_once": once(
            {"team": "a", "year": 2024, "origin": "x"},
            {"team": "b", "year": 2024, "origin": "x"},
            {"team": "a", "year": 2025, "origin": "x"},
            {"team": "a", "year": 2024, "origin": "y"},
        ),
        "checked_are_plausible": between("checked", 0, 1000000),
        "people_checked_are_fewer_than_residents": part_of("checked", "residents"),
        "years_are_plausible": between("year", 2010, 2099),
    },
}
