"""Parse a column by its distinct values: batch by batch, streaming, each text once.

Codes, dates, times, teams and yes/no cells repeat endlessly. Parsing each distinct value of a batch and joining
the answers back costs a fraction of parsing every cell, so the rules may be as careful as they need to be.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

Parse = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes distinct inputs; gives one row of answers for each, in the same order."""
Schema = Mapping[str, pl.DataType | type[pl.DataType]]


def by_value(inputs: Mapping[str, pl.Expr], parse: Parse, schema: Schema) -> pl.Expr:
    """Expression with the struct of answers for the struct of ``inputs``, element by element."""
    target = pl.Struct(dict(schema))
    names = list(inputs)

    def answer(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest() if len(names) > 1 else batch.to_frame(names[0])
        distinct = frame.unique()
        answers = parse(distinct).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        table = distinct.with_columns(answers.to_struct("_answer"))
        joined: pl.Series = frame.join(table, on=names, how="left", nulls_equal=True, maintain_order="left")["_answer"]
        return joined

    source = pl.struct(**inputs) if len(names) > 1 else next(iter(inputs.values()))
    return source.map_batches(answer, return_dtype=target, is_elementwise=True)


def fields_of(struct: str, names: Mapping[str, str]) -> list[pl.Expr]:
    """Columns ``names[field]`` of a struct column."""
    return [pl.col(struct).struct.field(field).alias(name) for field, name in names.items()]


Answers = dict[str, Any]
