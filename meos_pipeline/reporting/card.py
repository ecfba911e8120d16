"""A question of the team page: one file in ``cards/`` and one block of words in ``reports/cards.yaml``."""

from collections.abc import Callable
from dataclasses import dataclass

from meos_pipeline.reporting.claims import Claim, Passage, Period, Said, Sentence, say
from meos_pipeline.reporting.facts import a_year_before, of_district
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, in_order
from meos_pipeline.reporting.spec import Chart, State
from meos_pipeline.reporting.words import Words

PACKAGE = "meos_pipeline.reporting.cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A question, its answer in a sentence, one figure, one limit, one period."""

    name: str
    answer: tuple[Said, ...]
    period: Period | None
    standing: tuple[State, str]
    """The verdict's sign, and its words."""
    beside: tuple[Said, ...] = ()
    """The own past and the district."""
    charts: tuple[Chart, ...] = ()
    more: tuple[Said, ...] = ()
    """What belongs to the figure."""
    limits: tuple[Said, ...] = ()
    """What this does not say."""
    period_text: str = ""
    """How the period is told when it is not one stretch of months."""
    link: tuple[str, str] | None = None
    """Words and address of where to go on."""

    def passage(self) -> Passage:
        """The card as the statement check reads it."""
        sentences = (*self.answer, *self.beside, *self.more, *self.limits)
        return Passage(name=self.name, sentences=sentences, period=self.period)


@dataclass(frozen=True, slots=True)
class Question:
    """Selects and says; computes nothing."""

    name: str
    build: Callable[[Report], Card]


def all_questions(words: Words) -> tuple[Question, ...]:
    """All questions in the order of ``reports/cards.yaml``.

    Raises:
        TextError: when a question has no words, or words have no question.
    """
    return in_order(PACKAGE, "CARD", list(words.tree["cards"]["questions"]), "reports/cards.yaml")


def answer(report: Report, path: str, extra: dict[str, str] | None = None, /, **claims: Claim) -> Sentence:
    """A sentence of a card: ``path`` below ``cards/questions``."""
    return say(report.words, f"cards/questions/{path}", extra, **claims)


def beside(report: Report, finding: Finding) -> tuple[Sentence, ...]:
    """'Vorig jaar 54; district 60': what there is of the two."""
    claims = {"past": a_year_before(report, finding), "district": of_district(report, finding)}
    known = {name: claim for name, claim in claims.items() if claim is not None and claim.value is not None}
    if not known:
        return ()
    return (say(report.words, f"cards/beside/{'_'.join(known)}", **known),)
