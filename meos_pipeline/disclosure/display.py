"""What of a released number is shown. For readability and honest reading only: nothing secret depends on it."""

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy

_SHARES = (Unit.SHARE.value, Unit.DIFFERENCE.value, Unit.PER_1000_CHECKS.value)


def shown_count(n: int, policy: Policy) -> str:
    """A released count as readers see it: '0', '<10', or the number. 0 is a released 0, so at most 4."""
    return f"<{policy.smallest_shown_count}" if 0 < n < policy.smallest_shown_count else str(n)


def show_enough(findings: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Empty the estimate where its released denominator or number of events is too small to show.

    Shares need ``smallest_rate_denominator`` in ``n`` (and in ``reference_n`` where given); ratios need
    ``smallest_ratio_events`` events on both sides. The row stays, labelled ``too_few``.
    """
    enough_n = (pl.col("n") >= policy.smallest_rate_denominator).fill_null(value=True) & (
        pl.col("reference_n") >= policy.smallest_rate_denominator
    ).fill_null(value=True)
    enough_events = (pl.col("events") >= policy.smallest_ratio_events).fill_null(value=True) & (
        pl.col("reference_events") >= policy.smallest_ratio_events
    ).fill_null(value=True)
    too_few = (
        pl.when(pl.col("unit").is_in(_SHARES))
        .then(~enough_n)
        .when(pl.col("unit") == Unit.RATIO.value)
        .then(~enough_events)
        .otherwise(pl.lit(value=False))
        & pl.col("estimate").is_not_null()
    )
    reason = (
        pl.when(pl.col("unit") == Unit.RATIO.value)
        .then(pl.lit("smallest_ratio_events"))
        .otherwise(pl.lit("smallest_rate_denominator"))
    )
    return findings.with_columns(
        *(pl.when(too_few).then(None).otherwise(name).alias(name) for name in ("estimate", "lower", "upper")),
        label=pl.when(too_few).then(pl.lit(Label.TOO_FEW.value, dtype=findings.schema["label"])).otherwise("label"),
        label_reason=pl.when(too_few).then(reason).otherwise("label_reason"),
    )
