"""Looking up: figures of one team, of the district and of a year before, ready to be claimed or drawn."""

from collections.abc import Sequence
from datetime import date

from meos_pipeline.contracts.availability import missing_field
from meos_pipeline.contracts.findings import Label, Unit, Verdict
from meos_pipeline.reporting.claims import Claim, Says, claim_of
from meos_pipeline.reporting.codes import is_file
from meos_pipeline.reporting.measures import (
    basis_cell,
    basis_of,
    control_points,
    direction_of,
    scale_of,
    state_of,
    title_of,
)
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, Course, Flag, Moment, State, Table
from meos_pipeline.reporting.words import Words

POPULATION = {
    "coverage": "seen",
    "coverage_change": "seen_without_result",
    "coverage_direction": "seen",
    "yield_corrected": "all",
    "yield_by_reason": "result_known",
    "yield_broad": "result_known",
    "yield_strict": "result_known",
    "explanation_given": "explanation_known",
    "objective_ground": "proactive",
    "dossier_complete": "proactive",
    "repeat_persons": "linked",
    "repeat_vehicles": "linked",
    "registrations_per_100_shifts": "recorded",
    "timeliness": "recorded",
}
"""Which checks a measure is about; proactive ones unless said otherwise."""
_QUARTER = range(80, 101)
_SERIES = {"with_result": "seen_with_result", "without_result": "seen_without_result", "recorded": "recorded"}
_LEAP = 2
"""Days by which the same part of two years may differ in length."""
_OLDEST_DRAWN = 24
"""Months, or eight quarters, that a line goes back."""


def population_of(finding: Finding) -> str:
    """Which checks a finding is about."""
    if finding.statistic in {"coverage", "yield_corrected"} and finding.series in _SERIES:
        return _SERIES[finding.series]
    return POPULATION.get(finding.kind[1] if finding.statistic == "control_chart" else finding.statistic, "proactive")


def claimed(finding: Finding, *, says: Says = Says.VALUE, is_beside: bool = False) -> Claim:
    """The finding as a claim about its own population; points of a chart are claims about their measure."""
    measure = finding.kind[1] if finding.statistic == "control_chart" else finding.statistic
    claim = claim_of(finding, population_of(finding), says=says, measure=measure, is_beside=is_beside)
    return claim if finding.statistic != "control_chart" else _without_part(claim)


def _without_part(claim: Claim) -> Claim:
    import dataclasses

    return dataclasses.replace(claim, part="")


def absent(report: Report, measure: str) -> Claim:
    """The claim that there is no such figure, because its source was not delivered."""
    start = date(report.month.year - 1, report.month.month % 12 + 1, 1)
    return Claim(
        measure=measure,
        population=POPULATION.get(measure, "proactive"),
        period=(start, report.month),
        verdict=Verdict.NOT_IN_SOURCE,
        says=Says.STATE,
        team=report.team,
    )


def no_signal(point: Finding, judged: int, team: str = "") -> Claim:
    """The claim that none of so many judged lines has a signal in the month of the point; of all teams for ''."""
    return Claim(
        measure="control_chart",
        population="recorded",
        period=(point.period_start, point.period_end),
        verdict=Verdict.ORDINARY,
        says=Says.NO_SIGNAL,
        team=team,
        unit=Unit.COUNT,
        n=judged,
    )


def shown(finding: Finding | None) -> Finding | None:
    """The finding when it has a number to show."""
    return finding if finding is not None and finding.is_shown else None


def quarters(results: TeamResults, statistic: str, series: str) -> list[Finding]:
    """Figures of single quarters, oldest first, at most eight."""
    found = [f for f in results.all(statistic, series=series) if f.days in _QUARTER]
    return sorted(found, key=lambda f: f.period_start)[-_OLDEST_DRAWN // 3 :]


def a_year_before(report: Report, finding: Finding) -> Claim | None:
    """The same figure of the same part of the year before; from the chart's points when they have it."""
    same = report.results.all(finding.statistic, stratum=finding.stratum, series=finding.series, group=finding.group)
    points = control_points(report, finding.statistic) if finding.days <= 31 else []  # noqa: PLR2004 - a month
    for other in (*same, *points):
        is_before = other.period_end.year == finding.period_end.year - 1
        is_alike = other.period_start.month == finding.period_start.month and abs(other.days - finding.days) <= _LEAP
        if is_before and is_alike and other.is_shown:
            return claimed(other, is_beside=True)
    return None


def month_before(report: Report, measure: str) -> Finding | None:
    """The figure of the month before the report month, from the points of its chart."""
    first = report.month.replace(day=1)
    previous = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)
    found = [f for f in control_points(report, measure) if f.period_start == previous]
    return shown(found[-1]) if found else None


def of_district(report: Report, finding: Finding) -> Claim | None:
    """The same figure for all teams together; nothing when there is one team."""
    if report.publishable.organisation["team"].n_unique() < 2:  # noqa: PLR2004 - a district
        return None
    found = [
        f
        for f in report.everyone[""].all(
            finding.statistic, stratum=finding.stratum, series=finding.series, group=finding.group
        )
        if (f.period_start, f.period_end) == (finding.period_start, finding.period_end)
    ]
    return claimed(found[-1]) if found and found[-1].is_shown else None


def standing(report: Report, finding: Finding | None) -> tuple[State, str]:
    """The verdict's sign and words, with what is missing when there is no verdict yet."""
    words = report.words
    state = state_of(finding)
    text = words(f"charts/states/{state}")
    if finding is None:
        return state, text
    if direction := direction_of(finding):
        return state, words(f"cards/questions/checks_yield/standing/{direction}")
    if finding.label_reason == "drawn_only":
        text = words(f"codes/label/{Label.DESCRIBED}")
    if state is State.NOT_YET and (since := finding.details().get("judged_from")):
        return state, words("page/standing/from", text=text, month=words.notation.month(date.fromisoformat(str(since))))
    if state is State.NOT_YET and finding.needed and finding.statistic == "control_chart":
        return state, words("page/standing/months", text=text, n=words.notation.number(finding.needed))
    why = _why(finding, state, words)
    return state, words("page/standing/because", text=text, reason=why) if why else text


def short_standing(report: Report, finding: Finding | None) -> tuple[State, str]:
    """The sign and words alone, for a cell.

    Of a yield whose direction was judged the words of its question; of a figure that is only described, that it gets no
    verdict.
    """
    state = state_of(finding)
    if direction_of(finding):
        return standing(report, finding)
    if finding is not None and finding.label == Label.DESCRIBED:
        return state, report.words(f"codes/label/{Label.DESCRIBED}")
    return state, report.words(f"charts/states/{state}")


def _why(finding: Finding, state: State, words: Words) -> str:
    """The reason of a verdict, in words; '' when it has none."""
    reason = finding.label_reason
    if state is State.SIGNAL and words.has(own := f"codes/label_of/{finding.statistic}/{finding.label}"):
        return words(own)
    if state is State.SIGNAL:
        return words(f"codes/label/{finding.label}")
    if is_file(reason):
        return words.code("file", reason)
    if missing_field(reason):
        return words("page/not_in_export")
    if reason and words.has(f"codes/label_reason/{reason}"):
        return words(f"codes/label_reason/{reason}")
    return words("page/standing/no_comparison") if finding.label == Label.DESCRIBED else ""


def judged_of_month(report: Report, measure: str) -> Finding | None:
    """What bears the verdict on a month: the point of its chart, else the figure itself."""
    points = [p for p in control_points(report, measure) if p.period_start == report.month]
    return points[-1] if points else report.results.newest(measure)


def flags_drawn(report: Report) -> tuple[Flag, ...]:
    """Breaks and agreements as a figure marks them: in fixed words, without what somebody typed."""
    return tuple(
        Flag(
            day=flag.day,
            number=flag.number,
            kind=flag.kind,
            is_break=flag.is_break,
            title=report.words("charts/course/break") if flag.is_break else report.words.code("action_kind", flag.kind),
        )
        for flag in report.flags
    )


def course(report: Report, key: str, found: Sequence[Finding], *, title: str, caption: str, by: str) -> Course | None:
    """A line of findings, oldest first; nothing when none has a number."""
    found = found[-_OLDEST_DRAWN:]
    if not any(f.is_shown for f in found):
        return None
    words = report.words
    moments = tuple(
        Moment(
            start=f.period_start,
            end=f.period_end,
            value=f.estimate if f.is_shown else None,
            low=f.lower if f.is_shown else None,
            high=f.upper if f.is_shown else None,
            state=state_of(f),
            basis=basis_of(f, report),
        )
        for f in found
    )
    last = next(f for f in reversed(found) if f.is_shown)
    period = words.notation.period(found[0].period_start, found[-1].period_end)
    return Course(
        key=key,
        title=title,
        description=words(
            "charts/course/description",
            value=str(_plain(last, report)),
            period=words.notation.period(last.period_start, last.period_end),
            whole=period,
            verdict=words(f"charts/states/{state_of(last)}"),
        ),
        caption=caption,
        how_to_read=words("charts/course/how"),
        table=_course_table(report, key, title, found),
        moments=moments,
        scale=scale_of(last),
        flags=flags_drawn(report),
        by=by,
    )


def _plain(finding: Finding, report: Report) -> str:
    from meos_pipeline.reporting.claims import margin, number

    claim = claimed(finding)
    return f"{number(claim, report.words)}{margin(claim, report.words)}"


def _course_table(report: Report, key: str, title: str, found: Sequence[Finding]) -> Table:
    words = report.words
    rows = tuple(
        (
            Cell(text=words.notation.short_period(f.period_start, f.period_end), is_header=True),
            Cell(text=_plain(f, report), value=f.estimate) if f.is_shown else Cell(text="–", state=state_of(f)),
            basis_cell(f, report),
            Cell(text=words(f"charts/states/{state_of(f)}"), state=state_of(f)),
        )
        for f in found
    )
    return Table(
        key=key,
        caption=title,
        columns=tuple(words(f"page/columns/{c}") for c in ("period", "value", "basis", "verdict")),
        rows=rows,
        numeric=frozenset({1}),
    )


def series_of_measure(report: Report, measure: str) -> list[Finding]:
    """The aim's figure per quarter or month, oldest first; of the report month with its margin."""
    if measure == "coverage":
        return [f for f in quarters(report.results, "coverage", "without_result") if f.is_shown]
    points = [p for p in control_points(report, measure) if p.is_shown]
    newest = shown(report.results.newest(measure))
    if newest is not None and points and points[-1].period_start == newest.period_start:
        return [*points[:-1], newest]
    return points or ([newest] if newest is not None else [])


def course_of_measure(report: Report, key: str, measure: str) -> Course | None:
    """The line that belongs to a measure: coverage per quarter, anything else per month."""
    words = report.words
    if measure == "coverage":
        found = quarters(report.results, "coverage", "without_result")
        title = words("charts/course/coverage")
        return course(report, key, found, title=title, caption=words("charts/course/caption"), by="quarter")
    title = words("charts/course/of_hundred", name=title_of(measure, words))
    points = series_of_measure(report, measure)
    return course(report, key, points, title=title, caption=words("charts/course/caption_month"), by="month")
