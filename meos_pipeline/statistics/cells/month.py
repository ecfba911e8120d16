"""Exact cells of one month, for every partition that the records and the companions allow."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.errors import ContractError
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.coded import Tally
from meos_pipeline.statistics.cells.companions import companion_counts
from meos_pipeline.statistics.cells.held import Held, hold, registered
from meos_pipeline.statistics.cells.population import COLUMNS, broken_rules, categories, coded_hit
from meos_pipeline.statistics.cells.repeats import repeat_counts, windows_of

OFFICER_COLUMNS = ("team", "month", "officer_key", "is_proactive", "reason", "legal_basis", "result", "hit_class")
MONTH_COLUMNS = (*COLUMNS, *OFFICER_COLUMNS)
"""What is held of a check."""


def month_cells(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Count one month into ``CELLS`` rows; a category without members has no row.

    Args:
        checks: Records of the month (``POLICE_CHECKS``); other months are left out.
        lookback: Records before it, at least 90 days, for repeats; with fewer days the repeats that
            cannot be known are 'unlinked'.
        companions: Companion tables by name.
        month: First day of the month.
        policy: Minutes of timely entry and windows of repeats.
    """
    now = checks.filter(pl.col("month") == month)
    held = hold(now, MONTH_COLUMNS)
    rows = registered(pl.concat([lookback.filter(pl.col("month") < month), now], how="diagonal"))
    first = rows.select(pl.col("check_date").min()).collect(engine="streaming").item()
    repeats = repeat_counts(rows, [month], windows=windows_of(policy), first_days={month: first or month})
    return held_cells(held, repeats.drop("month"), companions, officer_counts(held), month=month, policy=policy)


def held_cells(
    checks: Held,
    repeats: pl.DataFrame,
    companions: Mapping[str, pl.DataFrame],
    officers: pl.DataFrame,
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Count the checks of one month into ``CELLS`` rows; a category without members has no row.

    Args:
        checks: Registered checks of the month, with ``MONTH_COLUMNS``.
        repeats: Rows team, partition, category and n of the partitions that look back.
        companions: Companion tables by name.
        officers: ``OFFICER_COUNTS`` of the month.
        month: First day of the month.
        policy: Minutes of timely entry.
    """
    counted = _tallied(checks, policy).table()
    using = officers.filter(pl.col("officer_key") != "").group_by("team").agg(pl.len().cast(pl.Int64).alias("using"))
    cells = pl.concat([counted, repeats, *companion_counts(companions, using, month=month)])
    return CELLS.require(
        cells.filter(pl.col("n") > 0)
        .with_columns(pl.lit("month").cast(CELLS["period"].dtype).alias("period"), pl.lit(month).alias("period_start"))
        .select(CELLS.names)
        .sort(CELLS.key)
    )


def without(cells: pl.DataFrame, lost: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Leave out partitions that were not delivered: no cells are no zeros.

    Args:
        cells: ``CELLS``.
        lost: Team -> partitions for which its exports lack a field.
    """
    pairs = [(team, partition) for team, partitions in lost.items() for partition in partitions]
    dropped = pl.DataFrame(pairs, orient="row", schema={"team": pl.String, "partition": pl.String})
    return cells.join(dropped, on=["team", "partition"], how="anti", maintain_order="left")


def officer_counts(checks: Held) -> pl.DataFrame:
    """Checks per officer and month (``OFFICER_COUNTS``); records without a key are together under ''."""
    proactive = pl.col("is_proactive").fill_null(value=False)
    complete = pl.all_horizontal(pl.col("reason", "legal_basis", "result").is_not_null())
    hit = coded_hit()
    strict, broad, unknown = (hit.labels.index(label) for label in ("strict", "broad", "unknown"))
    return OFFICER_COUNTS.require(
        checks.rows.select(
            "team",
            "month",
            pl.col("officer_key").fill_null(""),
            n=pl.lit(value=True),
            n_proactive=proactive,
            n_complete=proactive & complete,
            n_known=proactive & (hit.code != unknown),
            n_strict=proactive & (hit.code == strict),
            n_broad=proactive & ((hit.code == strict) | (hit.code == broad)),
        )
        .group_by("team", "month", "officer_key")
        .agg(pl.col("^n.*$").sum())
        .with_columns(
            pl.lit(pl.Series(checks.texts["team"], dtype=pl.String)).gather(pl.col("team")).alias("team"),
            pl.col("^n.*$").cast(pl.Int64),
        )
        .sort(OFFICER_COUNTS.key)
    )


def _tallied(checks: Held, policy: Policy) -> Tally:
    """Count checks in every partition of records but those that look back."""
    partitions = categories(policy, checks)
    if not any(origin != "unknown" for origin in checks.texts["origin"]):
        del partitions["origin_hit"]
    _require_every_count(partitions)
    tally = Tally(checks.texts["team"], partitions)
    of_all = [name for name in tally.names if PARTITIONS[name].population == "checks"]
    others = [name for name in tally.names if name not in of_all]
    codes = pl.concat([checks.rows, broken_rules(checks)], how="horizontal").select(
        "team",
        pl.col("is_proactive").fill_null(value=False).alias("_proactive"),
        *(partitions[name].code.alias(name) for name in tally.names),
    )
    tally.add(codes, of_all)
    tally.add(codes.filter("_proactive"), others)
    return tally


def _require_every_count(partitions: Mapping[str, object]) -> None:
    """Name the partitions of records that are declared and not counted, or counted and not declared."""
    looked_back = ("repeat_person_", "repeat_vehicle_")
    declared = {
        name
        for name, item in PARTITIONS.items()
        if item.population in {"checks", "proactive"} and not name.startswith(looked_back)
    }
    lacking = sorted(declared - {*partitions, "origin_hit"})
    strange = sorted(set(partitions) - declared)
    if lacking or strange:
        raise ContractError(
            "\n  - ".join(
                [
                    "Cells and their contract differ:",
                    *(
                        f"'{name}' is not counted; add it to 'categories' in statistics/cells/population.py"
                        for name in lacking
                    ),
                    *(f"'{name}' is not declared; add it to PARTITIONS in contracts/cells.py" for name in strange),
                ]
            )
        )
