"""Comparisons of groups over the whole district: what each compares, says and does not show, and what would undo it."""

from collections.abc import Iterable, Sequence

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.measures import caveat_texts, title_of, why_silent
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.differences import (
    DIRECTED,
    METHODS,
    SAID_ONCE,
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
        name="differences",
        heading=report.say("differences/heading"),
        sentences=(
            report.say("differences/first"),
            words("district/methods/first"),
            *unknown_shares(report, unknown),
            *_placebos(report),
        ),
        open_tables=(_methods(report, methods),),
        tables=(*(detail_table(report, *one) for one in methods.items()), *unknown_table(report, unknown)),
        terms=("group", "margin"),
        notes=(*no_proof(report, methods), *_caveats(report, methods.values())),
    )


def _methods(report: Report, methods: dict[str, list[Finding]]) -> Table:
    words = report.words
    return Table(
        key="differences-methods",
        caption=words("district/methods/caption"),
        columns=tuple(words(f"page/columns/{c}") for c in ("method", "says", "not_shown", "undone")),
        rows=tuple(_row(report, method, found) for method, found in methods.items()),
    )


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

    A group that is set beside several benchmarks has its firmest reading, with the benchmarks that it does not hold for.
    """
    words, said = report.words, []
    groups: dict[str, list[list[Finding]]] = {}
    for of_group in by_group(shown):
        groups.setdefault(min(of_group, key=firmness).label, []).append(of_group)
    for label in sorted(groups, key=[*DIRECTED, *Label].index):
        own = f"measures/{method}/labels/{label}"
        reading = words.capital(words(f"codes/label/{label}"))
        if label not in DIRECTED:
            listed = words("district/methods/groups", n=str(len(groups[label])))
        elif words.has(own):
            said += [text for of_group in groups[label] for text in _own_sentence(report, own, of_group)]
            continue
        else:
            listed = ", ".join(_with_benchmarks(report, of_group) for of_group in groups[label])
        said.append(words("district/methods/reading", reading=reading, groups=listed))
    return said


def _own_sentence(report: Report, path: str, found: Sequence[Finding]) -> list[str]:
    words = report.words
    rest = [words.code(*f.kind) for f in found if f.label not in DIRECTED and f.stratum]
    text = words.capital(words(path, group=group_name(words, found[0].group)))
    return [text, words("measures/benchmarks/not_beside", what=", ".join(rest))] if rest else [text]


def _with_benchmarks(report: Report, found: Sequence[Finding]) -> str:
    """The group; and the benchmarks beside which there is a difference, when there is none beside the others."""
    words = report.words
    seen = [words.code(*f.kind) for f in found if f.label in DIRECTED and f.stratum]
    name = group_name(words, found[0].group)
    return words("measures/beside", group=name, what=", ".join(seen)) if 0 < len(seen) < len(found) else name


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
    """What holds for the comparisons, but for what the table, or the note on silence, says already."""
    said = {report.words(f"measures/{method}/not_shown") for method in METHODS}
    codes = {code for found in methods for finding in found for code in finding.caveats} - SAID_ONCE
    texts = caveat_texts(codes, report.words)
    return tuple(text for text in texts if text not in said)
