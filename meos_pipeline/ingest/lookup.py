"""Parse a column by its distinct values: batch by batch, streaming, each text once.

Codes, dates, times, teams and yes/no cells repeat endlessly. Parsing each distinct value once and joining
the answers costs a fraction of parsing every cell, so the rules may be as careful as they need to be.
"""

from collections.abc import Callable, Mapping

import polars as pl

Parse = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes distinct inputs; gives one row of answers for each, in the same order."""
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
_MOST_KNOWN = 100_000
"""Answers that are kept; a column with more distinct values is no list of codes, and starts over."""


def by_value(inputs: Mapping[str, pl.Expr], parse: Parse, schema: Schema) -> pl.Expr:
    """Expression with the struct of answers for the struct of ``inputs``, element by element."""
    target = pl.Struct(dict(schema))
    names = list(inputs)
    known: list[pl.DataFrame] = []

    def answers(distinct: pl.DataFrame) -> pl.DataFrame:
        made = parse(distinct).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        return distinct.with_columns(made.to_struct("_answer"))

    def answer(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest() if len(names) > 1 else batch.to_frame(names[0])
        if not known:
            known.append(answers(frame.unique()).with_columns(pl.lit(value=True).alias("_known")))
        table = known[0]
        joined = frame.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
        if joined["_known"].null_count():
            new = frame.filter(joined["_known"].is_null()).unique()
            added = answers(new).with_columns(pl.lit(value=True).alias("_known"))
            table = pl.concat([table, added]) if table.height + added.height <= _MOST_KNOWN else answers(
                frame.unique()
            ).with_columns(pl.lit(value=True).alias("_known"))  # fmt: skip
            known[0] = table
            joined = frame.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")
        found: pl.Series = joined["_answer"]
        return found

    source = pl.struct(**inputs) if len(names) > 1 else next(iter(inputs.values()))
    return source.map_batches(answer, return_dtype=target, is_elementwise=True)


def fields_of(struct: str, names: Mapping[str, str]) -> list[pl.Expr]:
    """Columns ``names[field]`` of a struct column."""
    return [pl.col(struct).struct.field(field).alias(name) for field, name in names.items()]
