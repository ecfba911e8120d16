"""Months of which rows were set aside or replaced: marked, and their yields refused; no other figure goes."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.kept import CAVEAT, REASON, REPLACED, SET_ASIDE, kept_shares, marked

MAY, JUNE, YEAR = date(2025, 5, 1), date(2025, 6, 1), date(2024, 7, 1)


def quality(*rows: tuple[str, date, int, float, float]) -> pl.DataFrame:
    """Team, month, rows, share set aside, share replaced."""
    table = [
        (rule, team, month, share, n)
        for team, month, n, aside, replaced in rows
        for rule, share in ((SET_ASIDE, aside), (REPLACED, replaced))
    ]
    schema = {"rule": pl.String, "team": pl.String, "month": pl.Date, "share": pl.Float64, "n": pl.Int64}
    return pl.DataFrame(table, orient="row", schema=schema)


def findings(statistic: str = "yield_strict", stratum: str = "") -> pl.DataFrame:
    """One figure of May, of June and of the year up to June, of team a, team b and all."""
    rows = [(team, start, end) for team in ("", "a", "b") for start, end in (
        (MAY, date(2025, 5, 31)), (JUNE, date(2025, 6, 30)), (YEAR, date(2025, 6, 30)),
    )]  # fmt: skip
    frame = pl.DataFrame(rows, orient="row", schema=["team", "period_start", "period_end"])
    return findings_of(
        frame.with_columns(estimate=0.2, lower=0.1, upper=0.3, n=100),
        statistic=statistic,
        stratum=stratum,
        unit=Unit.SHARE,
        caveats=("coverage",),
    )


def seen(found: pl.DataFrame) -> dict[tuple[str, date], str]:
    """Per team and start: 'refused', 'marked' or 'as it was'."""
    return {
        (team, start): "refused" if label == Label.NOT_COMPARABLE else "marked" if CAVEAT in caveats else "as it was"
        for team, start, label, caveats in found.select("team", "period_start", "label", "caveats").iter_rows()
    }


@pytest.mark.parametrize(
    ("aside", "replaced", "statistic", "june", "year"),
    [
        (0.05, 0.00, "yield_strict", "as it was", "as it was"),
        (0.06, 0.00, "yield_strict", "refused", "marked"),
        (0.06, 0.00, "zero_result_share", "refused", "marked"),
        (0.06, 0.00, "timeliness", "marked", "marked"),
        (0.03, 0.03, "yield_strict", "marked", "marked"),
        (0.00, 0.30, "yield_strict", "marked", "marked"),
        (0.90, 0.00, "yield_strict", "refused", "refused"),
    ],
)
def test_more_than_a_twentieth_marks_the_team_month_and_refuses_its_yield(aside, replaced, statistic, june, year):
    months = [("a", date(2025, month, 1), 100, 0.0, 0.0) for month in range(1, 6)]
    kept = kept_shares(quality(*months, ("a", JUNE, 100, aside, replaced), ("b", JUNE, 1000, 0.0, 0.0)))
    found = marked(findings(statistic), kept, Policy())
    told = seen(found)
    assert told["a", JUNE] == june
    assert told["a", YEAR] == year
    assert {told[team, start] for team in ("b",) for start in (MAY, JUNE, YEAR)} == {"as it was"}
    assert told["a", MAY] == "as it was"
    refused = found.filter(label=Label.NOT_COMPARABLE.value)
    assert set(refused["label_reason"]) <= {REASON}
    assert refused["estimate"].null_count() == refused.height
    assert found["n"].to_list() == findings()["n"].to_list()


@pytest.mark.parametrize(("measure", "june"), [("yield_broad", "refused"), ("dossier_complete", "marked")])
def test_a_funnel_tells_no_yield_that_is_refused_elsewhere(measure, june):
    kept = kept_shares(quality(("a", JUNE, 100, 0.06, 0.0)))
    assert seen(marked(findings("funnel", f"measure={measure}"), kept, Policy()))["a", JUNE] == june


def test_a_merged_team_is_marked_for_the_months_of_both():
    kept = kept_shares(quality(("old", JUNE, 100, 0.2, 0.0), ("a", JUNE, 100, 0.0, 0.0)), {"old": "a"})
    assert kept.filter(team="a").row(0) == ("a", JUNE, 200, 20.0, 0.0)
    assert seen(marked(findings(), kept, Policy()))["a", JUNE] == "refused"


def test_nothing_is_marked_where_nothing_is_known():
    assert marked(findings(), kept_shares(quality()), Policy()).equals(findings())
