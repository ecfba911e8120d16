"""Rows that meet each rule of police_checks, on its limits, and rows just outside them.

A case is (good rows, bad rows). Columns left out are empty, or hold something harmless.
A bad entry that is a list holds rows that break the rule together.
"""

import datetime as dt

D = dt.date
PERSON, NO_PERSON = {"is_person": True}, {"is_person": False}
YOUNG = {"is_under_fourteen": True}
VEHICLE, NO_VEHICLE = {"is_vehicle": True}, {"is_vehicle": False}
PROACTIVE = {"is_proactive": True}
SEARCHED = {"is_searched": True}


def known(column, value, **more):
    """Filled in, or not."""
    return ([{column: value, **more}], [{column: None, **more}])


def only_when(column, value, flag):
    """Empty when the flag is off; when it is on or unknown anything goes."""
    return ([{flag: False}, {flag: True, column: value}, {column: value}], [{flag: False, column: value}])


def one_of(column, values, outsider):
    return (
        [{column: value} for value in values] + [{column: "|".join(values)}],
        [
            {column: outsider},
            {column: f"{values[0]}|"},
            {column: f"{values[0]}|{outsider}"},
            {column: f"{outsider}|{values[0]}"},
        ],
    )


def between(column, low, high, **more):
    good = [{column: value, **more} for value in (low, high) if value is not None]
    bad = [{column: value, **more} for value in (None if low is None else low - 1, None if high is None else high + 1)]
    return (good, [row for row in bad if row[column] is not None])


SUBJECTS = ["person", "vehicle", "address", "group"]
REASONS = [
    "behaviour_driving",
    "behaviour_suspicious",
    "behaviour_traffic_offence",
    "circumstance_time_place",
    "circumstance_hotspot",
    "circumstance_vehicle",
    "information_description",
    "information_briefing",
    "information_query",
    "information_report",
    "general_traffic",
    "area_action",
    "random",
    "feeling",
    "other",
]
BASES = [
    "WID2_PW8",
    "WVW160_1",
    "WVW160_3",
    "WVW160_4",
    "WVW160_5",
    "PW3",
    "PW7_3",
    "SV27_52",
    "SV55B",
    "SV96B",
    "WWM50_1",
    "WWM51_1",
    "WWM52_2",
    "GEMW151B",
    "GEMW174B",
    "OPW9_1",
    "OPW9_2",
    "VW50",
    "APV",
    "VRIJWILLIG",
    "ANDERS",
]
SEARCH = [
    "PW7_3",
    "SV55B",
    "SV96B",
    "WWM50_1",
    "WWM51_1",
    "WWM52_2",
    "GEMW151B",
    "GEMW174B",
    "OPW9_1",
    "OPW9_2",
    "VRIJWILLIG",
]
SUSPECT = ["SV27_52", "SV55B", "SV96B", "OPW9_2"]
ACTIONS = [
    "identity_asked",
    "queried",
    "breath_test",
    "safety_frisk",
    "preventive_search",
    "vehicle_viewed",
    "vehicle_searched",
    "conversation",
]
RESULTS = [
    "arrest",
    "weapon_seized",
    "drugs_seized",
    "stolen_goods",
    "crime_report",
    "wanted_person",
    "open_fine",
    "offence_report",
    "traffic_fine",
    "licence_taken",
    "driving_ban",
    "bylaw_seizure",
    "bylaw_fine",
    "warning",
    "care",
    "referral",
    "information_only",
    "nothing_found",
]

CASES = {
    "the_month_has_checks": ([{}], [[]]),
    "check_keys_are_unique": ([{"check_key": "a" * 16}, {"check_key": "b" * 16}], [[{"check_key": "a" * 16}] * 2]),
    "check_keys_are_hashes": (
        [{"check_key": "a" * 16}, {"check_key": "Z_-9" * 16}],
        [{"check_key": "a" * 15}, {"check_key": "a" * 65}, {"check_key": "PL0900-2024/12345"}],
    ),
    "check_keys_are_no_register_numbers": (
        [{"check_key": "PLx9002024012345"}, {"check_key": "aPL0900202401234"}],
        [{"check_key": "PL09002024012345"}],
    ),
    "person_keys_are_no_citizen_numbers": (
        [{"person_key": "1234567"}, {"person_key": "1234567890"}, {"person_key": "12345678a"}],
        [{"person_key": "12345678"}, {"person_key": "123456789"}],
    ),
    "vehicle_keys_are_no_plates": (
        [{"vehicle_key": "k" * 16}, {"vehicle_key": "k" * 64}],
        [{"vehicle_key": "k" * 15}, {"vehicle_key": "k" * 65}],
    ),
    "officer_keys_are_no_staff_numbers": (
        [{"officer_key": "k" * 16}, {"officer_key": "k" * 64}],
        [{"officer_key": "k" * 15}, {"officer_key": "k" * 65}],
    ),
    "export_ids_have_sixteen_characters": (
        [{"export_id": "e" * 16}],
        [{"export_id": "e" * 15}, {"export_id": "e" * 17}],
    ),
    "line_numbers_are_positive": ([{"line": 1}], [{"line": 0}]),
    "no_line_is_read_twice": (
        [{"export_id": "a", "line": 1}, {"export_id": "a", "line": 2}, {"export_id": "b", "line": 1}],
        [[{"export_id": "a", "line": 1}] * 2],
    ),
    "check_dates_fall_in_the_month": (
        [{"check_date": D(2025, 3, 1)}, {"check_date": D(2025, 3, 31)}],
        [{"check_date": D(2025, 2, 28)}, {"check_date": D(2025, 4, 1)}],
    ),
    "the_month_column_is_the_month_itself": (
        [{"month": D(2025, 3, 1)}],
        [{"month": D(2025, 2, 28)}, {"month": D(2025, 3, 2)}],
    ),
    "a_night_check_belongs_to_the_duty_day_before": (
        [{"hour": 6, "check_date": D(2025, 3, 2), "duty_date": D(2025, 3, 1)}, {"hour": 7}],
        [{"hour": 6, "check_date": D(2025, 3, 2), "duty_date": D(2025, 3, 2)}],
    ),
    "a_day_check_belongs_to_its_own_duty_day": (
        [
            {"hour": 7, "check_date": D(2025, 3, 2), "duty_date": D(2025, 3, 2)},
            {"hour": 6, "check_date": D(2025, 3, 3)},
        ],
        [
            {"hour": 7, "check_date": D(2025, 3, 2), "duty_date": D(2025, 3, 1)},
            {"hour": 7, "check_date": D(2025, 3, 1), "duty_date": D(2025, 3, 2)},
        ],
    ),
    "hours_are_hours": between("hour", 0, 23),
    "quarters_are_quarters": between("clock_bin", 0, 95),
    "times_exist_on_the_clock": ([{"dst_flag": "double"}], [{"dst_flag": "missing"}]),
    "entry_does_not_precede_the_check": between("entry_delay_minutes", 0, None),
    "entry_follows_within_a_month": between("entry_delay_minutes", None, 44640),
    "teams_are_slugs": (
        [{"team": "a"}, {"team": "9-" + "x" * 38}],
        [{"team": "-a"}, {"team": "a" * 41}, {"team": "Zuid"}, {"team": "a b"}, {"team": ""}],
    ),
    "place_teams_are_slugs": (
        [{"place_team": "a"}, {"place_team": "9-" + "x" * 38}],
        [{"place_team": "-a"}, {"place_team": "a" * 41}, {"place_team": "Zuid"}],
    ),
    "area_codes_have_a_usual_length": ([{"area": "WK03"}, {"area": "a" * 20}], [{"area": "WK0"}, {"area": "a" * 21}]),
    "person_counts_are_plausible": between("person_count", 1, 50),
    "durations_are_plausible": between("duration_minutes", 1, 480),
    "earlier_checks_are_plausible": between("earlier_checks", 0, 500),
    "app_versions_are_versions": (
        [{"app_version": "4.12"}],
        [{"app_version": "4"}, {"app_version": "v4.1"}, {"app_version": "4.1.2"}],
    ),
    "subjects_are_on_the_list": one_of("subjects", SUBJECTS, "dog"),
    "reasons_are_on_the_list": one_of("reasons", REASONS, "mood"),
    "legal_bases_are_on_the_list": one_of("legal_bases", BASES, "WVW170"),
    "actions_are_on_the_list": one_of("actions", ACTIONS, "drink"),
    "results_are_on_the_list": one_of("results", RESULTS, "nothing"),
    "times_are_mostly_recorded": known("hour", 0),
    "subjects_are_mostly_recorded": known("subjects", "person"),
    "proactive_is_mostly_known": known("is_proactive", False),
    "reasons_are_mostly_recorded": known("reason", "other"),
    "legal_bases_are_mostly_recorded": known("legal_basis", "PW3"),
    "results_are_mostly_recorded": known("result", "nothing_found"),
    "explanations_are_mostly_recorded": known("is_explained", False),
    "areas_are_mostly_recorded": known("area", "WK034401"),
    "entry_moments_are_mostly_known": known("entry_delay_minutes", 0),
    "registers_are_mostly_known": known("register", "meos"),
    "shift_kinds_are_mostly_recorded": known("shift_kind", "flex"),
    "ages_of_people_are_mostly_recorded": ([{**PERSON, "age_band": "18-24"}, NO_PERSON, {}], [PERSON]),
    "sex_of_people_is_mostly_recorded": ([{**PERSON, "sex": "male"}, NO_PERSON, {}], [PERSON]),
    "vehicle_kinds_are_mostly_recorded": ([{**VEHICLE, "vehicle_kind": "van"}, NO_VEHICLE, {}], [VEHICLE]),
    "people_mostly_have_a_key": ([{**PERSON, "person_key": "k" * 16}, NO_PERSON, {}], [PERSON]),
    "vehicles_mostly_have_a_key": ([{**VEHICLE, "vehicle_key": "k" * 16}, NO_VEHICLE, {}], [VEHICLE]),
    "repeat_warnings_are_mostly_answered": (
        [{"is_repeat_warning": True, "continued_reason": "none"}, {"is_repeat_warning": False}, {}],
        [{"is_repeat_warning": True}],
    ),
    "explanations_are_mostly_usable": (
        [{"reason_text": "usable"}],
        [{"reason_text": "short"}, {"reason_text": "none"}],
    ),
    "drafts_are_rare": ([{"status": "final"}, {"status": "void"}], [{"status": "draft"}]),
    "proactive_checks_do_not_rest_on_suspect_powers_only": (
        [
            {**PROACTIVE, "legal_bases": "SV27_52|WID2_PW8"},
            {**PROACTIVE, "legal_bases": "PW3|SV27_52"},
            {"is_proactive": False, "legal_bases": "SV27_52"},
        ],
        [{**PROACTIVE, "legal_bases": code} for code in [*SUSPECT, "|".join(SUSPECT)]],
    ),
    "proactive_checks_are_not_about_traffic_offences": (
        [{**PROACTIVE, "reason": "behaviour_driving"}, {"is_proactive": False, "reason": "behaviour_traffic_offence"}],
        [{**PROACTIVE, "reason": "behaviour_traffic_offence"}],
    ),
    "checks_after_a_report_are_not_proactive": (
        [
            {"initiative": "report", "is_proactive": False},
            {"initiative": "own", "is_proactive": True},
            {"initiative": "action", "is_proactive": True},
        ],
        [{"initiative": word, "is_proactive": True} for word in ("report", "order", "alert")],
    ),
    "children_are_not_asked_for_identity": (
        [
            {**YOUNG, "legal_bases": "PW3"},
            {"is_under_fourteen": False, "legal_bases": "WID2_PW8"},
            {"legal_bases": "WID2_PW8"},
        ],
        [{**YOUNG, "legal_bases": code} for code in ("WID2_PW8", "WID2_PW8|PW3", "WVW160_1|WID2_PW8|PW3")],
    ),
    "vehicle_powers_come_with_a_vehicle": (
        [{**NO_VEHICLE, "legal_bases": "PW3"}, {**VEHICLE, "legal_bases": "WVW160_1"}, {"legal_bases": "WVW160_1"}],
        [{**NO_VEHICLE, "legal_bases": code} for code in ("WVW160_1", "WID2_PW8|WVW160_5")],
    ),
    "area_searches_name_an_action": (
        [{"is_planned_action": False, "legal_bases": "PW3"}, {"is_planned_action": True, "legal_bases": "GEMW151B"}],
        [{"is_planned_action": False, "legal_bases": code} for code in ("GEMW151B", "GEMW174B", "WWM52_2|GEMW151B")],
    ),
    "searches_have_a_legal_basis": ([{**SEARCHED, "legal_bases": "PW7_3"}, {"is_searched": False}, {}], [SEARCHED]),
    "searches_rest_on_a_power_to_search": (
        [
            *[{**SEARCHED, "legal_bases": code} for code in SEARCH],
            {**SEARCHED, "legal_bases": "PW3|PW7_3|APV"},
            {"is_searched": False, "legal_bases": "PW3"},
        ],
        [{**SEARCHED, "legal_bases": "PW3"}, {**SEARCHED, "legal_bases": "WVW160_1|WID2_PW8"}],
    ),
    "searches_are_among_the_actions": (
        [{**SEARCHED, "actions": code} for code in ("safety_frisk", "queried|preventive_search", "vehicle_searched")]
        + [{"is_searched": False, "actions": "queried"}],
        [{**SEARCHED, "actions": "queried|vehicle_viewed"}],
    ),
    "breath_tests_come_with_a_vehicle": (
        [{**NO_VEHICLE, "actions": "queried"}, {**VEHICLE, "actions": "breath_test"}],
        [{**NO_VEHICLE, "actions": "queried|breath_test"}],
    ),
    "traffic_powers_are_not_a_way_to_check_residence": (
        [{"legal_bases": "VW50"}, {"legal_bases": "WVW160_1|WVW160_4"}],
        [{"legal_bases": "WVW160_1|VW50"}, {"legal_bases": "VW50|WVW160_4"}],
    ),
    "nothing_found_stands_alone": (
        [{"results": "nothing_found"}, {"results": "arrest|warning"}],
        [{"results": "warning|nothing_found"}, {"results": "nothing_found|warning"}],
    ),
    "every_result_has_a_hit_class": ([{"result": "arrest", "hit_class": "H1"}, {}], [{"result": "arrest"}]),
    "no_result_has_no_hit_class": ([{}, {"result": "arrest", "hit_class": "H1"}], [{"hit_class": "H0"}]),
    "only_people_and_drivers_have_an_age": (
        [
            {**NO_PERSON, **NO_VEHICLE},
            {**NO_PERSON, **NO_VEHICLE, "subjects": "address"},
            {**NO_PERSON, **VEHICLE, "age_band": "18-24"},
            {**PERSON, **NO_VEHICLE, "age_band": "18-24"},
            {**NO_PERSON, **NO_VEHICLE, "subjects": "group", "age_band": "18-24"},
        ],
        [{**NO_PERSON, **NO_VEHICLE, "subjects": "address", "age_band": "18-24"}],
    ),
    "only_vehicles_have_a_kind_of_vehicle": only_when("vehicle_kind", "car", "is_vehicle"),
    "only_explained_checks_have_a_way_of_explaining": only_when("explanation_way", "card", "is_explained"),
    "only_warned_checks_have_a_reason_to_go_on": only_when("continued_reason", "alert", "is_repeat_warning"),
    "history_is_shown_after_a_query": (
        [
            {"is_queried_before": False, "is_history_shown": False},
            {"is_queried_before": True, "is_history_shown": True},
        ],
        [{"is_queried_before": False, "is_history_shown": True}],
    ),
    "without_history_no_earlier_checks": (
        [{"is_history_shown": False, "earlier_checks": 0}, {"is_history_shown": True, "earlier_checks": 1}],
        [{"is_history_shown": False, "earlier_checks": 1}],
    ),
    "times_are_not_midnight": (
        [{"minute_class": word} for word in ("hour", "five", "other")],
        [{"minute_class": "midnight"}],
    ),
    "times_are_not_whole_hours": (
        [{"minute_class": word} for word in ("five", "other")],
        [{"minute_class": "midnight"}, {"minute_class": "hour"}],
    ),
    "times_are_not_all_round": (
        [{"minute_class": "other"}],
        [{"minute_class": word} for word in ("midnight", "hour", "five")],
    ),
    "records_are_entered_one_by_one": ([{"is_batch_entry": False}], [{"is_batch_entry": True}]),
}
