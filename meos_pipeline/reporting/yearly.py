"""From year to year: the ratio of a measure to that of twelve months before, in a table. No arrows."""

from collections.abc import Sequence

from meos_pipeline.reporting.measures import (
    caveats,
    count_text,
    label_text,
    margin_text,
    state_of,
    title_of,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, State, Table

STATISTIC = "trend"


def yearly_table(report: Report, section: str, measures: Sequence[str], *, note: str = "") -> tuple[Table, ...]:
    """Return the table of these measures; none when the statistic was not run.

    Args:
        report: The team's report.
        section: Section it stands in.
        measures: Names of measures, in the order of the rows.
        note: What has to stand beside these measures: a yield has its coverage.
    """
    words = report.words
    found = [(measure, finding) for measure in measures if (finding := _of(report, measure)) is not None]
    if not found:
        return ()
    said = (words("measures/trend/equal"), *caveats([finding for _, finding in found], words), note)
    return (
        Table(
            key=f"{section}-yearly",
            caption=words("measures/trend/caption"),
            numeric=frozenset({1}),
            columns=tuple(
                words(f"page/columns/{c}") for c in ("measure", "value", "margin", "basis", "since", "verdict")
            ),
            rows=tuple(_row(report, measure, finding) for measure, finding in found),
            note=" ".join(filter(None, said)),
        ),
    )


def _of(report: Report, measure: str) -> Finding | None:
    return report.results.rolling(STATISTIC, stratum=f"measure={measure}")


def _row(report: Report, measure: str, finding: Finding) -> tuple[Cell, ...]:
    words = report.words
    name, since = (
        Cell(text=title_of(measure, words), is_header=True),
        Cell(text=words.notation.month(finding.period_start)),
    )
    if not finding.is_shown:
        few = Cell(text=why_silent(finding, words), state=State.TOO_FEW)
        return name, Cell(text="–", state=State.TOO_FEW), Cell(text="–"), Cell(text="–"), since, few
    kind = "rate_of" if measure == "registrations_per_100_shifts" else "of"
    basis = words(f"page/{kind}", events=count_text(finding.events, report), n=count_text(finding.n, report))
    return (
        name,
        Cell(text=value_text(finding, words), value=finding.estimate),
        Cell(text=margin_text(finding, words)),
        Cell(text=basis),
        since,
        Cell(text=label_text(finding, words), state=state_of(finding)),
    )
