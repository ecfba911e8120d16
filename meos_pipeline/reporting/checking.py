"""The statement check: what a page claims is held against what is known, before anything is published."""

import math
import re
from collections.abc import Callable, Iterator, Sequence

from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting.claims import Claim, Passage, Says, Sentence, is_of_one_month

YIELDS = frozenset({"yield_corrected", "yield_broad", "yield_strict", "yield_by_reason"})
COVERAGES = frozenset({"coverage", "coverage_direction"})
_ROUNDED = 0.0101
"""Two numbers in whole percents may come this close from either side."""
_SILENT = frozenset({Verdict.TOO_FEW, Verdict.NOT_IN_SOURCE})
_SAYING = {
    Says.MOST: re.compile(r"\b(?:meeste|vaakst)\b|(?<!at )\bmost\b", re.IGNORECASE),
    Says.NO_SIGNAL: re.compile(r"\bgeen (?:enkel )?signaal\b|\bno signal\b", re.IGNORECASE),
}
"""Words that only stand in a sentence that claims what they say, in either language."""
_THIS_MONTH = re.compile(r"\bdeze maand\b|\bthis month\b", re.IGNORECASE)
_BEARS = {
    Says.DIFFERENCE: frozenset({Verdict.SIGNAL}),
    Says.INDICATION: frozenset({Verdict.SIGNAL, Verdict.NOT_YET}),
}
"""Verdicts that bear what is said."""
_NOTHING = {Unit.RATIO: 1.0, Unit.DIFFERENCE: 0.0, Unit.PER_100_CHECKS: 0.0}
"""No difference, in units of a comparison."""


def require_true(page: str, passages: Sequence[Passage]) -> None:
    """Refuse a page that says what its claims do not bear.

    Raises:
        PublicationError: with every statement that may not be made, where it stands and what to do.
    """
    if found := breaches(passages):
        listed = "\n  - ".join(dict.fromkeys(text for _, text in found))
        raise PublicationError(
            f"Page '{page}' says what its figures do not bear; mend its words or rules:\n  - {listed}"
        )


def breaches(passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """Every statement that its figures do not bear: name of the rule, and where it stands."""
    of_passages = [(name, text) for name, rule in _RULES.items() for passage in passages for text in rule(passage)]
    return of_passages + [("contradiction", text) for text in _contradictions(passages)]


def _number_without_basis(passage: Passage) -> Iterator[str]:
    """A number where nothing may be said, as 0 % of a field that was not delivered."""
    for _, claim, _ in passage.claims():
        if claim.verdict in _SILENT and claim.value is not None:
            yield f"{_place(passage, claim)}: a number, though the verdict is '{claim.verdict}'; say the verdict"


def _outside_its_margin(passage: Passage) -> Iterator[str]:
    for _, claim, _ in passage.claims():
        if claim.value is None or claim.lower is None or claim.upper is None:
            continue
        if not claim.lower - 1e-9 <= claim.value <= claim.upper + 1e-9:
            yield f"{_place(passage, claim)}: the number lies outside its own margin; look at the statistic"


def _number_that_is_not_there(passage: Passage) -> Iterator[str]:
    """A share of nothing, as 0 % of checks that nobody recorded; or a dash where a number was promised."""
    for name, claim, sentence in passage.claims():
        if claim.value is not None and claim.n == 0:
            yield f"{_place(passage, claim)}: a number that rests on nothing; say that there are too few"
        told = {name: claim.value, f"{name}_low": claim.lower, f"{name}_high": claim.upper, f"{name}_n": claim.n}
        if any(part in sentence.told and amount is None for part, amount in told.items()):
            yield f"{_place(passage, claim)}: its sentence has a number that is not there; say why"


def _words_without_claim(passage: Passage) -> Iterator[str]:
    """Words such as 'most' or 'no signal' where nothing of the kind is claimed."""
    for said in passage.sentences:
        claims = said.claims.values() if isinstance(said, Sentence) else ()
        for says, words in _SAYING.items():
            if words.search(str(said)) and not any(claim.says is says for claim in claims):
                yield f"'{passage.name}': it reads '{says}', but claims nothing of the kind; mend its words or its claim"
        if _THIS_MONTH.search(str(said)):
            for claim in claims:
                if claim.says is not Says.STATE and not claim.is_beside and not is_of_one_month(claim.period):
                    yield f"{_place(passage, claim)}: it is about {_days(claim)}, and reads 'this month'; tell its period"


def _most_of_nothing(passage: Passage) -> Iterator[str]:
    """'Most' of none."""
    for _, claim, _ in passage.claims():
        if claim.says is Says.MOST and (not claim.value or claim.n == 0):
            yield f"{_place(passage, claim)}: 'most' is said of 0; say that there are too few"


def _no_signal_unjudged(passage: Passage) -> Iterator[str]:
    for _, claim, _ in passage.claims():
        if claim.says is Says.NO_SIGNAL and (not claim.n or claim.verdict is not Verdict.ORDINARY):
            yield f"{_place(passage, claim)}: 'no signal' is said, but no line was judged; say from when lines are"


def _difference_unjudged(passage: Passage) -> Iterator[str]:
    """A difference, or an indication of one, that its verdict or its own margin does not bear."""
    for _, claim, _ in passage.claims():
        bears = _BEARS.get(claim.says)
        if bears is not None and claim.verdict not in bears:
            yield f"{_place(passage, claim)}: a difference is said, but its verdict is '{claim.verdict}'; say that"
        elif bears is not None and claim.unit in _NOTHING and not _beyond(claim, _NOTHING[claim.unit]):
            yield f"{_place(passage, claim)}: a difference is said that its margin does not bear; say the margin alone"


def _beyond(claim: Claim, nothing: float) -> bool:
    """Whether the margin of a difference lies on the side that is said; in whole percents it may touch 'nothing'."""
    if claim.lower is None or claim.upper is None:
        return True
    is_above, is_below = claim.lower >= nothing, claim.upper <= nothing
    return is_above if claim.is_higher else is_below if claim.is_higher is False else is_above or is_below


def _nameless_populations(passage: Passage) -> Iterator[str]:
    """Two numbers of checks side by side, of which one does not say which checks."""
    # A claim without a value, as that a source was not delivered, says no number.
    counted = [
        (name, c, s)
        for name, c, s in passage.claims()
        if s.tells(name, "n") or (c.unit == "count" and c.value is not None)
    ]
    if len({claim.population for _, claim, _ in counted}) > 1:
        for name, claim, sentence in counted:
            if not sentence.tells(name, "population"):
                yield f"{_place(passage, claim)}: counts of several kinds of checks stand together; name each kind"


def _other_period(passage: Passage) -> Iterator[str]:
    """More than one period in a passage, as a sum of twelve months below 'this month'."""
    for name, claim, sentence in passage.claims():
        if claim.says is Says.STATE or not sentence.mentions(name) or sentence.tells(name, "period"):
            continue
        if claim.is_beside or passage.period is None:
            yield f"{_place(passage, claim)}: its sentence does not tell its period ({_days(claim)}); tell it"
        elif claim.period != passage.period:
            yield f"{_place(passage, claim)}: it is about {_days(claim)}, the passage about another period; split them"


def _yield_alone(passage: Passage) -> Iterator[str]:
    claims = [claim for _, claim, _ in passage.claims()]
    covered = {claim.team for claim in claims if claim.measure in COVERAGES}
    for claim in claims:
        # Beside a team's own yield and coverage, that of all teams needs no more.
        is_covered = claim.team in covered or (not claim.team and covered)
        if claim.measure in YIELDS and claim.value is not None and not is_covered:
            yield f"{_place(passage, claim)}: a yield without its coverage; say the coverage, or that it is not known"


_RULES: dict[str, Callable[[Passage], Iterator[str]]] = {
    "number without basis": _number_without_basis,
    "number that is not there": _number_that_is_not_there,
    "number outside its margin": _outside_its_margin,
    "words without a claim": _words_without_claim,
    "most of nothing": _most_of_nothing,
    "empty verdict": _no_signal_unjudged,
    "difference not judged": _difference_unjudged,
    "populations without names": _nameless_populations,
    "several periods": _other_period,
    "yield alone": _yield_alone,
}


def _contradictions(passages: Sequence[Passage]) -> Iterator[str]:
    """The same thing with two values, two margins or two verdicts on one page."""
    first: dict[tuple[object, ...], tuple[Passage, Claim]] = {}
    for passage, claim in _claims(passages):
        if claim.says in {Says.MOST, Says.NO_SIGNAL}:
            continue
        key = (claim.measure, claim.team, claim.part, claim.population, claim.period, claim.unit)
        before, other = first.setdefault(key, (passage, claim))
        if not _is_same_number(other, claim):
            yield f"{_place(passage, claim)}: '{before.name}' says another number for the same; make them one"
        if other.says is claim.says and other.verdict is not claim.verdict:
            yield f"{_place(passage, claim)}: '{before.name}' has another verdict on the same; make them one"
    yield from _other_sides(passages)
    yield from _quiet_beside_a_signal(passages)
    yield from _yield_against_direction(passages)


def _is_same_number(one: Claim, other: Claim) -> bool:
    """Whether two claims show one number and one margin; a judged point of a chart has no margin of its own."""
    pairs = [(one.value, other.value)]
    if None not in {one.lower, one.upper, other.lower, other.upper}:
        pairs += [(one.lower, other.lower), (one.upper, other.upper)]
    return all(a == b if a is None or b is None else math.isclose(a, b) for a, b in pairs)


def _quiet_beside_a_signal(passages: Sequence[Passage]) -> Iterator[str]:
    """'No signal' of all lines of a month, of one of which a signal is told."""
    claims = [*_claims(passages)]
    quiet = [(p, c) for p, c in claims if c.says is Says.NO_SIGNAL and c.measure == "control_chart"]
    for passage, claim in quiet:
        for before, other in claims:
            is_of_it = other.period == claim.period and claim.team in {"", other.team}
            if other.says is Says.DIFFERENCE and is_of_it:
                yield f"{_place(passage, claim)}: '{before.name}' tells a signal ({other.measure}); make them one"


def _other_sides(passages: Sequence[Passage]) -> Iterator[str]:
    """The same difference on two sides, or beside the words that nothing stands out."""
    first: dict[tuple[object, ...], tuple[Passage, Claim]] = {}
    for passage, claim in _claims(passages):
        if claim.says not in {Says.DIFFERENCE, Says.INDICATION, Says.NO_SIGNAL}:
            continue
        key = (claim.measure, claim.team, claim.part, claim.period)
        before, other = first.setdefault(key, (passage, claim))
        if (other.says is Says.NO_SIGNAL) != (claim.says is Says.NO_SIGNAL) or other.is_higher != claim.is_higher:
            yield f"{_place(passage, claim)}: '{before.name}' says the opposite; make them one"


def _yield_against_direction(passages: Sequence[Passage]) -> Iterator[str]:
    """A direction of the recorded yield that its own numbers do not have, or a yield outside its own bounds."""
    said = {
        (claim.team, claim.measure, claim.part, claim.period): (passage, claim)
        for passage, claim in _claims(passages)
        if not claim.is_beside
    }
    for (team, measure, part, period), (passage, claim) in said.items():
        if measure != "yield_corrected" or part or claim.value is None:
            continue
        _, recorded = said.get((team, measure, "recorded", period), (passage, claim))
        _, outer = said.get((team, measure, "outer", period), (passage, claim))
        _, way = said.get((team, "coverage_direction", "", period), (passage, claim))
        gap = (claim.value if recorded.value is None else recorded.value) - claim.value
        if way.says is Says.DIFFERENCE and (gap < -_ROUNDED if way.is_higher else gap > _ROUNDED):
            yield f"{_place(passage, claim)}: the direction of the recorded yield is not that of its numbers"
        if outer.lower is not None and outer.upper is not None and outer is not claim:
            inside = outer.lower - _ROUNDED <= claim.value <= outer.upper + _ROUNDED
            if not inside:
                yield f"{_place(passage, claim)}: the yield lies outside its own bounds"


def _claims(passages: Sequence[Passage]) -> Iterator[tuple[Passage, Claim]]:
    for passage in passages:
        for _, claim, _ in passage.claims():
            yield passage, claim


def _place(passage: Passage, claim: Claim) -> str:
    return f"'{passage.name}', {claim.measure}{f' ({claim.part})' if claim.part else ''}"


def _days(claim: Claim) -> str:
    return f"{claim.period[0]} to {claim.period[1]}"
