"""Two ways to read a column: a short one for cells in the usual form, a careful one for all others.

Rules for every odd cell cost many regular expressions; nearly every cell needs none of them. Both ways must agree on
the usual form (a test holds them together).
"""

from collections.abc import Callable, Mapping

import polars as pl

Read = Callable[[pl.Expr], Mapping[str, pl.Expr]]
"""Text to named answers."""
Schema = Mapping[str, pl.DataType | type[pl.DataType]]


def by_form(text: pl.Expr, usual: str, quick: Read, careful: Read, schema: Schema) -> pl.Expr:
    """Struct of the answers of ``quick`` where the text matches ``usual`` or is null, of ``careful`` elsewhere.

    Args:
        text: The cells as they are.
        usual: Regular expression of the usual form, anchored at both ends.
        quick: Reads cells of that form.
        careful: Reads any cell.
        schema: Names and types of the answers.
    """

    def picked(frame: pl.DataFrame, read: Read) -> pl.DataFrame:
        answers = read(pl.col("text"))
        return frame.select("place", *(answers[name].cast(dtype).alias(name) for name, dtype in schema.items()))

    def answer(batch: pl.Series) -> pl.Series:
        cells = batch.rechunk().to_frame("text").with_row_index("place")
        is_usual = cells.select(pl.col("text").str.contains(usual).fill_null(value=True)).to_series()
        if is_usual.all():
            return picked(cells, quick).drop("place").to_struct("answer")
        parts = [picked(cells.filter(is_usual), quick), picked(cells.filter(~is_usual), careful)]
        return pl.concat(parts).sort("place").drop("place").to_struct("answer")

    return text.map_batches(answer, return_dtype=pl.Struct(dict(schema)), is_elementwise=True)
