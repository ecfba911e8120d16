"""Column, Table and Sensitivity: the vocabulary of contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from meos_pipeline.errors import ContractError


class Sensitivity(StrEnum):
    """Who may see a column."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    """A pseudonym of a person, vehicle or officer: stays in ``restricted/``, is in no cell that leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: type, meaning, and what may be in it.

    ``source_name`` is the Dutch name in our own export layout; other layouts map to ``name``
    in their source profile.
    """

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    meaning_nl: str = ""
    nullable: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    source_name: str = ""
    unit: str = ""
    codes: Mapping[str, str | None] = field(default_factory=dict)
    """How a file may write the values, beside the values themselves."""
    when_empty: object = None
    """What stands for a field that is empty, or a column that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A partition of cells whose counts a table gives, row by row."""

    partition: str
    meaning: str
    categories: Mapping[str, pl.Expr]
    """Category -> members that a row tells of; null tells of none."""
    period: str = "month"
    """Period that is released: month, quarter or year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that one stage promises another."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    meaning_nl: str = ""
    file: str = ""
    """Name of the file in ``landing/``; '' for a table that is made here."""
    counts: tuple[Counts, ...] = ()
    """What is counted from its rows, by team and by the month of ``dated_by``."""
    dated_by: str = "month"
    """Column with a day of the month that a row counts for."""
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the columns and refuse a contract that contradicts itself."""
        by_name = {column.name: column for column in self.columns}
        if len(by_name) != len(self.columns):
            raise ContractError(f"Contract '{self.name}' declares a column twice; keep one")
        missing = [name for name in self.key if name not in by_name]
        if missing:
            raise ContractError(f"Contract '{self.name}': key columns {missing} are not declared; declare them")
        object.__setattr__(self, "_by_name", by_name)

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether a column of that name is declared."""
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def schema(self) -> pl.Schema:
        """Polars schema of the table."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=self.schema)

    def require_schema(self, schema: pl.Schema) -> None:
        """Raise ``ContractError`` with every breach of names and types."""
        breaches = self._schema_breaches(schema)
        if breaches:
            raise ContractError(_message(self.name, breaches))

    def require(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with columns in contract order, or raise with every breach.

        Called where a table enters or leaves a stage. Checks names, types, nulls and the key.

        Raises:
            ContractError: with every breach.
        """
        breaches = self._schema_breaches(frame.schema)
        present = [column for column in self.columns if column.name in frame.columns]
        required = [column.name for column in present if not column.nullable]
        if required and frame.height:
            nulls = frame.select(pl.col(required).null_count()).row(0)
            breaches += [
                f"column '{name}' is empty in {count} rows; it may not be"
                for name, count in zip(required, nulls, strict=True)
                if count
            ]
        if self.key and set(self.key) <= set(frame.columns):
            doubles = _doubles(frame.select(self.key))
            if doubles:
                breaches.append(f"key {list(self.key)} occurs more than once in {doubles} rows; keep one of each")
        if breaches:
            raise ContractError(_message(self.name, breaches))
        return frame.select(self.names)

    def _schema_breaches(self, schema: pl.Schema) -> list[str]:
        breaches = [f"column '{name}' is missing; supply it" for name in self.names if name not in schema]
        breaches += [
            f"column '{name}' is not in the contract; drop it or declare it" for name in schema if name not in self
        ]
        breaches += [
            f"column '{name}' is {schema[name]}, should be {self[name].dtype}; cast it"
            for name in self.names
            if name in schema and schema[name] != self[name].dtype
        ]
        return breaches


def _doubles(keys: pl.DataFrame) -> int:
    """Rows whose key occurred before. As many hashes as rows prove that there are none, in a quarter of the time."""
    if not keys.height or keys.hash_rows().n_unique() == keys.height:
        return 0
    return keys.height - keys.n_unique()


def _message(name: str, breaches: Sequence[str]) -> str:
    return "\n  - ".join([f"Table '{name}' breaks its contract:", *breaches])
