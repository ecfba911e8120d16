"""Lines by month that are judged: how many of all, and which have a signal. Silence counts judged lines only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Verdict
from meos_pipeline.reporting.results import TeamResults
from meos_pipeline.reporting.words import Words

JUDGED = {Verdict.ORDINARY, Verdict.SIGNAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What the lines of one month say."""

    number: int
    """All lines that could be judged: teams times measures."""
    judged: int
    signals: tuple[tuple[str, str], ...]
    """(team, measure) of each line with a signal."""

    def sentence(self, words: Words, names: tuple[str, ...]) -> str:
        """'8 van de 9 lijnen beoordeeld, geen signaal', or which ``names`` have one."""
        key = "signal" if self.signals else "quiet" if self.judged else "none"
        return words(f"district/lines/{key}", judged=str(self.judged), n=str(self.number), names=", ".join(names))


def lines_of(results: Mapping[str, TeamResults], measures: tuple[str, ...], month: date) -> Lines:
    """Lines of these teams in that month.

    Args:
        results: Results per team, without '' (all teams together has no line of its own).
        measures: Measures that are judged, as the policy names them.
        month: First day of the report month.
    """
    verdicts = {
        (team, point.kind[1]): VERDICT_OF_LABEL[Label(point.label)]
        for team in sorted(set(results) - {""})
        for point in results[team].all("control_chart", series="point")
        if point.period_start == month and point.kind[1] in measures
    }
    return Lines(
        number=len(set(results) - {""}) * len(measures),
        judged=sum(verdict in JUDGED for verdict in verdicts.values()),
        signals=tuple(line for line, verdict in verdicts.items() if verdict is Verdict.SIGNAL),
    )
