"""What is told of a month that has not settled: a count with what is to come, and shares that late records hardly move."""

import json
from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import VERDICT_OF_LABEL, Label, Verdict
from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.provisional import SHARES, provisional_findings
from meos_pipeline.disclosure.release import release
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.measures import measures
from meos_pipeline.statistics.statistic import Context
from tests.disclosure.district import KEY, MONTHS, district

TEAMS = ("noord", "oost")
EARLY, SEEN, NEWEST = MONTHS[11], date(2026, 1, 8), date(2026, 1, 8)
CONTEXT = Context(policy=Policy(), month=MONTHS[10], teams=(*TEAMS, "zuid"))


def entered(*, late: float = 0.05, late_yes: float = 0.5, months: int = 9) -> pl.DataFrame:
    """Months of 400 checks of each team: this part comes ten days after the month, and so much of that is a yes."""
    rows = []
    for team in TEAMS:
        for month in MONTHS[:months]:
            for days, n, yes in ((0, 400 * (1 - late), 0.5), (10, 400 * late, late_yes)):
                rows.append((team, month, days, "proactive", "proactive", round(n)))
                for name in SHARES:
                    measure = measures()[name]
                    others = next(c for c in measure.among if c not in measure.events)
                    rows.append((team, month, days, measure.partition, measure.events[0], round(n * yes)))
                    rows.append((team, month, days, measure.partition, others, round(n * (1 - yes))))
    return pl.DataFrame(rows, schema=ENTERED.schema, orient="row").filter(pl.col("n") > 0)


def found(cells: pl.DataFrame, *, mean: int = 400, newest: date = NEWEST) -> pl.DataFrame:
    exact, officers = district(teams=TEAMS, mean=mean)
    released = release(
        exact,
        officers,
        Policy(),
        rounding_key=KEY,
        ledger=Ledger(),
        published_until=MONTHS[10],
        provisional=[EARLY],
        seen_on=SEEN,
    )
    return provisional_findings(released.provisional, cells, CONTEXT, newest=newest)


def counts(rows: pl.DataFrame) -> dict[str, dict[str, object]]:
    return {row["team"]: row for row in rows.iter_rows(named=True) if row["stratum"] == "measure=registrations"}


def test_a_count_has_what_is_in_what_it_becomes_and_from_when_it_is_final():
    told = counts(found(entered()))
    own = told["noord"]
    assert own["n"] % 5 == 0
    assert own["n"] <= own["lower"] <= own["estimate"] <= own["upper"]
    assert own["estimate"] == pytest.approx(own["n"] / 0.95, abs=5)
    assert json.loads(own["detail"]) == {"seen_on": "2026-01-08", "final_on": "2026-02-11"}
    assert told[""]["n"] == told["noord"]["n"] + told["oost"]["n"]
    assert told["zuid"]["label"] == Label.WITHHELD.value
    assert told["zuid"]["n"] is None


def test_nothing_is_judged():
    labels = found(entered())["label"].unique().to_list()
    assert not {VERDICT_OF_LABEL[Label(label)] for label in labels} & {Verdict.ORDINARY, Verdict.SIGNAL}


@pytest.mark.parametrize(
    ("late", "late_yes", "shown"), [(0.02, 0.5, True), (0.0, 0.5, True), (0.3, 0.1, False), (0.05, 0.1, False)]
)
def test_a_share_is_told_only_when_late_records_hardly_move_it(late, late_yes, shown):
    strata = {f"measure={name}" for name in SHARES}
    assert (strata <= set(found(entered(late=late, late_yes=late_yes))["stratum"])) is shown
    assert strata.isdisjoint(set(found(entered(late=late, late_yes=late_yes))["stratum"])) is not shown


def test_without_enough_months_a_count_has_no_forecast():
    own = counts(found(entered(months=3)))["noord"]
    assert own["n"] > 0
    assert own["estimate"] is None
    assert own["label"] == Label.NOT_YET_JUDGED.value


def test_too_few_is_no_number():
    own = counts(found(entered(), mean=30))["noord"]
    assert (own["label"], own["n"], own["estimate"]) == (Label.TOO_FEW.value, None, None)


def test_a_record_more_or_less_among_the_delays_changes_nothing():
    cells = entered()
    one = cells.with_columns(n=pl.when(pl.int_range(pl.len()) == 3).then(pl.col("n") + 1).otherwise("n"))
    assert not one.equals(cells)
    assert found(one).equals(found(cells))


def _released(
    cells: pl.DataFrame, officers: pl.DataFrame, ledger: Ledger, until: date, seen_on: date, early: list[date]
):
    return release(
        cells,
        officers,
        Policy(),
        rounding_key=KEY,
        ledger=ledger,
        published_until=until,
        provisional=early,
        seen_on=seen_on,
    )


def test_teams_whose_month_was_first_seen_on_other_days_each_have_their_own_day():
    """The second team's records of the month came with a later export."""
    exact, officers = district(teams=TEAMS, mean=400)
    is_late = (pl.col("team") == "oost") & (pl.col("period_start") == EARLY)
    first = _released(exact.filter(~is_late), officers, Ledger(), MONTHS[10], SEEN, [EARLY])
    later = date(2026, 1, 20)
    second = _released(exact, officers, first.ledger, MONTHS[10], later, [EARLY])
    told = counts(provisional_findings(second.provisional, entered(), CONTEXT, newest=later))
    days = {team: json.loads(str(row["detail"]))["seen_on"] for team, row in told.items()}
    assert days == {"": "2026-01-08", "noord": "2026-01-08", "oost": "2026-01-20", "zuid": "2026-01-08"}
    assert told[""]["n"] == told["noord"]["n"] + told["oost"]["n"]


def test_a_month_that_was_published_and_is_provisional_again_is_told_from_that_day_on():
    """The days to settle were raised, or the newest export was refused after all."""
    exact, officers = district(teams=TEAMS, mean=400)
    first = _released(exact, officers, Ledger(), EARLY, SEEN, [])
    again = _released(exact, officers, first.ledger, MONTHS[10], NEWEST, [EARLY])
    told = counts(provisional_findings(again.provisional, entered(), CONTEXT, newest=NEWEST))
    assert json.loads(str(told["noord"]["detail"]))["seen_on"] == NEWEST.isoformat()
