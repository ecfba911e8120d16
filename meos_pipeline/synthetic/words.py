"""Numbers to words, without a row loop: positions in a closed list become its values."""

import numpy as np
import numpy.typing as npt
import polars as pl


def spelled(positions: npt.NDArray[np.integer], values: pl.Enum) -> pl.Series:
    """Return the value at each position of the list."""
    return pl.Series(positions.astype(np.uint32)).cat.to(values)


def flags(values: npt.NDArray[np.bool_]) -> pl.Expr:
    """Return the yes/no values as a column to calculate with."""
    return pl.lit(pl.Series(values))
