"""Which signals are new: one signal is news once, not every month."""

import polars as pl

from meos_pipeline.contracts.findings import Label

SIGNALS = (
    Label.SIGNAL_HIGH,
    Label.SIGNAL_LOW,
    Label.CLEARLY_HIGHER,
    Label.CLEARLY_LOWER,
)
_SAME = ("statistic", "team", "stratum", "group", "label")


def alarm_ledger(findings: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Signals of this edition with the first edition's period that had them.

    A signal is the same as an earlier one when statistic, team, stratum, group and direction agree and it
    stood in the newest earlier period of that statistic: one that was away comes back as new.

    Args:
        findings: ``FINDINGS`` of this month.
        earlier: ``FINDINGS`` of earlier months, together.

    Returns:
        Columns of ``_SAME``, period_end, is_new, and first_seen (end of the first period of the unbroken row).
    """
    now = _signals(findings).filter(pl.col("period_end") == pl.col("period_end").max().over("statistic"))
    history = pl.concat([_signals(earlier), now]).unique().sort("period_end")
    ends = (
        pl.concat([earlier, findings])
        .filter(pl.col("series").is_in(["", "point"]))
        .select("statistic", "period_end")
        .unique()
        .sort("period_end")
        .with_columns(pl.int_range(pl.len()).over("statistic").alias("place"))
    )
    placed = history.join(ends, on=["statistic", "period_end"]).sort(*_SAME, "place")
    unbroken = placed.with_columns(
        (pl.col("place").diff().over(_SAME).fill_null(0) != 1).cum_sum().over(_SAME).alias("row")
    ).with_columns(pl.col("period_end").min().over(*_SAME, "row").alias("first_seen"))
    return (
        unbroken.join(now.select(*_SAME, "period_end"), on=[*_SAME, "period_end"], how="semi")
        .with_columns((pl.col("first_seen") == pl.col("period_end")).alias("is_new"))
        .select(*_SAME, "period_end", "is_new", "first_seen")
        .sort(_SAME)
    )


def _signals(findings: pl.DataFrame) -> pl.DataFrame:
    return (
        findings.filter(
            pl.col("label").cast(pl.String()).is_in([label.value for label in SIGNALS]),
            pl.col("series").is_in(["", "point"]),
        )
        .select(*(pl.col(name).cast(pl.String()) for name in _SAME), "period_end")
        .unique()
    )
