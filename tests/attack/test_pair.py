"""The pair of a provisional month and the final one: what the gate lets through, and what without a gate would be found."""

import itertools
import random
from datetime import date

import polars as pl
import pytest

from meos_pipeline.attack.cells import pair_leaks
from meos_pipeline.attack.outsider import attack
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import Release, release
from meos_pipeline.policy import Policy
from tests.attack.edition import TEAMS, write_edition
from tests.disclosure.district import KEY, MONTHS, add, district

REPORT, EARLY = MONTHS[6], MONTHS[7]
SEEN, FINAL = date(2025, 9, 8), date(2025, 10, 12)
SHOWN = ("proactive", "result", "dossier")


def pair(late: dict[str, int], *, teams: tuple[str, ...] = TEAMS, seed: int = 1) -> tuple[Release, Release]:
    """A month as provisional, and as final once so many late records of each team came in."""
    cells, officers = district(teams=teams, months=MONTHS[:8], seed=seed, mean=90)
    cells = cells.filter(pl.col("partition").is_in(SHOWN))
    options = {"rounding_key": KEY, "policy": Policy()}
    first = release(
        cells, officers, ledger=Ledger(), published_until=REPORT, provisional=[EARLY], seen_on=SEEN, **options
    )
    for team, records in late.items():
        cells = add(cells, team, EARLY, records)
    return first, release(cells, officers, ledger=first.ledger, published_until=EARLY, seen_on=FINAL, **options)


def provisional(released: Release, step: int = 0) -> pl.DataFrame:
    """The counts of a provisional month as pages show them: one total for each team."""
    return (
        released.provisional.filter(pl.col("partition") == "proactive")
        .group_by("team", "period_start", "partition", maintain_order=True)
        .agg(n=pl.col("n").sum() + step)
        .select(
            "team",
            pl.lit("provisional").alias("period"),
            "period_start",
            "partition",
            pl.lit("*").alias("category"),
            "n",
        )
    )


def shown(cells: pl.DataFrame, early: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([cells.with_columns(pl.col("period").cast(pl.String)), early])


def claims(cells: pl.DataFrame) -> dict[tuple[str, str, str, str, str], int]:
    return {
        (team, period, start.isoformat(), part, category): n for team, period, start, part, category, n in cells.rows()
    }


@pytest.mark.parametrize("late", [0, 3, 9, 10, 14, 60])
def test_the_pair_gives_an_outsider_nothing(late, tmp_path):
    first, second = pair(dict.fromkeys(TEAMS, late))
    old = write_edition(tmp_path / "2025-07-old", shown(first.cells, provisional(first)))
    new = write_edition(tmp_path / "2025-08-new", second.cells)
    assert [leak for leak in attack(new, [old]) if leak.certain] == []


def test_fewer_than_ten_late_records_change_nothing_and_more_change_at_least_ten():
    """Counted over 200 months: how the total moved, by how many records came in late."""
    teams = tuple(f"t{number:02d}" for number in range(40))
    steps: dict[int, set[int]] = {}
    for seed in range(5):
        draw = random.Random(seed)
        late = {team: draw.randint(0, 24) for team in teams}
        first, second = pair(late, teams=teams, seed=seed)
        before = dict(provisional(first).select("team", "n").iter_rows())
        of_month = second.cells.filter(pl.col("partition") == "proactive", pl.col("period_start") == EARLY)
        for team, n in of_month.group_by("team").agg(pl.col("n").sum()).iter_rows():
            steps.setdefault(n - before[team], set()).add(late[team])
    assert sorted(steps) == [0, 10, 15, 20, 25]
    assert steps[0] == set(range(10))
    # Whoever sees the step is left with five or more numbers of late records, each of which gives it.
    possible = {
        step: {n for n, offset in itertools.product(range(10, 40), range(5)) if (n + offset) // 5 * 5 == step}
        for step in sorted(steps)[1:]
    }
    assert min(map(len, possible.values())) >= 5
    assert all(steps[step] <= possible[step] for step in possible)


def test_while_it_is_provisional_nothing_moves():
    cells, officers = district(teams=TEAMS, months=MONTHS[:8], mean=90)
    options = {"rounding_key": KEY, "policy": Policy(), "published_until": REPORT, "provisional": [EARLY]}
    first = release(cells, officers, ledger=Ledger(), seen_on=SEEN, **options)
    again = release(add(cells, "oost", EARLY, 40), officers, ledger=first.ledger, seen_on=date(2025, 9, 20), **options)
    assert again.provisional.equals(first.provisional)
    assert again.ledger.table["pending"].max() == 40
    assert set(again.provisional["seen_on"]) == {SEEN}


UNGATED = {
    "a step for each team": ("final", 5),
    "a count that follows": ("provisional", 20),
}


@pytest.mark.parametrize("scheme", UNGATED)
def test_a_pair_without_a_gate_is_found(scheme, tmp_path):
    """Planted: the final total one step further in every team; and a provisional count that moves with each export."""
    teams = (*TEAMS, "zuid")
    first, _ = pair({}, teams=teams)
    which, step = UNGATED[scheme]
    early = provisional(first)
    if which == "provisional":
        now = claims(provisional(first, step))
    else:
        final = first.provisional.drop("seen_on").with_columns(
            pl.col("period").cast(pl.String),
            n=pl.when(pl.col("category") == "proactive").then(pl.col("n") + step).otherwise("n"),
        )
        now = claims(final)
    found = list(pair_leaks(now, claims(early)))
    assert {leak.kind for leak in found} == {"DRIFT"}
    assert all(leak.certain for leak in found)
    assert len(found) == len(teams)


def test_the_count_of_a_final_month_that_moved_is_no_change_of_last_months_report():
    _, second = pair({"noord": 30})
    assert second.changes.is_empty()
    assert second.cells.filter(pl.col("period_start") == EARLY).height


def test_a_provisional_month_completes_no_quarter_and_reaches_no_statistic():
    cells, officers = district(teams=TEAMS, months=MONTHS[:6], mean=90)
    released = release(
        cells,
        officers,
        Policy(),
        rounding_key=KEY,
        ledger=Ledger(),
        published_until=MONTHS[4],
        provisional=[MONTHS[5]],
        seen_on=SEEN,
    )
    assert released.cells["period_start"].max() == MONTHS[4]
    quarters = released.cells.filter(pl.col("period") == "quarter")["period_start"].unique().to_list()
    assert quarters in ([], [MONTHS[0]])
    assert set(released.provisional["period_start"]) == {MONTHS[5]}
    assert set(released.provisional["period"].cast(pl.String)) == {"month"}
