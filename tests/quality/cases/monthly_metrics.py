"""Cases of the monthly metrics; see police_checks.py for how to read them."""

import datetime as dt

MARCH, APRIL = dt.date(2025, 3, 1), dt.date(2025, 4, 1)


def limit(column, low, high, step=0.001, size="checks"):
    """From 50 records on, the limits count."""
    good = [{size: 50, column: value} for value in (low, high) if value is not None]
    outside = [
        value
        for value in (None if low is None else low - step, None if high is None else high + step)
        if value is not None
    ]
    return (
        [*good, *[{size: 49, column: value} for value in outside]],
        [{size: 50, column: value} for value in outside],
    )


def always(column, low, high, step=0.001):
    outside = [
        value
        for value in (None if low is None else low - step, None if high is None else high + step)
        if value is not None
    ]
    return ([{column: value} for value in (low, high) if value is not None], [{column: value} for value in outside])


def part_of(small, big):
    return ([{small: 3, big: 3}, {small: 2, big: 3}, {small: None, big: 3}], [{small: 4, big: 3}])


CASES = {
    "each_team_month_occurs_once": (
        [{"team": "a", "month": MARCH}, {"team": "b", "month": MARCH}, {"team": "a", "month": APRIL}],
        [[{"team": "a", "month": MARCH}] * 2],
    ),
    "volume_is_close_to_the_usual_month": always("volume_ratio", 0.5, 2.0),
    "volume_is_not_a_tenth_of_the_usual_month": limit("volume_ratio", 0.1, 10.0, size="usual_checks"),
    "proactive_checks_are_told_apart": (
        [{"checks": 19, "unknown_proactive_share": 1.0}, {"checks": 20, "unknown_proactive_share": 0.999}],
        [{"checks": 20, "unknown_proactive_share": 1.0}],
    ),
    "the_month_is_recorded_to_its_end": limit("silent_days", None, 7, 1),
    "most_days_have_checks": limit("active_day_share", 0.5, None),
    "a_team_does_not_record_at_midnight": limit("midnight_share", None, 0.05),
    "a_team_does_not_record_on_the_hour": limit("whole_hour_share", None, 0.25),
    "a_team_does_not_round_its_minutes": limit("round_minute_share", None, 0.6),
    "a_team_uses_more_than_one_reason": limit("top_reason_share", None, 0.8),
    "a_team_records_more_than_one_result": limit("top_result_share", None, 0.95),
    "a_team_also_finds_nothing": limit("nothing_found_share", 0.02, None),
    "a_team_does_not_enter_in_batches": limit("batch_entry_share", None, 0.2),
    "a_team_does_not_enter_at_the_end_of_shifts": limit("shift_end_entry_share", None, 0.3),
    "records_are_entered_the_same_day": limit("late_entry_share", None, 0.1),
    "records_are_mostly_entered_within_hours": limit("median_entry_delay_minutes", 0, 240),
    "records_of_a_team_differ": limit("identical_share", None, 0.05),
    "a_team_records_its_times": limit("unknown_time_share", None, 0.1),
    "a_team_records_its_reasons": limit("unknown_reason_share", None, 0.2),
    "a_team_records_its_legal_bases": limit("unknown_legal_basis_share", None, 0.3),
    "a_team_records_its_results": limit("unknown_result_share", None, 0.3),
    "a_team_records_its_proactive_marks": limit("unknown_proactive_share", None, 0.2),
    "a_team_records_its_explanations": limit("unknown_explained_share", None, 0.5),
    "a_team_records_its_ages": limit("unknown_age_share", None, 0.3),
    "a_team_records_its_places": limit("unknown_place_share", None, 0.2),
    "few_records_are_void": limit("void_share", None, 0.1),
    "few_records_stay_a_draft": limit("draft_share", None, 0.1),
    "checks_per_shift_are_plausible": always("checks_per_shift", 0, 20),
    "queries_are_plausible_beside_checks": limit("query_ratio", 0.2, 200),
    "officers_recording_were_on_duty": part_of("officers_recording", "officers"),
    "checks_in_both_registers_are_in_ours": part_of("in_both", "checks"),
    "the_sample_is_part_of_the_month": part_of("sample_registered", "checks"),
    "coverage_is_plausible": always("sample_coverage", 0.2, None),
    "complaints_are_fewer_than_checks": part_of("complaints", "checks"),
}
