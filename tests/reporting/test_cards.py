"""A card says one thing: the sign below a question never says 'not in the source' of what is too little or not judged yet."""

from dataclasses import replace

import polars as pl

from meos_pipeline.reporting.card import Card
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import State
from meos_pipeline.reporting.team_page import cards_of
from meos_pipeline.reporting.team_reports import team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import passed, publishable

WORDS = Words(read_words(shipped("reports")), "nl")


def card_without(name: str, *gone: pl.Expr) -> Card:
    """The card of a question on a page without some findings."""
    made = publishable(teams=2)
    made = replace(made, findings=passed(made.findings.filter(*(~one for one in gone))))
    (team, called), *_ = teams_of(made)
    report = team_report(team, called, made, results_by_team(made), WORDS, House())
    return next(card for card in cards_of(report) if card.name == name)


def test_reasons_of_which_nothing_was_found_are_too_few() -> None:
    assert card_without("reasons", pl.col("statistic") == "yield_by_reason").standing[0] is State.TOO_FEW


def test_a_first_month_is_not_judged_yet_though_its_shifts_are_not_known() -> None:
    card = card_without("since_last_month", pl.col("statistic") == "control_chart")
    assert card.standing == (State.NOT_YET, "nog niet beoordeeld")
