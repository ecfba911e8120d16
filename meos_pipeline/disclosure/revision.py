"""The revision gate: a block that readers saw changes only when enough of its records changed."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from meos_pipeline.disclosure.ledger import LEDGER
from meos_pipeline.disclosure.rounding import BLOCK, populations
from meos_pipeline.policy import Policy

_PARTITION = (*BLOCK, "partition")


def changed_records(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Fewest records that must have changed, per block.

    From two count vectors of one partition the number of changed records follows only as a lower bound:
    the larger of what categories gained and what they lost, ``(L1 + |difference of totals|) / 2``. A record
    that moves counts once, as does one that is new or gone; two that swap are not seen. The block's number
    is the largest over partitions that exist on both sides. A lower bound errs to the safe side: the gate
    opens later, never sooner, than the records themselves would say.

    Args:
        now: Exact cells (``n_exact``).
        before: Rows of the ledger.

    Returns:
        The block's columns and ``changed``; blocks that are on one side only are absent.
    """
    keys = [*_PARTITION, "category"]
    both = now.select(_PARTITION).unique().join(before.select(_PARTITION).unique(), on=_PARTITION)
    gain = pl.col("n_exact").fill_null(0) - pl.col("n_exact_before").fill_null(0)
    return (
        now.select(*keys, "n_exact")
        .join(
            before.select(*keys, n_exact_before="n_exact"),
            on=keys,
            how="full",
            coalesce=True,
        )
        .join(both, on=_PARTITION, how="semi")
        .with_columns(gain=gain)
        .group_by(_PARTITION)
        .agg(gained=pl.col("gain").clip(lower_bound=0).sum(), lost=(-pl.col("gain")).clip(lower_bound=0).sum())
        .group_by(BLOCK)
        .agg(changed=pl.max_horizontal("gained", "lost").max())
    )


def spent(ledger: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return ``team``, ``month`` and ``records`` (changed since, at least) of blocks that would change and may not any more.

    Their revisions are spent: readers keep what they see. An edition that is wrong in them can be taken back, and
    nothing takes its place for that team and month.
    """
    return (
        ledger.filter(
            pl.col("period") == "month",
            pl.col("revision") > policy.revisions_per_block,
            pl.col("pending") >= policy.revision_records,
        )
        .group_by("team", month="period_start")
        .agg(records=pl.col("pending").max())
        .sort("team", "month")
    )


def erased(ledger: pl.DataFrame) -> pl.DataFrame:
    """Blocks of which the exact counts were erased after their term: they stay as readers know them."""
    return ledger.filter(pl.col("n_exact").is_null().all().over(BLOCK))


def revise(
    now: pl.DataFrame,
    before: pl.DataFrame,
    *,
    revision_records: int,
    published_until: date,
    revisions: int = 1 << 20,
    opened: pl.DataFrame | None = None,
    provisional: Sequence[date] = (),
    seen_on: date | None = None,
    correcting: bool = False,
) -> pl.DataFrame:
    """Next ledger: new blocks as they are, known ones changed or frozen as a whole.

    A block of a provisional month stays as it was first shown until the month is final: what came in by then is one
    revision, or none.

    A longer period also opens when its months no longer add up to what it showed: then one of them opened or is
    new, and the records of a month are records of the longer period.

    Args:
        now: Exact cells with ``n_exact`` and ``n_released`` (null when withheld).
        before: The ledger.
        revision_records: Changed records from which a block is released anew.
        published_until: Report month.
        revisions: How often a block may change in its life; after that it stays as it is.
        opened: Blocks that open whatever changed in them: longer periods whose months opened.
        provisional: First days of months that have not settled.
        seen_on: Day of the newest export, kept with blocks that are shown as provisional.
        correcting: Blocks of provisional months may open: they were wrong.
    """
    also = before.select(BLOCK).clear() if opened is None else opened
    gate = (
        changed_records(now, before)
        .join(also.with_columns(also=pl.lit(value=True)), on=BLOCK, how="left")
        .join(before.group_by(BLOCK).agg(spent=pl.col("revision").max() - 1), on=BLOCK, how="left")
        .with_columns(
            opens=(pl.col("changed") >= revision_records)
            & (pl.col("spent") < revisions)
            & ~pl.col("period_start").is_in([] if correcting else list(provisional))
            | pl.col("also").fill_null(value=False)
        )
    )
    final = erased(before)
    now, before = (part.join(final, on=BLOCK, how="anti") for part in (now, before))
    gate = gate.join(final, on=BLOCK, how="anti")
    known = before.select(BLOCK).unique()
    frozen = gate.filter(~pl.col("opens"))
    fresh = now.join(known, on=BLOCK, how="anti")
    opened = now.join(frozen, on=BLOCK, how="anti").join(known, on=BLOCK, how="semi")
    shown_early = pl.when(pl.col("period_start").is_in(list(provisional))).then(pl.lit(seen_on, dtype=pl.Date))
    return pl.concat(
        [
            _first(fresh, published_until, shown_early),
            _again(opened, before, published_until).with_columns(
                provisional_on=pl.coalesce(shown_early, "provisional_on")
            ),
            # A month can be provisional again, when the days to settle are more or the newest export was refused.
            _kept(now, before, frozen).with_columns(provisional_on=pl.coalesce("provisional_on", shown_early)),
            _first(_joiners(now, before, frozen), published_until, shown_early),
            final,
        ]
    ).sort(LEDGER.key)


def _first(cells: pl.DataFrame, published_until: date, shown_early: pl.Expr) -> pl.DataFrame:
    return cells.with_columns(
        n_before=pl.lit(None, dtype=pl.Int64),
        n_exact_first=pl.when(pl.col("n_released").is_not_null()).then("n_exact"),
        n_released_first="n_released",
        revision=pl.lit(1, dtype=pl.Int32),
        revised_for=pl.lit(published_until),
        first_for=pl.lit(published_until),
        pending=pl.lit(0, dtype=pl.Int64),
        provisional_on=shown_early,
    ).select(LEDGER.names)


def _again(cells: pl.DataFrame, before: pl.DataFrame, published_until: date) -> pl.DataFrame:
    """Blocks that change. ``n_before`` is what the reports of an earlier month showed."""
    same_month = pl.col("revised_for") == published_until
    block = before.group_by(BLOCK).agg(
        revision=pl.col("revision").max(),
        revised_for=pl.col("revised_for").max(),
        first_for=pl.col("first_for").min(),
        provisional_on=pl.col("provisional_on").min(),
    )
    known = before.filter(pl.col("n_released_first").is_not_null()).select(_PARTITION).unique()
    old = before.select(
        *LEDGER.key,
        "n_exact_first",
        "n_released_first",
        n_before=pl.when(pl.col("revised_for") == published_until).then("n_before").otherwise("n_released"),
    )
    return (
        cells.join(old, on=LEDGER.key, how="left")
        .join(block, on=BLOCK, how="left")
        .join(known.with_columns(is_known=pl.lit(value=True)), on=_PARTITION, how="left")
        .with_columns(
            n_exact_first=pl.when("is_known")
            .then(pl.col("n_exact_first").fill_null(0))
            .when(pl.col("n_released").is_not_null())
            .then("n_exact"),
            n_released_first=pl.when("is_known").then(pl.col("n_released_first").fill_null(0)).otherwise("n_released"),
            revision=pl.col("revision") + 1,
            revised_for=pl.when(same_month).then("revised_for").otherwise(pl.lit(published_until)),
            pending=pl.lit(0, dtype=pl.Int64),
        )
        .select(LEDGER.names)
    )


def _kept(now: pl.DataFrame, before: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Frozen blocks as they were, for the partitions that are still made."""
    made = now.select(_PARTITION).unique()
    return (
        before.join(made, on=_PARTITION, how="semi")
        .drop("pending")
        .join(frozen.select(*BLOCK, pending="changed"), on=BLOCK)
        .select(LEDGER.names)
    )


def _joiners(now: pl.DataFrame, before: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Partitions that are new in a frozen block: only where they do not contradict the total readers know.

    A new partition is made from today's records and the frozen ones are not; a second released total
    for one set would give the difference away. It waits until the block opens.
    """
    keys = [*BLOCK, "population"]

    def totals(cells: pl.DataFrame, name: str) -> pl.DataFrame:
        return (
            cells.join(populations(), on="partition")
            .group_by(*keys, "partition")
            .agg(pl.col("n_released").sum().alias(name))
        )

    new = now.join(frozen, on=BLOCK, how="semi").join(before.select(_PARTITION).unique(), on=_PARTITION, how="anti")
    known = totals(before, "known").group_by(keys).agg(pl.col("known").first())
    fitting = (
        totals(new, "total")
        .join(known, on=keys, how="left")
        .filter(pl.col("total").eq_missing(pl.col("known")) | pl.col("known").is_null())
    )
    return new.join(fitting, on=_PARTITION, how="semi")
