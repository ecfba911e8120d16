"""Findings of the disparity part, from arrays to rows that keep the contract."""

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, SILENT

_DEFAULTS: dict[str, object] = {
    "team": "",
    "stratum": "",
    "group": "",
    "reference": "",
    "series": "",
    "estimate": None,
    "lower": None,
    "upper": None,
    "events": None,
    "n": None,
    "reference_events": None,
    "reference_n": None,
    "label_reason": "",
    "caveats": [],
    "needed": None,
    "detail": "{}",
}


def rows(size: int, **columns: object) -> pl.DataFrame:
    """A frame of ``size`` rows: arrays and lists give each row its element, other values are repeated.

    ``caveats`` is one tuple of codes for all rows.
    """
    return pl.DataFrame(
        [
            pl.Series(name, [list(value)] * size, dtype=pl.List(pl.String))
            if isinstance(value, tuple)
            else pl.Series(name, value if isinstance(value, np.ndarray | list | pl.Series) else [value] * size)
            for name, value in columns.items()
        ]
    )


def findings(parts: Sequence[pl.DataFrame], *, statistic: str, version: int) -> pl.DataFrame:
    """The parts as ``FINDINGS``: absent columns filled, nan made null, an estimate taken out where none may stand."""
    if not parts:
        return FINDINGS.empty()
    frame = pl.concat(parts, how="diagonal_relaxed")
    columns = {"statistic": pl.lit(statistic), "version": pl.lit(version)}
    columns |= {name: _default(name, frame) for name in _DEFAULTS}
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    silent = pl.col("label").cast(pl.String).is_in([label.value for label in SILENT])
    return (
        frame.with_columns(pl.col(floats).replace([float("inf"), float("-inf")], None).fill_nan(None))
        .with_columns(**columns)
        .select(FINDINGS.names)
        .cast(FINDINGS.schema)
        .with_columns(pl.when(~silent).then(pl.col("estimate", "lower", "upper")))
    )


def _default(name: str, frame: pl.DataFrame) -> pl.Expr:
    default = _DEFAULTS[name]
    literal = pl.lit(default, dtype=pl.List(pl.String)) if name == "caveats" else pl.lit(default)
    if name not in frame.columns:
        return literal
    return pl.col(name) if default is None else pl.col(name).fill_null(literal)


def details(size: int, **columns: object) -> list[str]:
    """One JSON text per row; arrays give each row its element, other values are the same for all.

    Numbers are rounded to six decimals; what is not finite becomes null.
    """
    parts = [
        {name: _plain(value[row] if isinstance(value, np.ndarray) else value) for name, value in columns.items()}
        for row in range(size)
    ]
    return [json.dumps(part, ensure_ascii=False, sort_keys=True) for part in parts]


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
