"""Months that have not settled: what is in, what is still to come, and from when they are final. Never a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.claims import Claim, Passage, Said, claim_of, margin, number, say
from meos_pipeline.reporting.facts import POPULATION
from meos_pipeline.reporting.measures import basis_cell
from meos_pipeline.reporting.results import Finding, findings_in
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, State, Table

COUNT = "registrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """One month that has not settled."""

    month: date
    heading: str
    lines: tuple[Said, ...]
    short: Said
    """The same in a sentence, for paper and lists."""
    until: str
    """From when it is final, in a few words."""
    table: Table

    def passages(self) -> list[Passage]:
        """Every line by itself: each tells its own period and population."""
        return [
            Passage(name=f"provisional {self.month:%Y-%m} {place}", sentences=(line,))
            for place, line in enumerate((*self.lines, self.short), start=1)
        ]


def early_months(report: Report) -> tuple[Early, ...]:
    """Months that have not settled, the newest first; none when the team has nothing to show of them."""
    rows = report.publishable.provisional
    found = findings_in(rows.filter(rows["team"] == report.team)) if rows.height else []
    months = sorted({f.period_start for f in found}, reverse=True)
    return tuple(_early(report, [f for f in found if f.period_start == month]) for month in months)


def counted_early(publishable: Publishable) -> list[Finding]:
    """Counts of checks of months that have not settled, where they may be shown."""
    return [f for f in findings_in(publishable.provisional) if f.kind[1] == COUNT and f.n is not None]


def news(report: Report) -> tuple[str, ...]:
    """That the newest month is there, and from when it is final: for pages that show no figure of it."""
    words = report.words
    found = sorted(findings_in(report.publishable.provisional), key=lambda f: f.period_start)
    if not found:
        return ()
    newest = found[-1]
    return (words("provisional/news", month=words.notation.month(newest.period_start), final_on=_day(report, newest)),)


def _early(report: Report, found: Sequence[Finding]) -> Early:
    words = report.words
    count = next(f for f in found if f.kind[1] == COUNT)
    shares = [f for f in found if f.kind[1] != COUNT and f.is_shown]
    month = words.notation.month(count.period_start)
    dates = {"month": month, "seen_on": _day(report, count, "seen_on"), "final_on": _day(report, count)}
    final = words("provisional/final", **(dates | {"month": words.capital(month)}))
    kind = "too_few" if count.n is None else "count" if count.is_shown else "count_alone"
    short = {"too_few": "short_too_few", "count": "short", "count_alone": "short_alone"}[kind]
    claims = {} if kind == "too_few" else {"s": _claim(count)}
    first = say(words, f"provisional/{kind}", dates, **claims)
    return Early(
        month=count.period_start,
        heading=words("provisional/heading", month=month),
        lines=(first, *(_share(report, f) for f in shares), final),
        short=say(words, f"provisional/{short}", dates, **claims),
        until=words("provisional/until", **dates),
        table=_table(report, count, shares, dates),
    )


def _share(report: Report, finding: Finding) -> Said:
    words = report.words
    name = words(f"measures/{finding.kind[1]}/of_hundred")
    return say(words, "provisional/share", {"name": name}, s=_claim(finding))


def _claim(finding: Finding) -> Claim:
    measure = finding.kind[1]
    return claim_of(finding, "recorded" if measure == COUNT else POPULATION.get(measure, "proactive"), measure=measure)


def _table(report: Report, count: Finding, shares: Sequence[Finding], dates: dict[str, str]) -> Table:
    words = report.words
    key = f"{report.team}|provisional|{count.period_start.isoformat()}|proactive|*" if report.team else ""
    few = Cell(text="–", state=State.TOO_FEW)
    rows = [
        (
            Cell(text=words("provisional/table/registrations"), is_header=True),
            few if count.n is None else Cell(text=words.notation.number(count.n), value=float(count.n), reference=key),
            _value(report, count) if count.is_shown else few,
            Cell(text="–"),
        ),
        *(
            (
                Cell(text=words(f"measures/{f.kind[1]}/of_hundred"), is_header=True),
                _value(report, f),
                Cell(text="–"),
                basis_cell(f, report, is_short=True),
            )
            for f in shares
        ),
    ]
    return Table(
        key=f"provisional-{count.period_start:%Y-%m}",
        caption=words("provisional/table/caption", month=dates["month"], final_on=dates["final_on"]),
        columns=(
            words("page/columns/measure"),
            words("provisional/table/now", seen_on=dates["seen_on"]),
            words("provisional/table/later"),
            words("page/columns/basis"),
        ),
        rows=tuple(rows),
        numeric=frozenset({1}),
    )


def _value(report: Report, finding: Finding) -> Cell:
    claim = _claim(finding)
    return Cell(text=f"{number(claim, report.words)}{margin(claim, report.words)}", value=finding.estimate)


def _day(report: Report, finding: Finding, name: str = "final_on") -> str:
    return report.words.notation.day(date.fromisoformat(str(finding.details()[name])))
