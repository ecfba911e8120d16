"""Planted changes are found, and only those."""

from datetime import date

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
            (f"a{i}", team, kind, None, aim, starts, None, None, "running", False)
            for i, (team, kind, starts, aim) in enumerate(rows)
        ],
        schema=TEAM_ACTIONS.schema,
        orient="row",
    )


def _found(name, cells, actions=None, breaks=None):
    tables = {"cells": cells, "team_actions": TEAM_ACTIONS.empty() if actions is None else actions}
    if breaks is not None:
        tables["breaks"] = pl.DataFrame(breaks, schema=BREAKS.schema, orient="row")
    return findings_of_one(all_statistics()[name], tables, CONTEXT)


def _label(found):
    return found["label"].cast(pl.String()).item()


def test_an_action_that_worked_is_found_against_other_teams():
    begin = add_months(FIRST, 26)
    cells = _cells(lambda team, month: 0.75 if team == 0 and month >= 26 else 0.6)
    found = _found("action_effect", cells, _actions(("team-00", "training", begin, "dossier")))
    headline = found.filter(pl.col("series") == "")
    truth = (0.75 / 0.25) / (0.6 / 0.4)
    assert _label(headline) == "clearly_higher"
    assert headline["method"].item() == "placebo_controls"
    assert headline["lower"].item() < truth < headline["upper"].item()


def test_an_action_that_did_nothing_while_all_teams_changed_is_not_found():
    begin = add_months(FIRST, 26)
    cells = _cells(lambda _, month: 0.75 if month >= 26 else 0.6)
    found = _found("action_effect", cells, _actions(("team-00", "training", begin, "dossier")))
    assert _label(found.filter(pl.col("series") == "")) in {"undecided", "no_relevant_difference"}
    assert found.filter(pl.col("series") == "single")["estimate"].item() > 1.5


def test_a_break_near_the_start_forbids_a_statement():
    begin = add_months(FIRST, 26)
    cells = _cells(lambda *_: 0.6)
    found = _found(
        "action_effect", cells, _actions(("team-00", "training", begin, "dossier")), [(begin, "all", "Release")]
    )
    assert found.select("label_reason").to_series().to_list() == ["break_near_start"]


@pytest.mark.parametrize(("month", "label"), [(38, "too_few"), (3, "too_few")])
def test_too_few_months_on_a_side_say_how_many_are_lacking(month, label):
    cells = _cells(lambda *_: 0.6)
    found = _found("action_effect", cells, _actions(("team-00", "training", add_months(FIRST, month), "dossier")))
    assert _label(found) == label
    assert found["needed"].item() > 0


def test_an_action_without_a_measure_has_a_row_that_says_so():
    found = _found("action_effect", _cells(lambda *_: 0.6), _actions(("team-00", "other", add_months(FIRST, 26), None)))
    assert found["label_reason"].to_list() == ["no_measure"]


def test_a_staggered_roll_out_is_recovered_where_every_team_changed_over_time():
    rows = [(f"team-{n:02d}", "agreement", add_months(FIRST, 12 + 3 * (n % 4)), "dossier") for n in range(12)]

    def share(team, month):
        drift = 0.5 + 0.004 * month
        return drift * 1.2 if team < 12 and month >= 12 + 3 * (team % 4) else drift

    found = _found("staggered_rollout", _cells(share), _actions(*rows))
    headline = found.filter(pl.col("series") == "")
    assert headline["lower"].item() < 1.2 < headline["upper"].item()
    assert headline["lower"].item() > 1.05
    leads = found.filter(pl.col("series").str.contains("event_time=-"))
    assert leads["estimate"].is_between(0.9, 1.1).all()


def test_a_roll_out_to_all_teams_cannot_be_compared():
    rows = [(team, "agreement", add_months(FIRST, 12 + n % 4), "dossier") for n, team in enumerate(CONTEXT.teams)]
    found = _found("staggered_rollout", _cells(lambda *_: 0.6), _actions(*rows))
    assert found["label_reason"].to_list() == ["fewest_untreated_teams"]


def test_a_chart_signals_the_team_that_changed_and_from_its_month_on():
    found = _found("control_chart", _cells(lambda team, month: 0.75 if team == 3 and month >= 34 else 0.6)).filter(
        pl.col("stratum") == "measure=dossier_complete", pl.col("series") == "point"
    )
    signals = found.filter(pl.col("label").cast(pl.String()) == "signal_high")
    assert signals["period_start"].min() <= add_months(FIRST, 35)
    assert signals.filter(pl.col("team") == "team-03").height >= 5
    assert signals.filter(pl.col("team") != "team-03").height <= 2


def test_months_before_a_break_do_not_set_the_centre():
    cells = _cells(lambda _, month: 0.75 if month >= 27 else 0.5)
    with_break = _found("control_chart", cells, breaks=[(add_months(FIRST, 27), "all", "Release")])
    for found, quiet in ((with_break, True), (_found("control_chart", cells), False)):
        signals = found.filter(pl.col("label").cast(pl.String()).str.starts_with("signal"))
        assert (signals.height <= 3) == quiet


def test_a_short_series_is_drawn_without_a_judgement():
    cells = _cells(lambda *_: 0.6).filter(pl.col("period_start") >= add_months(FIRST, MONTHS - 10))
    points = _found("control_chart", cells).filter(
        pl.col("series") == "point", pl.col("stratum") == "measure=dossier_complete"
    )
    assert set(points["label"].cast(pl.String())) == {"described"}
    assert set(points["label_reason"]) == {"baseline_too_short"}


def test_before_and_after_always_warn_that_they_are_no_effect():
    begin = add_months(FIRST, 26)
    found = _found("before_after", _cells(lambda *_: 0.6), _actions(("team-00", "training", begin, "dossier")))
    assert found["series"].to_list() == ["before", "after"]
    assert found["caveats"].to_list() == [["before_after_is_not_effect"]] * 2
    assert found["period_end"].to_list() == [date(2025, 2, 28), date(2025, 8, 31)]


def _yearly(share_of):
    found = _found("trend", _cells(share_of))
    return found.filter(pl.col("stratum") == "measure=dossier_complete")


def test_a_trend_that_was_planted_comes_back_per_year():
    found = _yearly(lambda _, month: 1 / (1 + np.exp(-(0.2 + 0.3 * month / 12))))
    together = found.filter(pl.col("team") == "")
    assert _label(together) == "clearly_higher"
    assert together["lower"].item() < np.exp(0.3) < together["upper"].item()
    assert together["estimate"].item() == pytest.approx(np.exp(0.3), rel=0.05)


def test_a_season_is_no_trend():
    """A wave that ends higher than it began: without season terms it would look like a rise."""
    found = _yearly(lambda _, month: 0.5 + 0.15 * np.sin(2 * np.pi * (month - 6) / 12))
    labels = set(found["label"].cast(pl.String()))
    assert labels <= {"undecided", "no_relevant_difference"}


def test_ordinary_teams_have_no_trend_even_when_there_are_many_of_them():
    found = _yearly(lambda *_: 0.6)
    assert not set(found["label"].cast(pl.String())) & {
        "clearly_higher",
        "clearly_lower",
        "indication_higher",
        "indication_lower",
    }


def test_a_trend_begins_after_the_newest_break():
    """A step at a break is not a trend: what came before does not count, and too few months are left."""
    cells = _cells(lambda _, month: 0.8 if month >= 20 else 0.5)
    found = _found("trend", cells, breaks=[(add_months(FIRST, 20), "all", "Release")])
    found = found.filter(pl.col("stratum") == "measure=dossier_complete")
    assert set(found["label_reason"]) == {"fewest_months"}
    assert set(found["needed"]) == {4}
