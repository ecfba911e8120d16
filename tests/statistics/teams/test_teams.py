import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.run import findings_of_one
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.teams.ledger import alarm_ledger
from meos_pipeline.statistics.teams.since import with_since
from meos_pipeline.statistics.windows import add_months, last_day

FIRST = date(2025, 1, 1)
CONTEXT = Context(policy=Policy(), month=date(2025, 12, 1), teams=tuple(f"team-{n:02d}" for n in range(24)))


def _cells(shares):
    random = np.random.default_rng(9)
    rows = []
    for team, share in zip(CONTEXT.teams, shares, strict=True):
        for step in range(12):
            complete = int(random.binomial(200, share) // 5 * 5)
            rows += [
                (team, "month", add_months(FIRST, step), "dossier", "complete", complete),
                (team, "month", add_months(FIRST, step), "dossier", "incomplete", 200 - complete),
            ]
    return {"cells": pl.DataFrame(rows, schema=CELLS.schema, orient="row")}


def _of(name, shares):
    found = findings_of_one(all_statistics()[name], _cells(shares), CONTEXT)
    return found.filter(pl.col("stratum") == "measure=dossier_complete")


def test_one_team_outside_an_ordinary_spread_is_a_signal_and_the_others_are_usual():
    ordinary = list(0.6 + 0.03 * np.sin(np.arange(23)))
    found = _of("funnel", [0.85, *ordinary]).filter(pl.col("series") == "", pl.col("team") != "")
    labels = dict(found.select("team", pl.col("label").cast(pl.String())).iter_rows())
    assert labels.pop("team-00") == "signal_high"
    assert set(labels.values()) == {"usual"}


def test_funnel_limits_lie_around_the_centre_in_their_order():
    found = _of("funnel", [0.6] * 24).filter(pl.col("team") == "team-05", pl.col("series") != "")
    lines = dict(found.select("series", "estimate").iter_rows())
    order = ["limit998_low", "limit95_low", "centre", "limit95_high", "limit998_high"]
    assert [lines[name] for name in order] == sorted(lines[name] for name in order)


def test_teams_that_do_not_differ_get_no_label_of_their_own():
    found = _of("team_comparison", [0.6] * 24).filter(pl.col("series") == "", pl.col("team") != "")
    assert set(found["label"].cast(pl.String())) <= {"described", "no_relevant_difference"}


def test_a_team_that_clearly_differs_is_told_and_no_rank_exists():
    shares = [0.85, 0.40, *[0.6] * 22]
    found = _of("team_comparison", shares).filter(pl.col("series") == "", pl.col("team") != "")
    labels = dict(found.select("team", pl.col("label").cast(pl.String())).iter_rows())
    assert labels["team-00"] == "clearly_higher"
    assert labels["team-01"] == "clearly_lower"
    assert not [name for name in FINDINGS.names if "rank" in name]


def _edition(month, *signals):
    rows = pl.DataFrame({"team": ["a", "b", "c"]}).with_columns(
        pl.when(pl.col("team").is_in(list(signals)))
        .then(pl.lit("signal_high"))
        .otherwise(pl.lit("usual"))
        .alias("label")
    )
    return findings_of(
        rows,
        statistic="funnel",
        unit=Unit.SHARE,
        stratum="measure=dossier_complete",
        period_start=month,
        period_end=last_day(month),
    ).with_columns(pl.lit(0.5).alias("estimate"))


def test_a_signal_is_new_once_and_again_after_it_was_away():
    march = _edition(date(2025, 3, 1), "a", "b", "c")
    earlier = pl.concat([_edition(date(2025, 1, 1), "a", "b"), _edition(date(2025, 2, 1), "b")])
    ledger = alarm_ledger(march, earlier)
    assert ledger.select("team", "is_new", "first_seen").rows() == [
        ("a", True, date(2025, 3, 31)),
        ("b", False, date(2025, 1, 31)),
        ("c", True, date(2025, 3, 31)),
    ]


def test_the_first_edition_has_only_new_signals():
    ledger = alarm_ledger(_edition(date(2025, 3, 1), "a"), FINDINGS.empty())
    assert ledger["is_new"].to_list() == [True]


def test_without_signals_the_ledger_is_empty():
    assert alarm_ledger(_edition(date(2025, 3, 1)), _edition(date(2025, 2, 1), "a")).is_empty()


def test_a_signal_says_since_when_it_stands_and_is_new_in_one_month_only():
    """A team whose records are more often complete: news in the month that first shows it, and no news after that."""
    cells = _cells([0.72, *[0.6] * 23])["cells"]

    def one(name: str, then: Context) -> pl.DataFrame:
        return findings_of_one(all_statistics()[name], {"cells": cells}, then)

    def told(month: date) -> list[tuple[bool, str]]:
        then = replace(CONTEXT, month=month)
        own = with_since(one("team_comparison", then), {"cells": cells}, then, one).filter(
            pl.col("statistic") == "team_comparison",
            pl.col("team") == "team-00",
            pl.col("series") == "",
            pl.col("stratum") == "measure=dossier_complete",
            pl.col("label").cast(pl.String) == "clearly_higher",
        )
        return [(json.loads(text)["is_new"], json.loads(text)["first_seen"]) for text in own["detail"]]

    months = [add_months(FIRST, step) for step in range(6)]
    said = [told(month) for month in months]
    first = next(place for place, one in enumerate(said) if one)
    assert said[first] == [(True, last_day(months[first]).isoformat())]
    later = [one for one in said[first + 1 :] if one]
    assert later
    assert all(one == [(False, last_day(months[first]).isoformat())] for one in later)
