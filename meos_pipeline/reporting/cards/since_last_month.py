"""What changed since last month? Two months side by side, without an arrow; and what changed in the data."""

import math

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.cards.explain import MEASURES, of_month
from meos_pipeline.reporting.claims import Said, Says, margin, number
from meos_pipeline.reporting.facts import absent, claimed, month_before, standing
from meos_pipeline.reporting.measures import basis_cell, basis_of, control_points, name_of, state_of, title_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, Mark, Pairs, State, Table


def build(report: Report) -> Card:
    """File complete and reason told, last month and this one."""
    words = report.words
    pairs = months_of(report)
    points = [p for p in control_points(report, "registrations_per_100_shifts") if p.period_start == report.month]
    said: list[Said] = [of_measure(report, m, a, b) for m, a, b in pairs]
    if not pairs:
        said = [answer(report, "since_last_month/unknown", s=absent(report, "dossier_complete"))]
    elif all(within(a, b) for _, a, b in pairs):
        said.append(words("cards/questions/since_last_month/within"))
    chart = _chart(report, pairs)
    month = (report.month, pairs[0][2].period_end) if pairs else None
    return Card(
        name="since_last_month",
        answer=tuple(said),
        period=month,
        standing=_standing(report, [*points[-1:], *(now for _, _, now in pairs[:1])]) if pairs else _not_yet(report),
        charts=(chart,) if chart else (),
        more=(*_would_show(report), data_changes(report)),
        limits=(words("cards/questions/since_last_month/not"),),
    )


def _standing(report: Report, bearers: list[Finding]) -> tuple[State, str]:
    """The verdict on the month, and of what: of its line, or of the first figure when the source has no such line."""
    bears = next((f for f in bearers if state_of(f) is not State.NOT_IN_SOURCE), bearers[-1])
    state, text = standing(report, bears)
    measure = bears.kind[1] if bears.statistic == "control_chart" else bears.statistic
    return state, report.words("page/standing/of", name=name_of(measure, report.words), text=text)


def _would_show(report: Report) -> list[Said]:
    """Of each judged line without a signal which change would have shown within six months: silence is not 'no change'."""
    words = report.words
    said: list[Said] = []
    for measure in report.publishable.policy.judged_charts:
        for point in control_points(report, measure):
            size = point.details().get("visible_change")
            if (
                point.period_start != report.month
                or state_of(point) is not State.ORDINARY
                or not isinstance(size, float)
            ):
                continue
            is_share = point.unit == Unit.SHARE
            extra = {
                "name": title_of(measure, words),
                "size": words.notation.number(100 * size if is_share else _fives(size)),
            }
            claim = claimed(point, says=Says.NO_SIGNAL)
            said.append(
                answer(report, f"since_last_month/would_show_{'share' if is_share else 'rate'}", extra, s=claim)
            )
    return said


def _fives(size: float) -> int:
    """A part of one as percents, to fives upwards."""
    return math.ceil(round(100 * size, 6) / 5) * 5


def _not_yet(report: Report) -> tuple[State, str]:
    return State.NOT_YET, report.words("charts/states/not_yet")


def months_of(report: Report) -> list[tuple[str, Finding, Finding]]:
    """(measure, last month, this month) of each measure that has both."""
    found = [(m, month_before(report, m), of_month(report, m)) for m in MEASURES]
    return [(m, a, b) for m, a, b in found if a is not None and b is not None]


def within(before: Finding, now: Finding) -> bool:
    """Whether the month before lies within the margin of this month: then the difference says nothing."""
    if before.estimate is None or now.lower is None or now.upper is None:
        return True
    return now.lower <= before.estimate <= now.upper


def of_measure(report: Report, measure: str, before: Finding, now: Finding) -> Said:
    """This month with its margin, and the month before."""
    claims = {"now": claimed(now), "before": claimed(before, is_beside=True)}
    return answer(report, "since_last_month/pair", {"name": title_of(measure, report.words)}, **claims)


def data_changes(report: Report, *others: Report) -> str:
    """What changed in the source this month, and in earlier figures, of one team or of several, in a sentence."""
    reports, changes = (report, *others), report.publishable.changes
    teams = [one.team for one in reports]
    if any(f.is_break and f.day >= report.month for one in reports for f in one.flags):
        key = "source"
    elif not changes.is_empty() and changes["team"].is_in(teams).any():
        key = "figures"
    else:
        key = "nothing" if report.publishable.has_earlier else "first"
    return report.words(f"cards/questions/since_last_month/{key}")


def _chart(report: Report, pairs: list[tuple[str, Finding, Finding]]) -> Pairs | None:
    if not pairs:
        return None
    words = report.words
    names = (words.notation.month_name(pairs[0][1].period_start), words.notation.month_name(report.month))
    title = words("charts/pairs/months")
    return Pairs(
        key="since_last_month",
        title=title,
        description=words("charts/pairs/description", first=names[0], second=names[1]),
        caption=words("charts/pairs/caption"),
        how_to_read=words("charts/pairs/caption"),
        table=pairs_table(report, "since_last_month", title, names, [(title_of(m, words), a, b) for m, a, b in pairs]),
        rows=tuple((title_of(m, words), mark(a, report), mark(b, report)) for m, a, b in pairs),
        names=names,
    )


def mark(finding: Finding, report: Report) -> Mark:
    """A finding as a mark with its margin."""
    return Mark(
        label="",
        value=finding.estimate,
        low=finding.lower,
        high=finding.upper,
        state=state_of(finding),
        basis=basis_of(finding, report),
    )


def pairs_table(
    report: Report, key: str, title: str, names: tuple[str, str], rows: list[tuple[str, Finding, Finding]]
) -> Table:
    """Two figures per row, with their margins."""
    words = report.words

    def cell(finding: Finding) -> Cell:
        claim = claimed(finding)
        basis = basis_cell(finding, report, is_short=True).text
        rest = "" if basis == "–" else f"; {basis}"
        return Cell(text=f"{number(claim, words)}{margin(claim, words)}{rest}", value=finding.estimate)

    return Table(
        key=key,
        caption=title,
        columns=(words("page/columns/measure"), *(words.capital(n) for n in names)),
        rows=tuple((Cell(text=name, is_header=True), cell(a), cell(b)) for name, a, b in rows),
        numeric=frozenset({1, 2}),
    )


CARD = Question("since_last_month", build)
