"""Coordinates become a 1 km square of the Dutch grid (Rijksdriehoek)."""

import polars as pl

_AMERSFOORT = (52.15517440, 5.38720621)
_X = {
    (0, 1): 190094.945,
    (1, 1): -11832.228,
    (2, 1): -114.221,
    (0, 3): -32.391,
    (1, 0): -0.705,
    (3, 1): -2.340,
    (1, 3): -0.608,
    (0, 2): -0.008,
    (2, 3): 0.148,
}
_Y = {
    (1, 0): 309056.544,
    (0, 2): 3638.893,
    (2, 0): 73.077,
    (1, 2): -157.984,
    (3, 0): 59.788,
    (0, 1): 0.433,
    (2, 2): -6.439,
    (1, 1): -0.032,
    (0, 4): 0.092,
    (1, 4): -0.054,
}


def grid_square(latitude: pl.Expr, longitude: pl.Expr) -> pl.Expr:
    """Name ``km-x-y`` of the square, x and y in whole kilometres; null without a place.

    Polynomial of Schreutelkamp and Strang van Hees (2001), within a metre in the Netherlands.
    """
    p, q = (latitude - _AMERSFOORT[0]) * 0.36, (longitude - _AMERSFOORT[1]) * 0.36
    x = 155_000 + sum((p**i * q**j * k for (i, j), k in _X.items()), pl.lit(0.0))
    y = 463_000 + sum((p**i * q**j * k for (i, j), k in _Y.items()), pl.lit(0.0))
    return pl.format("km-{}-{}", (x // 1000).cast(pl.Int32), (y // 1000).cast(pl.Int32))
