"""From exact month cells to released cells: the small cube everything a reader sees is a function of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS, PERIODS
from meos_pipeline.disclosure.door import Passed, passed
from meos_pipeline.disclosure.groups import ShownGroups, merge_groups
from meos_pipeline.disclosure.ledger import LEDGER, Ledger, changed_since_last_month
from meos_pipeline.disclosure.officers import officer_rule
from meos_pipeline.disclosure.periods import other_totals, round_periods, totals_of_months
from meos_pipeline.disclosure.revision import changed_records, erased, revise
from meos_pipeline.disclosure.rounding import BLOCK, FAMILY, category_order, round_cells
from meos_pipeline.disclosure.settlement import MONTHS_IN, complete_periods, period_start_of
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy

RECORDS = "checks"
"""Family of blocks that hold police checks."""

UNGUARDED = ("activities",)
"""Families that have nothing to do with anybody's checks: shown also where the officer rule withholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What leaves the door, and what stays behind it."""

    cells: Passed
    """Released ``CELLS``."""
    withheld: Passed
    """``team``, ``period``, ``period_start`` of units that are not shown. No reason: that says something of officers."""
    changes: Passed
    """Released cells that differ from last month's report (contract ``CHANGES``)."""
    provisional: Passed
    """Released ``CELLS`` of months that have not settled, with ``seen_on``: the day of the export they are of."""
    ledger: Ledger
    """Restricted: next ledger, to be written before the edition is published."""
    reasons: pl.DataFrame
    """Restricted: ``team``, ``month``, ``why`` of withheld months, for analysts."""


def release(
    cells: pl.DataFrame,
    officers: pl.DataFrame,
    policy: Policy,
    *,
    rounding_key: bytes,
    ledger: Ledger,
    published_until: date,
    groups: ShownGroups | None = None,
    teams: Sequence[str] | None = None,
    officers_known: bool = True,
    provisional: Sequence[date] = (),
    seen_on: date | None = None,
    correcting: bool = False,
) -> Release:
    """Protect exact month cells.

    Args:
        cells: Exact ``CELLS`` of months, all partitions.
        officers: ``OFFICER_COUNTS`` of the same months.
        policy: Limits.
        rounding_key: Secret of the offsets (at least 16 bytes).
        ledger: What was released before.
        published_until: First day of the newest settled month.
        groups: Which population groups are shown apart; without it no partition by group is released.
        teams: Teams that should appear; default those in the tables.
        officers_known: False when the source has no officer numbers.
        provisional: First days of later months that are shown as provisional: only their checks pass.
        seen_on: Day of the newest export.
        correcting: Provisional months change as final ones do, because they were wrong.

    Raises:
        DisclosureError: if partitions of one population do not have the same total, or a partition is unknown.
        ContractError: if a table breaks its contract.
    """
    until = published_until.replace(day=1)
    early = pl.col("month").is_in(list(provisional))
    exact = _settled(CELLS.require(cells), until, provisional)
    counts = OFFICER_COUNTS.require(officers).filter((pl.col("month") <= until) | early)
    months = _delivered(exact, ledger, policy)
    settled = months.filter(months <= until)
    everyone = sorted(teams) if teams is not None else sorted({*exact["team"], *counts["team"]})
    rule = officer_rule(counts, policy, officers_known=officers_known)
    exact = _dense(merge_groups(exact.rename({"n_exact": "n"}), groups).rename({"n": "n_exact"}))
    units = _decide(exact, rule, ledger, everyone, months, policy)
    shown = exact.join(units.filter("released"), on=["team", "month"], how="semi")
    free = exact.filter(pl.col("family").is_in(UNGUARDED)).join(shown, on=["team", "month"], how="anti")
    with_checks = pl.concat([shown, free]).filter(pl.col("month").is_in(months.implode()))
    blocks = _blocks(with_checks, settled)
    monthly = pl.col("period") == "month"
    rounded = round_cells(
        blocks.filter(monthly),
        rounding_key=rounding_key,
        base=policy.rounding_base,
        before=ledger.table.filter(monthly),
    )
    now = pl.concat([rounded, _withheld_blocks(exact, units)])
    decided = revise(
        now,
        ledger.table.filter(monthly),
        revision_records=policy.revision_records,
        revisions=policy.revisions_per_block,
        published_until=until,
        provisional=provisional,
        seen_on=seen_on,
        correcting=correcting,
    )
    totals = totals_of_months(decided.filter(pl.col("period_start") <= until))
    longer, known = blocks.filter(~monthly), ledger.table.filter(~monthly)
    periods = revise(
        round_periods(longer, totals, rounding_key=rounding_key, base=policy.rounding_base, before=known),
        known,
        revision_records=policy.revision_records,
        revisions=policy.revisions_per_block,
        published_until=until,
        opened=other_totals(known, totals),
    )
    table = pl.concat([decided, periods]).sort(LEDGER.key)
    following = Ledger(LEDGER.require(table))
    final = _final_units(table)
    told = pl.concat([units.filter(pl.col("month") <= until), final])
    return Release(
        cells=passed(_released(table.filter(pl.col("period_start") <= until))),
        withheld=passed(_withheld(told, pl.concat([settled, final["month"]]))),
        changes=passed(changed_since_last_month(following, until)),
        provisional=passed(_provisional(table.filter(pl.col("period_start") > until))),
        ledger=following,
        reasons=units.filter(~pl.col("released")).select("team", "month", "why").sort("team", "month"),
    )


def _settled(cells: pl.DataFrame, until: date, provisional: Sequence[date]) -> pl.DataFrame:
    """Cells of settled months, and of provisional ones those of checks: what comes from other files has to be whole."""
    unknown = sorted(set(cells["partition"]) - set(PARTITIONS))
    if unknown:
        raise DisclosureError(f"Partitions {unknown} are not in the contract of cells; declare them in PARTITIONS")
    if cells.filter(pl.col("period") != "month").height:
        raise DisclosureError("Cells of a longer period than a month were offered; hand over month cells")
    populations = pl.DataFrame(
        [(p.name, p.population, FAMILY.get(p.population, p.population)) for p in PARTITIONS.values()],
        schema={"partition": pl.String, "population": pl.String, "family": pl.String},
        orient="row",
    )
    settled = (
        cells.join(populations, on="partition")
        .filter(
            (pl.col("period_start") <= until)
            | (pl.col("period_start").is_in(list(provisional)) & (pl.col("family") == RECORDS))
        )
        .select("team", "family", "population", "partition", "category", month="period_start", n_exact="n")
    )
    torn = (
        settled.group_by("team", "month", "population", "partition")
        .agg(total=pl.col("n_exact").sum())
        .group_by("team", "month", "population")
        .agg(totals=pl.col("total").n_unique())
        .filter(pl.col("totals") > 1)["population"]
        .unique()
        .sort()
        .to_list()
    )
    if torn:
        raise DisclosureError(
            f"Partitions of the population(s) {torn} do not have one total; every member must be in exactly one category of each"
        )
    return settled.drop("population")


def _delivered(exact: pl.DataFrame, ledger: Ledger, policy: Policy) -> pl.Series:
    """Months with enough checks of all teams together, and those that readers know: a few wrong dates make no month."""
    of_checks = pl.col("family") == RECORDS
    counted = exact.filter(of_checks).group_by("month", "partition").agg(pl.col("n_exact").sum())
    enough = counted.filter(pl.col("n_exact") >= policy.records_per_unit)["month"]
    known = ledger.table.filter(of_checks, pl.col("period") == "month")["period_start"]
    there = exact.filter(of_checks)["month"]
    return there.filter(there.is_in(pl.concat([enough, known]).unique().to_list())).unique().sort()


def _dense(cells: pl.DataFrame) -> pl.DataFrame:
    """Every category of a fixed list, with 0 where nothing was counted: presence of a row tells nothing.

    A partition of checks that is made for one team in a month is made for all of them.
    """
    made = cells.select("family", "partition", "month").unique()
    records = made.filter(pl.col("family") == RECORDS)
    everywhere = pl.concat(
        [
            cells.filter(pl.col("family") == RECORDS).select("team", "month").unique().join(records, on="month"),
            cells.filter(pl.col("family") != RECORDS).select("team", "month", "family", "partition").unique(),
        ],
        how="diagonal",
    )
    known = category_order().select("partition", "category")
    keys = ["team", "family", "partition", "month", "category"]
    seen = cells.join(known, on=["partition", "category"], how="anti")
    return pl.concat(
        [
            everywhere.join(known, on="partition")
            .join(cells, on=keys, how="left")
            .with_columns(pl.col("n_exact").fill_null(0))
            .select(cells.columns),
            seen,
        ]
    )


def _decide(
    exact: pl.DataFrame,
    rule: pl.DataFrame,
    ledger: Ledger,
    teams: Sequence[str],
    months: pl.Series,
    policy: Policy,
) -> pl.DataFrame:
    """Released or withheld, per team and month. A decision that readers saw is changed only by enough records."""
    month_blocks = _as_block(exact.filter(pl.col("family") == RECORDS), "month")
    before = ledger.table.filter(pl.col("family") == RECORDS, pl.col("period") == "month")
    changed = changed_records(month_blocks, before).select("team", "changed", month="period_start")
    earlier = before.group_by("team", month="period_start").agg(earlier=pl.col("n_released").is_not_null().any())
    passes = pl.col("passes").fill_null(value=False)
    return (
        pl.DataFrame({"team": list(teams)}, schema={"team": pl.String})
        .join(pl.DataFrame({"month": months}, schema={"month": pl.Date}), how="cross")
        .join(rule, on=["team", "month"], how="left")
        .join(changed, on=["team", "month"], how="left")
        .join(earlier, on=["team", "month"], how="left")
        .with_columns(
            released=pl.when(pl.col("earlier").is_null() | (pl.col("changed") >= policy.revision_records))
            .then(passes)
            .otherwise("earlier"),
            why=pl.col("why").fill_null("records"),
        )
        .select("team", "month", "released", "why")
    )


def _blocks(cells: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """Months as they are, and their sums over the longer periods of partitions, where all months have settled."""
    period_of = {p.name: p.period for p in PARTITIONS.values()}
    monthly = [name for name, its in period_of.items() if its == "month"]
    parts = [_as_block(cells.filter(pl.col("partition").is_in(monthly)), "month")]
    for period in ("quarter", "year"):
        partitions = [name for name, its in period_of.items() if its == period]
        complete = complete_periods(months, period)
        parts.append(
            _as_block(cells.filter(pl.col("partition").is_in(partitions)), period).join(
                complete.to_frame("period_start"), on="period_start", how="semi"
            )
        )
    return pl.concat(parts)


def _as_block(cells: pl.DataFrame, period: str) -> pl.DataFrame:
    return (
        cells.with_columns(period=pl.lit(period, dtype=PERIODS), period_start=period_start_of(period))
        .group_by(*BLOCK, "partition", "category")
        .agg(n_exact=pl.col("n_exact").sum())
    )


def _withheld_blocks(exact: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Blocks the ledger remembers without releasing them."""
    hidden = exact.filter(pl.col("family") == RECORDS).join(
        units.filter(~pl.col("released")), on=["team", "month"], how="semi"
    )
    return _as_block(hidden, "month").with_columns(n_released=pl.lit(None, dtype=pl.Int64))


def _provisional(ledger: pl.DataFrame) -> pl.DataFrame:
    """Released cells of months that have not settled, and the day of the export that they were first shown of."""
    seen = ledger.group_by("team", "period_start").agg(seen_on=pl.col("provisional_on").min())
    return _released(ledger).join(seen, on=["team", "period_start"], maintain_order="left")


def _released(ledger: pl.DataFrame) -> pl.DataFrame:
    """Released cells; in open lists a 0 is left out, as its row would say that something was counted."""
    closed = [p.name for p in PARTITIONS.values() if p.categories]
    return CELLS.require(
        ledger.filter(
            pl.col("n_released").is_not_null(), pl.col("partition").is_in(closed) | (pl.col("n_released") > 0)
        )
        .rename({"n_released": "n"})
        .select(CELLS.names)
        .sort(CELLS.key)
    )


def _final_units(ledger: pl.DataFrame) -> pl.DataFrame:
    """Team-months of which only what readers saw is left: released or withheld as they were."""
    final = erased(ledger.filter(pl.col("family") == RECORDS, pl.col("period") == "month"))
    return final.group_by("team", month="period_start").agg(
        released=pl.col("n_released").is_not_null().any(), why=pl.lit("erased")
    )


def _withheld(units: pl.DataFrame, months: pl.Series) -> pl.DataFrame:
    """Months that are not shown, and complete longer periods in which no month is."""
    return pl.concat(
        [
            units.group_by("team", period_start=period_start_of(period))
            .agg(shown=pl.col("released").any())
            .filter(~pl.col("shown"))
            .join(complete_periods(months, period).to_frame("period_start"), on="period_start", how="semi")
            .select("team", pl.lit(period, dtype=PERIODS).alias("period"), "period_start")
            for period in MONTHS_IN
        ]
    ).sort("team", "period", "period_start")
