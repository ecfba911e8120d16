"""Great Expectations 1.24.1 on a ``polars.LazyFrame``: the execution engine.

Usable by itself in another project; take ``expressions.py`` and ``polars_source.py`` along::

    import great_expectations as gx
    from meos_pipeline.quality import polars_engine, polars_source

    context = gx.get_context(mode="ephemeral")
    batch = polars_source.batch_of(context, pl.scan_parquet("table.parquet"))
    result = batch.validate(suite, result_format=polars_engine.COUNTS_ONLY)

How it works. Great Expectations asks an engine for *metrics*; those that end in ``.aggregate_fn``
give an expression here, and ``resolve_metric_bundle`` puts all expressions of a suite into **one
streaming select**. Uniqueness takes one more pass per rule, over 64-bit hashes of the key, which are
sorted (a quarter of the memory of a ``group_by``); only where a hash occurs twice are the keys
themselves grouped, so the answer is exact.

What it does not do. It counts and never returns a value: asking for unexpected values, rows or
indices raises. Minimum, maximum and the like are in Great Expectations' own result as
``observed_value``; leave that field out of what you keep. Kinds that ``expressions.KINDS`` does not
list are refused by ``require_covered`` before any data are read.

Differences from the pandas engine, all on the strict side: patterns and lengths of columns that are
not text raise (pandas turns numbers into text first); comparing text with numbers raises also when
no row could show it; patterns are those of the Rust ``regex`` crate (no look-around).

Importing this module imports Great Expectations, which takes seconds: import it where it is used.
It relies on inner parts of Great Expectations, hence the exact version.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import great_expectations as gx
import polars as pl
from great_expectations.core.batch import BatchData, BatchMarkers
from great_expectations.core.id_dict import BatchSpec, IDDict
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.execution_engine.execution_engine import ExecutionEngine
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.column_aggregate_metrics.column_proportion_of_unique_values import (
    unique_proportion,
)
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import register_metric
from great_expectations.expectations.row_conditions import Condition
from great_expectations.validator.metric_configuration import MetricConfiguration

from meos_pipeline.quality import expressions as ex

COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
"""The only result format besides BOOLEAN_ONLY that the engine serves."""

GX_VERSION = "1.24.1"


@cache
def context() -> EphemeralDataContext:
    """Return a context of Great Expectations that lives in memory: made once, for making it takes as long as 20 rules."""
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        ),
    )


def require_covered(types: Iterable[str]) -> None:
    """Raise ``LookupError`` with every expectation type that is not covered."""
    unknown = sorted({name for name in types if name not in ex.KINDS})
    if unknown:
        raise LookupError(f"Not covered on Polars: {', '.join(unknown)}; covered are {', '.join(sorted(ex.KINDS))}")


class TableSpec(BatchSpec):
    """Names the table; carries it outside the mapping, which Great Expectations writes out."""

    frame: pl.LazyFrame


class PolarsBatchData(BatchData):
    """A lazy table and its schema."""

    def __init__(self, execution_engine: ExecutionEngine[Any], frame: pl.LazyFrame) -> None:
        """Keep the table; nothing is read."""
        super().__init__(execution_engine=execution_engine)
        self.frame = frame
        self.schema = frame.collect_schema()
        self.columns = repr(self.schema)
        self.empty = self.schema.to_frame()


class PolarsExecutionEngine(ExecutionEngine[Any]):
    """Resolves metrics on a ``LazyFrame``."""

    def get_batch_data_and_markers(self, batch_spec: "TableSpec") -> tuple[PolarsBatchData, BatchMarkers]:
        """Wrap the table that came with the request."""
        return PolarsBatchData(self, batch_spec.frame), BatchMarkers({"ge_load_time": None})

    @property
    def table(self) -> PolarsBatchData:
        """The table at hand.

        Raises:
            TypeError: when the batch holds no frame.
        """
        table = self.batch_manager.active_batch_data
        if not isinstance(table, PolarsBatchData):
            raise TypeError("no table was loaded")
        return table

    def resolve_metric_bundle(self, metric_fn_bundle: Iterable[Any]) -> dict[Any, Any]:
        """Answer every count of the bundle: expressions in one streaming select, keys in a pass each."""
        bundle = list(metric_fn_bundle)
        if not bundle:
            return {}
        wanted = [(item.metric_configuration.id, item.metric_fn) for item in bundle]
        selected = [(key, made) for key, made in wanted if isinstance(made, pl.Expr)]
        # Keys first: their pass is small, and comes before the large one has filled the allocator.
        found: dict[Any, Any] = {
            key: count_duplicates(self.table.frame, made, self.table.schema)
            for key, made in wanted
            if not isinstance(made, pl.Expr)
        }
        if selected:
            columns = {f"metric_{number}": made for number, (_, made) in enumerate(selected)}
            row = self.table.frame.select(**columns).collect(engine="streaming").row(0)
            found |= {key: value for (key, _), value in zip(selected, row, strict=True)}
        return found

    def _comparison_condition_to_filter_clause(self, condition: Any) -> Any:  # noqa: ANN401
        # Great Expectations asks engines for this hook; row conditions are built in ``expressions``, so it is never called.
        raise NotImplementedError

    _nullity_condition_to_filter_clause = _comparison_condition_to_filter_clause
    _and_condition_to_filter_clause = _comparison_condition_to_filter_clause
    _or_condition_to_filter_clause = _comparison_condition_to_filter_clause


def count_duplicates(frame: pl.LazyFrame, arguments: ex.Arguments, schema: Mapping[str, Any]) -> int:
    """Count the rows whose key occurs more than once, among the rows that the rule looks at."""
    keys = ex.duplicate_keys(arguments, schema)
    rows = frame.filter(ex.unique_rows(arguments, schema))
    key = (keys[0] if len(keys) == 1 else pl.struct(keys)).hash().alias("hash")
    hashes = rows.select(key).collect(engine="streaming").to_series().sort()
    repeated = hashes.filter((hashes == hashes.shift(1)).fill_null(value=False)).unique()
    if repeated.is_empty():
        return 0
    named = [column.alias(f"key_{number}") for number, column in enumerate(keys)]
    exact = (
        rows.select(key, *named)
        .join(repeated.to_frame().lazy(), on="hash", how="semi")
        .group_by([f"key_{number}" for number in range(len(keys))])
        .agg(n=pl.len())
        .filter(pl.col("n") > 1)
        .select(pl.col("n").sum())
    )
    return int(exact.collect(engine="streaming").item())


class _Counts(MetricProvider):
    """Depends on its expression only, so that all counts are ready in the same round."""


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(arguments)
    if isinstance(given.get("row_condition"), Condition):
        given["row_condition"] = given["row_condition"].dict()
    return given


def _tried(engine: PolarsExecutionEngine, made: pl.Expr) -> pl.Expr:
    """Return the expression if it runs on an empty table of this schema, so that one fault spoils no other rule."""
    table = engine.table
    if (key := (table.columns, made.meta.serialize())) not in _SOUND:
        table.empty.select(made)
        _SOUND.add(key)
    return made


_SOUND: set[tuple[str, bytes]] = set()
"""Columns of a table, as text, with an expression that runs on them: the rules of one month are those of the next."""


@contextmanager
def configurations_made_once() -> Iterator[None]:
    """Let Great Expectations turn an expectation into its configuration, and back, once while this lasts.

    It writes the whole expectation out anew, and builds and checks it anew, at every look: some 7,000 times for a suite
    of 70 rules, three quarters of the time of validating a month. During a validation expectations do not change. What
    names a metric is written as JSON directly where that can be: looking first for values that JSON does not have took a
    quarter of what is left.
    """
    configuration, to_domain = Expectation.configuration, ExpectationConfiguration.to_domain_obj
    to_id = IDDict.to_id
    written: dict[int, tuple[Any, Any]] = {}
    built: dict[int, tuple[Any, Any]] = {}

    def write_once(self: Any) -> Any:  # noqa: ANN401
        if id(self) not in written:
            written[id(self)] = (self, configuration.__get__(self))
        return written[id(self)][1]

    def build_once(self: Any) -> Any:  # noqa: ANN401
        if id(self) not in built:
            built[id(self)] = (self, to_domain(self))
        return built[id(self)][1]

    def named_at_once(self: Any, id_keys: Any = None, id_ignore_keys: Any = None) -> Any:  # noqa: ANN401
        if id_keys is None and id_ignore_keys is None and len(self) > 1 and not self._id_ignore_keys:
            with suppress(TypeError):
                return json.dumps(self, sort_keys=True)
        return to_id(self, id_keys, id_ignore_keys)

    setattr(Expectation, "configuration", property(write_once))  # noqa: B010 - a property of another project
    setattr(ExpectationConfiguration, "to_domain_obj", build_once)  # noqa: B010
    setattr(IDDict, "to_id", named_at_once)  # noqa: B010
    try:
        yield
    finally:
        setattr(IDDict, "to_id", to_id)  # noqa: B010
        setattr(Expectation, "configuration", configuration)  # noqa: B010
        setattr(ExpectationConfiguration, "to_domain_obj", to_domain)  # noqa: B010


def _register() -> None:
    for kind in ex.KINDS.values():
        if kind.is_row_level:
            _register_rows(kind)
    _register_aggregates()


def _provider(name: str, make: Any, keys: tuple[str, ...], values: tuple[str, ...]) -> None:  # noqa: ANN401
    """Register the metric and the expression behind it."""

    def expression(
        cls: Any,  # noqa: ANN401, ARG001
        execution_engine: PolarsExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,  # noqa: ANN401
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        arguments = _plain({**metric_domain_kwargs, **(metric_value_kwargs or {})})
        return make(execution_engine, arguments), metric_domain_kwargs, {}

    for suffix, function in ((".aggregate_fn", expression), ("", None)):
        register_metric(
            metric_name=name + suffix,
            metric_domain_keys=keys,
            metric_value_keys=values,
            execution_engine=PolarsExecutionEngine,
            metric_class=_Counts,
            metric_provider=function,
        )


_BATCH_KEYS = ("batch_id", "table", "row_condition", "condition_parser")
_DOMAIN_KEYS = {
    "column": (*_BATCH_KEYS, "column"),
    "pair": (*_BATCH_KEYS, "column_A", "column_B", "ignore_row_if"),
    "columns": (*_BATCH_KEYS, "column_list", "ignore_row_if"),
    "table": _BATCH_KEYS,
}


def _register_rows(kind: ex.Kind) -> None:
    keys, values = _DOMAIN_KEYS[kind.domain], tuple(sorted(kind.arguments))

    def count(engine: PolarsExecutionEngine, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        schema = engine.table.schema
        if kind.metric in ex.UNIQUE_METRICS:
            for made in (*ex.duplicate_keys(arguments, schema), ex.unique_rows(arguments, schema)):
                _tried(engine, made)
            return arguments
        return _tried(engine, ex.unexpected(kind.metric, arguments, schema).sum())

    def rows(engine: PolarsExecutionEngine, arguments: dict[str, Any]) -> pl.Expr:
        return _tried(engine, ex.count_rows(arguments, engine.table.schema))

    _provider(f"{kind.metric}.unexpected_count", count, keys, values)
    if kind.domain != "column":
        _provider(f"{kind.metric}.filtered_row_count", rows, keys, (*values, "result_format"))
    for suffix in ("unexpected_values", "unexpected_rows", "unexpected_index_list", "unexpected_index_query"):
        register_metric(
            metric_name=f"{kind.metric}.{suffix}",
            metric_domain_keys=keys,
            metric_value_keys=(*values, "result_format"),
            execution_engine=PolarsExecutionEngine,
            metric_class=_Counts,
            metric_provider=_no_values,
        )


def _no_values(cls: Any, metric_value_kwargs: dict[str, Any], **_: Any) -> list[Any]:  # noqa: ANN401, ARG001
    wanted = metric_value_kwargs.get("result_format") or {}
    if wanted.get("result_format") != "BASIC" or wanted.get("partial_unexpected_count") != 0:
        raise ValueError(f"this engine returns counts, never values; use result_format {COUNTS_ONLY}")
    return []


def _filled_proportion(metrics: Mapping[str, Any]) -> float:
    rows = metrics["table.row_count"]
    return (rows - metrics["column_values.nonnull.unexpected_count"]) / rows if rows else 0


class _Proportion(MetricProvider):
    """Depends on the counts that a proportion is made of."""

    @classmethod
    def _get_evaluation_dependencies(
        cls,
        metric: MetricConfiguration,
        configuration: Any = None,  # noqa: ANN401, ARG003
        execution_engine: Any = None,  # noqa: ANN401, ARG003
        runtime_configuration: dict[Any, Any] | None = None,  # noqa: ARG003
    ) -> dict[str, MetricConfiguration]:
        rows = {key: value for key, value in metric.metric_domain_kwargs.items() if key != "column"}
        return {
            "column.distinct_values.count": MetricConfiguration(
                "column.distinct_values.count", metric.metric_domain_kwargs, None
            ),
            "table.row_count": MetricConfiguration("table.row_count", rows, None),
            "column_values.nonnull.unexpected_count": MetricConfiguration(
                "column_values.nonnull.unexpected_count", metric.metric_domain_kwargs, None
            ),
        }


def _register_aggregates() -> None:
    for kind in ex.KINDS.values():
        if kind.is_row_level or kind.metric.endswith("_proportion"):
            continue

        def aggregate(engine: PolarsExecutionEngine, arguments: dict[str, Any], metric: str = kind.metric) -> pl.Expr:
            return _tried(engine, ex.aggregate(metric, arguments, engine.table.schema))

        _provider(kind.metric, aggregate, _DOMAIN_KEYS[kind.domain], ())
    for name, function in (
        ("column.unique_proportion", unique_proportion),
        ("column.non_null_proportion", _filled_proportion),
    ):
        register_metric(
            metric_name=name,
            metric_domain_keys=_DOMAIN_KEYS["column"],
            metric_value_keys=(),
            execution_engine=PolarsExecutionEngine,
            metric_class=_Proportion,
            metric_provider=lambda cls, metrics, _function=function, **_: _function(metrics),  # noqa: ARG005
        )
    register_metric(
        metric_name="table.columns",
        metric_domain_keys=_BATCH_KEYS,
        metric_value_keys=(),
        execution_engine=PolarsExecutionEngine,
        metric_class=_Counts,
        metric_provider=lambda cls, execution_engine, **_: execution_engine.table.schema.names(),  # noqa: ARG005
    )


_register()
