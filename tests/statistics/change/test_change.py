"""Planted changes are found, and only those."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.companions import BREAKS, TEAM_ACTIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.run import findings_of_one
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.windows import add_months

FIRST, MONTHS = date(2023, 1, 1), 40
CONTEXT = Context(
    policy=Policy(), month=add_months(FIRST, MONTHS - 1), teams=tuple(f"team-{number:02d}" for number in range(20))
)


def _cells(share_of, *, n=400, seed=5):
    """Complete and incomplete records per team and month; ``share_of(team number, month number)`` is the truth."""
    random = np.random.default_rng(seed)
    rows = []
    for number, team in enumerate(CONTEXT.teams):
        for step in range(MONTHS):
            complete = int(random.binomial(n, share_of(number, step)) // 5 * 5)
            month = add_months(FIRST, step)
            rows += [
                (team, "month", month, "dossier", "complete", complete),
                (team, "month", month, "dossier", "incomplete", n - complete),
            ]
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def _actions(*rows):
    return pl.DataFrame(
        [
            (f"a{i}", team, kind, None, aim, starts, None, None, "running", False, 1)
            for i, (team, kind, starts, aim) in enumerate(rows)
        ],
        schema=TEAM_ACTIONS.schema,
        orient="row",
    )


def _found(name, cells, actions=None, breaks=None, context=CONTEXT):
    tables = {"cells": cells, "team_actions": TEAM_ACTIONS.empty() if actions is None else actions}
    if breaks is not None:
        tables["breaks"] = pl.DataFrame(breaks, schema=BREAKS.schema, orient="row")
    return findings_of_one(all_statistics()[name], tables, context)


def _label(found):
    return found["label"].cast(pl.String()).item()


def _effects(share_of, *actions, breaks=None, context=CONTEXT):
    found = _found("action_effect", _cells(share_of), _actions(*actions), breaks=breaks, context=context)
    return found.with_columns(pl.col("label").cast(pl.String()))


def _own(found, team="team-00"):
    return found.filter(pl.col("team") == team, pl.col("series") == "").row(0, named=True)


BEGIN = add_months(FIRST, 20)


def test_an_action_that_worked_is_found_against_other_teams():
    found = _effects(
        lambda team, month: 0.75 if team == 0 and month >= 20 else 0.6, ("team-00", "agreement", BEGIN, "dossier")
    )
    truth = (0.75 / 0.25) / (0.6 / 0.4)
    for row in (_own(found), _own(found, team="")):
        assert row["label"] == "clearly_higher"
        assert row["lower"] < truth < row["upper"]
        assert json.loads(row["detail"])["controls"] == 19
    sides = found.filter(pl.col("series") != "").sort("series", descending=True)
    assert sides["series"].to_list() == ["before", "after"]
    assert sides["estimate"].to_list() == pytest.approx([0.6, 0.75], abs=0.02)
    assert sides["period_end"].to_list() == [add_months(FIRST, 17) - timedelta(days=1), date(2025, 2, 28)]


def test_an_action_that_did_nothing_while_all_teams_changed_is_not_found():
    found = _effects(lambda _, month: 0.75 if month >= 20 else 0.6, ("team-00", "agreement", BEGIN, "dossier"))
    assert _own(found)["label"] == "undecided"
    assert json.loads(_own(found)["detail"])["visible_from"] > 1


def test_before_is_told_over_the_months_that_there_are():
    """An agreement in the ninth month: of twelve months before, and three left out, five are there."""
    found = _effects(lambda *_: 0.6, ("team-00", "agreement", add_months(FIRST, 8), "dossier"))
    before = found.filter(pl.col("series") == "before").row(0, named=True)
    assert (before["period_start"], before["period_end"]) == (FIRST, add_months(FIRST, 5) - timedelta(days=1))
    assert before["n"] == 5 * 400
    assert (_own(found)["label"], _own(found)["label_reason"]) == ("too_few", "fewest_months")


def test_what_is_done_once_is_judged_by_the_months_after_its_end():
    """A training of two months whose fruit comes when it is over."""
    rows = TEAM_ACTIONS.empty().vstack(
        _actions(("team-00", "training", BEGIN, "dossier")).with_columns(ends=pl.lit(add_months(BEGIN, 2)))
    )
    cells = _cells(lambda team, month: 0.75 if team == 0 and month >= 23 else 0.6)
    found = _found("action_effect", cells, rows).with_columns(pl.col("label").cast(pl.String()))
    assert _own(found)["label"] == "clearly_higher"
    assert found.filter(pl.col("series") == "after")["period_start"].item() == add_months(FIRST, 23)


def test_a_bad_quarter_before_the_start_makes_no_effect():
    """The quarter before is the worst of all; without the guard the year before would look bad for it."""
    with_dip = _own(
        _effects(
            lambda team, month: 0.3 if team == 0 and 17 <= month < 20 else 0.6,
            ("team-00", "agreement", BEGIN, "dossier"),
        )
    )
    assert with_dip["label"] == "undecided"
    assert 0.85 < with_dip["estimate"] < 1.18


def test_teams_that_began_together_are_told_together_and_are_no_controls_of_each_other():
    rows = [(f"team-{n:02d}", "agreement", add_months(FIRST, 16 + 3 * (n % 4)), "dossier") for n in range(12)]
    found = _effects(
        lambda team, month: 0.67 if team < 12 and month >= 16 + 3 * (team % 4) else 0.6 - 0.002 * month, *rows
    )
    pooled = found.filter(pl.col("team") == "").row(0, named=True)
    assert pooled["stratum"] == "actions=agreement|dossier"
    assert pooled["label"] == "clearly_higher"
    assert json.loads(pooled["detail"])["teams"] == 12
    assert 8 <= json.loads(pooled["detail"])["controls"] <= 17
    own = [_own(found, team=f"team-{n:02d}") for n in range(12)]
    assert pooled["upper"] - pooled["lower"] < min(row["upper"] - row["lower"] for row in own)


def test_one_team_without_others_has_two_estimates_and_no_verdict():
    alone = replace(CONTEXT, teams=("team-00",))
    found = _effects(
        lambda _, month: 0.8 if month >= 20 else 0.6, ("team-00", "agreement", BEGIN, "dossier"), context=alone
    )
    assert (_own(found)["label"], _own(found)["label_reason"]) == ("not_comparable", "fewest_untreated_teams")
    sides = found.filter(pl.col("series") != "")
    assert set(sides["label"]) == {"described"}
    assert (sides["upper"] - sides["lower"] > 0.02).all()


def test_a_break_of_the_team_forbids_a_statement_and_one_of_all_teams_does_not():
    for scope, label in (("team-00", "not_comparable"), ("all", "clearly_higher")):
        found = _effects(
            lambda team, month: (0.75 if team == 0 else 0.6) if month >= 20 else 0.5 if team else 0.55,
            ("team-00", "agreement", BEGIN, "dossier"),
            breaks=[(BEGIN, scope, "Release")],
        )
        assert _own(found)["label"] == label


@pytest.mark.parametrize(("month", "label"), [(36, "not_yet_judged"), (3, "too_few")])
def test_an_action_waits_for_a_fixed_day_or_has_too_little_before(month, label):
    begin = add_months(FIRST, month)
    row = _own(_effects(lambda *_: 0.6, ("team-00", "agreement", begin, "dossier")))
    assert row["label"] == label
    if label == "not_yet_judged":
        assert json.loads(row["detail"])["judged_from"] == add_months(begin, 6).isoformat()


def test_an_action_without_a_measure_has_a_row_that_says_so():
    found = _effects(
        lambda *_: 0.6, ("team-00", "other", BEGIN, None), ("team-01", "agreement", BEGIN, "coverage_no_result")
    )
    assert found.sort("team")["label_reason"].to_list() == ["no_measure", "told_by_coverage"]


JUDGED = replace(CONTEXT, policy=Policy(judged_charts=("dossier_complete",)))


def _points(cells, breaks=None, context=JUDGED):
    found = _found("control_chart", cells, breaks=breaks, context=context)
    return found.filter(pl.col("stratum") == "measure=dossier_complete", pl.col("series") == "point").with_columns(
        pl.col("label").cast(pl.String())
    )


def _signals(points):
    return points.filter(pl.col("label").str.starts_with("signal"))


def test_a_line_signals_the_team_that_changed_and_not_before_it_did():
    points = _points(_cells(lambda team, month: 0.75 if team == 3 and month >= 30 else 0.6))
    ours = _signals(points.filter(pl.col("team") == "team-03"))
    assert set(ours["label"]) == {"signal_high"}
    assert add_months(FIRST, 30) <= ours["period_start"].min() <= add_months(FIRST, 33)
    assert _signals(points.filter(pl.col("team") != "team-03")).height <= 6


def test_a_line_speaks_from_the_seventh_month_after_a_break_and_says_from_when_before():
    cells = _cells(lambda _, month: 0.75 if month >= 27 else 0.5)
    points = _points(cells, breaks=[(add_months(FIRST, 27), "all", "Release")])
    assert _signals(points).height <= 6  # the step at a listed break is none
    states = points.filter(pl.col("team") == "team-00").sort("period_start")
    after = states.filter(pl.col("period_start") >= add_months(FIRST, 27))
    assert after["label"].to_list()[:6] == ["not_yet_judged"] * 6
    assert "not_yet_judged" not in after["label"].to_list()[6:]
    assert {json.loads(text)["judged_from"] for text in after["detail"].to_list()[:6]} == {
        add_months(FIRST, 33).isoformat()
    }
    assert _signals(_points(cells)).height > 20  # without the break it is a change of every line


def test_a_month_that_a_break_parts_in_two_is_drawn_and_judged_by_neither_side():
    halfway = add_months(FIRST, 27).replace(day=15)
    points = _points(_cells(lambda *_: 0.6), breaks=[(halfway, "all", "Release")])
    month = points.filter(pl.col("period_start") == add_months(FIRST, 27))
    assert set(month["label"]) == {"not_yet_judged"}
    assert month["estimate"].is_not_null().all()


def test_a_month_is_judged_by_the_months_before_it_only():
    """What was said of a month does not change when later months come in."""
    cells = _cells(lambda team, month: 0.75 if team == 3 and month >= 30 else 0.6)
    early = replace(JUDGED, month=add_months(FIRST, MONTHS - 6))
    then = _points(cells.filter(pl.col("period_start") <= early.month), context=early)
    now = _points(cells).join(then, on=["team", "period_start"], suffix="_then")
    assert now["label"].to_list() == now["label_then"].to_list()


def test_a_season_that_all_teams_share_is_no_signal():
    """Teams of 400 checks a month whose winters differ from their summers by 14 points."""
    points = _points(_cells(lambda _, month: 0.6 + 0.07 * np.cos(2 * np.pi * month / 12)))
    late = points.filter(pl.col("period_start") >= add_months(FIRST, 24))
    assert _signals(late)["team"].n_unique() <= 2


def test_lines_that_are_not_judged_are_drawn_with_their_margin_and_without_a_verdict():
    points = _points(_cells(lambda team, month: 0.9 if month >= 30 else 0.4), context=CONTEXT)
    assert set(points["label"]) == {"described"}
    assert set(points["label_reason"]) == {"drawn_only"}
    assert (points["lower"] < points["estimate"]).all()
    assert (points["upper"] > points["estimate"]).all()


def test_a_signal_stays_for_three_months():
    points = _points(_cells(lambda team, month: 0.85 if team == 3 and month == 20 else 0.6))
    places = _signals(points.filter(pl.col("team") == "team-03"))["period_start"].to_list()
    assert places == [add_months(FIRST, month) for month in (20, 21, 22)]


def test_the_signal_of_a_change_that_lasts_does_not_leave_the_page():
    """Each sum that began again at none took four months or more to reach its limit, and a signal stays for three."""
    points = _points(_cells(lambda team, month: 0.7 if team == 3 and month >= 26 else 0.6, seed=7))
    ours = points.filter(pl.col("team") == "team-03", pl.col("period_start") >= add_months(FIRST, 29))
    assert set(ours["label"]) == {"signal_high"}


def test_a_change_as_large_as_a_silent_line_says_it_would_show_mostly_shows_within_six_months():
    early = replace(JUDGED, month=add_months(FIRST, 33))
    quiet = _cells(lambda *_: 0.6)
    then = _points(quiet.filter(pl.col("period_start") <= early.month), context=early)
    newest = then.filter(pl.col("period_start") == early.month, pl.col("label") == "usual")
    told = {row["team"]: json.loads(row["detail"])["visible_change"] for row in newest.iter_rows(named=True)}
    assert all(0.03 < size < 0.1 for size in told.values())
    assert set(then.filter(pl.col("period_start") < early.month)["detail"].str.contains("visible")) == {False}
    changed = sorted(told)[:8]
    points = _points(
        _cells(
            lambda team, month: 0.6 + (told[f"team-{team:02d}"] if month > 33 and f"team-{team:02d}" in changed else 0)
        )
    )
    found = _signals(points.filter(pl.col("team").is_in(changed), pl.col("period_start") > early.month))
    assert found.filter(pl.col("label") == "signal_high")["team"].n_unique() >= 5


def _yearly(share_of):
    found = _found("trend", _cells(share_of))
    return found.filter(pl.col("stratum") == "measure=dossier_complete")


def test_a_trend_that_was_planted_comes_back_per_year():
    found = _yearly(lambda _, month: 1 / (1 + np.exp(-(0.2 + 0.3 * month / 12))))
    together = found.filter(pl.col("team") == "")
    assert _label(together) == "described"
    assert together["lower"].item() < np.exp(0.3) < together["upper"].item()
    assert together["estimate"].item() == pytest.approx(np.exp(0.3), rel=0.05)


def test_a_season_is_no_trend():
    """A wave that ends higher than it began: without season terms it would look like a rise."""
    found = _yearly(lambda _, month: 0.5 + 0.15 * np.sin(2 * np.pi * (month - 6) / 12))
    inside = (found["lower"] < 1) & (found["upper"] > 1)
    assert inside.mean() >= 0.8


def test_a_trend_begins_after_the_newest_break():
    """A step at a break is not a trend: what came before does not count, and too few months are left."""
    cells = _cells(lambda _, month: 0.8 if month >= 20 else 0.5)
    found = _found("trend", cells, breaks=[(add_months(FIRST, 20), "all", "Release")])
    found = found.filter(pl.col("stratum") == "measure=dossier_complete")
    assert set(found["label_reason"]) == {"fewest_months"}
    assert set(found["needed"]) == {4}
