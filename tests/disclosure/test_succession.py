"""Figures of merged and renamed teams are sums of what was released of the teams before: no more, and no half of it."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.attack.cells import sum_leaks, width_summary
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.disclosure.succession import carried
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, UNTIL, add, district

TEAMS = ("noord", "oost", "samen", "zuid")
LAST = date(2025, 6, 30)


def organisation(successors: str = "samen") -> pl.DataFrame:
    rows = [
        ("noord", date(2020, 1, 1), LAST, successors),
        ("oost", date(2020, 1, 1), LAST, successors),
        ("samen", date(2025, 7, 1), None, None),
        ("zuid", date(2020, 1, 1), None, None),
    ]
    frame = pl.DataFrame(rows, orient="row", schema=["team", "valid_from", "valid_to", "successors"])
    names = {
        name: pl.lit(None, dtype=dtype) for name, dtype in ORGANISATION.schema.items() if name not in frame.columns
    }
    return frame.with_columns(**names | {"team_name": pl.col("team"), "area": pl.lit("-")}).select(ORGANISATION.names)


def exact(*, few_in=()):
    """Until June the old teams, from July on the merged one; in some months the second has too few records."""
    cells, officers = district(teams=TEAMS)
    there = (pl.col("team") == "samen") == (pl.col("period_start") > LAST)
    is_few = (pl.col("team") == "oost") & pl.col("period_start").is_in(list(few_in))
    cells = cells.filter(there | (pl.col("team") == "zuid")).with_columns(n=pl.when(is_few).then(0).otherwise("n"))
    moved = {"team": pl.col("team"), "period_start": pl.col("month")}
    officers = officers.with_columns(**moved).filter(
        ((pl.col("team") == "samen") == (pl.col("month") > LAST)) | (pl.col("team") == "zuid"), ~is_few
    )
    return cells, officers.drop("period_start")


def released(cells, officers, ledger=None, until=UNTIL):
    return release(
        cells, officers, Policy(), rounding_key=KEY, ledger=ledger or Ledger(), published_until=until, teams=TEAMS
    )


def totals(cells, team, period="month", partition="result"):
    own = cells.filter(team=team, period=period, partition=partition)
    return dict(own.group_by("period_start").agg(pl.col("n").sum()).sort("period_start").iter_rows())


def test_a_merged_team_has_the_sum_of_what_was_released_of_both():
    before = released(*exact())
    after = carried(before, organisation(), UNTIL)
    assert set(after.cells["team"]) == {"samen", "zuid"}
    old, new = before.cells, totals(after.cells, "samen")
    assert len(new) == 12
    one, two = totals(old, "noord"), totals(old, "oost")
    assert {month: n for month, n in new.items() if month <= LAST} == {month: one[month] + two[month] for month in one}
    assert totals(after.cells, "zuid") == totals(old, "zuid")
    assert not after.withheld.filter(team="samen").height
    assert int(after.cells["n"].sum()) == int(old["n"].sum())


def test_months_still_add_up_and_every_cell_keeps_its_candidates():
    after = carried(released(*exact()), organisation(), UNTIL)
    claims = {(t, p, s.isoformat(), part, c): n for t, p, s, part, c, n in after.cells.iter_rows()}
    assert list(sum_leaks(claims)) == []
    assert width_summary(claims)[1] == 0
    year = sum(totals(after.cells, "samen").values())
    assert totals(after.cells, "samen", "quarter", "shift_kind") == {
        start: sum(n for month, n in totals(after.cells, "samen").items() if month in _months(start))
        for start in (date(2025, month, 1) for month in (1, 4, 7, 10))
    }
    assert year > 0


def _months(start: date) -> list[date]:
    return [date(start.year, start.month + step, 1) for step in range(3)]


def test_a_month_in_which_one_of_both_was_withheld_is_not_the_other_under_a_new_name():
    april = date(2025, 4, 1)
    before = released(*exact(few_in=[april]))
    assert april in totals(before.cells, "noord")
    assert april not in totals(before.cells, "oost")
    after = carried(before, organisation(), UNTIL)
    assert april not in totals(after.cells, "samen")
    assert date(2025, 4, 1) not in totals(after.cells, "samen", "quarter", "shift_kind")
    assert set(totals(after.cells, "samen", "quarter", "shift_kind")) == {
        date(2025, 1, 1), date(2025, 7, 1), date(2025, 10, 1),
    }  # fmt: skip
    withheld = after.withheld.filter(team="samen").rows()
    assert ("samen", "month", april) in withheld
    assert set(after.withheld["team"]) <= {"samen", "zuid"}


def test_a_correction_of_an_old_team_is_told_of_the_merged_one():
    cells, officers = exact()
    first = released(cells, officers, until=date(2025, 11, 1))
    march = date(2025, 3, 1)
    second = released(add(cells, "noord", march, 40), officers, first.ledger)
    changes = carried(second, organisation(), UNTIL).changes
    told = changes.filter(team="samen", period="month", period_start=march)
    assert not changes["team"].is_in(["noord", "oost"]).any()
    assert told.height
    known = carried(first, organisation(), UNTIL).cells
    beside = told.join(known.rename({"n": "was"}), on=[*known.columns[:-1]])
    assert beside["n_before"].to_list() == beside["was"].to_list()


@pytest.mark.parametrize("successors", ["samen|zuid"])
def test_a_split_team_keeps_its_own_figures(successors):
    before = released(*exact())
    after = carried(before, organisation(successors), UNTIL)
    assert after is before


def test_an_old_team_stands_until_the_month_after_its_last_day():
    before = released(*exact())
    assert carried(before, organisation(), date(2025, 6, 1)) is before
