"""Complete rows of the ``FINDINGS`` contract: a statistic says what it knows, the rest has its meaning of nothing."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, Label, Unit

UNEXPLAINED_EMPTY = (Label.TOO_FEW, Label.NOT_COMPARABLE, Label.MISSING_INPUT, Label.WITHHELD)
"""Labels that go with an empty estimate, and only these."""

_NOTHING: dict[str, object] = {
    "version": 1,
    "method": "none",
    "team": "",
    "stratum": "",
    "group": "",
    "reference": "",
    "series": "",
    "label": Label.DESCRIBED.value,
    "label_reason": "",
    "detail": "{}",
}


def findings_of(
    rows: pl.DataFrame, *, statistic: str, unit: Unit, caveats: Sequence[str] = (), **same: str | int | date
) -> pl.DataFrame:
    """Return ``rows`` as findings: missing columns filled, floats without nan, nothing invented.

    Args:
        rows: Any columns of the contract; others are left out.
        statistic: Name of the statistic.
        unit: What an estimate of 1 means.
        caveats: Codes that go with every row that has no ``caveats`` of its own.
        **same: Columns with one value for all rows.
    """
    constants: dict[str, object] = _NOTHING | {"statistic": statistic, "unit": unit.value} | same
    filled = rows.with_columns(
        pl.col(name).fill_null(value) if name in rows.columns else pl.lit(value).alias(name)
        for name, value in constants.items()
    )
    if "caveats" not in filled.columns:
        filled = filled.with_columns(pl.lit(list(caveats), dtype=pl.List(pl.String())).alias("caveats"))
    filled = filled.with_columns(
        pl.lit(None).alias(name) for name in FINDINGS.names if name not in filled.columns
    ).select(pl.col(name).cast(FINDINGS[name].dtype) for name in FINDINGS.names)
    numbers = ("estimate", "lower", "upper")
    return filled.with_columns(
        pl.when(pl.col(name).is_finite() & ~pl.col("label").cast(pl.String()).is_in(list(UNEXPLAINED_EMPTY)))
        .then(pl.col(name))
        .alias(name)
        for name in numbers
    )


def missing_input(
    teams: Sequence[str], *, statistic: str, unit: Unit, start: date, end: date, reason: str, stratum: str = ""
) -> pl.DataFrame:
    """One row per team (and one for all together) that names what is absent."""
    rows = pl.DataFrame({"team": ["", *sorted(set(teams) - {""})]}, schema={"team": pl.String()})
    return findings_of(
        rows,
        statistic=statistic,
        unit=unit,
        period_start=start,
        period_end=end,
        label=Label.MISSING_INPUT.value,
        label_reason=reason,
        stratum=stratum,
    )


def stack(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Findings below each other; none at all is an empty table."""
    return pl.concat([FINDINGS.empty(), *parts])
