"""Differences between groups: what each comparison compares, what it does not show, and what would undo it."""

from collections.abc import Sequence

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.reporting.measures import caveats, margin_text, scale_of, state_of, title_of, value_text, why_silent
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.silence import drawn_and_silent
from meos_pipeline.reporting.spec import Block, Cell, Forest, Mark, Scale, State, Table

METHODS = ("benchmark_ratio", "internal_benchmark", "veil_of_darkness", "outcome_gap", "robust_test", "conditional_gap",
           "threshold_test", "missing_groups", "origin_context")  # fmt: skip
"""In the order in which they are told; a method without rows is left out."""
SENTENCES_PER_METHOD = 3
"""More sentences are no longer read; the table has all of them."""
_FIRMNESS = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)


def build(report: Report) -> Block:
    """One chart per method that the data allow, each with what it shows above it and its limits below it."""
    told = [(method, found) for method in METHODS if (found := _latest(report.results.all(method)))]
    shown = [(method, found) for method, found in told if any(f.is_shown for f in found)]
    limits = [caveats(found, report.words) for _, found in shown]
    everywhere = [
        text for text in (limits[0] if limits else ()) if len(limits) > 1 and all(text in own for own in limits)
    ]
    charts = [_forest(report, method, found, tuple(everywhere)) for method, found in shown]
    said = [
        report.say("differences/silent", name=title_of(method, report.words), reason=why_silent(found[0], report.words))
        for method, found in told if (method, found) not in shown
    ]  # fmt: skip
    if not told:
        said.append(report.say("differences/nothing"))
    return Block(
        name="differences", heading=report.say("differences/heading"), sentences=(report.say("differences/first"), *said),
        charts=tuple(charts), notes=tuple(everywhere), terms=("group", "margin"),
    )  # fmt: skip


def _latest(found: Sequence[Finding]) -> list[Finding]:
    """The newest period of every group and stratum."""
    newest: dict[tuple[str, str], Finding] = {}
    for finding in found:
        key = (finding.stratum, finding.group)
        if key not in newest or finding.period_end >= newest[key].period_end:
            newest[key] = finding
    return [newest[key] for key in sorted(newest)]


def label_of(report: Report, finding: Finding) -> str:
    """Group, and the kind of checks or comparison, in words."""
    words = report.words
    kind, _, value = finding.group.partition("=")
    label = words.code(kind, value) if value else words.code("group", finding.group or "all")
    stratum, _, part = finding.stratum.partition("=")
    return f"{label} ({words.code(stratum, part)})" if part else label


def _forest(report: Report, method: str, found: Sequence[Finding], everywhere: Sequence[str]) -> Forest:
    words = report.words
    scale = scale_of(next(f for f in found if f.is_shown))
    drawn = scale if scale in {Scale.RATIO, Scale.SHARE} else Scale.POINTS
    marks = tuple(
        Mark(label=label_of(report, f), value=f.estimate if f.is_shown else None, low=f.lower if f.is_shown else None,
             high=f.upper if f.is_shown else None, state=state_of(f), note="" if f.is_shown else words("charts/states/few"))
        for f in found
    )  # fmt: skip
    rows = tuple(
        (Cell(text=m.label, is_header=True),
         Cell(text=value_text(f, words), value=f.estimate) if f.is_shown else Cell(text="–", state=State.FEW),
         Cell(text=margin_text(f, words)),
         Cell(text=words(f"codes/label/{f.label}") if f.is_shown else why_silent(f, words), state=state_of(f)),
         Cell(text=_undo_short(report, f)))
        for m, f in zip(marks, found, strict=True)
    )  # fmt: skip
    drawn_marks, silent = drawn_and_silent(marks)
    limits = (words(f"measures/{method}/compares"), words(f"measures/{method}/not_shown"), *caveats(found, words))
    name = title_of(method, words)
    table = Table(key=f"differences-{method}", caption=words("charts/forest/table", name=name), rows=rows, numeric=frozenset({1}),
                  columns=tuple(words(f"page/columns/{c}") for c in ("group", "value", "margin", "verdict", "undo")))  # fmt: skip
    return Forest(
        key=f"differences-{method}", title=name, description=words("charts/forest/description", name=name),
        caption=words(f"measures/{method}/caption"), how_to_read=words(f"charts/forest/how_{'ratio' if drawn is Scale.RATIO else 'difference'}"),
        table=table, marks=drawn_marks, scale=drawn, finding=_sentences(report, method, found), silent=silent,
        limits=tuple(dict.fromkeys(text for text in limits if text not in everywhere)), axis=words(f"charts/forest/axis_{'ratio' if drawn is Scale.RATIO else 'difference'}"),
    )  # fmt: skip


def _sentences(report: Report, method: str, found: Sequence[Finding]) -> tuple[str, ...]:
    """What may be said of each group, by its label; and how little would undo it."""
    words = report.words
    shown = [f for f in found if f.is_shown]
    telling = [f for f in shown if f.label != Label.DESCRIBED]
    said = []
    for finding in sorted(telling, key=_weight)[:SENTENCES_PER_METHOD]:
        path = f"measures/{method}/labels/{finding.label}"
        fallback = f"measures/labels/{finding.label}"
        text = words(
            path if words.has(path) else fallback, group=label_of(report, finding), value=value_text(finding, words),
            margin=margin_text(finding, words), reference=_reference(report, finding),
        )  # fmt: skip
        undo = _undo(report, finding) if finding.label in _FIRMNESS else ""
        said.append(f"{text} {undo}".strip())
    if len(telling) > SENTENCES_PER_METHOD:
        said.append(words("measures/others_in_table", n=str(len(telling) - SENTENCES_PER_METHOD)))
    if not telling and len(shown) == 1:
        key = "described_points" if shown[0].unit == Unit.DIFFERENCE else "described"
        said.append(report.say(f"differences/{key}", group=label_of(report, shown[0]), value=value_text(shown[0], words),
                               margin=margin_text(shown[0], words)))  # fmt: skip
    elif not telling:
        said.append(report.say("differences/described_all", n=str(len(shown))))
    return tuple(text[:1].upper() + text[1:] for text in said)


def _weight(finding: Finding) -> tuple[int, str, str]:
    """The firmest label first; equal labels in the order of the table, never by size."""
    return (
        _FIRMNESS.index(finding.label) if finding.label in _FIRMNESS else len(_FIRMNESS),
        finding.stratum,
        finding.group,
    )


def _reference(report: Report, finding: Finding) -> str:
    kind, _, value = finding.reference.partition("=")
    return report.words.code(kind, value) if value else report.words.code("reference", finding.reference or "all")


def _undo(report: Report, finding: Finding) -> str:
    """How much under-registration alone would bring the difference to nothing."""
    tipping = _tipping(finding)
    if tipping is None:
        return ""
    key = "measures/undo_more" if tipping >= 1 else "measures/undo_less"
    return report.words(
        key, group=label_of(report, finding), factor=report.words.notation.ratio(max(tipping, 1 / tipping))
    )


def _undo_short(report: Report, finding: Finding) -> str:
    """The same in a few words, for the table."""
    tipping = _tipping(finding) if finding.is_shown else None
    if tipping is None:
        return "–"
    key = "measures/undo_more_short" if tipping >= 1 else "measures/undo_less_short"
    return report.words(key, factor=report.words.notation.ratio(max(tipping, 1 / tipping)))


def _tipping(finding: Finding) -> float | None:
    tipping = finding.details().get("tipping_registration")
    if not isinstance(tipping, int | float) or tipping <= 0 or finding.unit not in {Unit.RATIO, Unit.DIFFERENCE}:
        return None
    return float(tipping)


SECTION = Section("differences", build)
