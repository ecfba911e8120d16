"""Placebos: each method on groups that cannot matter. Where one fires, the method may say nothing of that period."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import SILENT, Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.labelling import holm
from meos_pipeline.statistics.disparity.rows import details, rows

CAVEATS = ("placebo",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """A method's estimate for a group that cannot matter; on the log scale, or a difference of shares."""

    kind: str
    estimate: float
    error: float
    degrees: float = np.inf
    """Degrees of freedom of the error."""
    dof: float = np.nan
    """Residual degrees of freedom of the model; nan for what is no model."""
    events: float = np.nan
    total: float = np.nan


def placebos(
    found: list[Placebo], period_start: date, period_end: date, policy: Policy, *, unit: Unit, stratum: str = ""
) -> tuple[pl.DataFrame | None, bool]:
    """Rows of the placebos of one method and period, and whether the method is blocked.

    It is blocked when any placebo differs from nothing after Holm's correction over the placebos: one method in
    twenty at most is blocked by chance.
    """
    from scipy.stats import t

    if not found:
        return None, False
    estimate, error, degrees, events, total = (
        np.array([getattr(placebo, name) for placebo in found], dtype=np.float64)
        for name in ("estimate", "error", "degrees", "events", "total")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        p_values = 2 * t.sf(np.abs(estimate) / error, degrees)
    corrected = holm(p_values)
    fires = corrected < 1 - policy.confidence_level
    half = t.ppf(0.5 + policy.confidence_level / 2, degrees) * error
    bounds = [estimate, estimate - half, estimate + half]
    if unit is Unit.RATIO:
        bounds = [np.exp(bound) for bound in bounds]
    label = np.select(
        [~np.isfinite(p_values), fires & (estimate > 0), fires],
        [Label.TOO_FEW.value, Label.SIGNAL_HIGH.value, Label.SIGNAL_LOW.value],
        Label.USUAL.value,
    )
    frame = rows(
        len(found),
        period_start=period_start,
        period_end=period_end,
        stratum=stratum,
        group=[f"{placebo.kind}=a" for placebo in found],
        reference=[f"{placebo.kind}=b" for placebo in found],
        method="placebo",
        unit=unit.value,
        estimate=bounds[0],
        lower=bounds[1],
        upper=bounds[2],
        events=events,
        n=total,
        label=label,
        label_reason=np.select([~np.isfinite(p_values), fires], ["no_variation", "placebo"], ""),
        caveats=CAVEATS,
        detail=details(
            len(found),
            p_value=p_values,
            adjusted_p=corrected,
            residual_dof=np.array([placebo.dof for placebo in found]),
        ),
    )
    return frame, bool(fires.any())


def blocked(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without their estimates, because a placebo of the method fired; rows that were silent keep their label."""
    silent = pl.col("label").is_in([label.value for label in SILENT])
    return frame.with_columns(
        label=pl.when(silent).then("label").otherwise(pl.lit(Label.NOT_COMPARABLE.value)),
        label_reason=pl.when(silent).then("label_reason").otherwise(pl.lit("placebo")),
        needed=pl.lit(None, dtype=pl.Int64),
    )
