"""Parse a column by its distinct values: batch by batch, streaming, each text once.

Codes, dates, times, teams and yes/no cells repeat endlessly. Parsing each distinct value once and looking the
answers up costs a fraction of parsing every cell, so the rules may be as careful as they need to be. Texts become
numbers in order of appearance (a dictionary of Polars), and answers lie in a table at the place of that number.
Answers are remembered over the batches of a file and, with a ``Memory``, over the files of a run, up to
``MOST_REMEMBERED`` values of a column.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock

import polars as pl

Parse = Callable[[pl.DataFrame], pl.DataFrame]
"""Takes distinct inputs; gives one row of answers for each, in the same order."""
Schema = Mapping[str, pl.DataType | type[pl.DataType]]
Memory = dict[Hashable, "_Answers"]
"""Answers of one run, by what they were made with. It holds texts of the data: it lives no longer than the run."""
MOST_REMEMBERED = 50_000
"""Values of one column that are remembered; with more, the memory starts anew."""
_HALF = 32
"""Bits of each half of a pair."""
_BEFORE_ALL_DAYS = 2**31
"""Added to a day's number (days since 1970, also before it), so that it is above 0."""


def new_memory() -> Memory:
    """Return the empty memory of a run."""
    return {}


def by_value(
    inputs: Mapping[str, pl.Expr], parse: Parse, schema: Schema, *, memory: Memory | None = None, name: Hashable = None
) -> pl.Expr:
    """Expression with the struct of answers for the struct of ``inputs``, element by element.

    Args:
        inputs: Named columns that together decide the answer.
        parse: The rules.
        schema: Names and types of the answers.
        memory: Where answers are kept for the next file; none: for this expression only.
        name: What decides the answers beside the inputs, and tells these rules from others in the memory.
    """
    kinds: dict[int, type[_Answers]] = {1: _ByText, 2: _ByPair}
    answers = kinds.get(len(inputs), _ByJoin)(list(inputs), parse, schema)
    if memory is not None:
        answers = memory.setdefault(name, answers)
    source = (
        pl.struct(*(value.alias(name) for name, value in inputs.items()))
        if len(inputs) > 1
        else next(iter(inputs.values()))
    )
    return source.map_batches(answers, return_dtype=pl.Struct(dict(schema)), is_elementwise=True)


def fields_of(struct: str, names: Mapping[str, str]) -> list[pl.Expr]:
    """Columns ``names[field]`` of a struct column."""
    return [pl.col(struct).struct.field(field).alias(name) for field, name in names.items()]


class _Answers(ABC):
    """The answers to the values seen so far. Polars calls it from several threads."""

    def __init__(self, names: list[str], parse: Parse, schema: Schema) -> None:
        self._names, self._parse, self._schema = names, parse, schema
        self._lock = Lock()

    @abstractmethod
    def __call__(self, batch: pl.Series) -> pl.Series:
        """Answer a batch, element by element."""

    def _answer(self, distinct: pl.DataFrame) -> pl.Series:
        made = self._parse(distinct).select(pl.col(name).cast(dtype) for name, dtype in self._schema.items())
        return made.to_struct("_answer")


class _Texts:
    """Numbers texts in order of appearance, from 0. Polars forgets the numbers when no column bears them: one does."""

    def __init__(self) -> None:
        self.type = pl.Categorical(pl.Categories.random())
        self._bearer = pl.Series([""], dtype=pl.String).cast(self.type)

    def numbers(self, texts: pl.Series) -> pl.Series:
        """Number of each text; null stays null."""
        return texts.cast(self.type).to_physical()

    def texts(self, first: int, last: int) -> pl.Series:
        """Texts of the numbers ``first`` to ``last``."""
        numbers = pl.int_range(first, last + 1, dtype=pl.UInt32, eager=True)
        return numbers.to_frame("_").select(pl.col("_").cat.to(self.type).cast(pl.String)).to_series()


@dataclass(frozen=True, slots=True)
class _Known:
    """Texts by number, and their answers; the first answer is that of 'nothing'."""

    texts: _Texts
    answers: pl.Series


class _ByText(_Answers):
    """One column: texts by their number in a dictionary; other types by joining."""

    def __init__(self, names: list[str], parse: Parse, schema: Schema) -> None:
        super().__init__(names, parse, schema)
        self._known: _Known | None = None
        self._others = _ByJoin(names, parse, schema)

    def __call__(self, batch: pl.Series) -> pl.Series:
        if batch.dtype != pl.String:
            return self._others(batch)
        known = self._known or self._anew()
        numbers = known.texts.numbers(batch)
        most = numbers.max()
        if isinstance(most, int) and most + 1 >= known.answers.len():
            known = self._more(known, most)
        return known.answers.gather((numbers + 1).fill_null(0))

    def _anew(self) -> _Known:
        with self._lock:
            self._known = _Known(_Texts(), self._answer(self._frame(pl.Series([None], dtype=pl.String))))
            return self._known

    def _more(self, known: _Known, most: int) -> _Known:
        """Return the answers up to a number; beyond the limit the next batch starts anew."""
        with self._lock:
            if self._known is not None and self._known.texts is known.texts:
                known = self._known
            first = known.answers.len() - 1
            if most >= first:
                learned = self._answer(self._frame(known.texts.texts(first, most)))
                is_latest = self._known is not None and self._known.texts is known.texts
                known = _Known(known.texts, pl.concat([known.answers, learned]).rechunk())
                if is_latest:
                    self._known = known if most < MOST_REMEMBERED else None
            return known

    def _frame(self, texts: pl.Series) -> pl.DataFrame:
        return texts.to_frame(self._names[0])


class _ByJoin(_Answers):
    """Distinct values and their answers in a table that is joined."""

    def __init__(self, names: list[str], parse: Parse, schema: Schema) -> None:
        super().__init__(names, parse, schema)
        self._known: pl.DataFrame | None = None

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
                table = new.with_columns(self._answer(new))
                if known is not None and known.height + table.height <= MOST_REMEMBERED:
                    known = pl.concat([known, table])
                elif known is not None:
                    # The remembered ones that this batch needs, and the new.
                    known = pl.concat([known.join(distinct, on=self._names, how="semi", nulls_equal=True), table])
                else:
                    known = table
                self._known = known
            return known


class _ByPair(_Answers):
    """Two columns of texts or days: both as numbers, put together in one that is joined."""

    def __init__(self, names: list[str], parse: Parse, schema: Schema) -> None:
        super().__init__(names, parse, schema)
        self._texts = {name: _Texts() for name in names}
        self._known = pl.DataFrame(schema={"_pair": pl.UInt64, "_answer": pl.Struct(dict(schema))})

    def __call__(self, batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest()
        with self._lock:
            texts, known = self._texts, self._known
        one, other = (_numbered(frame[name], texts[name]) for name in self._names)
        pairs = frame.with_columns((one * 2**_HALF + other).alias("_pair"))
        new = pairs.unique("_pair").join(known, on="_pair", how="anti")
        if new.height:
            known = pl.concat([known, new.select("_pair", self._answer(new.select(self._names)))])
            with self._lock:
                self._remember(texts, known)
        joined: pl.Series = pairs.select("_pair").join(known, on="_pair", how="left", maintain_order="left")["_answer"]
        return joined

    def _remember(self, texts: dict[str, _Texts], known: pl.DataFrame) -> None:
        """Keep these answers, unless others were learned meanwhile; with too many, start anew."""
        if known.height > MOST_REMEMBERED:
            self._texts = {name: _Texts() for name in self._names}
            self._known = known.clear()
        elif texts is self._texts and known.height > self._known.height:
            self._known = known


def _numbered(values: pl.Series, texts: _Texts) -> pl.Series:
    """Numbers of texts or days, from 1; 0 for nothing."""
    if values.dtype == pl.String:
        return (texts.numbers(values).cast(pl.UInt64) + 1).fill_null(0)
    return (values.to_physical().cast(pl.Int64) + _BEFORE_ALL_DAYS).cast(pl.UInt64).fill_null(0)
