"""What stands above the figures of a team: whose they were before, and that too many rows were set aside; areas by name."""

import dataclasses
from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.succession import FORMER_TEAMS
from meos_pipeline.disclosure.door import passed
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.cards import checks_yield, reasons
from meos_pipeline.reporting.measures import sentence
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections import effectiveness
from meos_pipeline.reporting.sections.where_when import areas
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.team_reports import team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.statistics.kept import REPLACED, SET_ASIDE
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import MONTH, publishable

TREE = read_words(shipped("reports"))
MADE = publishable(teams=2)
TEAM, NAME = teams_of(MADE)[0]


def report(made: Publishable, language: str = "nl") -> Report:
    return team_report(TEAM, NAME, made, results_by_team(made), Words(TREE, language), House())


@pytest.mark.parametrize(
    ("is_carried", "said"),
    [
        (True, "Tot en met 31 januari 2025 zijn dit de cijfers van Noord, Zuid."),
        (False, "De cijfers beginnen na 31 januari 2025. Wat daarvoor was, is van Noord, Zuid."),
    ],
)
def test_a_page_says_of_which_teams_its_figures_were(is_carried, said):
    rows = [(TEAM, name, date(2025, 1, 31), is_carried) for name in ("Zuid", "Noord")]
    former = pl.DataFrame([*rows, ("other", "West", date(2025, 1, 31), True)], orient="row", schema=FORMER_TEAMS.schema)
    assert report(dataclasses.replace(MADE, former=former)).former() == (said,)
    assert report(MADE).former() == ()


@pytest.mark.parametrize(("aside", "replaced", "is_said"), [(0.05, 0.0, False), (0.06, 0.0, True), (0.03, 0.03, True)])
def test_a_page_says_that_too_many_rows_of_its_month_were_set_aside(aside, replaced, is_said):
    rows = [(SET_ASIDE, TEAM, MONTH, aside, 100), (REPLACED, TEAM, MONTH, replaced, 100)]
    quality = pl.DataFrame(rows, orient="row", schema=["rule", "team", "month", "share", "n"])
    found = report(dataclasses.replace(MADE, quality=passed(quality))).marked()
    assert bool(found) == is_said
    assert all("meer dan" in text for text in found), found


def test_areas_are_met_by_name_and_without_one_by_the_end_of_their_code():
    listed = MADE.organisation.join(
        pl.DataFrame({"area": ["W01", "W02"], "area_name": ["Molenbuurt", None]}), how="cross"
    )
    tiles = areas(report(dataclasses.replace(MADE, organisation=listed)))
    assert tiles is not None
    labels = [mark.label for mark in tiles.marks]
    assert "Molenbuurt" in labels
    assert not any("W01" in label for label in labels)
    assert "wijk W02" in labels


def test_what_the_export_lacks_is_told_once_and_never_as_a_sentence_per_part():
    lacking = {"explanation_given": "no_column_explained", "debriefed": "no_column_debriefed"}
    reason = pl.col("statistic").replace_strict(lacking, default=None, return_dtype=pl.String)
    is_lacking = reason.is_not_null() & (pl.col("team") == TEAM)
    findings = MADE.findings.with_columns(
        pl.when(is_lacking)
        .then(pl.lit("missing_input"))
        .otherwise(pl.col("label").cast(pl.String))
        .cast(MADE.findings["label"].dtype)
        .alias("label"),
        pl.when(is_lacking).then(reason).otherwise("label_reason").alias("label_reason"),
        *(pl.when(~is_lacking).then(name).alias(name) for name in ("estimate", "lower", "upper")),
    )
    made = report(dataclasses.replace(MADE, findings=passed(findings)))
    assert made.not_delivered() == (
        "De export heeft geen kolom voor nabespreken, uitleg geven. Wat daarop rust, staat hier niet.",
    )
    told = sentence(made.results.rolling("explanation_given"), "explanation_given", made)
    assert "geen kolom" not in told
    assert told.endswith("dat staat niet in de export.")
    assert report(MADE).not_delivered() == ()


@pytest.mark.parametrize(
    ("language", "only_bounds", "lies_between"),
    [("nl", "Daarom noemen we alleen de grenzen", "te vaak is geen resultaat ingevuld; het ligt tussen 20 en 55 van de 100"),
     ("en", "So we only name the bounds", "the result was too often left empty; it lies between 20 and 55 of 100")],
)  # fmt: skip
def test_with_too_many_empty_results_a_page_names_bounds_and_says_why(
    language: str, only_bounds: str, lies_between: str
) -> None:
    is_yield = pl.col("statistic").is_in(["yield_corrected", "yield_broad", "yield_by_reason"])
    is_told = is_yield & (pl.col("team") == TEAM) & (pl.col("series") != "outer")
    kept = MADE.findings.filter(~is_told | ~pl.col("series").is_in(["recorded", "watched", "pooled"]))
    is_recorded = is_told & (pl.col("statistic") != "yield_corrected")
    findings = kept.with_columns(
        pl.when(~is_told).then("estimate").alias("estimate"),
        pl.when(is_recorded).then(0.20).when(~is_told).then("lower").alias("lower"),
        pl.when(is_recorded).then(0.55).when(~is_told).then("upper").alias("upper"),
        pl.when(is_told)
        .then(pl.lit("not_comparable"))
        .otherwise(pl.col("label").cast(pl.String))
        .cast(kept["label"].dtype)
        .alias("label"),
        pl.when(is_told).then(pl.lit("results_left_empty")).otherwise("label_reason").alias("label_reason"),
    )
    is_model = pl.col("statistic") == "yield_corrected"
    gated = pl.concat([findings.filter(~is_model), gate(findings.filter(is_model), MADE.policy)])
    page = report(dataclasses.replace(MADE, findings=passed(gated.sort(FINDINGS.key))), language)
    card = checks_yield.build(page)
    said = " ".join(str(sentence) for sentence in (*card.answer, *card.more))
    assert only_bounds in said
    assert "Hooguit tussen" in said or "at most" in said
    assert card.charts == ()
    rows = [cell.text for table in effectiveness.build(page).tables for row in table.rows for cell in row]
    assert lies_between in rows
    why = reasons.build(page)
    assert only_bounds.split(maxsplit=1)[0] in str(why.answer[0])
    assert "te weinig" not in str(why.answer[0])
