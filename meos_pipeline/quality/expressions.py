"""What each kind of expectation means, as Polars expressions. Knows no Great Expectations.

Every expression is true exactly for the rows that Great Expectations calls *unexpected*: a row that
the row condition selects, whose value is present, and that breaks the rule. An expression is never
null. NaN counts as missing, as it does in pandas.
"""

import datetime as dt
import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

Arguments = Mapping[str, Any]
_Compare = Callable[[Any, Any], Any]

COMMON_ARGUMENTS = frozenset({"row_condition", "condition_parser", "mostly"})
_BETWEEN = frozenset({"min_value", "max_value", "strict_min", "strict_max"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of expectation: the metric behind it, and the arguments it takes."""

    metric: str
    domain: str
    """``column``, ``pair``, ``columns`` or ``table``."""
    arguments: frozenset[str] = frozenset()
    is_row_level: bool = False
    """Each row passes or fails; otherwise only the table as a whole does."""
    needs: str = ""
    """``text`` or ``number`` where only such columns make sense."""

    @property
    def all_arguments(self) -> frozenset[str]:
        """Every argument that may be given."""
        domain = {
            "column": {"column"},
            "pair": {"column_A", "column_B", "ignore_row_if"},
            "columns": {"column_list", "ignore_row_if"},
            "table": set[str](),
        }[self.domain]
        common = COMMON_ARGUMENTS if self.is_row_level else COMMON_ARGUMENTS - {"mostly"}
        return self.arguments | domain | common


def _rows(metric: str, *arguments: str, domain: str = "column", needs: str = "") -> Kind:
    return Kind(metric=metric, domain=domain, arguments=frozenset(arguments), is_row_level=True, needs=needs)


def _between(metric: str, *, domain: str = "column", needs: str = "") -> Kind:
    return Kind(metric=metric, domain=domain, arguments=_BETWEEN, needs=needs)


KINDS: dict[str, Kind] = {
    "expect_column_values_to_not_be_null": _rows("column_values.nonnull"),
    "expect_column_values_to_be_null": _rows("column_values.null"),
    "expect_column_values_to_be_in_set": _rows("column_values.in_set", "value_set"),
    "expect_column_values_to_not_be_in_set": _rows("column_values.not_in_set", "value_set"),
    "expect_column_values_to_be_between": _rows("column_values.between", *_BETWEEN),
    "expect_column_values_to_match_regex": _rows("column_values.match_regex", "regex", needs="text"),
    "expect_column_values_to_not_match_regex": _rows("column_values.not_match_regex", "regex", needs="text"),
    "expect_column_value_lengths_to_be_between": _rows("column_values.value_length.between", *_BETWEEN, needs="text"),
    "expect_column_value_lengths_to_equal": _rows("column_values.value_length.equals", "value", needs="text"),
    "expect_column_values_to_be_unique": _rows("column_values.unique"),
    "expect_column_pair_values_a_to_be_greater_than_b": _rows(
        "column_pair_values.a_greater_than_b", "or_equal", domain="pair"
    ),
    "expect_column_pair_values_to_be_equal": _rows("column_pair_values.equal", domain="pair"),
    "expect_compound_columns_to_be_unique": _rows("compound_columns.unique", domain="columns"),
    "expect_column_max_to_be_between": _between("column.max"),
    "expect_column_min_to_be_between": _between("column.min"),
    "expect_column_mean_to_be_between": _between("column.mean", needs="number"),
    "expect_column_median_to_be_between": _between("column.median", needs="number"),
    "expect_column_sum_to_be_between": _between("column.sum", needs="number"),
    "expect_column_stdev_to_be_between": _between("column.standard_deviation", needs="number"),
    "expect_column_unique_value_count_to_be_between": _between("column.distinct_values.count"),
    "expect_column_proportion_of_unique_values_to_be_between": _between("column.unique_proportion"),
    "expect_column_proportion_of_non_null_values_to_be_between": _between("column.non_null_proportion"),
    "expect_table_row_count_to_be_between": Kind(
        metric="table.row_count", domain="table", arguments=frozenset({"min_value", "max_value"})
    ),
}
"""Every kind of expectation that is covered; any other is refused by name."""

UNIQUE_METRICS = frozenset({"column_values.unique", "compound_columns.unique"})
"""Metrics that need the whole column instead of an expression per row."""


def columns_of(arguments: Arguments) -> list[str]:
    """Names of the columns a rule looks at, those of its row condition last."""
    own = [arguments[name] for name in ("column", "column_A", "column_B") if name in arguments]
    own += list(arguments.get("column_list", []))
    return [*own, *condition_columns(arguments.get("row_condition"))]


def condition_columns(condition: object) -> list[str]:
    """Names of the columns in a row condition."""
    if not isinstance(condition, Mapping):
        return []
    column = condition.get("column")
    if isinstance(column, Mapping):
        return [str(column.get("name"))]
    return [name for part in condition.get("conditions", []) for name in condition_columns(part)]


def present(name: str, schema: Mapping[str, Any]) -> pl.Expr:
    """The column with NaN as null; raises ``KeyError`` when the table has no such column."""
    if name not in schema:
        raise KeyError(f"column '{name}' is not in the table")
    column = pl.col(name)
    return column.fill_nan(None) if schema[name] in (pl.Float64, pl.Float32) else column


def condition(arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """Which rows the row condition selects; all when there is none. Comparison with null is as in pandas."""
    given = arguments.get("row_condition")
    return pl.lit(value=True) if not given else _condition(given, schema)


def domain(arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """Which rows count: the row condition together with ``ignore_row_if``."""
    selected = condition(arguments, schema)
    ignore = arguments.get("ignore_row_if", "all_values_are_missing")  # Great Expectations' default, for pairs too
    names = arguments.get("column_list") or [arguments[n] for n in ("column_A", "column_B") if n in arguments]
    filled = [present(name, schema).is_not_null() for name in names]
    if not names:
        return selected
    if ignore in ("all_values_are_missing", "both_values_are_missing"):
        return selected & pl.any_horizontal(filled)
    if ignore in ("any_value_is_missing", "either_value_is_missing"):
        return selected & pl.all_horizontal(filled)
    return selected


def count_rows(arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """Number of rows that count."""
    rows = domain(arguments, schema)
    return rows.sum() if rows.meta.root_names() else pl.len()


def unexpected(metric: str, arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """Which rows break the rule.

    Raises:
        KeyError: for a column the table lacks.
        TypeError: where values and bounds cannot be compared.
        ValueError: for arguments that contradict each other.
    """
    rows = domain(arguments, schema)
    if metric in _PAIRS:
        left, right = (arguments["column_A"], arguments["column_B"])
        met = _PAIRS[metric](present(left, schema), present(right, schema), arguments)
        return rows & ~met.fill_null(value=False)
    name = arguments["column"]
    column = present(name, schema)
    if metric == "column_values.nonnull":
        return rows & column.is_null()
    if metric == "column_values.null":
        return rows & column.is_not_null()
    met = _COLUMNS[metric](column, arguments, schema[name])
    return (rows & ~met).fill_null(value=False)


def aggregate(metric: str, arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """One number over the selected rows, e.g. ``column.mean``; null when there is nothing to take it of."""
    if metric == "table.row_count":
        return count_rows(arguments, schema)
    name = arguments["column"]
    column = present(name, schema)
    if arguments.get("row_condition"):
        column = column.filter(condition(arguments, schema))
    return _AGGREGATES[metric](column, schema[name])


def duplicate_keys(arguments: Arguments, schema: Mapping[str, Any]) -> list[pl.Expr]:
    """Columns whose combination is to be unique."""
    names = arguments.get("column_list") or [arguments["column"]]
    return [present(name, schema) for name in names]


def unique_rows(arguments: Arguments, schema: Mapping[str, Any]) -> pl.Expr:
    """Rows that take part in a uniqueness rule."""
    rows = domain(arguments, schema)
    return rows & present(arguments["column"], schema).is_not_null() if "column" in arguments else rows


def _is_text(dtype: Any) -> bool:  # noqa: ANN401
    return dtype == pl.String or isinstance(dtype, pl.Enum | pl.Categorical)


def _text(column: pl.Expr, dtype: Any) -> pl.Expr:  # noqa: ANN401
    if not _is_text(dtype):
        raise TypeError("only text has a pattern or a length")
    return column if dtype == pl.String else column.cast(pl.String)


def _in_set(column: pl.Expr, arguments: Arguments, dtype: Any) -> pl.Expr:  # noqa: ANN401
    given = arguments.get("value_set")
    if given is None:
        return column.is_not_null()
    return column.is_in(pl.lit(_fitting(given, dtype)).implode())


def _not_in_set(column: pl.Expr, arguments: Arguments, dtype: Any) -> pl.Expr:  # noqa: ANN401
    given = arguments.get("value_set")
    return column.is_not_null() if given is None else ~_in_set(column, arguments, dtype)


def _fitting(given: Sequence[Any], dtype: Any) -> pl.Series:  # noqa: ANN401
    """Values of the set that the column can hold at all; the rest can never match."""
    if isinstance(dtype, pl.Enum):
        known = set(dtype.categories)
        return pl.Series([value for value in given if value in known], dtype=dtype)
    if _is_text(dtype):
        return pl.Series([value for value in given if isinstance(value, str)], dtype=pl.String)
    if dtype == pl.Boolean:
        return pl.Series([bool(value) for value in given if value in (0, 1)], dtype=pl.Boolean)
    if dtype.is_temporal():
        return pl.Series([_moment(value, dtype) for value in given if value is not None], dtype=dtype)
    numbers = [value for value in given if isinstance(value, int | float)]
    if dtype.is_integer():
        whole = [int(value) for value in numbers if float(value).is_integer()]
        return pl.Series(whole, dtype=pl.Int64)
    return pl.Series([float(value) for value in numbers], dtype=pl.Float64)


def _is_between(column: pl.Expr, arguments: Arguments, dtype: Any) -> pl.Expr:  # noqa: ANN401
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be absent")
    if low is not None and high is not None and low > high:
        raise ValueError("min_value cannot be greater than max_value")
    column = column.cast(pl.String) if isinstance(dtype, pl.Enum) else column
    met = []
    if low is not None:
        compare: _Compare = operator.gt if arguments.get("strict_min") else operator.ge
        met.append(compare(column, _bound(low, dtype)))
    if high is not None:
        compare = operator.lt if arguments.get("strict_max") else operator.le
        met.append(compare(column, _bound(high, dtype)))
    both: pl.Expr = functools.reduce(operator.and_, met)
    return both


def _bound(value: object, dtype: Any) -> Any:  # noqa: ANN401
    if dtype.is_temporal():
        return _moment(value, dtype)
    if isinstance(value, str) != _is_text(dtype):
        raise TypeError("values and bounds are of different types")
    return value


def _moment(value: object, dtype: Any) -> object:  # noqa: ANN401
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.date):
        raise TypeError("values and bounds are of different types")
    if dtype == pl.Date and isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value


def _length_between(column: pl.Expr, arguments: Arguments, dtype: Any) -> pl.Expr:  # noqa: ANN401
    return _is_between(_text(column, dtype).str.len_chars(), arguments, pl.Int64())


_COLUMNS: dict[str, Callable[[pl.Expr, Arguments, Any], pl.Expr]] = {
    "column_values.in_set": _in_set,
    "column_values.not_in_set": _not_in_set,
    "column_values.between": _is_between,
    "column_values.match_regex": lambda column, given, dtype: _text(column, dtype).str.contains(given["regex"]),
    "column_values.not_match_regex": lambda column, given, dtype: ~_text(column, dtype).str.contains(given["regex"]),
    "column_values.value_length.between": _length_between,
    "column_values.value_length.equals": lambda column, given, dtype: (
        _text(column, dtype).str.len_chars() == given["value"]
    ),
}

_PAIRS: dict[str, Callable[[pl.Expr, pl.Expr, Arguments], pl.Expr]] = {
    "column_pair_values.equal": lambda left, right, _: left == right,
    "column_pair_values.a_greater_than_b": lambda left, right, given: (
        left >= right if given.get("or_equal") else left > right
    ),
}

_AGGREGATES: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "column.max": lambda column, _: column.max(),
    "column.min": lambda column, _: column.min(),
    "column.mean": lambda column, _: column.mean(),
    "column.median": lambda column, _: column.median(),
    "column.sum": lambda column, dtype: (column.cast(pl.Int64) if dtype.is_integer() else column).sum(),
    "column.standard_deviation": lambda column, _: column.std(),
    "column.distinct_values.count": lambda column, _: column.drop_nulls().n_unique(),
}

_COMPARISONS: dict[str, _Compare] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _condition(given: Mapping[str, Any], schema: Mapping[str, Any]) -> pl.Expr:
    if not isinstance(given, Mapping):
        raise TypeError("a row_condition is a mapping with a type, not text for one engine")
    kind = given.get("type")
    if kind in ("and", "or"):
        parts = [_condition(part, schema) for part in given["conditions"]]
        return functools.reduce(operator.and_ if kind == "and" else operator.or_, parts)
    name = given["column"]["name"]
    column = present(name, schema)
    if kind == "nullity":
        return column.is_null() if given["is_null"] else column.is_not_null()
    if kind == "comparison":
        return _comparison(column, str(given["operator"]), given["parameter"], schema[name])
    raise TypeError("a row_condition is a comparison, nullity, and, or or")


def _comparison(column: pl.Expr, word: str, parameter: Any, dtype: Any) -> pl.Expr:  # noqa: ANN401
    if word in ("IN", "=="):
        return _in_set(column, {"value_set": parameter if word == "IN" else [parameter]}, dtype).fill_null(value=False)
    if word in ("NOT_IN", "!="):
        held = _in_set(column, {"value_set": parameter if word == "NOT_IN" else [parameter]}, dtype)
        return ~held.fill_null(value=False)
    column = column.cast(pl.String) if isinstance(dtype, pl.Enum) else column
    met: pl.Expr = _COMPARISONS[word](column, _bound(parameter, dtype))
    return met.fill_null(value=False)
