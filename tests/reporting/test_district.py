"""The page of the district: what its head says of the lines, and of which quarters too little was counted."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from meos_pipeline.reporting import district
from meos_pipeline.reporting.index import _news
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import MONTH, passed, publishable

WORDS = Words(read_words(shipped("reports")), "nl")
MADE = publishable(teams=2)
(FIRST, ONE), (SECOND, TWO) = teams_of(MADE)
QUARTERS = [date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)]


def _reports(findings: pl.DataFrame) -> tuple[Report, list[Report]]:
    made = replace(MADE, findings=passed(findings))
    everyone = results_by_team(made)
    return district_report(made, everyone, WORDS, House()), [
        team_report(team, name, made, everyone, WORDS, House()) for team, name in teams_of(made)
    ]


@pytest.mark.parametrize(
    ("label", "of_teams", "head", "index"),
    [
        ("usual", (FIRST, SECOND), "Bij elk team is een lijn per maand beoordeeld: geen signaal.", "geen signaal."),
        ("usual", (SECOND,), "Bij 1 van de 2 teams is een lijn per maand beoordeeld: geen signaal.", "1 van de 2"),
        ("signal_low", (SECOND,), f"Anders dan gewoon in oktober, een vraag en geen oordeel: {TWO}.", "1 van de 2"),
        ("described", (), "Bij geen team is al een lijn per maand beoordeeld.", "kunnen we nog niet beoordelen."),
    ],
)
def test_the_head_names_the_teams_with_a_line_unlike_usual_and_the_index_their_number(
    label: str, of_teams: Collection[str], head: str, index: str
) -> None:
    is_point = (pl.col("statistic") == "control_chart") & (pl.col("series") == "point")
    is_of_month = is_point & (pl.col("period_start") == MONTH)
    said = (
        pl.when(pl.col("team").cast(pl.String).is_in(list(of_teams))).then(pl.lit(label)).otherwise(pl.lit("described"))
    )
    kind = MADE.findings["label"].dtype
    findings = MADE.findings.with_columns(
        pl.when(is_of_month).then(said).otherwise(pl.col("label").cast(pl.String)).cast(kind).alias("label")
    )
    whole, reports = _reports(findings)
    assert head in " ".join(map(str, district.headline(whole, reports)))
    assert index in _news(whole, reports)[2]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({}, ["Elk team telde elk kwartaal genoeg mee voor een cijfer."]),
        ({SECOND: QUARTERS}, [f"In oktober 2025 – september 2026: {TWO}."]),
        ({FIRST: QUARTERS[1:2], SECOND: QUARTERS[1:2]}, [f"In januari – maart 2026: {ONE}, {TWO}."]),
        (
            {FIRST: QUARTERS[:1], SECOND: QUARTERS[2:]},
            [f"In oktober – december 2025: {ONE}.", f"In april – september 2026: {TWO}."],
        ),
    ],
    ids=["nobody", "one team all year", "a quarter of all teams", "each its own"],
)
def test_quarters_without_enough_counts_are_told_together_also_when_no_team_has_them(
    missing: dict[str, list[date]], said: list[str]
) -> None:
    is_missing = pl.any_horizontal(
        pl.lit(False),
        *((pl.col("team").cast(pl.String) == team) & pl.col("period_start").is_in(of) for team, of in missing.items()),
    ) & (pl.col("statistic") == "coverage")
    findings = MADE.findings.with_columns(
        pl.when(is_missing)
        .then(pl.lit(district.BRIDGED))
        .otherwise(pl.col("label_reason").cast(pl.String))
        .cast(MADE.findings["label_reason"].dtype)
        .alias("label_reason")
    )
    assert list(district.uncounted(*_reports(findings))) == said
