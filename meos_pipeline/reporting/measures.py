"""From a finding to what a reader gets: a sentence, a headline figure, a row of a table. Computes nothing."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from meos_pipeline.contracts.availability import missing_field
from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Unit
from meos_pipeline.reporting.codes import is_file
from meos_pipeline.reporting.results import Count, Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, Moment, Scale, State, Table, Trend
from meos_pipeline.reporting.words import Words

DIRECTIONS = {Label.SIGNAL_HIGH: "too_high", Label.SIGNAL_LOW: "too_low", Label.USUAL: "alike"}
"""Words of the question on yields by the direction in which the recorded one is off."""
A_QUARTER = 92
"""Most days of a quarter."""
SIGNALS = {Label.SIGNAL_HIGH, Label.SIGNAL_LOW, Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER}
SCALES = {Unit.SHARE: Scale.SHARE, Unit.RATIO: Scale.RATIO, Unit.DIFFERENCE: Scale.POINTS}


def scale_of(finding: Finding) -> Scale:
    """How values in that unit are written."""
    return SCALES.get(Unit(finding.unit), Scale.NUMBER)


def state_of(finding: Finding | None) -> State:
    """Which of the five verdicts a finding has; one that is not there is not in the source."""
    if finding is None:
        return State.NOT_IN_SOURCE
    return State(VERDICT_OF_LABEL[Label(finding.label)])


def value_text(finding: Finding, words: Words, value: float | None = None) -> str:
    """The estimate (or another value in its unit) as text."""
    number = finding.estimate if value is None else value
    if number is None:
        return "–"
    notation = words.notation
    if finding.unit == Unit.SHARE:
        return notation.share(number)
    if finding.unit == Unit.RATIO:
        return notation.ratio(number)
    if finding.unit == Unit.DIFFERENCE:
        return notation.points(number)
    return notation.number(number, 0 if finding.unit == Unit.COUNT or abs(number) >= 100 else 1)  # noqa: PLR2004 - digits


def margin_text(finding: Finding, words: Words) -> str:
    """The interval in words: 'tussen 17 en 48 van de 100'."""
    if finding.lower is None or finding.upper is None or not finding.is_shown:
        return words("page/no_margin")
    if finding.unit == Unit.SHARE:
        return words(
            "page/margin_share",
            low=words.notation.of_hundred(finding.lower),
            high=words.notation.of_hundred(finding.upper),
        )
    return words(
        "page/margin", low=value_text(finding, words, finding.lower), high=value_text(finding, words, finding.upper)
    )


def count_text(n: int | None, report: Report) -> str:
    """A released count, or '<10' in words."""
    if n is None:
        return "–"
    small = report.publishable.policy.smallest_shown_count
    return report.words("page/fewer_than", n=str(small)) if 0 < n < small else report.words.notation.number(n)


def count_cell(count: Count, report: Report) -> Cell:
    """A released cell in a table; under the smallest shown count only words."""
    if count.is_small:
        small = str(report.publishable.policy.smallest_shown_count)
        return Cell(text=report.words("page/fewer_than", n=small), state=State.SMALL, reference=count.reference)
    return Cell(text=report.words.notation.number(count.n), value=count.n, reference=count.reference)


MONTHLY = {"action_effect", "trend", "control_chart"}
NEEDED_OF_REASON = {
    "fewest_areas": "areas",
    "fewest_teams": "teams",
    "fewest_persons": "persons",
    "robust_test_hits": "results",
    "fewest_months": "months",
    "baseline_too_short": "months",
}


def needed_text(finding: Finding, words: Words) -> str:
    """How many more checks (months, areas, …) would settle what cannot be said yet; empty when no number would."""
    if finding.needed is None or finding.label not in {Label.TOO_FEW, Label.UNDECIDED}:
        return ""
    if finding.label == Label.UNDECIDED:
        ratio = float(finding.details().get("visible_ratio") or 1)
        if ratio <= 1 or (finding.n or 0) >= finding.needed:  # that many checks are there, and it is still undecided
            return ""
        return words(
            "page/needed/visible", n=words.notation.number(about(finding.needed)), size=f"{100 * (ratio - 1):.0f}"
        )
    unit = NEEDED_OF_REASON.get(finding.label_reason, "checks")
    if finding.statistic in MONTHLY:
        unit = "months"
    elif finding.unit == Unit.PER_100_SHIFTS:
        unit = "shifts"
    exact = unit in {"months", "areas", "teams"}
    return words(f"page/needed/{unit}", n=words.notation.number(finding.needed if exact else about(finding.needed)))


def about(count: float) -> int:
    """A count as readers may see one that is no released cell: to tens, to fifties from 100 on, upwards to two digits."""
    step = 10 if count < 100 else 50 if count < 1_000 else 10 ** (len(str(int(count))) - 2)  # noqa: PLR2004 - digits
    return math.ceil(count / step) * step


def with_needed(text: str, finding: Finding | None, words: Words) -> str:
    """A reading, and how much more would settle it."""
    needed = needed_text(finding, words) if finding is not None else ""
    return words("page/with_needed", text=text, needed=needed) if needed else text


def label_text(finding: Finding, words: Words) -> str:
    """Label in words, since when a signal stands, and what an undecided one still needs."""
    own = f"codes/label_of/{finding.statistic}/{finding.label}"
    text = words(own if words.has(own) else f"codes/label/{finding.label}")
    seen = finding.details()
    if finding.label_reason == "drawn_only":
        return words("page/drawn_only")
    if since := seen.get("judged_from"):
        return words("page/judged_from", text=text, month=words.notation.month(date.fromisoformat(str(since))))
    if seen.get("is_new") is False and finding.label in SIGNALS:
        return words("page/since", text=text, month=words.notation.month(date.fromisoformat(str(seen["first_seen"]))))
    return with_needed(text, finding, words)


def why_silent(finding: Finding | None, words: Words) -> str:
    """Why nothing can be said, in words, how much more would change that, and the bounds where those are known."""
    why = with_needed(_why_silent(finding, words), finding, words)
    if finding is None or finding.label != Label.NOT_COMPARABLE or finding.lower is None or finding.upper is None:
        return why
    low, high = (words.notation.of_hundred(bound) for bound in (finding.lower, finding.upper))
    return words("page/only_bounds", why=why, low=low, high=high)


def _why_silent(finding: Finding | None, words: Words) -> str:
    if finding is None:
        return words("codes/label/missing_input")
    reason = finding.label_reason
    if not reason:
        return words(f"codes/label/{finding.label}")
    if missing_field(reason):
        return words("page/not_in_export")
    return (
        words("page/missing_file", file=words.code("file", reason))
        if is_file(reason)
        else words(f"codes/label_reason/{reason}")
    )


def name_of(statistic: str, words: Words) -> str:
    """What readers call a measure."""
    return words(f"measures/{statistic}/name")


def title_of(statistic: str, words: Words) -> str:
    """The same where it stands alone, with a capital."""
    return words.named(f"measures/{statistic}/name")


def sentence(finding: Finding | None, statistic: str, report: Report) -> str:
    """One sentence about a measure; without a number it says that, and why."""
    words = report.words
    if finding is None or not finding.is_shown:
        return words("page/cannot_say", name=name_of(statistic, words), reason=why_silent(finding, words))
    return words(
        f"measures/{statistic}/sentence",
        events=count_text(finding.events, report),
        n=count_text(finding.n, report),
        value=value_text(finding, words),
        hundred=words.notation.of_hundred(finding.estimate or 0.0),
        margin=margin_text(finding, words),
        period=words.notation.period(finding.period_start, finding.period_end),
    )


def control_points(report: Report, statistic: str) -> list[Finding]:
    """Points of the control chart of a measure, oldest first."""
    found = report.results.all("control_chart", series="point")
    return [f for f in found if f.kind[1] == statistic or f.stratum == statistic]


def bearer(report: Report, measure: str, series: str = "") -> Finding | None:
    """What bears the verdict on a figure of the window, so that a table says what the sentences say.

    Of a yield its direction, of coverage without a result its change around an agreement, of a measure with a judged
    line the month of that line; else the figure itself, or what is known of the whole where the part was never made.
    """
    results = report.results
    found = results.rolling(measure, series=series) or results.rolling(measure)
    if found is None or not found.is_shown:
        return found
    if measure == "yield_corrected" and series in {"", "recorded"}:
        return results.rolling("coverage_direction") or found
    if (measure, series) == ("coverage", "without_result"):
        changes = [f for f in results.all("coverage_change") if not f.series]
        return changes[-1] if changes else found
    points = [p for p in control_points(report, measure) if p.period_start == report.month and not series]
    return points[-1] if points and points[-1].label != Label.DESCRIBED else found


def direction_of(finding: Finding | None) -> str:
    """Words for where a recorded yield lies; '' of anything else, or where that is open."""
    if finding is None or finding.statistic != "coverage_direction":
        return ""
    return DIRECTIONS.get(Label(finding.label), "")


def measure_table(report: Report, key: str, statistics: Sequence[tuple[str, str, str]]) -> Table:
    """The measures of a section: newest period, rolling window, margin, basis and verdict.

    Args:
        report: The team's report.
        key: Name of the table.
        statistics: (statistic, stratum, series) per row.
    """
    words, rows = report.words, []
    for statistic, stratum, series in statistics:
        newest = report.results.newest(statistic, stratum=stratum, series=series)
        rolling = report.results.rolling(statistic, stratum=stratum, series=series)
        label = row_name(words, statistic, stratum, series)
        if rolling and (report.month - rolling.period_end).days > A_QUARTER:
            label = f"{label} ({words.notation.short_period(rolling.period_start, rolling.period_end)})"
        rows.append(
            (
                Cell(text=label, is_header=True),
                _estimate(newest, words),
                _estimate(rolling, words),
                Cell(text=margin_text(rolling, words) if rolling else words("page/no_margin")),
                basis_cell(rolling, report),
                _verdict_cell(rolling or newest if stratum else bearer(report, statistic, series) or newest, words),
            )
        )
    heads = ("measure", "newest", "rolling", "margin", "basis", "verdict")
    return Table(
        key=key,
        caption=words("page/measure_table", name=words(f"team/sections/{key}/short")),
        columns=tuple(words(f"page/columns/{h}") for h in heads),
        rows=tuple(rows),
        numeric=frozenset({1, 2}),
    )


def row_name(words: Words, statistic: str, stratum: str, series: str) -> str:
    """Name of a measure, with what kind of checks and which part it is."""
    name = title_of(statistic, words)
    kind, _, value = stratum.partition("=")
    if value:
        name = f"{name}: {words.code(kind, value)}"
    if series:
        name = f"{name}, {words.code('series', series)}"
    return name


def _estimate(finding: Finding | None, words: Words) -> Cell:
    if finding is None or not finding.is_shown:
        return Cell(text="–", state=State.TOO_FEW)
    return Cell(text=value_text(finding, words), value=finding.estimate)


def basis_of(finding: Finding | None, report: Report) -> str:
    """The same as words for who points at a value; empty when there is none."""
    if finding is not None and finding.is_shown and finding.n is not None and _rests_on_all(finding):
        return report.words("charts/live/basis_all", n=count_text(finding.n, report))
    cell = basis_cell(finding, report)
    return "" if cell.text == "–" else report.words("charts/live/basis", n=cell.text)


def _rests_on_all(finding: Finding) -> bool:
    """Whether the number of checks is that of a whole, of which the finding is about a part; and of what chance gives."""
    if finding.statistic == "coverage_change":
        return bool(finding.series)
    if finding.statistic == "repeat_excess":
        return finding.series != "seen"
    return finding.statistic == "coverage" and finding.days <= A_QUARTER


def basis_cell(finding: Finding | None, report: Report, *, is_short: bool = False) -> Cell:
    """On how much an estimate rests: '34 van 52', or what it was counted in; short where the caption says of what."""
    if finding is None or not finding.is_shown or finding.n is None or _rests_on_all(finding):
        return Cell(text="–")
    if finding.events is None:
        return Cell(text=count_text(finding.n, report))
    rate = "page/rate_short" if is_short else "page/rate_of"
    return Cell(
        text=report.words(
            rate if finding.unit == Unit.PER_100_SHIFTS else "page/of",
            events=count_text(finding.events, report),
            n=count_text(finding.n, report),
        )
    )


def _verdict_cell(finding: Finding | None, words: Words) -> Cell:
    if direction := direction_of(finding):
        return Cell(text=words(f"cards/questions/checks_yield/standing/{direction}"), state=state_of(finding))
    if finding is None or not finding.is_shown:
        return Cell(text=why_silent(finding, words), state=State.TOO_FEW)
    return Cell(text=label_text(finding, words), state=state_of(finding))


def trend(report: Report, statistic: str, section: str) -> Trend | None:
    """The control chart of a measure, with the team's actions and breaks; ``None`` without one."""
    points = control_points(report, statistic)
    if not points:
        return None
    words = report.words
    stratum = points[0].stratum
    by_series = {
        series: {f.period_start: f for f in report.results.all("control_chart", stratum=stratum, series=series)}
        for series in ("centre", "low", "high")
    }

    def at(series: str, point: Finding) -> float | None:
        other = by_series[series].get(point.period_start)
        return other.estimate if other else None

    moments = tuple(
        Moment(
            start=p.period_start,
            value=p.estimate if p.is_shown else None,
            centre=at("centre", p),
            low=at("low", p) if by_series["low"] else p.lower,
            high=at("high", p) if by_series["high"] else p.upper,
            has_limits=True,
            state=state_of(p),
            basis=basis_of(p, report),
        )
        for p in points
    )
    name = title_of(statistic, words)
    flags = tuple(f for f in report.flags if moments[0].start <= f.day)
    table = Table(
        key=f"{section}-{statistic}",
        caption=words("charts/trend/table", name=name),
        columns=tuple(words(f"page/columns/{h}") for h in ("month", "value", "basis", "usual_between", "verdict")),
        rows=tuple(_trend_row(m, p, report) for m, p in zip(moments, points, strict=True)),
        numeric=frozenset({1}),
    )
    last = moments[-1]
    sentence_key = "charts/trend/description" if last.value is not None else "charts/trend/description_empty"
    return Trend(
        key=f"{section}-{statistic}",
        title=words("charts/trend/title", name=name),
        description=words(
            sentence_key,
            name=name,
            value=value_text(points[-1], words),
            verdict=label_text(points[-1], words),
            first=words.notation.month(moments[0].start),
            last=words.notation.month(last.start),
        ),
        caption=words("charts/trend/caption", name=name, period=words.notation.period(moments[0].start, last.start)),
        how_to_read=words("charts/trend/how"),
        table=table,
        moments=moments,
        scale=scale_of(points[0]),
        flags=flags,
    )


def usual_text(low: float | None, high: float | None, point: Finding, words: Words) -> str:
    """Between what a month usually lies: '52 tot 71 van de 100'."""
    if low is None or high is None:
        return "–"
    return words("page/range", low=value_text(point, words, low), high=value_text(point, words, high))


def _trend_row(moment: Moment, point: Finding, report: Report) -> tuple[Cell, ...]:
    words = report.words
    return (
        Cell(text=words.notation.month(moment.start), is_header=True),
        Cell(text=value_text(point, words), value=moment.value)
        if moment.value is not None
        else Cell(text="–", state=State.TOO_FEW),
        basis_cell(point, report, is_short=True),
        Cell(text=usual_text(moment.low, moment.high, point, words)),
        Cell(text=label_text(point, words), state=moment.state),
    )


def caveats(findings: Iterable[Finding | None], words: Words) -> tuple[str, ...]:
    """Fixed texts that go with findings, each once, in a fixed order."""
    return caveat_texts({code for f in findings if f is not None for code in f.caveats}, words)


def caveat_texts(codes: Iterable[str], words: Words) -> tuple[str, ...]:
    """Fixed texts of caveats, in a fixed order."""
    return tuple(dict.fromkeys(words(f"codes/caveat/{code}") for code in sorted(codes)))
