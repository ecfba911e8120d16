"""A second delivery of a month: some results corrected, some checks entered late. For tests of revisions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from meos_pipeline.synthetic.generate import export_name

CORRECTED_RESULT = "BON_APV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the second delivery holds."""

    file: str
    rows: int
    changed: tuple[str, ...]
    """Numbers of the checks whose result changed."""
    late: tuple[str, ...]
    """Numbers of the checks that are new."""


def corrections(
    exports: Path, target: Path, month: date, *, seed: int = 1, changed: int = 40, late: int = 25, days_later: int = 20
) -> Correction:
    """Write a newer export of ``month`` into ``target``, made from the generated one in ``exports``.

    Args:
        exports: Folder that holds the generated export of the month.
        target: Folder for the second delivery.
        month: First day of the month.
        seed: Start of the random choice.
        changed: Number of checks whose result becomes another.
        late: Number of new checks, entered after the first export.
        days_later: Days between the first and second delivery.
    """
    name = export_name(month)
    rows = pl.read_csv(exports / name, separator=";", infer_schema=False)
    own = pl.col("datum").str.ends_with(f"{month:%m-%Y}")
    candidates = rows.filter(own & (pl.col("resultaat_code") != CORRECTED_RESULT))["controle_id"].to_list()
    rng = np.random.default_rng([seed, 6])
    order = rng.permutation(len(candidates))
    picked = sorted(candidates[i] for i in order[:changed])
    copied = sorted(candidates[i] for i in order[changed : changed + late])
    first = datetime.strptime(name.removesuffix(".csv").split("_")[2], "%Y%m%dT%H%M")  # noqa: DTZ007 - local
    second = first + timedelta(days=days_later)
    entered = second - timedelta(days=2)
    corrected = rows.with_columns(
        pl.when(pl.col("controle_id").is_in(picked))
        .then(pl.lit(CORRECTED_RESULT))
        .otherwise(pl.col("resultaat_code"))
        .alias("resultaat_code")
    )
    added = rows.filter(pl.col("controle_id").is_in(copied)).with_columns(
        pl.col("controle_id").str.replace("^C", "L"),
        pl.lit(f"{entered:%d-%m-%Y %H:%M}").alias("datumtijd_registratie"),
    )
    target.mkdir(parents=True, exist_ok=True)
    file = f"controles_{month:%Y-%m}_{second:%Y%m%dT%H%M}.csv"
    pl.concat([corrected, added]).write_csv(target / file, separator=";")
    return Correction(
        file=file,
        rows=corrected.height + added.height,
        changed=tuple(picked),
        late=tuple(added["controle_id"].to_list()),
    )
