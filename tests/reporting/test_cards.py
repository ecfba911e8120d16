"""A card says one thing: the sign below a question never says 'not in the source' of what is too little or not judged yet."""

from dataclasses import replace

import polars as pl
import pytest

from meos_pipeline.reporting.card import Card
from meos_pipeline.reporting.claims import Sentence
from meos_pipeline.reporting.facts import standing
from meos_pipeline.reporting.measures import control_points
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import State
from meos_pipeline.reporting.team_page import cards_of, main_table
from meos_pipeline.reporting.team_reports import team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import passed, publishable

WORDS = Words(read_words(shipped("reports")), "nl")


def report_without(*gone: pl.Expr) -> Report:
    """The report of a team without some findings."""
    made = publishable(teams=2)
    made = replace(made, findings=passed(made.findings.filter(pl.lit(True), *(~one for one in gone))))
    (team, called), *_ = teams_of(made)
    return team_report(team, called, made, results_by_team(made), WORDS, House())


def card_without(name: str, *gone: pl.Expr) -> Card:
    """The card of a question on a page without some findings."""
    return next(card for card in cards_of(report_without(*gone)) if card.name == name)


def test_reasons_of_which_nothing_was_found_are_too_few() -> None:
    assert card_without("reasons", pl.col("statistic") == "yield_by_reason").standing[0] is State.TOO_FEW


def test_a_first_month_is_not_judged_yet_though_its_shifts_are_not_known() -> None:
    card = card_without("since_last_month", pl.col("statistic") == "control_chart")
    assert card.standing == (State.NOT_YET, "nog niet beoordeeld")


def test_shares_of_different_checks_stand_side_by_side_with_their_names() -> None:
    card = card_without("explain")
    populations = {claim.population for _, claim, _ in card.passage().claims()}
    assert len(populations) > 1
    assert all(s.tells("s", "population") for s in card.answer if isinstance(s, Sentence))


def test_the_verdict_on_a_month_says_of_which_line_it_is_and_is_that_of_the_table() -> None:
    report = report_without()
    state, text = next(card for card in cards_of(report) if card.name == "since_last_month").standing
    assert text.startswith("controles per 100 diensten: ")
    rows = {row[0].text: row[-1].state for row in main_table(report).rows}
    assert rows["Controles per 100 diensten"] is state is not State.NOT_YET


def test_what_depends_on_the_choice_for_both_groups_is_said_once() -> None:
    made = publishable(teams=2)
    found = made.findings.filter(pl.col("statistic") != "multiverse")
    men = found.filter(pl.col("statistic") == "benchmark_ratio", pl.col("group") == "age_band=18-24").with_columns(
        pl.lit("sex=male").alias("group"), pl.lit("sex=female").alias("reference")
    )
    assert men.height
    made = replace(made, findings=passed(pl.concat([found, men.cast(dict(found.schema))])))
    (team, called), *_ = teams_of(made)
    report = team_report(team, called, made, results_by_team(made), WORDS, House())
    (said,) = next(card for card in cards_of(report) if card.name == "groups").answer
    assert str(said) == (
        "Mannen en mensen van 18 tot 25 jaar: of zij vaker worden gecontroleerd, "
        "hangt af van hoe we tellen en waarmee we vergelijken."
    )


def test_beside_the_district_stands_every_headline_and_each_bar_says_on_how_many_it_rests() -> None:
    cards = {card.name: card for card in cards_of(report_without())}
    (chart,) = cards["other_teams"].charts
    names = [row[0].text.partition(",")[0] for row in chart.table.rows]
    assert names[:2] == ["Staat in MEOS", "Met resultaat"]
    assert chart.others[0]
    (bar,) = cards["checks_yield"].charts
    assert [cell.text != "–" for *_, cell in bar.table.rows][:2] == [True, True]


@pytest.mark.parametrize(
    ("reason", "label", "said"),
    [
        ("steekproef_dekking.csv", "missing_input", "Dat weten we nog niet. Tel een paar diensten mee."),
        ("no_sheets", "too_few", "Dat weten we nog niet. Tel een paar diensten mee."),
        ("few_sheets", "too_few", "Dat weten we nog niet: we telden te weinig mee."),
    ],
)
def test_where_nobody_counted_the_answer_is_not_that_too_few_were_counted(reason: str, label: str, said: str) -> None:
    made = publishable(teams=2)
    is_coverage, types = pl.col("statistic") == "coverage", made.findings.schema
    silent = made.findings.with_columns(
        pl.when(is_coverage).then(None).otherwise(pl.col("estimate")).alias("estimate"),
        *(
            pl.when(is_coverage).then(pl.lit(new)).otherwise(pl.col(name).cast(pl.String)).cast(types[name]).alias(name)
            for name, new in (("label", label), ("label_reason", reason))
        ),
    )
    made = replace(made, findings=passed(silent))
    (team, called), *_ = teams_of(made)
    report = team_report(team, called, made, results_by_team(made), WORDS, House())
    (card,) = (card for card in cards_of(report) if card.name == "coverage")
    assert list(map(str, card.answer)) == [said]


def test_a_line_that_is_drawn_only_is_not_said_to_be_judged_later() -> None:
    report = report_without()
    drawn = replace(control_points(report, "dossier_complete")[-1], label="described", label_reason="drawn_only")
    assert standing(report, drawn) == (State.NOT_YET, "zonder oordeel: dit cijfer beoordelen we niet per maand")
