"""What a page says, typed: every sentence with a figure is rendered from claims, and the check reads claims, not text."""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Unit, Verdict
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.words import Words

Period = tuple[date, date]
"""First and last day."""
HIGHER = (Label.CLEARLY_HIGHER, Label.INDICATION_HIGHER, Label.SIGNAL_HIGH)
LOWER = (Label.CLEARLY_LOWER, Label.INDICATION_LOWER, Label.SIGNAL_LOW)


def is_of_one_month(period: Period) -> bool:
    """Whether a period lies within one month."""
    start, end = period
    return (start.year, start.month) == (end.year, end.month)


class Says(StrEnum):
    """What kind of thing is said."""

    VALUE = "value"
    """A number, with its margin."""
    STATE = "state"
    """Why there is no number, or no verdict."""
    DIFFERENCE = "difference"
    """Higher, lower, more often, changed: only of what was judged a signal."""
    INDICATION = "indication"
    """A difference that its margin bears and that may be small: said as an indication only."""
    MOST = "most"
    """Where, when or what most checks are."""
    NO_SIGNAL = "no_signal"
    """Nothing stands out among the judged lines, of which there are ``n``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing that a sentence says."""

    measure: str
    population: str
    """Which checks: a name below ``codes/population``."""
    period: Period
    verdict: Verdict
    says: Says = Says.VALUE
    team: str = ""
    part: str = ""
    """What part of the measure it is about: a group, a reason, a series; '' for the whole."""
    unit: Unit = Unit.SHARE
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    is_higher: bool | None = None
    """On which side what differs lies; None where no side is said."""
    is_beside: bool = False
    """Something to compare with (another period): its sentence tells its period itself."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, what it claims, and which values it tells: 'coverage', 'coverage_period', 'coverage_n', ..."""

    text: str
    claims: Mapping[str, Claim]
    told: frozenset[str]

    def __str__(self) -> str:
        """The words alone."""
        return self.text

    def mentions(self, name: str) -> bool:
        """Whether the sentence has any value of the claim of that name; one that it only rests on it has not."""
        return name in self.told or any(told.startswith(f"{name}_") for told in self.told)

    def tells(self, name: str, part: str) -> bool:
        """Whether the sentence tells that part (``period``, ``population``, ``n``) of the claim of that name.

        A period is also told by its month where it is one, or by the day ('since') that it lies around.
        """
        month = {f"{name}_month"} if is_of_one_month(self.claims[name].period) else set()
        period = {*month, "since"} if part == "period" else set()
        return bool(self.told & {f"{name}_{part}", *period})


Said = Sentence | str
"""A sentence with claims, or fixed words that hold whatever the figures are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What a reader takes in at once: a card, a box, a line of news."""

    name: str
    sentences: tuple[Said, ...]
    period: Period | None = None
    """The one period that the passage prints; ``None`` when each of its sentences tells its own."""

    def claims(self) -> Iterator[tuple[str, Claim, Sentence]]:
        """Every claim with its name in its sentence."""
        for sentence in self.sentences:
            if isinstance(sentence, Sentence):
                for name, claim in sentence.claims.items():
                    yield name, claim, sentence


def claim_of(
    finding: Finding,
    population: str,
    *,
    says: Says = Says.VALUE,
    measure: str = "",
    is_beside: bool = False,
) -> Claim:
    """A finding as a claim; a number that may not be said is left out."""
    verdict = VERDICT_OF_LABEL[Label(finding.label)]
    has_number = verdict not in {Verdict.TOO_FEW, Verdict.NOT_IN_SOURCE}
    return Claim(
        measure=measure or finding.statistic,
        population=population,
        period=(finding.period_start, finding.period_end),
        verdict=verdict,
        says=says if has_number and finding.is_shown else Says.STATE,
        team=finding.team,
        part="|".join(filter(None, (finding.stratum, finding.group, finding.series))),
        unit=Unit(finding.unit),
        value=finding.estimate if has_number else None,
        lower=finding.lower if has_number else None,
        upper=finding.upper if has_number else None,
        n=finding.n,
        is_higher=True if finding.label in HIGHER else False if finding.label in LOWER else None,
        is_beside=is_beside,
    )


def say(words: Words, path: str, extra: Mapping[str, str] | None = None, /, **claims: Claim) -> Sentence:
    """Render the text at ``path`` from claims.

    A claim ``c`` gives the values ``c`` (its number), ``c_margin`` (' (57–72)', or nothing), ``c_low``, ``c_high``,
    ``c_n``, ``c_period`` and ``c_population``; ``extra`` gives fixed words, such as the name of a group.

    Raises:
        TextError: when there is no text, or it names a value that is not given.
    """
    values = dict(extra or {})
    for name, claim in claims.items():
        values |= {f"{name}{end}": text for end, text in _values(claim, words).items()}
    told = frozenset(field for _, field, _, _ in string.Formatter().parse(words.raw(path)) if field)
    return Sentence(words(path, **values), claims, told)


def number(claim: Claim, words: Words, value: float | None = None) -> str:
    """A number of the claim as running text has it: 'of the 100' for a share, times for a ratio."""
    amount = claim.value if value is None else value
    if amount is None:
        return "–"
    notation = words.notation
    match claim.unit:
        case Unit.SHARE:
            return notation.hundred(amount)
        case Unit.DIFFERENCE:
            return notation.hundred(abs(amount))
        case Unit.RATIO:
            return notation.times(amount)
        case Unit.COUNT:
            return notation.number(amount)
    is_fine = claim.unit is Unit.PER_100_CHECKS or abs(amount) < 10  # noqa: PLR2004 - digits
    return notation.number(amount, 1 if is_fine else 0)


def margin(claim: Claim, words: Words) -> str:
    """The margin as it stands behind a number, with a space before it; '' without one.

    A difference is told without its sign, as its sentence says the side; a margin with both sides in it keeps the sign.
    """
    if claim.lower is None or claim.upper is None:
        return ""
    low, high = (number(claim, words, value) for value in (claim.lower, claim.upper))
    if claim.unit is Unit.DIFFERENCE and (claim.value or 0) < 0:
        low, high = (number(claim, words, -value) for value in (claim.upper, claim.lower))
    if claim.unit is Unit.DIFFERENCE and claim.lower < 0 < claim.upper:
        low = f"−{low}"
    return f" ({low}–{high})"


def _values(claim: Claim, words: Words) -> dict[str, str]:
    return {
        "": number(claim, words),
        "_margin": margin(claim, words),
        "_low": number(claim, words, claim.lower) if claim.lower is not None else "–",
        "_high": number(claim, words, claim.upper) if claim.upper is not None else "–",
        "_n": "–" if claim.n is None else words.notation.number(claim.n),
        "_period": words.notation.period(*claim.period),
        "_month": words.notation.month_name(claim.period[0]),
        "_population": words(f"codes/population/{claim.population}"),
    }
