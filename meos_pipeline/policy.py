"""Every number that people decide, with its meaning at the boundary.

``meos.toml`` may set each field in its ``[policy]`` table. Quality thresholds live in
``expectations/``; nothing else holds a number that somebody could wish to change.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Thresholds of one publication."""

    confidence_level: float = 0.95
    """Probability that an interval covers the true value, between 0 and 1."""

    rounding_base: int = 5
    """Released counts are multiples of this. Floor 5."""

    smallest_shown_count: int = 10
    """A released count below this is shown as "<10"; a count of this size is shown. Floor 5."""

    smallest_rate_denominator: int = 50
    """A share is shown from this released denominator on. Floor 30."""

    smallest_ratio_events: int = 20
    """A ratio is shown when both sides have at least this many released events. Floor 10."""

    officers_per_unit: int = 5
    """A team-period is released from this many officers on. Floor 5; works council."""

    officer_top1_share: float = 0.50
    """A team-period is withheld when one officer has more than this share of its records."""

    officer_top2_share: float = 0.75
    """The same for the two most active officers together."""

    officer_rest_of_top1: float = 0.20
    """Records outside the top two, as a share of the top one; below it the unit is withheld."""

    records_per_unit: int = 30
    """A team-period is released from this many records on. Floor 10."""

    revision_records: int = 10
    """A released block changes only when at least this many of its records changed. Floor 10."""

    revisions_per_block: int = 3
    """A released block changes at most so often in its life; then only its edition can be withdrawn."""

    broad_change_blocks: int = 3
    """Published blocks that may change at once before a person is asked whether something was mended."""

    broad_change_share: float = 0.5
    """The same as a share of all published blocks; the larger of both counts."""

    settlement_days: int = 42
    """Days after the end of a month before it is published (late entry has settled)."""

    provisional_days: int = 7
    """Days after the end of a month before its count is shown as provisional, until it has settled."""

    provisional_shift: float = 0.01
    """A share of a provisional month is shown when late records can move it by at most this."""

    settled_share: float = 0.99
    """Part of a month's records that has to be in, also by the lower end of its interval, for a `settlement_days` to be advised."""

    group_residents: int = 1000
    """A population group is shown apart from this many residents in every team area on."""

    model_residual_dof: int = 10
    """A model result passes the gate from this many residual degrees of freedom on. Floor 10."""

    model_events: int = 20
    """A model result passes the gate from this many events on either side. Floor 10."""

    model_count_base: int = 50
    """Counts beside a model result are rounded up to a multiple of this: coarser than released counts. Floor 50."""

    dialogue_checks: int = 1000
    """The dialogue sheet, which may leave the organisation, needs this many recorded checks in the year. Floor 1000."""

    dialogue_teams: int = 3
    """It needs this many teams in the district, so that one team cannot take the other off the total. Floor 3."""

    dialogue_base: int = 100
    """Its number of checks is rounded down to a multiple of this. Floor 100."""

    dialogue_widest_margin: int = 30
    """Percentage points between the ends of a margin; a figure with a wider one is told as not known."""

    rolling_months: int = 12
    """Months in the window that reports show beside the month itself."""

    relevant_ratio: float = 1.10
    """A ratio whose interval lies wholly beyond this (or its inverse) is "duidelijk"."""

    equivalent_ratio: float = 1.25
    """A ratio whose 90% interval lies within this (and its inverse) is "geen relevant verschil"."""

    largest_standard_error: float = 0.30
    """On the log scale; above it a comparison is "te weinig gegevens"."""

    visible_ratio: float = 1.25
    """Size of the difference that numbers of checks are planned for."""

    share_error_sd: float = 0.40
    """Error, on the logit scale, with which residents tell who is on the street of an area."""

    share_error_common: float = 0.50
    """Part of the variance of that error which the areas of a team have in common."""

    tipping_ratio: float = 1.30
    """A benchmark this much off is ordinary; a finding needs a tipping factor above it."""

    reference_age_band: str = "35-44"
    """Age band that the other bands are compared with."""

    reference_sex: str = "female"
    """Sex that the others are compared with."""

    reference_origin: str = "Nederland"
    """Origin, as the source names it, that other origins are compared with."""

    group_registration_ratio: float = 1.25
    """Checks without a result of one group may be registered this many times as often as another's, or as rarely."""

    robust_test_hits: int = 100
    """The robust test needs this many hits in either group, all teams together."""

    missing_groups_shown: float = 0.05
    """From this share of checks without a known group on, a difference must survive that all or none of them are of
    the group."""

    missing_groups_indication: float = 0.20
    """Above this share no label says more than "aanwijzing"."""

    missing_groups_refused: float = 0.40
    """Above this share nothing is said about the groups."""

    repeat_window_days: tuple[int, int] = (30, 90)
    """Windows, in days, in which a further check of the same person or vehicle is a repeat."""

    repeat_certain: float = 0.99
    """Level of the interval that has to lie above chance before more repeats than chance are said: at .95 one team in
    forty is told so that has none."""

    timely_minutes: int = 120
    """A record entered within this many minutes of the check is timely."""

    oldest_record_years: int = 5
    """Records older than this are refused (Wpg; the privacy officer confirms the term)."""

    warn_record_years: int = 1
    """Records older than this are read with a warning."""

    coverage_certain: float = 0.95
    """Probability from which the direction of a yield, or a change of coverage, is said; wrongly in at most 5%."""

    coverage_certain_few_teams: float = 0.975
    """The same where fewer teams than ``coverage_few_teams`` were counted: with one team .95 is wrong in 12%."""

    coverage_fall_certain: float = 0.975
    """Probability from which a fall of coverage after an agreement is said: at .95 one of six is false."""

    coverage_few_teams: int = 4
    """From this many counted teams on, ``coverage_certain`` holds."""

    coverage_alike_ratio: float = 1.10
    """Coverages with and without a result within this ratio of each other are about equal."""

    observer_share: float = 0.30
    """Part of the gap to full recording that officers are thought to close because somebody watches."""

    coverage_window_quarters: int = 4
    """Complete quarters that coverage and the corrected yield are told over."""

    agreement_step_sd: float = 0.80
    """Sd, on the logit scale, of how far an agreement or a break may move coverage at once."""

    register_log_odds: tuple[float, float] = (0.5, 0.8)
    """Mean and sd of the log odds ratio between MEOS and a second register: a diligent officer fills both."""

    planner_power: float = 0.80
    """Chance with which a plan of sheets finds what it is planned for."""

    planner_coverages: tuple[float, float] = (0.85, 0.57)
    """Coverage with and without a result that a plan for the direction is to find."""

    planner_half_width: float = 0.10
    """Half of the interval of coverage without a result that a plan is made for."""

    planner_checks_per_sheet: float = 3.0
    """Checks on a sheet, for a plan before anybody counted."""

    planner_share_with_result: float = 0.20
    """Share of checks with a result, for a plan before anybody counted."""

    planner_habit_sd: float = 1.0
    """Sd, on the logit scale, of habit between sheets, for a plan before anybody counted."""

    sheets_a_month: int = 2
    """Sheets a month that are asked of a team."""

    sheets_a_month_agreement: int = 4
    """The same for a year around an agreement on recording: with 2 its effect is seen in 54%, with 4 in 82%."""

    other_record_share: float = 0.01
    """Of the record numbers that two exports share, the share above which a number that names another check (other
    day, team and officer) refuses the later export."""

    same_but_number_share: float = 0.05
    """Share of an export's rows that are equal to rows already there in everything but their number; above it the
    export is refused as a second delivery."""

    emptied_from: float = 0.50
    """A field filled in more than this share of the replaced rows …"""

    emptied_to: float = 0.10
    """… and in less than this share of the rows that replace them was emptied: the export is refused."""

    changed_share: float = 0.50
    """A field that says another thing in more than this share of the rows that replace others is another column, or
    stands in another row: the export is refused."""

    evened_share: float = 0.10
    """The same where every row that replaces another says one and the same: a default took the place of what was
    recorded."""

    result_not_understood_share: float = 0.05
    """Share of an export's rows with a result code outside the list; above it the export is refused, and above it in
    a month no yield is shown."""

    set_aside_share: float = 0.05
    """Share of a team-month's rows set aside or replaced; above it the month is marked, and no yield is shown of a
    month with more set aside."""

    result_empty_bounds: float = 0.20
    """Above this share of checks whose result was left empty only the bounds of a yield are shown."""

    implausible_key_share: float = 0.01
    """Share of a month's records under one person's or vehicle's number …"""

    implausible_key_records: int = 15
    """… and number of those records, from which on that number stands for nobody and is unlinked."""

    judged_charts: tuple[str, ...] = ("registrations_per_100_shifts", "zero_result_share")
    """Measures whose line per month is judged; other lines are drawn without a verdict, as each costs false alarms."""

    chart_first_month: int = 7
    """Month after a start or a break from which a line is judged."""

    chart_prior_months: int = 24
    """Months of a team's own that what its district knows of ordinary variation is worth."""

    chart_extra_cv: float = 0.13
    """Ordinary variation of a month beyond chance that is thought of before the district has shown its own."""

    cusum_slack: float = 0.5
    """Deviations that a month may lie off its line before it counts towards a signal."""

    cusum_limits: tuple[float, ...] = (4.2, 5.0, 5.5, 6.0)
    """Limit of a line's sum when 1, 2, 3 or more lines are judged on a page: any false signal in about a tenth of years."""

    cusum_limit_rise: float = 1.0
    """The limit is this much higher from three years after a start or break on, when a shift is found sooner."""

    cusum_head_start: float = 0.75
    """After a signal a line's sum begins again at this part of its limit: a change that lasts is soon signalled again, so
    that it does not leave the page."""

    chart_signal_months: int = 3
    """A signal stays on the page for this many months, its own month among them."""

    action_gap_months: int = 3
    """Months just before an action that do not count as before: who begins after a bad quarter gets better anyway."""

    action_before_months: int = 12
    """Months before an action that its effect is measured from."""

    action_after_months: int = 6
    """Whole months after an action (of what is done once: after its end) that its effect is measured over."""

    action_fewest_controls: int = 2
    """Teams that had not begun, below which an action gets no verdict."""

    fewest_pooled_teams: int = 6
    """Partial pooling from this many teams on; with fewer, raw intervals."""

    fewest_funnel_teams: int = 12
    """A funnel with limits from this many teams on; with fewer, intervals only."""

    seed: int = 20261125
    """Start of every random draw."""


FLOORS: dict[str, float] = {
    "rounding_base": 5,
    "smallest_shown_count": 5,
    "smallest_rate_denominator": 30,
    "smallest_ratio_events": 10,
    "officers_per_unit": 5,
    "records_per_unit": 10,
    "revision_records": 10,
    "model_residual_dof": 10,
    "model_events": 10,
    "model_count_base": 50,
    "dialogue_checks": 1000,
    "dialogue_teams": 3,
    "dialogue_base": 100,
}
"""Settings below which no reason helps: a lower value is refused."""
