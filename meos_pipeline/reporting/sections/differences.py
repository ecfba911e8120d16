"""Differences between groups: what each comparison compares, what it does not show, and what would undo it."""

from collections.abc import Sequence

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.reporting.measures import (
    caveats,
    label_text,
    margin_text,
    needed_text,
    scale_of,
    state_of,
    title_of,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, Cell, Forest, Mark, Scale, State, Table

METHODS = ("benchmark_ratio", "internal_benchmark", "veil_of_darkness", "outcome_gap", "robust_test", "stratified_odds",
           "threshold_test", "missing_groups", "area_level")  # fmt: skip
"""In the order in which they are told; a method without rows is left out."""
SENTENCES_PER_METHOD = 3
"""More sentences are no longer read; the table has all of them."""
_FIRMNESS = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)


def build(report: Report) -> Block:
    """One chart and one honest paragraph per method that the data allow."""
    charts, said, notes = [], [], []
    for method in METHODS:
        found = _latest(report.results.all(method))
        if not found:
            continue
        name = title_of(method, report.words)
        if not any(f.is_shown for f in found):
            said.append(report.words("page/cannot_say", name=name, reason=why_silent(found[0], report.words)))
            continue
        charts.append(_forest(report, method, found))
        said += _sentences(report, method, found)
        notes.append(report.words(f"measures/{method}/compares"))
        notes.append(report.words(f"measures/{method}/not_shown"))
        notes += caveats(found, report.words)
    if not charts and not said:
        said.append(report.say("differences/nothing"))
    return Block(
        name="differences", heading=report.say("differences/heading"), sentences=(report.say("differences/first"), *said),
        charts=tuple(charts), notes=tuple(dict.fromkeys(notes)), terms=("group", "margin"),
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


def _forest(report: Report, method: str, found: Sequence[Finding]) -> Forest:
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
         Cell(text=label_text(f, words) if f.is_shown else why_silent(f, words), state=state_of(f)),
         Cell(text=_undo_short(report, f)))
        for m, f in zip(marks, found, strict=True)
    )  # fmt: skip
    name = title_of(method, words)
    table = Table(key=f"differences-{method}", caption=words("charts/forest/table", name=name), rows=rows, numeric=frozenset({1}),
                  columns=tuple(words(f"page/columns/{c}") for c in ("group", "value", "margin", "verdict", "undo")))  # fmt: skip
    return Forest(
        key=f"differences-{method}", title=name, description=words("charts/forest/description", name=name),
        caption=words(f"measures/{method}/caption"), how_to_read=words(f"charts/forest/how_{'ratio' if drawn is Scale.RATIO else 'difference'}"),
        table=table, marks=marks, scale=drawn, axis=words(f"charts/forest/axis_{'ratio' if drawn is Scale.RATIO else 'difference'}"),
    )  # fmt: skip


def _sentences(report: Report, method: str, found: Sequence[Finding]) -> list[str]:
    """What may be said of each group, by its label; and how little would undo it."""
    words = report.words
    telling = [f for f in found if f.is_shown and f.label != Label.DESCRIBED]
    said = _head(report, found)
    for finding in sorted(telling, key=_weight)[:SENTENCES_PER_METHOD]:
        path = f"measures/{method}/labels/{finding.label}"
        fallback = f"measures/labels/{finding.label}"
        text = words(
            path if words.has(path) else fallback, group=label_of(report, finding), value=value_text(finding, words),
            margin=margin_text(finding, words), reference=_reference(report, finding),
        )  # fmt: skip
        said.append(text)
        if needed := needed_text(finding, words):
            said.append(words("measures/still_needed", group=label_of(report, finding), needed=needed))
        if excess := _excess(report, finding):
            said.append(excess)
        undo = _undo(report, finding) if finding.label in _FIRMNESS else ""
        if undo:
            said.append(undo)
    if len(telling) > SENTENCES_PER_METHOD:
        said.append(words("measures/others_in_table", n=str(len(telling) - SENTENCES_PER_METHOD)))
    return said if telling else [*said, words(f"measures/{method}/described")]


def _head(report: Report, found: Sequence[Finding]) -> list[str]:
    """How many teams stand beside each other, and how many of the readings given chance alone would give."""
    families = [f.details() for f in found if "labels_given" in f.details() and "teams" in f.details()]
    if not families:
        return []
    notation = report.words.notation
    chance = sum(float(one.get("labels_expected_by_chance") or 0.0) for one in families)
    return [
        report.words(
            "measures/family_head", teams=notation.number(max(int(one["teams"]) for one in families)),
            families=notation.number(len(families)), given=notation.number(sum(int(one["labels_given"]) for one in families)),
            chance=notation.number(chance, 1),
        )
    ]  # fmt: skip


def _excess(report: Report, finding: Finding) -> str:
    """The difference as a number of checks; only for what is more than undecided."""
    if finding.label not in _FIRMNESS:
        return ""
    same = [
        f for f in report.results.all(finding.statistic, stratum=finding.stratum, series="excess")
        if (f.group, f.period_end) == (finding.group, finding.period_end) and f.is_shown
    ]  # fmt: skip
    if not same or same[0].lower is None or same[0].upper is None or not same[0].estimate:
        return ""
    words, more = report.words, same[0].estimate > 0
    low, high = sorted(abs(bound) for bound in (same[0].lower, same[0].upper))
    path = f"measures/{finding.statistic}/excess"
    return words(
        f"{path if words.has(f'{path}_more') else 'measures/excess'}_{'more' if more else 'fewer'}",
        group=label_of(report, finding), n=_rounded(report, abs(same[0].estimate)), low=_rounded(report, low),
        high=_rounded(report, high),
    )  # fmt: skip


def _rounded(report: Report, count: float) -> str:
    """An excess as coarsely as released counts: it is reckoned from them and may not say more."""
    base = report.publishable.policy.rounding_base
    return report.words.notation.number(round(count / base) * base)


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
