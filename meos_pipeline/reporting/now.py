"""The first screen: the last agreement and how it stands, what is new, the one thing to discuss."""

import dataclasses
from dataclasses import dataclass

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Unit, Verdict
from meos_pipeline.reporting import agenda
from meos_pipeline.reporting.agreements import Agreement, before_and_after, effect_of, last_agreement
from meos_pipeline.reporting.cards.since_last_month import data_changes, months_of, within
from meos_pipeline.reporting.claims import Passage, Said, Says, say
from meos_pipeline.reporting.facts import claimed, course_of_measure, no_signal, quarters, series_of_measure, standing
from meos_pipeline.reporting.measures import A_QUARTER, title_of
from meos_pipeline.reporting.provisional import early_months
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Course, State

MOST_NEWS = 3
"""Sentences of news, that of the provisional month included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What stands on the first screen."""

    agreement: Agreement | None
    heading: str
    lines: tuple[Said, ...]
    standing: tuple[State, str] | None
    chart: Course | None
    news: tuple[Said, ...]
    item: agenda.Item

    def passages(self) -> list[Passage]:
        """The screen as the statement check reads it: every line tells its own period."""
        whole = Passage(name="agreement", sentences=self.lines)
        news = [Passage(name=f"news {number}", sentences=(line,)) for number, line in enumerate(self.news, start=1)]
        return [whole, *news, Passage(name="agenda", sentences=(self.item.statement,))]


def now(report: Report) -> Now:
    """Everything of the first screen."""
    agreed = last_agreement(report.publishable, report.team)
    measure = agreed.measure if agreed is not None and agreed.measure else "coverage"
    chart = course_of_measure(report, "now", measure)
    effect = effect_of(report, agreed) if agreed is not None else None
    heading = report.words("now/agreement/none") if agreed is None else report.words.capital(agreed.title(report.words))
    return Now(
        agreement=agreed,
        heading=heading,
        lines=(*_lines(report, agreed, measure), *_told(report, agreed)),
        standing=standing(report, effect) if effect is not None else None,
        chart=dataclasses.replace(chart, caption="") if chart is not None else None,
        news=tuple(_news(report, measure))[: max(MOST_NEWS - len(early_months(report)), 0)],
        item=agenda.item(report),
    )


def _lines(report: Report, agreed: Agreement | None, measure: str) -> list[Said]:
    """The figure of the aim now, and those before and after the agreement; else the last one wholly before it."""
    words = report.words
    found = series_of_measure(report, measure)
    if not found:
        return [words(f"now/agreement/{'not_counted' if measure == 'coverage' else 'no_figure'}")]
    last = found[-1]
    extra = {"name": words(f"measures/{measure}/of_hundred") if words.has(f"measures/{measure}/of_hundred") else ""}
    said: list[Said] = [say(words, f"now/agreement/{_kind(measure, last)}", extra, s=claimed(last))]
    if agreed is None:
        return said
    before = [f for f in found if f.period_end < agreed.starts]
    sides = before_and_after(report, agreed, is_alone=False)
    if sides is not None:
        said.append(sides)
    elif last.period_start < agreed.starts:
        said.append(words("now/agreement/too_young"))
    elif before:
        said.append(say(words, "now/agreement/before", s=claimed(before[-1], is_beside=True)))
    return said


def _told(report: Report, agreed: Agreement | None) -> tuple[str, ...]:
    """From when it holds where that is still to come, what the team said of it, and when it looks back."""
    if agreed is None:
        return ()
    words, today = report.words, report.publishable.made_on
    ahead = (words("now/agreement/holds_from", day=words.notation.day(agreed.starts)),)
    return (*(ahead if agreed.begins_after(today) else ()), *agreed.told(today, words))


def _kind(measure: str, finding: Finding) -> str:
    if measure == "coverage":
        return "coverage"
    return "share" if finding.unit == Unit.SHARE else "number"


def _news(report: Report, told: str) -> list[Said]:
    """At most three sentences: the newest count, the month beside the one before, and what lines and data say."""
    said: list[Said] = []
    if told != "coverage" and (line := _counted(report)):
        said.append(line)
    said += [*_month(report)][:1]
    signal = _signal(report)
    return [signal, *said, data_changes(report)] if signal else [*said, _lines_judged(report), data_changes(report)]


def _counted(report: Report) -> Said | None:
    """The newest quarter of counting along, while it is new."""
    found = [f for f in quarters(report.results, "coverage", "without_result") if f.is_shown]
    if not found or (report.month - found[-1].period_end).days > A_QUARTER:
        return None
    return say(report.words, "now/news/counted", s=claimed(found[-1]))


def _month(report: Report) -> list[Said]:
    words = report.words
    said: list[Said] = []
    for measure, before, current in months_of(report):
        extra = {"name": title_of(measure, words)}
        claims = {"now": claimed(current), "before": claimed(before, is_beside=True)}
        key = "month_within" if within(before, current) else "month"
        said.append(say(words, f"now/news/{key}", extra, **claims))
    return said


def _newest_points(report: Report) -> list[tuple[Finding, Verdict]]:
    """The points of the report month with their verdicts, judged lines first."""
    judged_first = report.publishable.policy.judged_charts
    newest = sorted((f for f in _points_of_month(report) if f.is_shown), key=lambda f: f.kind[1] not in judged_first)
    return [(f, VERDICT_OF_LABEL[Label(f.label)]) for f in newest]


def _signal(report: Report) -> Said | None:
    """The first line with a signal, which comes before all other news."""
    signals = [f for f, verdict in _newest_points(report) if verdict is Verdict.SIGNAL]
    if not signals:
        return None
    claim = claimed(signals[0], says=Says.DIFFERENCE)
    return say(report.words, "now/news/signal", {"name": title_of(signals[0].kind[1], report.words)}, s=claim)


def _lines_judged(report: Report) -> Said:
    """'2 van de 8 lijnen zijn beoordeeld; geen signaal': of judged lines only; else from when they are."""
    words, number = report.words, report.words.notation.number
    newest = _newest_points(report)
    judged = sum(verdict is Verdict.ORDINARY for _, verdict in newest)
    if judged:
        claim = no_signal(newest[0][0], judged, report.team)
        return say(words, "now/news/ordinary", {"judged": number(judged), "lines": number(len(newest))}, s=claim)
    _, text = standing(report, newest[0][0]) if newest else (None, "")
    return words("now/news/not_yet", why=text) if newest else words("now/news/no_line")


def _points_of_month(report: Report) -> list[Finding]:
    points = report.results.all("control_chart", series="point")
    return [f for f in points if f.period_start == report.month]
