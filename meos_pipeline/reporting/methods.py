"""Comparisons of groups over the whole district: what each compares, says and does not show, and what would undo it."""

from collections.abc import Iterable, Sequence

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.measures import caveat_texts, title_of, why_silent
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.differences import (
    DIRECTED,
    METHODS,
    by_group,
    detail_table,
    firmness,
    group_name,
    latest,
    no_proof,
    undone_first,
    unknown_shares,
    unknown_table,
)
from meos_pipeline.reporting.spec import Block, Cell, State, Table


def methods_block(report: Report) -> Block | None:
    """Return the block of the district; ``None`` when no method was run for all teams together."""
    words = report.words
    methods = {method: found for method in METHODS if (found := latest(report.results.all(method)))}
    if not methods:
        return None
    unknown = latest(report.results.all("missing_groups"))
    return Block(
        name="differences", heading=report.say("differences/heading"),
        sentences=(report.say("differences/first"), words("district/methods/first"), *unknown_shares(report, unknown),
                   *_placebos(report)),
        open_tables=(_methods(report, methods),),
        tables=(*(detail_table(report, *one) for one in methods.items()), *unknown_table(report, unknown)),
        terms=("group", "margin"), notes=(*no_proof(report, methods), *_caveats(report, methods.values())),
    )  # fmt: skip


def _methods(report: Report, methods: dict[str, list[Finding]]) -> Table:
    words = report.words
    return Table(
        key="differences-methods", caption=words("district/methods/caption"),
        columns=tuple(words(f"page/columns/{c}") for c in ("method", "says", "not_shown", "undone")),
        rows=tuple(_row(report, method, found) for method, found in methods.items()),
    )  # fmt: skip


def _row(report: Report, method: str, found: Sequence[Finding]) -> tuple[Cell, ...]:
    words = report.words
    name = words("district/methods/name", name=title_of(method, words), compares=words(f"measures/{method}/compares"))
    limit = Cell(text=words(f"measures/{method}/not_shown"))
    shown = [f for f in found if f.is_shown]
    if not shown:
        said = words("district/methods/silent", reason=why_silent(found[0], words))
        return Cell(text=name, is_header=True), Cell(text=said, state=State.FEW), limit, Cell(text="–")
    directed = [f for f in shown if f.label in DIRECTED]
    only_described = all(f.label == Label.DESCRIBED for f in shown)
    undo = undone_first(report, directed) or words(
        f"district/methods/{'per_group' if only_described else 'nothing_to_undo'}"
    )
    said = words("measures/described") if only_described else " ".join(_readings(report, method, shown))
    return Cell(text=name, is_header=True), Cell(text=said), limit, Cell(text=undo)


def _readings(report: Report, method: str, shown: Sequence[Finding]) -> list[str]:
    """Each reading that was given, and to which groups; of those without a direction only to how many.

    Beside several benchmarks the firmest reading of a group counts; the table has all of them.
    """
    words, said = report.words, []
    groups: dict[str, dict[str, Finding]] = {}
    for finding in (min(of_group, key=firmness) for of_group in by_group(shown)):
        groups.setdefault(finding.label, {}).setdefault(finding.group, finding)
    for label in sorted(groups, key=[*DIRECTED, *Label].index):
        own = f"measures/{method}/labels/{label}"
        names = [group_name(words, group) for group in groups[label]]
        if label not in DIRECTED:
            said.append(
                words(
                    "district/methods/reading",
                    reading=_label(report, label),
                    groups=words("district/methods/groups", n=str(len(names))),
                )
            )
        elif words.has(own):
            said += [words.capital(words(own, group=name)) for name in names]
        else:
            said.append(words("district/methods/reading", reading=_label(report, label), groups=", ".join(names)))
    return said


def _label(report: Report, label: str) -> str:
    return report.words.capital(report.words(f"codes/label/{label}"))


def _placebos(report: Report) -> list[str]:
    """How often the same methods found something where there is nothing to find."""
    tried = [
        finding
        for method in METHODS
        for finding in latest(report.results.all(f"{method}_placebo"))
        if finding.label not in {Label.TOO_FEW, Label.WITHHELD, Label.NOT_COMPARABLE}
    ]
    if not tried:
        return []
    number = report.words.notation.number
    fired = sum(finding.label != Label.USUAL for finding in tried)
    return [report.words("district/methods/placebos", n=number(len(tried)), fired=number(fired))]


def _caveats(report: Report, methods: Iterable[list[Finding]]) -> tuple[str, ...]:
    """What holds for the comparisons, but for what the table says of one of them already."""
    said = {report.words(f"measures/{method}/not_shown") for method in METHODS}
    texts = caveat_texts({code for found in methods for finding in found for code in finding.caveats}, report.words)
    return tuple(text for text in texts if text not in said)
