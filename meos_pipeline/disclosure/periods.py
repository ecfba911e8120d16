"""Quarters and years are divided from what their months show, so that one set has one released value.

The total of a longer period is the sum ``S`` of its released months, and so is the total of each class of results in
it, whatever it is crossed with. Tables by weekday and block take their blocks from the table by block and result. The
running totals ``C_j`` of such a run are stretched to ``S`` and rounded with a secret offset of the run itself,
``R_j = base * floor((C_j * S / X + u) / base)``, with ``X`` the exact total. Numbers that fit together when they are
multiples of the base stay as they are; so released numbers are a possible truth, and they never contradict each other.
"""

import polars as pl

from meos_pipeline.contracts.cells import PERIODS
from meos_pipeline.disclosure.rounding import (
    BLOCK,
    category_order,
    held,
    offsets_again,
    populations,
    round_cells,
    secret_number,
    since_first,
    with_first,
)
from meos_pipeline.disclosure.settlement import MONTHS_IN, period_start_of

FINE = 1024
"""Stretched running totals are no whole numbers: an offset has this many steps per unit, so none is favoured."""

RESULTS = {"H1": "strict", "H2": "broad", "H3": "broad", "unknown": "unknown"}
"""Class of a result in the tables of longer periods; every other result is ``none``."""

RUN = (*BLOCK, "partition", "run")
"""What has one released total and one offset."""


def round_periods(
    blocks: pl.DataFrame, wanted: pl.DataFrame, *, rounding_key: bytes, base: int, before: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Add ``n_released`` to the exact cells of longer periods.

    Args:
        blocks: Exact cells as ``round_cells`` takes them, of quarters and years.
        wanted: Released totals, see ``totals_of_months``. Populations that no month counts are rounded by themselves.
        rounding_key: Secret of at least 16 bytes.
        base: 5 or more.
        before: Rows of the ledger: what was released before is renewed by what changed since (``round_cells``).
    """
    whole = wanted.filter(pl.col("run") == "")
    named, by = blocks.join(populations(), on="partition"), [*BLOCK, "population"]
    known = with_first(named.join(whole, on=by, how="semi").drop("population"), before).join(
        populations(), on="partition"
    )
    alone = round_cells(
        named.join(whole, on=by, how="anti").select(blocks.columns),
        rounding_key=rounding_key,
        base=base,
        before=before,
    )
    first = known.filter(pl.col("partition") != "weekday_block").with_columns(run=_result_of_category())
    first = _with_totals(first, wanted)
    divided = _divide(first, rounding_key, base)
    of_blocks = (
        divided.filter(pl.col("partition") == "block_hit")
        .with_columns(run=pl.col("category").str.split("|").list.first(), population=pl.lit("proactive"))
        .group_by(*BLOCK, "population", "run")
        .agg(n_total=pl.col("n_released").sum())
    )
    second = known.filter(pl.col("partition") == "weekday_block").with_columns(
        run=pl.col("category").str.split("|").list.last()
    )
    second = _with_totals(second, pl.concat([whole, of_blocks.select(whole.columns)]))
    columns = alone.columns
    return pl.concat([alone, divided.select(columns), _divide(second, rounding_key, base).select(columns)])


def totals_of_months(decided: pl.DataFrame) -> pl.DataFrame:
    """What readers see of the months of a longer period, added up.

    Args:
        decided: Rows of the ledger of months, as they will be released.

    Returns:
        The columns of a block, ``population``, ``run`` ('' for all, or a class of results) and ``n_total``.
    """
    shown = (
        decided.filter(pl.col("n_released").is_not_null())
        .join(populations(), on="partition")
        .rename({"period_start": "month"})
    )
    month = ("team", "family", "population", "month")
    every = (
        shown.group_by(*month, "partition")
        .agg(n=pl.col("n_released").sum())
        .group_by(month)
        .agg(pl.col("n").max(), run=pl.lit(""))
    )
    by_result = (
        shown.filter(pl.col("partition") == "result")
        .with_columns(run=pl.col("category").replace_strict(RESULTS, default="none"))
        .group_by(*month, "run")
        .agg(n=pl.col("n_released").sum())
    )
    names = [*month, "run", "n"]
    months = pl.concat([every.select(names), by_result.select(names)])
    return pl.concat(
        [
            months.with_columns(period=pl.lit(period, dtype=PERIODS), period_start=period_start_of(period))
            .group_by(*BLOCK, "population", "run")
            .agg(n_total=pl.col("n").sum())
            for period in MONTHS_IN
            if period != "month"
        ]
    )


def other_totals(before: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Blocks of the ledger that were released with other totals than their months give now."""
    shown = before.filter(pl.col("n_released").is_not_null(), pl.col("period") != "month").join(
        populations(), on="partition"
    )
    by_result = shown.with_columns(run=_result_of_category()).filter(pl.col("run") != "")
    both = pl.concat([shown.with_columns(run=pl.lit("")), by_result])
    keys = [*BLOCK, "population", "run"]
    return (
        both.group_by(*keys, "partition")
        .agg(n_shown=pl.col("n_released").sum())
        .join(wanted, on=keys)
        .filter(pl.col("n_shown") != pl.col("n_total"))
        .select(BLOCK)
        .unique()
    )


def _result_of_category() -> pl.Expr:
    """Class of the result in tables that are crossed with it; '' in others."""
    return (
        pl.when(pl.col("partition").str.ends_with("_hit") & pl.col("category").str.contains("|", literal=True))
        .then(pl.col("category").str.split("|").list.last())
        .otherwise(pl.lit(""))
    )


def _with_totals(cells: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Add ``n_total``. A table that is crossed with something that was not made is divided as a whole."""
    keys = [*BLOCK, "population", "run"]
    crossed = cells.filter(pl.col("run") != "").select(*BLOCK, "partition", "population", "run").unique()
    torn = crossed.join(wanted, on=keys, how="anti").select(*BLOCK, "partition").unique()
    return pl.concat(
        [
            cells.join(torn, on=[*BLOCK, "partition"], how="anti"),
            cells.join(torn, on=[*BLOCK, "partition"], how="semi").with_columns(run=pl.lit("")),
        ]
    ).join(wanted, on=keys, how="left")


def _divide(cells: pl.DataFrame, rounding_key: bytes, base: int) -> pl.DataFrame:
    """Round every run so that it has its total. A run without a record left keeps it in its last category."""
    runs = cells.select(RUN).unique()
    offsets = pl.Series(
        "offset",
        [
            secret_number(rounding_key, family, team, period, start.isoformat(), partition, run) % (base * FINE)
            for team, family, period, start, partition, run in runs.iter_rows()
        ],
        dtype=pl.Int64,
    )
    so_far, exact, total = pl.col("so_far"), pl.col("exact"), pl.col("n_total")
    stretched = (so_far * total * FINE + pl.col("offset") * exact).floordiv(exact * (base * FINE)) * base
    running = pl.when(pl.col("last")).then(total).when(exact == 0).then(pl.lit(0, dtype=pl.Int64)).otherwise(stretched)
    return (
        cells.join(runs.with_columns(offsets), on=RUN, how="left")
        .join(offsets_again(runs.select(BLOCK).unique(), rounding_key, base), on=BLOCK, how="left")
        .join(category_order(), on=["partition", "category"], how="left")
        .sort(*RUN, pl.col("place").fill_null(2**31), "category")
        .with_columns(
            so_far=pl.col("n_exact").cum_sum().over(RUN),
            exact=pl.col("n_exact").sum().over(RUN),
            last=pl.int_range(pl.len()).over(RUN) == pl.len().over(RUN) - 1,
        )
        .with_columns(running=running, again=held(since_first([*RUN], base), total, [*RUN]))
        .with_columns(running=pl.when("is_known").then("again").otherwise("running"))
        .with_columns(n_released=pl.col("running") - pl.col("running").shift(1, fill_value=0).over(RUN))
    )
