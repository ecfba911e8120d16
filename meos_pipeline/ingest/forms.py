"""Two ways to read a column: a short one for cells in the usual form, a careful one for all others.

Rules for every odd cell cost many regular expressions; nearly every cell needs none of them. Both ways must agree on
the usual form (a test holds them together).
"""

from collections.abc import Callable, Mapping

import polars as pl

Read = Callable[[pl.Expr], Mapping[str, pl.Expr] | pl.Expr]
"""Text to named answers, or to a struct of them when they come from one function."""
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

    def answer(batch: pl.Series) -> pl.Series:
        cells = batch.rechunk().to_frame("text")
        is_usual = cells.select(pl.col("text").str.contains(usual).fill_null(value=True)).to_series()
        if is_usual.all():
            return _read(cells, quick, schema)
        # Answers to the usual cells at their own place, those to the odd ones behind them; then each cell looks up its own.
        others = _read(cells.filter(~is_usual), careful, schema)
        usually = _read(cells.select(pl.when(is_usual).then("text").alias("text")), quick, schema)
        behind = (~is_usual).cum_sum() + (cells.height - 1)
        own = pl.select(
            pl.when(is_usual).then(pl.int_range(cells.height, dtype=pl.UInt32)).otherwise(behind)
        ).to_series()
        return pl.concat([usually, others]).rechunk().gather(own)

    return text.map_batches(answer, return_dtype=pl.Struct(dict(schema)), is_elementwise=True)


def _read(cells: pl.DataFrame, read: Read, schema: Schema) -> pl.Series:
    answers = read(pl.col("text"))
    if isinstance(answers, pl.Expr):
        return cells.select(answers.alias("answer")).to_series()
    # Lazily: only then are parts that answers share worked out once.
    made = cells.lazy().select(answers[name].cast(dtype).alias(name) for name, dtype in schema.items()).collect()
    return made.to_struct("answer")
