"""The month in four sentences; the last one says what we cannot say."""

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting import trust
from meos_pipeline.reporting.measures import SIGNALS, control_points, count_text, name_of, sentence, why_silent
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block

ASKED = (
    "coverage_sample",
    "yield_broad",
    "dossier_complete",
    "repeat_persons",
    "repeat_vehicles",
    "explanation_given",
    "officers_using",
    "complaints_per_1000",
)
"""Measures a meeting would ask for, in that order: the first without a number is named."""


def build(report: Report) -> Block:
    """Volume, accountability, yield with its coverage, and the first thing we cannot say."""
    return Block(name="in_short", heading=report.say("in_short/heading"), items=tuple(lines(report)))


def lines(report: Report) -> list[str]:
    """The sentences, also for the A4."""
    results, words = report.results, report.words
    proactive = results.count("proactive", "proactive", report.month)
    said = []
    if proactive is None:
        said.append(report.say("in_short/no_checks", month=words.notation.month_name(report.month)))
    else:
        usual = _usual(report)
        said.append(
            report.say(
                "in_short/checks",
                month=words.notation.month_name(report.month),
                n=count_text(0 if proactive.is_small else proactive.n, report),
            )
            + usual
        )
    said.append(sentence(results.newest("dossier_complete"), "dossier_complete", report))
    broad = results.rolling("yield_broad")
    if broad is not None and broad.is_shown:
        said.append(f"{sentence(broad, 'yield_broad', report)} {trust.bias_sentence(report)}")
    silent = _cannot_say(report)
    said.append(silent or report.say("in_short/not_why"))
    return said


def _usual(report: Report) -> str:
    points = control_points(report, "registrations_per_100_shifts")
    if not points or points[-1].period_start != report.month or not points[-1].is_shown:
        return ""
    label = Label(points[-1].label)
    key = "signal" if label in SIGNALS else "usual" if label is Label.USUAL else ""
    return " " + report.say(f"in_short/{key}") if key else ""


def _cannot_say(report: Report) -> str:
    for statistic in ASKED:
        finding = report.results.rolling(statistic, stratum=None)
        if finding is None or not finding.is_shown:
            return report.words(
                "page/cannot_say", name=name_of(statistic, report.words), reason=why_silent(finding, report.words)
            )
    return ""


SECTION = Section("in_short", build)
