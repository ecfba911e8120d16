"""Pages of districts with a known truth: a few of those that ``benchmarks/pages.py`` makes by the hundred.

Six without anything and six with unequal recording take some twenty seconds; twenty of each would take more than forty.
"""

from collections import Counter
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from benchmarks import pages
from benchmarks.districts import MONTHS, District, Truth, World
from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.reporting.claims import Claim, Passage, Says, Sentence

NULL, UNEQUAL = pages.SCENARIOS[0], pages.SCENARIOS[2]
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
FEW = range(6)


@pytest.fixture(scope="module")
def null() -> Counter[str]:
    """Counts over districts in which nothing is planted."""
    return pages.run(7, NULL, FEW)


@pytest.fixture(scope="module")
def unequal() -> Counter[str]:
    """Counts over districts in which checks with a result are recorded more often."""
    return pages.run(7, UNEQUAL, FEW)


def test_no_two_statements_of_a_page_exclude_each_other_and_none_is_refused(
    null: Counter[str], unequal: Counter[str]
) -> None:
    for count in (null, unequal):
        assert count["pages"] == 30
        assert count["contradictions"] == 0
        assert [key for key in count if key.startswith("refused")] == []


def test_pages_of_districts_without_anything_seldom_say_a_difference(null: Counter[str]) -> None:
    assert null["pages with a false one"] <= 0.2 * null["pages"], "a tenth is promised; 30 pages tell no closer"


def test_the_direction_that_is_planted_is_said_and_never_the_other(unequal: Counter[str]) -> None:
    assert unequal["rightly: coverage_direction"] >= 0.8 * unequal["team pages"]
    assert unequal["wrongly: coverage_direction"] == 0


def test_printed_margins_of_coverage_and_yield_hold_the_truth(null: Counter[str], unequal: Counter[str]) -> None:
    for count in (null, unequal):
        assert count["margins"] >= 60
        assert count["margins that hold"] >= 0.9 * count["margins"]


def _judged(*claims: Claim, world: World = NULL.world) -> Counter[str]:
    """What is counted of one page with these claims, in a district of one team with 60 of 100 checks recorded."""
    n = np.full((1, MONTHS), 100)
    truth = Truth(
        world=world, teams=("team-00",), all_with=n, all_without=4 * n, recorded_with=n * 6 // 10, recorded_without=n
    )
    case = pages.Scenario(name="x", world=world, planted=(pages.Planted(measure="repeat_excess"),))
    page = Passage(
        name="card", sentences=tuple(Sentence("x", {"c": one}, frozenset({"c"})) for one in claims), period=YEAR
    )
    return pages.judged(cast("District", SimpleNamespace(truth=truth)), {"team-00": [page]}, case)


def _claim(measure: str, **more: object) -> Claim:
    return Claim(
        measure=measure,
        population="linked",
        period=YEAR,
        verdict=Verdict.SIGNAL,
        team="team-00",
        unit=Unit.SHARE,
        **more,  # type: ignore[arg-type]
    )


def test_a_difference_that_is_not_there_is_counted_as_false_and_one_that_is_as_said_rightly() -> None:
    said = _claim("repeat_excess", says=Says.DIFFERENCE, value=0.3, is_higher=True)
    assert _judged(said)["pages with a false one"] == 1
    told = _judged(said, world=World(follow_up=0.07))
    assert (told["pages with a false one"], told["rightly: repeat_excess"]) == (0, 1)
    assert _judged(_claim("repeat_excess", value=0.3), world=World(follow_up=0.07))["not: repeat_excess"] == 1


def test_an_indication_of_a_difference_between_groups_counts_as_one() -> None:
    said = _claim("veil_of_darkness", part="sex=male", says=Says.INDICATION, value=0.3, is_higher=False)
    assert _judged(said)["false: veil_of_darkness"] == 1


def test_contradictions_and_empty_verdicts_are_counted() -> None:
    up, down = (_claim("dossier", says=Says.DIFFERENCE, value=0.3, is_higher=side) for side in (True, False))
    assert _judged(up, down)["contradictions"] == 1
    assert _judged(_claim("dossier", says=Says.NO_SIGNAL, n=0))["refused: empty verdict"] == 1


def test_the_shipped_counts_are_of_known_worlds_and_hold_no_contradiction() -> None:
    found = pages.shipped_pages()
    assert set(found) <= {case.name for case in pages.SCENARIOS}
    assert [name for name, count in found.items() if count.get("contradictions")] == []
