"""Whom do we check more often? All yardsticks that there are, never the most striking one alone."""

import dataclasses

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Verdict
from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.claims import Claim, Said, Says, claim_of
from meos_pipeline.reporting.facts import absent, standing
from meos_pipeline.reporting.group_sentences import group_name
from meos_pipeline.reporting.measures import basis_cell, basis_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.differences import latest
from meos_pipeline.reporting.spec import Cell, Mark, State, Table, Yardsticks

STATISTIC = "benchmark_ratio"
TOLD = ("sex=male", "age_band=18-24")
"""Groups that the answer names, whatever their figures are."""
BENCHMARKS = ("residents", "daytime", "suspects")


def build(report: Report) -> Card:
    """Men and young people beside every yardstick; the figure has all groups."""
    found = latest(report.results.all(STATISTIC))
    told = [f for f in found if f.is_shown]
    limits: list[Said] = [report.words("cards/questions/groups/not")]
    link = (report.words("cards/questions/groups/link"), "differences")
    if not told:
        claim = claim_of(found[0], "recorded") if found and not found[0].is_shown else absent(report, STATISTIC)
        said: tuple[Said, ...] = (answer(report, "groups/unknown", g=claim),)
        state = standing(report, found[0]) if found else (State.NOT_YET, report.words("charts/states/not_yet"))
        return Card(name="groups", answer=said, period=None, standing=state, limits=tuple(limits), link=link)
    said = _undecided(report, told) or tuple(s for group in TOLD if (s := _told(report, group, told)) is not None)
    firm = next((f for f in told if VERDICT_OF_LABEL[Label(f.label)] is Verdict.SIGNAL), told[0])
    return Card(
        name="groups",
        answer=said or (answer(report, "groups/figure", g=claim_of(told[0], "recorded")),),
        period=(told[0].period_start, told[0].period_end),
        standing=standing(report, firm),
        charts=(yardsticks(report, found),),
        limits=tuple(limits),
        link=link,
    )


def _told(report: Report, group: str, told: list[Finding]) -> Said | None:
    """How much more often a group was checked, by every yardstick; only where no choice turns it around."""
    words = report.words
    own = {f.kind[1]: f for f in told if f.group == group and f.kind[1] in BENCHMARKS}
    if not own:
        return None
    first, *others = (own[b] for b in BENCHMARKS if b in own)
    extra = {
        "group": words.capital(group_name(words, group)),
        "reference": group_name(words, first.reference),
        "with": words.code(*first.kind),
    }
    if not survives(report, first):
        state = dataclasses.replace(claim_of(first, "recorded"), says=Says.STATE)
        return answer(report, "groups/depends", extra, g=state)
    claims: dict[str, Claim] = {"g": claim_of(first, "recorded")}
    for place, other in enumerate(others, start=2):
        extra[f"with{place}"] = words.code(*other.kind)
        claims[f"g{place}"] = claim_of(other, "recorded")
    return answer(report, f"groups/told_{len(own)}", extra, **claims)


def _undecided(report: Report, told: list[Finding]) -> tuple[Said, ...]:
    """One sentence for both groups where every choice could turn the answer around; nothing otherwise."""
    firsts = [next((f for f in told if f.group == group and f.kind[1] in BENCHMARKS), None) for group in TOLD]
    found = [f for f in firsts if f is not None and not survives(report, f)]
    if len(found) < len(TOLD):
        return ()
    names = [group_name(report.words, f.group) for f in found]
    extra = {"group": report.words.capital(names[0]), "group2": names[1]}
    claims = [dataclasses.replace(claim_of(f, "recorded"), says=Says.STATE) for f in found]
    return (answer(report, "groups/depend_both", extra, g=claims[0], g2=claims[1]),)


def survives(report: Report, finding: Finding) -> bool:
    """Whether the group stays on the same side of its reference under every choice; nothing known is no."""
    tried = report.results.all("multiverse", group=finding.group)
    return any(f.is_shown and not f.label_reason and f.period_end == finding.period_end for f in tried)


def yardsticks(report: Report, found: list[Finding]) -> Yardsticks:
    """A row per group of which anything can be said; the others are named below it."""
    words = report.words
    names = [b for b in BENCHMARKS if any(f.kind[1] == b and f.is_shown for f in found)]
    groups = list(dict.fromkeys(f.group for f in found))
    cells = {(f.group, f.kind[1]): f for f in found}
    drawn, silent, rows = [], [], []
    for group in groups:
        of_group = [cells.get((group, name)) for name in names]
        label = words.capital(words.code(*group.split("=", 1)))
        if any(f is not None and f.is_shown for f in of_group):
            drawn.append((label, tuple(_mark(f, label, report) for f in of_group)))
        else:
            silent.append(words.code(*group.split("=", 1)))
        rest = next((f for f in of_group if f is not None and f.is_shown), None)
        cells_of_row = (_cell(report, f) for f in of_group)
        rows.append((Cell(text=label, is_header=True), *cells_of_row, basis_cell(rest, report)))
    title = words("charts/yardsticks/title")
    return Yardsticks(
        key="groups",
        title=title,
        description=words("charts/yardsticks/description", n=words.notation.number(len(drawn))),
        caption=words("charts/yardsticks/caption"),
        how_to_read=words("charts/forest/how_ratio"),
        silent=tuple(silent),
        table=Table(
            key="groups",
            caption=title,
            columns=(
                words("page/columns/group"),
                *(words.capital(words.code("benchmark", n)) for n in names),
                words("page/columns/basis"),
            ),
            rows=tuple(rows),
            numeric=frozenset(range(1, len(names) + 1)),
        ),
        rows=tuple(drawn),
        names=tuple(words.code("benchmark", n) for n in names),
    )


def _mark(finding: Finding | None, label: str, report: Report) -> Mark | None:
    if finding is None or not finding.is_shown:
        return None
    basis = basis_of(finding, report)
    return Mark(label=label, value=finding.estimate, low=finding.lower, high=finding.upper, basis=basis)


def _cell(report: Report, finding: Finding | None) -> Cell:
    if finding is None or not finding.is_shown:
        return Cell(text="–", state=State.TOO_FEW)
    times = report.words.notation.times
    low, high = times(finding.lower or 0.0), times(finding.upper or 0.0)
    return Cell(text=f"{times(finding.estimate or 0.0)} ({low}–{high})", value=finding.estimate)


CARD = Question("groups", build)
