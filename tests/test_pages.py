"""Pages of districts with a known truth: a few of those that ``benchmarks/pages.py`` makes by the hundred.

Fourteen without anything and fourteen with unequal recording take some 55 CPU seconds; twenty of each would take 80.
"""

from collections import Counter
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from benchmarks import pages
from benchmarks.districts import MONTHS, District, Truth, World
from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.reporting import agenda
from meos_pipeline.reporting.claims import Claim, Passage, Says, Sentence
from meos_pipeline.reporting.district import rows_of as district_rows
from meos_pipeline.reporting.measures import control_points, state_of
from meos_pipeline.reporting.now import now
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections import actions
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import State
from meos_pipeline.reporting.team_page import cards_of, main_table
from meos_pipeline.reporting.team_reports import team_report, teams_of

NULL, UNEQUAL, AGREED = pages.SCENARIOS[0], pages.SCENARIOS[2], pages.SCENARIOS[3]
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
FEW = range(14)


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
        assert count["pages"] == 5 * len(FEW)
        assert count["contradictions"] == 0
        assert [key for key in count if key.startswith("refused")] == []


def test_pages_of_districts_without_anything_seldom_say_a_difference(null: Counter[str]) -> None:
    assert null["pages with a false one"] <= 0.17 * null["pages"], "a tenth is promised; 70 pages tell no closer"


def test_the_direction_that_is_planted_is_said_and_never_the_other(unequal: Counter[str]) -> None:
    assert unequal["rightly: coverage_direction"] >= 0.8 * unequal["team pages"]
    assert unequal["wrongly: coverage_direction"] == 0


def test_printed_margins_of_coverage_and_yield_hold_the_truth(null: Counter[str], unequal: Counter[str]) -> None:
    for count in (null, unequal):
        assert count["margins"] >= 10 * len(FEW)
        assert count["margins that hold"] >= 0.9 * count["margins"]


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    """The teams of a district in which the first one's agreement worked, and checks with a result are recorded more often."""
    shown = pages.published(pages.district_of(np.random.default_rng(3), AGREED.world))
    everyone, words = pages.results_by_team(shown), pages.report_words()
    return [team_report(team, name, shown, everyone, words, House()) for team, name in teams_of(shown)]


def _rows(report: Report) -> dict[str, tuple[State | None, str]]:
    """Measure -> verdict in the main table."""
    return {row[0].text: (row[-1].state, row[-1].text) for row in main_table(report).rows}


def _in_parts(report: Report) -> list[tuple[State | None, str]]:
    """Every verdict in the tables of the pages of figures."""
    return [
        (row[-1].state, row[-1].text)
        for block in pages.blocks_of(report)
        for table in block.tables
        for row in table.rows
    ]


def test_tables_give_the_verdicts_that_sentences_give(reports: list[Report]) -> None:
    district = {report.team: row for report, row in zip(reports, district_rows(reports), strict=True)}
    said = []
    for report in reports:
        cards = {card.name: card for card in cards_of(report)}
        direction = cards["checks_yield"].standing
        said.append(direction[0])
        if direction[0] is State.SIGNAL:
            assert _rows(report)["Met resultaat, gecorrigeerd"] == direction
            assert direction in [entry.standing for entry in district[report.team].entries]
            assert direction in _in_parts(report)
    assert State.SIGNAL in said


def test_a_line_without_a_signal_says_what_it_would_show(reports: list[Report]) -> None:
    """Two judged lines a team: each has a signal, or says which change would show within six months."""
    for report in reports:
        (card,) = (card for card in cards_of(report) if card.name == "since_last_month")
        told = [str(said) for said in card.more if "zien we dat meestal binnen zes maanden" in str(said)]
        points = [
            point
            for measure in report.publishable.policy.judged_charts
            for point in control_points(report, measure)
            if point.period_start == report.month
        ]
        signals = [point for point in points if state_of(point) is State.SIGNAL]
        assert len(points) == 2
        assert len(told) == 2 - len(signals)


def test_an_agreement_that_worked_has_one_verdict_wherever_it_stands(reports: list[Report]) -> None:
    first = reports[0]
    card = next(card for card in cards_of(first) if card.name == "coverage")
    assert card.standing == (State.SIGNAL, "anders dan gewoon: hoger dan daarvoor")
    assert _rows(first)["Staat in MEOS, zonder resultaat"][0] is State.SIGNAL
    assert (State.SIGNAL, "hoger dan daarvoor") in _in_parts(first)
    assert now(first).standing == card.standing
    (effect,) = actions.build(first).tables
    assert [(row[-1].state, row[-1].text) for row in effect.rows] == [(State.SIGNAL, "hoger dan daarvoor")]
    (pair,) = next(card for card in cards_of(first) if card.name == "worked").charts
    assert pair.table.rows[0][0].text == "Staat in MEOS, zonder resultaat"


def test_a_quarter_is_not_given_the_number_of_checks_of_a_year(reports: list[Report]) -> None:
    (chart,) = next(card for card in cards_of(reports[0]) if card.name == "coverage").charts
    assert {row[2].text for row in chart.table.rows} == {"–"}


def test_repeats_that_may_be_chance_are_said_so_in_one_period_and_are_no_question_for_the_meeting(
    reports: list[Report],
) -> None:
    for report in reports:
        card = next(card for card in cards_of(report) if card.name == "repeats")
        assert card.standing == (State.NOT_YET, "nog niet beoordeeld: het verschil kan nog toeval zijn")
        assert card.period is not None
        assert [report.words.notation.period(*card.period) in chart.caption for chart in card.charts] == [True]
        assert agenda.item(report).name != "repeats"


def _judged(*claims: Claim, world: World = NULL.world) -> Counter[str]:
    """What is counted of one page with these claims, in a district of one team with 60 of 100 checks recorded."""
    n = np.full((1, MONTHS), 100)
    truth = Truth(
        world=world, teams=("team-00",), all_with=n, all_without=4 * n, recorded_with=n * 6 // 10, recorded_without=n
    )
    case = pages.Scenario(name="x", world=world, planted=(replace(pages.SCENARIOS[-1].planted[0], only_first=True),))
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


def test_the_power_beside_what_is_said_is_that_of_the_appendix() -> None:
    assert {one.measure: one.power() >= 0.8 for case in pages.SCENARIOS for one in case.planted} == dict.fromkeys(
        (
            "coverage_direction",
            "coverage_change",
            "internal_benchmark",
            "registrations_per_100_shifts",
            "repeat_excess",
        ),
        True,
    )


def test_the_shipped_counts_are_of_known_worlds_and_hold_no_contradiction() -> None:
    found = pages.shipped_pages()
    assert set(found) <= {case.name for case in pages.SCENARIOS}
    assert [name for name, count in found.items() if count.get("contradictions")] == []
