"""Statements on coverage and yield: they never contradict, one changed sheet changes nothing, and the plan is fixed."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import Label
from meos_pipeline.disclosure.gate import CHECKS_SEEN, gate
from meos_pipeline.disclosure.sheets import settle_sheets
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.run import findings_of_one
from meos_pipeline.statistics.statistic import Context


def published(tables, context):
    """What leaves the gate, of every statistic that rests on sheets."""
    found = pl.concat([findings_of_one(all_statistics()[name], tables, context) for name in sorted(CHECKS_SEEN)])
    return gate(found, context.policy)


def _with(tables, sheets, **more):
    return {name: table for name, table in tables.items() if name != "coverage_sample"} | {
        "coverage_sample": sheets,
        **more,
    }


def test_sentences_read_from_findings_never_contradict(district):
    tables, context = district
    found = published(tables, context)
    for team in ("", *context.teams):
        mine = found.filter(pl.col("team") == team)
        label = mine.filter(pl.col("statistic") == "coverage_direction")["label"].cast(pl.String).item()
        of = {row["series"]: row for row in mine.filter(pl.col("statistic") == "yield_corrected").iter_rows(named=True)}
        if label == "signal_high":
            assert of[""]["estimate"] <= of["recorded"]["estimate"]
        if label == "signal_low":
            assert of[""]["estimate"] >= of["recorded"]["estimate"]
        assert of["outer"]["lower"] <= of[""]["lower"] <= of[""]["upper"] <= of["outer"]["upper"]
        coverage = {
            row["series"]: row["estimate"]
            for row in mine.filter(
                pl.col("statistic") == "coverage", pl.col("period_start") == of[""]["period_start"]
            ).iter_rows(named=True)
            if row["period_end"] == of[""]["period_end"]
        }
        if label == "signal_high":
            assert coverage["with_result"] >= coverage[""] >= coverage["without_result"]


def test_everything_is_told_over_one_window(district):
    tables, context = district
    found = published(tables, context).filter(pl.col("statistic").is_in(["yield_corrected", "coverage_direction"]))
    assert found.select("period_start", "period_end").n_unique() == 1
    assert found["period_end"].unique().item() == date(2026, 6, 30)


@pytest.mark.parametrize("changed", [1, 9])
def test_a_few_changed_checks_on_sheets_change_no_published_figure(district, changed):
    tables, context = district
    before = tables["coverage_sample"].sort("sample_date", "team")
    one_more = pl.when(pl.int_range(pl.len()).over("team") < changed).then(pl.col("registered") + 1)
    now = before.with_columns(registered=one_more.otherwise(pl.col("registered")))
    settled = settle_sheets(now, before, month=context.month, policy=context.policy)
    kept = settle_sheets(before, None, month=context.month, policy=context.policy)
    assert published(_with(tables, settled), context).equals(published(_with(tables, kept), context))


def test_results_are_the_same_whatever_order_sheets_are_in(district):
    tables, context = district
    shuffled = tables["coverage_sample"].sample(fraction=1.0, shuffle=True, seed=4)
    assert published(_with(tables, shuffled), context).equals(published(tables, context))


def test_a_direction_needs_more_certainty_where_few_teams_were_counted(district):
    tables, context = district
    one = tables["coverage_sample"].filter(pl.col("team") == "team-00", pl.col("sample_date") >= date(2025, 7, 1))
    lenient = Context(policy=Policy(coverage_few_teams=1), month=context.month, teams=context.teams)
    needed = {
        name: published(_with(tables, one), given)
        .filter(pl.col("statistic") == "coverage_direction", pl.col("team") == "team-01")["needed"]
        .item()
        for name, given in (("few", context), ("lenient", lenient))
    }
    assert needed["few"] >= needed["lenient"] > 0


def test_an_action_on_recording_is_followed_and_one_that_began_just_now_is_not_judged(district):
    tables, context = district
    actions = tables["team_actions"].with_columns(
        aim=pl.lit("coverage_no_result").cast(tables["team_actions"]["aim"].dtype)
    )
    old = published(_with(tables, tables["coverage_sample"], team_actions=actions), context)
    rows = old.filter(pl.col("statistic") == "coverage_change")
    assert set(rows["series"]) == {"", "before", "after"}
    assert rows.filter(pl.col("series") == "")["stratum"].to_list() == ["action=a1"]
    young = actions.with_columns(starts=pl.lit(date(2026, 5, 20)))
    new = published(_with(tables, tables["coverage_sample"], team_actions=young), context)
    row = new.filter(pl.col("statistic") == "coverage_change").row(0, named=True)
    assert (row["label"], row["label_reason"], row["estimate"]) == (Label.NOT_YET_JUDGED.value, "too_young", None)


@pytest.mark.parametrize("day", [1, 2, 15, 20, 31])
def test_before_and_after_an_agreement_share_no_day_wherever_in_a_quarter_it_begins(district, day):
    """Of 16 checks without a result 4 are recorded up to the day, 14 from then on; three sheets a month."""
    tables, context = district
    starts = date(2025, 7, day)
    sheets = pl.concat(
        [tables["coverage_sample"].with_columns(pl.col("sample_date").dt.offset_by(f"{day}d")) for day in (1, 10, 19)]
    ).with_columns(
        with_result=4,
        with_result_registered=3,
        registered=pl.when(pl.col("sample_date") >= starts).then(3 + 14).otherwise(3 + 4),
    )
    aim = pl.lit("coverage_no_result").cast(tables["team_actions"]["aim"].dtype)
    actions = tables["team_actions"].with_columns(aim=aim, starts=pl.lit(starts))
    rows = published(_with(tables, sheets, team_actions=actions), context).filter(
        pl.col("statistic") == "coverage_change"
    )
    of = {row["series"]: row for row in rows.iter_rows(named=True)}
    assert of["before"]["estimate"] == pytest.approx(4 / 16, abs=0.03)
    assert of["after"]["estimate"] == pytest.approx(14 / 16, abs=0.03)
    assert {row["period_start"] for row in of.values()} == {starts}
    assert of[""]["label"] == "signal_high"
    assert of[""]["lower"] > 0, "the margin leaves out 'no change' exactly when one is said"
