"""The statement check: what a page claims is held against what is known, before anything is published."""

from collections.abc import Callable, Iterator, Sequence

from meos_pipeline.contracts.findings import Verdict
from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting.claims import Claim, Passage, Says

YIELDS = frozenset({"yield_corrected", "yield_broad", "yield_strict", "yield_by_reason"})
COVERAGES = frozenset({"coverage", "coverage_direction"})
_ROUNDED = 0.0101
"""Two numbers in whole percents may come this close from either side."""
_SILENT = frozenset({Verdict.TOO_FEW, Verdict.NOT_IN_SOURCE})


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


def _most_of_nothing(passage: Passage) -> Iterator[str]:
    """'Most' of none."""
    for _, claim, _ in passage.claims():
        if claim.says is Says.MOST and (not claim.value or claim.n == 0):
            yield f"{_place(passage, claim)}: 'most' is said of 0; say that there are too few"


def _no_signal_unjudged(passage: Passage) -> Iterator[str]:
    for _, claim, _ in passage.claims():
        if claim.says is Says.NO_SIGNAL and not claim.n:
            yield f"{_place(passage, claim)}: 'no signal' is said, but no line was judged; say from when lines are"


def _difference_unjudged(passage: Passage) -> Iterator[str]:
    for _, claim, _ in passage.claims():
        if claim.says is Says.DIFFERENCE and claim.verdict is not Verdict.SIGNAL:
            yield f"{_place(passage, claim)}: a difference is said, but its verdict is '{claim.verdict}'; say that"


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
    if any(claim.measure in COVERAGES for claim in claims):
        return
    for claim in claims:
        if claim.measure in YIELDS and claim.value is not None:
            yield f"{_place(passage, claim)}: a yield without its coverage; say the coverage, or that it is not known"


_RULES: dict[str, Callable[[Passage], Iterator[str]]] = {
    "number without basis": _number_without_basis,
    "number outside its margin": _outside_its_margin,
    "most of nothing": _most_of_nothing,
    "empty verdict": _no_signal_unjudged,
    "difference not judged": _difference_unjudged,
    "populations without names": _nameless_populations,
    "several periods": _other_period,
    "yield alone": _yield_alone,
}


def _contradictions(passages: Sequence[Passage]) -> Iterator[str]:
    """The same thing with two values on one page."""
    first: dict[tuple[object, ...], tuple[Passage, Claim]] = {}
    for passage in passages:
        for _, claim, _ in passage.claims():
            key = (claim.measure, claim.team, claim.part, claim.population, claim.period, claim.unit)
            before, other = first.setdefault(key, (passage, claim))
            if other.value != claim.value and claim.says is Says.VALUE and other.says is Says.VALUE:
                yield f"{_place(passage, claim)}: '{before.name}' says another number for the same; make them one"
    yield from _other_sides(passages)
    yield from _yield_against_direction(passages)


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
