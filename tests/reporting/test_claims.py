"""The statement check: each thing that a page may not say is tried once, and its honest neighbour passes."""

import dataclasses
import math
from datetime import date

import pytest

from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting.checking import breaches, require_true
from meos_pipeline.reporting.claims import Claim, Passage, Says, Sentence, say
from meos_pipeline.reporting.spec import Block
from meos_pipeline.reporting.words import Words

MONTH = (date(2026, 10, 1), date(2026, 10, 31))
YEAR = (date(2025, 11, 1), date(2026, 10, 31))
CLAIM = Claim(
    measure="dossier_complete",
    population="proactive",
    period=MONTH,
    verdict=Verdict.NOT_YET,
    value=0.6,
    lower=0.5,
    upper=0.7,
    n=100,
)


def claim(**changes: object) -> Claim:
    return dataclasses.replace(CLAIM, **changes)


def passage(*claims: Claim, told: tuple[str, ...] = ("c",), period: tuple[date, date] | None = MONTH) -> Passage:
    sentences = tuple(Sentence("x", {"c": one}, frozenset(told)) for one in claims)
    return Passage(name="card", sentences=sentences, period=period)


REFUSED = {
    "a number for a field that was not delivered": (
        passage(claim(verdict=Verdict.NOT_IN_SOURCE, value=0.0, lower=None, upper=None)),
        "a number, though the verdict is 'not_in_source'",
    ),
    "a number below a floor": (passage(claim(verdict=Verdict.TOO_FEW)), "the verdict is 'too_few'"),
    "most of none": (
        passage(claim(says=Says.MOST, unit=Unit.COUNT, value=0.0, lower=None, n=0)),
        "'most' is said of 0",
    ),
    "no signal without judged lines": (
        passage(claim(says=Says.NO_SIGNAL, value=None, n=0)),
        "'no signal' is said, but no line was judged",
    ),
    "a difference that was not judged": (passage(claim(says=Says.DIFFERENCE)), "its verdict is 'not_yet'"),
    "two populations without their names": (
        passage(claim(n=455), claim(measure="volume", population="recorded", n=530), told=("c", "c_n")),
        "counts of several kinds of checks stand together",
    ),
    "a sum of twelve months below this month": (passage(claim(period=YEAR)), "the passage about another period; split"),
    "another period that is not told": (passage(claim(period=YEAR, is_beside=True)), "does not tell its period"),
    "a line of news without its period": (passage(claim(), period=None), "does not tell its period"),
    "a yield without coverage": (passage(claim(measure="yield_corrected")), "a yield without its coverage"),
    "a yield beside the coverage of another team": (
        Passage(
            name="card",
            sentences=(
                Sentence("x", {"c": claim(measure="yield_corrected", team="a")}, frozenset("c")),
                Sentence("x", {"c": claim(measure="coverage", team="b")}, frozenset("c")),
            ),
            period=MONTH,
        ),
        "a yield without its coverage",
    ),
    "0 % of no checks": (passage(claim(value=0.0, lower=None, n=0)), "a number that rests on nothing"),
    "a dash for a number": (
        passage(claim(verdict=Verdict.NOT_IN_SOURCE, says=Says.STATE, value=None)),
        "its sentence has a number that is not there",
    ),
    "no signal of a line that was not judged": (
        passage(claim(says=Says.NO_SIGNAL, value=None, n=100), told=()),
        "'no signal' is said, but no line was judged",
    ),
    "an indication of what has too few checks": (
        passage(claim(says=Says.INDICATION, verdict=Verdict.TOO_FEW, value=None)),
        "its verdict is 'too_few'",
    ),
    "an indication with no difference in its margin": (
        passage(claim(says=Says.INDICATION, unit=Unit.RATIO, value=1.2, lower=0.9, upper=1.6, is_higher=True)),
        "that its margin does not bear",
    ),
    "a difference on the other side of its margin": (
        passage(
            claim(
                says=Says.DIFFERENCE,
                verdict=Verdict.SIGNAL,
                unit=Unit.DIFFERENCE,
                value=0.1,
                lower=0.02,
                upper=0.2,
                is_higher=False,
            )
        ),
        "that its margin does not bear",
    ),
    "a year under the name of one month": (
        passage(claim(period=YEAR, is_beside=True), told=("c", "c_month")),
        "does not tell its period",
    ),
    "a year in words of this month": (
        Passage(
            name="card",
            sentences=(Sentence("Deze maand 60.", {"c": claim(period=YEAR)}, frozenset({"c", "c_period"})),),
            period=YEAR,
        ),
        "and reads 'this month'",
    ),
    "the word most over a plain number": (
        Passage(
            name="card",
            sentences=(Sentence("De meeste controles waren 's nachts.", {"c": CLAIM}, frozenset("c")),),
            period=MONTH,
        ),
        "it reads 'most'",
    ),
    "fixed words that there is no signal": (
        Passage(name="card", sentences=("There is no signal.",), period=MONTH),
        "it reads 'no_signal'",
    ),
    "a number outside its margin": (passage(claim(value=0.9)), "lies outside its own margin"),
}
PASSES = {
    "a state without a number": passage(claim(verdict=Verdict.NOT_IN_SOURCE, says=Says.STATE, value=None), told=()),
    "most of some": passage(claim(says=Says.MOST, unit=Unit.COUNT, value=40.0, lower=None, n=40)),
    "no signal of judged lines": passage(
        claim(says=Says.NO_SIGNAL, verdict=Verdict.ORDINARY, value=None, n=8), told=()
    ),
    "an indication that its margin bears": passage(
        claim(says=Says.INDICATION, unit=Unit.RATIO, value=1.4, lower=1.1, upper=1.8, is_higher=True)
    ),
    "a judged difference": passage(claim(says=Says.DIFFERENCE, verdict=Verdict.SIGNAL)),
    "two populations with their names": passage(
        claim(n=455), claim(measure="volume", population="recorded", n=530), told=("c", "c_n", "c_population")
    ),
    "another period that is told": passage(claim(period=YEAR, is_beside=True), told=("c", "c_period")),
    "a yield beside a coverage that is not known": passage(
        claim(measure="yield_corrected"), claim(measure="coverage", says=Says.STATE, value=None), told=("c_margin",)
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_page_that_says_more_than_its_figures_bear_is_refused_with_the_place_and_what_to_do(case: str) -> None:
    made, why = REFUSED[case]
    with pytest.raises(PublicationError, match="says what its figures do not bear") as told:
        require_true("team", [made])
    assert why in str(told.value)
    assert "'card'" in str(told.value)


@pytest.mark.parametrize("case", PASSES)
def test_what_its_figures_bear_may_be_said(case: str) -> None:
    require_true("team", [PASSES[case]])


def test_two_values_for_the_same_thing_on_one_page_are_refused() -> None:
    with pytest.raises(PublicationError, match="says another number for the same"):
        require_true("team", [passage(claim()), passage(claim(value=0.65))])


SIGNAL = claim(says=Says.DIFFERENCE, verdict=Verdict.SIGNAL, is_higher=True)
YIELD = claim(measure="yield_corrected", value=0.2, lower=0.15, upper=0.25)
OPPOSITE = {
    "a difference on both sides": (SIGNAL, dataclasses.replace(SIGNAL, is_higher=False)),
    "an indication against a difference": (SIGNAL, claim(says=Says.INDICATION, is_higher=False)),
    "a difference where nothing stands out": (SIGNAL, claim(says=Says.NO_SIGNAL, value=None, n=3)),
    "a signal where none of the lines has one": (
        SIGNAL,
        claim(measure="control_chart", says=Says.NO_SIGNAL, verdict=Verdict.ORDINARY, value=None, n=8),
    ),
    "another margin": (claim(), claim(lower=0.55)),
    "another verdict": (claim(), claim(verdict=Verdict.ORDINARY)),
    "a number where it is also too few": (claim(), claim(verdict=Verdict.TOO_FEW, says=Says.STATE, value=None)),
    "a difference with another number": (claim(), claim(says=Says.INDICATION, value=0.65)),
    "a direction that the numbers do not have": (
        YIELD,
        dataclasses.replace(YIELD, part="recorded", value=0.16),
        dataclasses.replace(SIGNAL, measure="coverage_direction"),
    ),
    "a yield outside its own bounds": (
        YIELD,
        dataclasses.replace(YIELD, part="outer", value=None, lower=0.3, upper=0.6),
        claim(measure="coverage"),
    ),
}


@pytest.mark.parametrize("case", OPPOSITE)
def test_statements_that_exclude_each_other_are_refused(case: str) -> None:
    rules = {rule for rule, _ in breaches([passage(one) for one in OPPOSITE[case]])}
    assert "contradiction" in rules


def test_the_signal_of_a_chart_passes_beside_the_value_that_it_is_about() -> None:
    """A judged point has the number, worked out otherwise, and no margin: the A4 of a month with a signal has both."""
    value = claim()
    point = dataclasses.replace(SIGNAL, value=math.nextafter(value.value or 0, 1), lower=None, upper=None)
    assert breaches([passage(point), passage(value)]) == []
    rules = {rule for rule, _ in breaches([passage(dataclasses.replace(point, value=0.9)), passage(value)])}
    assert "contradiction" in rules


def test_statements_that_agree_pass_together() -> None:
    high = dataclasses.replace(YIELD, part="recorded", value=0.24)
    way = dataclasses.replace(SIGNAL, measure="coverage_direction")
    outer = dataclasses.replace(YIELD, part="outer", value=None, lower=0.1, upper=0.6)
    assert breaches([passage(YIELD, high, way, outer, told=("c_margin",))]) == []
    assert (
        breaches([passage(SIGNAL), passage(dataclasses.replace(SIGNAL, period=YEAR, is_higher=False), period=YEAR)])
        == []
    )


def test_a_section_of_figures_is_read_with_all_its_sentences_and_has_one_period() -> None:
    said = Sentence("x", {"g": SIGNAL}, frozenset({"g"}))
    other = Sentence("y", {"g": claim(period=YEAR)}, frozenset({"g"}))
    assert breaches([Block(name="differences", heading="", sentences=(said,)).passage()]) == []
    found = breaches([Block(name="differences", heading="", sentences=(said, other)).passage()])
    assert [rule for rule, _ in found] == ["several periods"]


def test_all_breaches_are_told_at_once() -> None:
    with pytest.raises(PublicationError) as told:
        require_true("team", [made for made, _ in REFUSED.values()])
    assert all(why in str(told.value) for _, why in REFUSED.values())


def test_a_sentence_is_rendered_from_its_claims_and_knows_what_it_tells() -> None:
    text = {"nl": "In {c_period}, {c_n} {c_population}: {c} van de 100{c_margin}.", "en": "{c}"}
    words = Words({"x": text, "codes": {"population": {"proactive": {"nl": "proactieve controles", "en": "x"}}}}, "nl")
    said = say(words, "x", c=claim())
    assert str(said) == "In oktober 2026, 100 proactieve controles: 60 van de 100 (50–70)."
    assert said.tells("c", "population")
    assert said.tells("c", "period")
    assert not say(words, "x", c=claim()).tells("c", "low")


@pytest.mark.parametrize(
    ("value", "lower", "upper", "told"),
    [
        (0.1, 0.02, 0.19, "10 (2–19)"),
        (-0.1, -0.19, -0.02, "10 (2–19)"),
        (0.1, -0.04, 0.19, "10 (−4–19)"),
        (-0.1, -0.19, 0.04, "10 (−4–19)"),
    ],
)
def test_the_margin_of_a_difference_is_read_in_order_and_keeps_its_sign_around_nothing(value, lower, upper, told):
    words = Words({"x": {"nl": "{c}{c_margin}", "en": "x"}, "codes": {"population": {"proactive": {"nl": "x"}}}}, "nl")
    assert str(say(words, "x", c=claim(unit=Unit.DIFFERENCE, value=value, lower=lower, upper=upper))) == told
