"""The one thing to discuss this month: chosen by what was found, what was agreed and what was asked before.

A signal comes first, then an agreement whose day has come. Otherwise the questions that apply take turns by month, each
team beginning at another one: so no question stands on every page, nor on the same page two months running while there
is another. A question about the aim of a running agreement waits until it is looked back on.
"""

import dataclasses
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Verdict
from meos_pipeline.reporting.agreements import last_agreement
from meos_pipeline.reporting.card import answer
from meos_pipeline.reporting.cards.explain import of_month
from meos_pipeline.reporting.cards.reasons import volume_claim
from meos_pipeline.reporting.claims import Claim, Said, Says, say
from meos_pipeline.reporting.facts import absent, claimed, shown
from meos_pipeline.reporting.measures import control_points
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report

MONTHLY = ("explanation_given", "dossier_complete", "objective_ground")
ALL = 0.95
"""From this share on a measure leaves nothing to talk about."""
CHARTED = ("registrations_per_100_shifts", "zero_result_share", *MONTHLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question for the meeting."""

    name: str
    """Words below ``now/agenda``."""
    aim: str
    statement: Said
    """What it is about, with its figure."""
    question: str
    finding: Finding | None = None
    """The figure that belongs to it, for the A4."""
    measure: str = ""
    """Where there is no such figure, the measure whose picture belongs to it."""


def item(report: Report) -> Item:
    """The question of this month for this team."""
    urgent = list(_signals(report))
    if urgent:
        return urgent[0]
    agreed = last_agreement(report.publishable, report.team)
    busy = agreed.aim if agreed is not None and agreed.is_open(report.publishable.made_on) else ""
    found = [one for one in _ordinary(report) if one is not None]
    free = [one for one in found if one.aim != busy] or found
    month = report.month.year * 12 + report.month.month
    return free[(month + zlib.crc32(report.team.encode())) % len(free)]


def _signals(report: Report) -> Iterator[Item]:
    """Measures whose month was judged to lie outside what is usual."""
    for measure in CHARTED:
        points = [p for p in control_points(report, measure) if p.period_start == report.month]
        if points and points[-1].is_shown and VERDICT_OF_LABEL[Label(points[-1].label)] is Verdict.SIGNAL:
            claim = claimed(points[-1], says=Says.DIFFERENCE)
            high = points[-1].label in {Label.SIGNAL_HIGH, Label.CLEARLY_HIGHER}
            extra = {"name": report.words(f"measures/{measure}/name")}
            path = f"now/agenda/signal_{'high' if high else 'low'}/statement"
            aim = {"explanation_given": "explained", "dossier_complete": "dossier"}.get(measure, "coverage_no_result")
            yield Item(
                name="signal",
                aim=aim,
                statement=say(report.words, path, extra, s=claim),
                question=report.words("now/agenda/signal_high/question"),
                finding=of_month(report, measure),
                measure=measure,
            )


def _ordinary(report: Report) -> list[Item | None]:
    """Questions that apply without a signal, in a fixed order."""
    builders: tuple[Callable[[Report], Item | None], ...] = (_coverage, *map(_share, MONTHLY), _reasons, _repeats)
    found = [build(report) for build in builders]
    return found if any(found) else [_nothing(report)]


def _item(report: Report, name: str, aim: str, finding: Finding | None, claim: Claim, key: str = "statement") -> Item:
    statement = say(report.words, f"now/agenda/{name}/{key}", s=claim)
    question = report.words(f"now/agenda/{name}/question")
    return Item(name=name, aim=aim, statement=statement, question=question, finding=finding)


def _coverage(report: Report) -> Item | None:
    whole = report.results.rolling("coverage")
    if shown(whole) is None:
        claim = claimed(whole) if whole is not None else absent(report, "coverage")
        return _item(report, "count", "coverage_no_result", None, claim)
    without = shown(report.results.rolling("coverage", series="without_result"))
    if without is None or (without.estimate or 0.0) >= ALL:
        return None
    return _item(report, "coverage", "coverage_no_result", without, claimed(without))


def _share(measure: str) -> Callable[[Report], Item | None]:
    aims = {"explanation_given": "explained", "dossier_complete": "dossier", "objective_ground": "reason"}

    def build(report: Report) -> Item | None:
        found = of_month(report, measure)
        if found is None or (found.estimate or 0.0) >= ALL:
            return None
        return _item(report, measure, aims[measure], found, claimed(found))

    return build


def _reasons(report: Report) -> Item | None:
    strata = {f.stratum for f in report.results.all("yield_by_reason") if f.stratum and f.is_shown}
    found = [f for s in strata if (f := shown(report.results.rolling("yield_by_reason", stratum=s))) is not None]
    picked = sorted((f for f in found if f.n), key=lambda f: (-(f.n or 0), f.stratum))
    if not picked:
        return None
    first = picked[0]
    extra = {"name": report.words.code(*first.kind)}
    cover = shown(report.results.rolling("coverage", series="without_result"))
    covered = claimed(cover) if cover is not None else absent(report, "coverage")
    claims = {"s": claimed(first), "most": volume_claim(first), "c": covered}
    return Item(
        name="reasons",
        aim="reason",
        statement=say(report.words, "now/agenda/reasons/statement", extra, **claims),
        question=report.words("now/agenda/reasons/question"),
        measure="yield_by_reason",
    )


def _repeats(report: Report) -> Item | None:
    """Where there are more than chance gives; only where chance is not known, how many there are."""
    excess = shown(report.results.rolling("repeat_excess"))
    if excess is None:
        found = shown(report.results.rolling("repeat_persons", stratum="window=30"))
        return (
            _item(report, "repeats", "repeat", found, claimed(found)) if found is not None and found.estimate else None
        )
    if VERDICT_OF_LABEL[Label(excess.label)] is not Verdict.SIGNAL:
        return None
    more = _item(report, "repeats", "repeat", None, claimed(excess, says=Says.DIFFERENCE), "more")
    return dataclasses.replace(more, measure="repeat_excess")


def _nothing(report: Report) -> Item:
    return Item(
        name="nothing",
        aim="",
        statement=answer(report, "coverage/absent", all=absent(report, "coverage")),
        question=report.words("now/agenda/nothing/question"),
    )
