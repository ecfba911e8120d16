import random
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from meos_pipeline.attack.cells import released_leaks, sum_leaks, width_summary
from meos_pipeline.contracts.cells import OFFICER_COUNTS
from meos_pipeline.disclosure.groups import ShownGroups
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, UNTIL, add, district

ALL_GROUPS = ShownGroups(
    groups={
        "age_band": frozenset({"12-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"}),
        "sex": frozenset({"male", "female"}),
    },
    teams=frozenset({"noord", "oost", "zuid"}),
)


def released(cells, officers, *, ledger=None, until=UNTIL, **options):
    return release(
        cells,
        officers,
        options.pop("policy", Policy()),
        rounding_key=KEY,
        ledger=ledger or Ledger(),
        published_until=until,
        groups=ALL_GROUPS,
        **options,
    )


def as_claims(cells):
    return {(t, p, s.isoformat(), part, c): n for t, p, s, part, c, n in cells.iter_rows()}


def test_every_published_cell_of_a_year_keeps_at_least_five_candidates():
    outcome = released(*district())
    cells, recovered, width = width_summary(as_claims(outcome.cells))
    assert cells > 3000
    assert (recovered, width) == (0, 4)


def test_tables_add_up_and_the_same_set_has_one_value():
    outcome = released(*district(populations=("checks", "proactive", "queries", "complaints", "second_register")))
    assert list(sum_leaks(as_claims(outcome.cells))) == []


def test_months_add_up_to_their_quarter_and_their_year():
    outcome = released(*district())
    assert sums_over_months(outcome.cells, "quarter") == sums(outcome.cells, "quarter")
    assert sums_over_months(outcome.cells, "year") == sums(outcome.cells, "year")
    assert len(sums(outcome.cells, "year")) == 3


def sums(cells, period):
    """Total of every partition by team and start; one number where all partitions of proactive checks agree."""
    of = {"quarter": "shift_kind", "year": "sex_hit"}[period]
    found = cells.filter(pl.col("period") == period, pl.col("partition") == of)
    return dict(
        found.group_by("team", "period_start")
        .agg(pl.col("n").sum())
        .sort("team", "period_start")
        .rows_by_key(["team", "period_start"], unique=True)
    )


def sums_over_months(cells, period):
    start = pl.col("period_start").dt.truncate({"quarter": "1q", "year": "1y"}[period])
    found = cells.filter(pl.col("partition") == "result").group_by("team", start).agg(pl.col("n").sum())
    return dict(found.sort("team", "period_start").rows_by_key(["team", "period_start"], unique=True))


def test_months_still_add_up_after_every_kind_of_correction():
    """Twelve editions in a row, each with corrections in random months: opened, frozen and pending ones."""
    cells, officers = district()
    draw = random.Random(7)
    ledger = Ledger()
    for _ in range(12):
        for _ in range(draw.randint(1, 6)):
            cells = add(cells, draw.choice(["noord", "oost"]), draw.choice(MONTHS), draw.randint(1, 14))
        outcome = released(cells, officers, ledger=ledger)
        ledger = outcome.ledger
        assert released_leaks(as_claims(outcome.cells)) == []
    assert outcome.changes.height == 0 or outcome.ledger.table["revision"].max() > 1


def test_a_month_that_comes_late_joins_the_quarter_that_was_shown_without_it():
    cells, officers = district()
    first = released(cells, concentrated(officers, "oost", MONTHS[4], [30, 30, 30, 30]))
    more = add(cells, "oost", MONTHS[4], 12)
    second = released(more, officers, ledger=first.ledger)
    assert sums(second.cells, "quarter") == sums_over_months(second.cells, "quarter")
    key = ("oost", MONTHS[3])
    assert sums(second.cells, "quarter")[key] > sums(first.cells, "quarter")[key]


def test_only_settled_months_and_whole_quarters_and_years_are_released():
    cells, officers = district()
    outcome = released(cells, officers, until=date(2025, 8, 1))
    seen = outcome.cells.group_by("period").agg(pl.col("period_start").unique().sort())
    starts = dict(seen.iter_rows())
    assert starts["month"] == list(MONTHS[:8])
    assert starts["quarter"] == [date(2025, 1, 1), date(2025, 4, 1)]
    assert "year" not in starts


def test_a_quarter_with_a_month_that_never_arrived_is_not_complete():
    cells, officers = district()
    outcome = released(
        cells.filter(pl.col("period_start") != date(2025, 2, 1)), officers.filter(pl.col("month") != date(2025, 2, 1))
    )
    quarters = outcome.cells.filter(pl.col("period") == "quarter")["period_start"].unique().sort().to_list()
    assert quarters == [date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1)]
    assert outcome.cells.filter(pl.col("period") == "year").is_empty()


def test_the_error_is_at_most_four_per_team_and_month_and_per_run():
    cells, officers = district()
    outcome = released(cells, officers)
    both = (
        cells.filter(pl.col("partition") == "result")
        .group_by("team", "period_start")
        .agg(truth=pl.col("n").sum())
        .join(
            outcome.cells.filter(pl.col("partition") == "result", pl.col("period") == "month")
            .group_by("team", "period_start")
            .agg(shown=pl.col("n").sum()),
            on=["team", "period_start"],
        )
    )
    assert both.height == 36
    assert (both["truth"] - both["shown"]).abs().max() <= 4


def concentrated(officers, team, month, counts):
    """Replace the officers of a unit by ones with these counts."""
    rows = [(team, month, f"x{number}", n, n, 0, 0, 0, 0) for number, n in enumerate(counts)]
    other = officers.filter(~((pl.col("team") == team) & (pl.col("month") == month)))
    return pl.concat([other, pl.DataFrame(rows, schema=OFFICER_COUNTS.schema, orient="row")])


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([6, 6, 6, 6, 5], "records"),
        ([30, 30, 30, 30], "officers"),
        ([51, 13, 12, 12, 12], "top1"),
        ([45, 31, 8, 8, 8], "top2"),
        ([50, 25, 3, 3, 3], "top1"),
        ([50, 45, 3, 3, 3], "top2"),
        ([6, 6, 6, 6, 6], ""),
        ([50, 25, 9, 8, 8], ""),
        ([40, 35, 9, 8, 8], ""),
    ],
)
def test_the_officer_rule_withholds_exactly_the_units_in_which_an_officer_stands_out(counts, why):
    cells, officers = district()
    outcome = released(cells, concentrated(officers, "oost", MONTHS[4], counts))
    expected = [("oost", "month", MONTHS[4])] if why else []
    assert outcome.withheld.rows() == expected
    assert outcome.reasons["why"].to_list() == ([why] if why else [])


def test_a_rest_that_is_small_beside_the_largest_officer_is_withheld():
    cells, officers = district()
    policy = replace(Policy(), officer_top1_share=0.9, officer_top2_share=0.95)
    counts = [60, 30, 4, 4, 3]
    assert released(cells, concentrated(officers, "oost", MONTHS[4], counts), policy=policy).reasons[
        "why"
    ].to_list() == ["rest"]


def test_an_officer_who_stands_out_only_in_proactive_checks_withholds_too():
    cells, officers = district()
    counts = concentrated(officers, "oost", MONTHS[4], [20, 20, 20, 20, 20]).with_columns(
        n_proactive=pl.when(pl.col("officer_key") == "x0")
        .then(20)
        .when(pl.col("officer_key").str.starts_with("x"))
        .then(2)
        .otherwise("n_proactive")
    )
    assert released(cells, counts).reasons["why"].to_list() == ["top1"]


def test_without_officers_in_the_source_only_the_number_of_records_counts():
    cells, officers = district()
    unknown = concentrated(officers, "oost", MONTHS[4], [100]).with_columns(officer_key=pl.col("officer_key"))
    assert released(cells, unknown, officers_known=False).withheld.is_empty()
    assert not released(cells, unknown).withheld.is_empty()


def test_a_team_that_nobody_counted_officers_for_is_withheld():
    cells, officers = district()
    assert set(released(cells, officers.filter(pl.col("team") != "oost")).withheld["team"]) == {"oost"}


def test_a_withheld_unit_leaves_no_trace_in_any_number():
    """O7: removing its records changes nothing, also not in quarter and year."""
    cells, officers = district()
    counts = concentrated(officers, "oost", MONTHS[4], [100, 5, 5, 5, 5])
    here = (pl.col("team") == "oost") & (pl.col("period_start") == MONTHS[4])
    there = (pl.col("team") == "oost") & (pl.col("month") == MONTHS[4])
    teams = ["noord", "oost", "zuid"]
    with_it = released(cells, counts, teams=teams)
    without = released(cells.filter(~here), counts.filter(~there), teams=teams)
    other = released(cells.with_columns(n=pl.when(here).then(pl.col("n") * 7).otherwise("n")), counts, teams=teams)
    assert with_it.withheld.height == 1
    for outcome in (without, other):
        assert outcome.cells.equals(with_it.cells)
        assert outcome.withheld.equals(with_it.withheld)


def test_months_that_pass_the_officer_rule_make_quarters_that_pass():
    """The rule is closed under addition, so it need not be applied to longer periods."""
    draw = random.Random(5)
    policy = Policy()

    def passes(counts):
        top = sorted(counts, reverse=True)
        total = sum(top)
        return (
            total >= policy.records_per_unit
            and sum(n > 0 for n in top) >= policy.officers_per_unit
            and top[0] <= policy.officer_top1_share * total
            and top[0] + top[1] <= policy.officer_top2_share * total
            and total - top[0] - top[1] >= policy.officer_rest_of_top1 * top[0]
        )

    found = 0
    while found < 300:
        months = [[draw.choice([0, 0, 1, 3, 10, 30, 45]) for _ in range(8)] for _ in range(3)]
        if all(passes(month) for month in months):
            found += 1
            assert passes([sum(officer) for officer in zip(*months, strict=True)])


def test_a_second_run_on_its_own_ledger_changes_nothing():
    cells, officers = district()
    one = released(cells, officers)
    two = released(cells, officers, ledger=one.ledger)
    assert two.cells.equals(one.cells)
    assert two.ledger.table.equals(one.ledger.table)
    assert two.changes.is_empty()


def test_a_new_month_changes_no_number_of_an_old_one():
    cells, officers = district()
    one = released(cells, officers, until=date(2025, 10, 1))
    two = released(cells, officers, ledger=one.ledger, until=date(2025, 11, 1))
    old = two.cells.filter(pl.col("period_start") <= date(2025, 10, 1), pl.col("period") == "month")
    assert old.equals(one.cells.filter(pl.col("period") == "month"))
    assert two.changes.is_empty()


def test_nine_changed_records_change_nothing_and_thirty_do():
    cells, officers = district()
    one = released(cells, officers)
    nine = released(add(cells, "oost", MONTHS[4], 9), officers, ledger=one.ledger)
    assert nine.cells.equals(one.cells)
    assert nine.ledger.table["pending"].max() == 9
    thirty = released(add(cells, "oost", MONTHS[4], 30), officers, ledger=one.ledger, until=UNTIL)
    assert not thirty.cells.equals(one.cells)


@pytest.mark.slow
def test_two_hundred_random_corrections_of_less_than_ten_records_show_nothing():
    """P6: records are added, removed and moved, in one or several blocks, on top of each other."""
    cells, officers = district(teams=("noord", "oost"), months=MONTHS[:3])
    cells = cells.filter(pl.col("partition").is_in(["proactive", "result", "dossier", "area", "block_hit"]))
    one = released(cells, officers, until=MONTHS[2])
    draw = random.Random(11)
    seen = 0
    for _ in range(200):
        changed = cells
        for _ in range(draw.randint(1, 3)):
            changed = add(changed, draw.choice(["noord", "oost"]), draw.choice(MONTHS[:3]), draw.choice([1, 2, 3, -1]))
        now = released(changed, officers, ledger=one.ledger, until=MONTHS[2])
        seen += not now.cells.equals(one.cells)
    assert seen == 0


def test_small_corrections_add_up_until_they_may_be_seen():
    cells, officers = district()
    one = released(cells, officers)
    two = released(add(cells, "oost", MONTHS[4], 6), officers, ledger=one.ledger)
    three = released(add(cells, "oost", MONTHS[4], 12), officers, ledger=two.ledger)
    assert two.cells.equals(one.cells)
    assert not three.cells.equals(one.cells)


def test_a_re_run_tells_the_same_changes_since_last_month():
    """The changes are a function of the ledger, so a run that died after writing it tells them again."""
    cells, officers = district()
    one = released(cells, officers, until=date(2025, 10, 1))
    changed = add(cells, "oost", MONTHS[4], 30)
    two = released(changed, officers, ledger=one.ledger, until=date(2025, 11, 1))
    three = released(changed, officers, ledger=two.ledger, until=date(2025, 11, 1))
    assert set(two.changes["team"]) == {"oost"}
    assert (two.changes["n"] - two.changes["n_before"]).abs().min() >= 5
    assert three.changes.equals(two.changes)
    assert released(changed, officers, ledger=three.ledger, until=date(2025, 12, 1)).changes.is_empty()


def test_a_unit_readers_saw_does_not_vanish_for_one_record_and_a_hidden_one_does_not_appear():
    cells, officers = district()
    one = released(cells, officers)
    worse = concentrated(officers, "oost", MONTHS[4], [90, 2, 2, 2, 2])
    assert released(cells, worse, ledger=one.ledger).cells.equals(one.cells)
    hidden = released(cells, worse)
    still = released(add(cells, "oost", MONTHS[4], 3), officers, ledger=hidden.ledger)
    assert still.withheld.equals(hidden.withheld)
    assert released(add(cells, "oost", MONTHS[4], 12), officers, ledger=hidden.ledger).withheld.is_empty()


def test_groups_without_enough_residents_are_merged_and_others_are_not():
    cells, officers = district()
    ages = released(cells, officers).cells.filter(pl.col("partition") == "age_band_hit", pl.col("team") == "oost")
    found = set(ages["category"].str.split("|").list.first())
    assert found >= {"18-24", "65+", "unknown"}
    truth = cells.filter(pl.col("partition") == "age_band_hit", pl.col("team") == "oost")
    # Partitions of this district are drawn apart, and what is crossed is fitted to what it crosses: about as many, no more.
    small = truth.filter(pl.col("category").str.starts_with("<12"))["n"].sum()
    assert abs(ages.filter(pl.col("category").str.starts_with("other"))["n"].sum() - small) <= 30
    assert ages.filter(pl.col("category").str.starts_with("<12"))["n"].sum() == 0


def test_without_public_figures_no_population_group_is_released():
    cells, officers = district()
    outcome = release(cells, officers, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=UNTIL)
    assert outcome.cells.filter(pl.col("partition").is_in(["age_band_hit", "sex_hit"])).is_empty()


def test_a_row_in_an_open_list_does_not_say_that_something_was_counted():
    cells, officers = district()
    areas = (
        cells.filter(pl.col("partition") == "dossier")
        .group_by("team", "period", "period_start", maintain_order=True)
        .agg(total=pl.col("n").sum())
        .with_columns(
            pairs=pl.concat_list(
                pl.struct(category=pl.lit("wk1"), n=pl.col("total") - 1),
                pl.struct(category=pl.lit("wk2"), n=pl.lit(1, dtype=pl.Int64)),
            )
        )
        .explode("pairs")
        .unnest("pairs")
        .with_columns(partition=pl.lit("area"))
        .select(cells.columns)
    )
    outcome = released(pl.concat([cells, areas]), officers)
    assert outcome.cells.filter(pl.col("partition") == "area")["n"].min() > 0


def test_every_category_of_a_fixed_list_is_there_also_when_nothing_was_counted():
    cells, officers = district()
    sparse = cells.filter(pl.col("n") > 0)
    assert released(sparse, officers).cells.equals(released(cells, officers).cells)


def test_partitions_that_do_not_have_one_total_are_refused():
    cells, officers = district()
    torn = cells.with_columns(n=pl.when(pl.col("partition") == "dossier").then(pl.col("n") + 1).otherwise("n"))
    with pytest.raises(DisclosureError, match="exactly one category"):
        released(torn, officers)


def test_an_unknown_partition_is_refused():
    cells, officers = district()
    with pytest.raises(DisclosureError, match="declare them in PARTITIONS"):
        released(cells.with_columns(partition=pl.col("partition").replace("dossier", "dossiers")), officers)


def test_a_few_wrong_dates_make_no_month_and_a_month_that_readers_know_stays():
    """A month of fewer checks than a unit needs, all teams together, is not told of, also not as withheld."""
    cells, officers = district(teams=("noord", "oost"), months=MONTHS[:4], mean=90)
    options = {"rounding_key": KEY, "policy": Policy(), "published_until": MONTHS[3]}
    here = pl.col("period_start") == MONTHS[0]
    wrong = pl.concat([cells.filter(~here), one_of_each(cells.filter(here))])
    few = officers.filter(pl.col("month") != MONTHS[0])
    without = release(cells.filter(~here), few, ledger=Ledger(), **options)
    with_stray = release(wrong, few, ledger=Ledger(), **options)
    assert with_stray.cells.equals(without.cells)
    assert with_stray.withheld.equals(without.withheld)
    known = release(cells, officers, ledger=Ledger(), **options)
    assert MONTHS[0] in release(wrong, few, ledger=known.ledger, **options).cells["period_start"].to_list()


def one_of_each(cells):
    """One check of a team in each partition: in its largest category."""
    first = pl.int_range(pl.len()).over("team", "partition") == pl.col("n").arg_max().over("team", "partition")
    return cells.with_columns(n=first.cast(pl.Int64))
