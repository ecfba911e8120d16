"""Yield per kind of check: the shared part of yield by reason, by legal basis and by time block."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.labels import Margins
from meos_pipeline.statistics.methods.pooling import pool_binomial
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.shares import share_rows
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.yields import empty_shares, with_left_empty

CAVEATS = ("coverage", "no_labels_in_strata")


def yield_by(
    tables: Mapping[str, pl.DataFrame], context: Context, *, statistic: str, partition: str, kind: str
) -> pl.DataFrame:
    """Broad yield ('') and strict yield per kind and team over the rolling window, and broad yield pooled over teams.

    Intervals, no labels: with many kinds and teams something always looks different. Results that were left empty widen
    the interval, or leave only its bounds, as they do for the yield of all checks.

    Args:
        tables: Holds released ``cells``.
        context: Teams, report month, policy.
        statistic: Name of the statistic.
        partition: Crossed partition 'kind|hit'.
        kind: Name of the kind in the stratum.
    """
    cells, window = tables["cells"], w.windows_of(partition, context)[1]
    if reason := w.absent(cells, partition):
        return missing_input(
            context.teams, statistic=statistic, unit=Unit.SHARE, start=window.start, end=window.end, reason=reason
        )
    cells = w.within(cells, partition, window)
    present = set(cells.filter(pl.col("partition") == partition)["category"].str.split("|").list.first().to_list())
    kinds = list(dict.fromkeys(category.split("|")[0] for category in PARTITIONS[partition].categories))
    parts = []
    for name in [one for one in kinds if one in present and one != "unknown"]:
        strict, broad, none = (f"{name}|{hit}" for hit in ("strict", "broad", "none"))
        for series, events in (("", (strict, broad)), ("strict", (strict,))):
            known = (strict, broad, none)
            counts = w.per_period(cells, partition, window, {"events": events, "n": known})
            shares = empty_shares(
                cells, partition, window, context, events=events, known=known, unknown=(f"{name}|unknown",)
            )
            rows = share_rows(counts, context, noise=(1, 1))
            shown = [(series, "wilson_rounded", rows)]
            if not series:
                shown.append(("pooled", "hb_grid", _pooled(rows, context)))
            parts += [
                with_left_empty(
                    findings_of(
                        w.spanning(found, cells, partition, window),
                        statistic=statistic,
                        unit=Unit.SHARE,
                        caveats=CAVEATS,
                        stratum=f"{kind}={name}",
                        series=part,
                        method=method,
                    ),
                    shares,
                    context.policy,
                )
                for part, method, found in shown
            ]
    return stack(parts)


def _pooled(rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Posterior share of each team that has checks of the kind; empty when too few teams have."""
    policy = context.policy
    teams = rows.filter(pl.col("team") != "", pl.col("n") >= policy.smallest_ratio_events)
    if teams.height < policy.fewest_pooled_teams:
        return teams.clear()
    margins = Margins.of(policy)
    effective = teams["effective"].to_numpy()
    share = np.clip(teams["events"].to_numpy() / teams["n"].to_numpy(), 0, 1)
    pooled = pool_binomial(
        share * effective,
        effective,
        confidence_level=policy.confidence_level,
        relevant=margins.relevant,
        equivalent=margins.equivalent,
    )
    return teams.with_columns(
        pl.Series("estimate", _share_of(pooled.mean)),
        pl.Series("lower", _share_of(pooled.lower)),
        pl.Series("upper", _share_of(pooled.upper)),
        pl.lit(Label.DESCRIBED.value).alias("label"),
        pl.lit("").alias("label_reason"),
        pl.lit(None, pl.Int64()).alias("needed"),
    )


def _share_of(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))
