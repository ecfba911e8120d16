"""Parse a column by its distinct values: batch by batch, streaming, each text once.

Codes, dates, times, teams and yes/no cells repeat endlessly. Parsing each distinct value once and joining the
answers back costs a fraction of parsing every cell, so the rules may be as careful as they need to be. Answers are
remembered over the batches of a file (a batch has only some thousands of rows), up to ``MOST_REMEMBERED`` values.
"""

from collections.abc import Callable, Mapping
from threading import Lock

import polars as pl

Parse = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes distinct inputs; gives one row of answers for each, in the same order."""
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
MOST_REMEMBERED = 50_000
"""Values of one column that are remembered; with more, the memory starts anew."""


def by_value(inputs: Mapping[str, pl.Expr], parse: Parse, schema: Schema) -> pl.Expr:
    """Expression with the struct of answers for the struct of ``inputs``, element by element."""
    answers = _Answers(list(inputs), parse, schema)
    source = (
        pl.struct(*(value.alias(name) for name, value in inputs.items()))
        if len(inputs) > 1
        else next(iter(inputs.values()))
    )
    return source.map_batches(answers, return_dtype=pl.Struct(dict(schema)), is_elementwise=True)


class _Answers:
    """The answers to the values seen so far. Polars calls it from several threads."""

    def __init__(self, names: list[str], parse: Parse, schema: Schema) -> None:
        self._names, self._parse, self._schema = names, parse, schema
        self._known: pl.DataFrame | None = None
        self._lock = Lock()

    def __call__(self, batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest() if len(self._names) > 1 else batch.to_frame(self._names[0])
        known = self._knowing(frame.unique())
        answers = frame.join(known, on=self._names, how="left", nulls_equal=True, maintain_order="left")
        joined: pl.Series = answers["_answer"]
        return joined

    def _knowing(self, distinct: pl.DataFrame) -> pl.DataFrame:
        """Return a table that answers at least these values."""
        with self._lock:
            known = self._known
            new = distinct if known is None else distinct.join(known, on=self._names, how="anti", nulls_equal=True)
            if known is None or new.height:
                made = self._parse(new).select(pl.col(name).cast(dtype) for name, dtype in self._schema.items())
                table = new.with_columns(made.to_struct("_answer"))
                if known is not None and known.height + table.height <= MOST_REMEMBERED:
                    known = pl.concat([known, table])
                elif known is not None:
                    # The remembered ones that this batch needs, and the new.
                    known = pl.concat([known.join(distinct, on=self._names, how="semi", nulls_equal=True), table])
                else:
                    known = table
                self._known = known
            return known


def fields_of(struct: str, names: Mapping[str, str]) -> list[pl.Expr]:
    """Columns ``names[field]`` of a struct column."""
    return [pl.col(struct).struct.field(field).alias(name) for field, name in names.items()]
