"""What may be said of groups: a sentence per group that rests on typed claims, and what would undo it."""

from collections.abc import Sequence
from itertools import groupby

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.reporting.claims import HIGHER, LOWER, Claim, Said, Says, Sentence, claim_of
from meos_pipeline.reporting.measures import margin_text, needed_text, value_text
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.words import Words

GROUPS_SAID = 3
"""More groups in sentences are no longer read; the table has all of them."""
DIRECTED = (*HIGHER, *LOWER)
"""Labels that say that there is a difference, and in which direction."""
_CLEAR = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.SIGNAL_HIGH, Label.SIGNAL_LOW)


def group_name(words: Words, group: str) -> str:
    """People of a group, as they are called in a sentence; '' is everybody."""
    kind, _, value = group.partition("=")
    if not value:
        return words.code("group", group or "all")
    return words.code(f"people_{kind}" if words.has(f"codes/people_{kind}/{value}") else kind, value)


def claims_about(found: Sequence[Finding]) -> dict[str, Claim]:
    """Findings of a method as claims: a difference, an indication of one, or that nothing may be said."""
    return {f"g{place}": _claimed(finding) for place, finding in enumerate(found, start=1)}


def _claimed(finding: Finding) -> Claim:
    says = Says.STATE
    if finding.label in DIRECTED:
        says = Says.DIFFERENCE if finding.label in _CLEAR else Says.INDICATION
    return claim_of(finding, "recorded", says=says)


def _sentence(text: str, found: Sequence[Finding]) -> Sentence:
    """Words that rest on findings; their period is that of the section."""
    claims = claims_about(found)
    return Sentence(text, claims, frozenset(claims))


def sentences_of(report: Report, method: str, shown: Sequence[Finding]) -> list[Said]:
    """What may be said of each group; how little would undo it; and how many checks it is about."""
    words = report.words
    telling = _in_turn([g for g in by_group(shown) if any(f.label != Label.DESCRIBED for f in g)])
    said: list[Said] = []
    for found in telling[:GROUPS_SAID]:
        several = found[0].kind[0] == "benchmark" and not words.has(f"measures/{method}/labels/signal_high")
        said += _of_benchmarks(report, found) if several else _of_one(report, method, min(found, key=firmness))
    others = len(telling) - GROUPS_SAID
    if others > 0:
        rest = [finding for found in telling[GROUPS_SAID:] for finding in found]
        said.append(_sentence(words("measures/others_in_table", n=str(others)), rest))
    return said or [words("measures/described")]


def by_group(found: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of the same group together."""
    return [list(same) for _, same in groupby(found, key=lambda f: f.group)]


def _in_turn(groups: Sequence[list[Finding]]) -> list[list[Finding]]:
    """The firmest labels first, and of equal ones a group of each kind in turn: never the largest first."""
    turn: dict[tuple[int, str], int] = {}
    keys = []
    for number, found in enumerate(groups):
        firm, kind = min(map(firmness, found)), found[0].group.partition("=")[0]
        turn[firm, kind] = turn.get((firm, kind), 0) + 1
        keys.append((firm, turn[firm, kind], kind, number))
    return [groups[key[-1]] for key in sorted(keys)]


def firmness(finding: Finding) -> int:
    """The firmest label first; equal labels keep their place, never their size."""
    if finding.label in _CLEAR:
        return 0
    return 1 if finding.label in (*HIGHER, *LOWER) else 2


def _of_one(report: Report, method: str, finding: Finding) -> list[Said]:
    words = report.words
    path = f"measures/{method}/labels/{finding.label}"
    beyond = "_beyond" if finding.label == Label.UNDECIDED and _is_beyond(finding) else ""
    text = words(
        path if words.has(path) else f"measures/labels/{finding.label}{beyond}",
        group=group_name(words, finding.group),
        value=value_text(finding, words),
        margin=margin_text(finding, words),
        reference=group_name(words, finding.reference),
    )
    if finding.label not in (*HIGHER, *LOWER):
        needed = needed_text(finding, words)
        still = words("measures/still_needed", group=group_name(words, finding.group), needed=needed) if needed else ""
        return [_sentence(words.capital(text), [finding]), *([words.capital(still)] if still else [])]
    return [
        _sentence(words.capital(text), [finding]),
        *_excess(report, finding),
        *_presence(report, finding),
        *_undo(report, finding),
    ]


def _of_benchmarks(report: Report, found: Sequence[Finding]) -> list[Said]:
    """One group beside several benchmarks: where the difference is seen, and where it is not."""
    words = report.words
    group, reference = group_name(words, found[0].group), group_name(words, found[0].reference)
    said: list[Said] = []
    firm: list[Finding] = []
    for direction, labels in (("higher", HIGHER), ("lower", LOWER)):
        seen = [f for f in found if f.label in labels]
        if seen:
            firm += seen
            sure = "clearly" if any(f.label in _CLEAR for f in seen) else "indication"
            path = f"measures/benchmarks/{sure}_{direction}"
            text = words(path, group=group, reference=reference, what=_benchmarks(report, seen))
            said.append(_sentence(words.capital(text), seen))
    rest = [f for f in found if f not in firm]
    if not firm:
        path = f"measures/benchmarks/{'depends' if any(map(_is_beyond, rest)) else 'nowhere'}"
        text = words(path, group=group, reference=reference)
        return [_sentence(words.capital(text), rest)]
    said.append(
        _sentence(words.capital(words("measures/benchmarks/not_beside", what=_benchmarks(report, rest))), rest)
        if rest
        else words.capital(words("measures/benchmarks/everywhere"))
    )
    weakest = min(firm, key=lambda f: abs(_log_tipping(f)))
    return said + _presence(report, weakest) + _undo(report, weakest)


def _is_beyond(finding: Finding) -> bool:
    """Whether the margin leaves out 'no difference': then a reader sees one in the figure, judged or not."""
    equal = 1.0 if finding.unit == Unit.RATIO else 0.0
    return finding.lower is not None and finding.upper is not None and not finding.lower <= equal <= finding.upper


def _benchmarks(report: Report, found: Sequence[Finding]) -> str:
    """Benchmarks with their values: 'inwoners (1,7×)'."""
    words = report.words
    named = [f"{words.code(*f.kind)} ({value_text(f, words)})" for f in found]
    return named[0] if len(named) == 1 else words("measures/and", first=", ".join(named[:-1]), last=named[-1])


def _excess(report: Report, finding: Finding) -> list[str]:
    """How many checks the difference is about, with its margin."""
    same = [
        f
        for f in report.results.all(finding.statistic, series="excess", stratum=finding.stratum, group=finding.group)
        if f.period_end == finding.period_end and f.is_shown and f.lower is not None and f.upper is not None
    ]
    if not same or same[0].estimate is None or same[0].lower is None or same[0].upper is None:
        return []
    low, high = sorted((abs(same[0].lower), abs(same[0].upper)))
    if same[0].lower < 0 < same[0].upper:
        return []
    key = "excess_more" if same[0].estimate > 0 else "excess_fewer"
    own = f"measures/{finding.statistic}/{key}"
    path = own if report.words.has(own) else f"measures/{key}"
    counts = {"n": abs(same[0].estimate), "low": low, "high": high}
    return [report.words(path, **{name: _rounded(report, count) for name, count in counts.items()})]


def _rounded(report: Report, count: float) -> str:
    """An excess as coarsely as released counts: it is reckoned from them and may not say more."""
    base = report.publishable.policy.rounding_base
    return report.words.notation.number(round(count / base) * base)


def _presence(report: Report, finding: Finding) -> list[str]:
    """How many times as often on the street as residents say would bring the difference to nothing."""
    factor = finding.details().get("tipping_factor")
    if factor is None or finding.label not in DIRECTED:
        return []
    key = "measures/presence_more" if finding.label in HIGHER else "measures/presence_less"
    times = report.words.notation.ratio(float(factor))
    return [report.words(key, group=group_name(report.words, finding.group), factor=times)]


def _undo(report: Report, finding: Finding) -> list[str]:
    """How much under-registration alone would bring the difference to nothing."""
    tipping = _tipping(finding)
    if tipping is None:
        return []
    key = "measures/undo_more" if tipping >= 1 else "measures/undo_less"
    factor = report.words.notation.ratio(max(tipping, 1 / tipping))
    return [report.words(key, group=group_name(report.words, finding.group), factor=factor)]


def undo_short(report: Report, finding: Finding) -> str:
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


def _log_tipping(finding: Finding) -> float:
    """How far the tipping point is from 1, on a scale on which twice and half are as far."""
    tipping = _tipping(finding)
    return float("inf") if tipping is None else max(tipping, 1 / tipping) - 1
