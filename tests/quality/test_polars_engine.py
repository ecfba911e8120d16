"""Our engine judges as Great Expectations' own pandas engine does, and gives no value away."""

import datetime as dt
import importlib.util
import math
import socket
from pathlib import Path

import great_expectations as gx
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.quality import expressions as ex
from meos_pipeline.quality import polars_engine, polars_source

_spec = importlib.util.spec_from_file_location("quality_parity", Path(__file__).parent / "parity.py")
parity = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(parity)

laws = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.fixture(scope="module")
def context():
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = {"globally": False, "metric_calculations": False}
    return made


def validated(context, frame, *expectations, **options):
    suite = gx.ExpectationSuite(name="suite", expectations=[{"type": kind, "kwargs": k} for kind, k in expectations])
    return polars_source.batch_of(context, frame.lazy()).validate(
        suite, **{"result_format": polars_engine.COUNTS_ONLY, **options}
    )


def test_the_version_is_the_one_whose_inner_parts_we_rely_on():
    assert gx.__version__ == polars_engine.GX_VERSION


def test_it_agrees_with_the_pandas_engine_on_every_kind():
    compared, differences = parity.compare(seed=1, rounds=8)
    assert differences == []
    assert compared >= 170


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_it_agrees_with_the_pandas_engine_on_a_thousand_results(seed):
    compared, differences = parity.compare(seed=seed, rounds=50)
    assert differences == []
    assert compared >= 1000


def test_the_parity_test_would_notice_a_null_that_is_judged(monkeypatch):
    """The pandas engine leaves empty values out; an engine that counted them would differ."""
    monkeypatch.setattr(
        ex, "unexpected", lambda metric, arguments, schema: pl.lit(value=True) & ex.domain(arguments, schema)
    )
    assert parity.compare(seed=1, rounds=1)[1]


@pytest.mark.parametrize(
    ("operator", "parameter", "rows"),
    [
        ("==", 1, 1),
        ("!=", 1, 3),
        ("IN", [1], 1),
        ("NOT_IN", [1], 3),
        ("<", 1, 0),
        ("<=", 1, 1),
        (">", 1, 1),
        (">=", 1, 2),
    ],
)
def test_a_row_condition_takes_empty_values_as_pandas_does(operator, parameter, rows):
    """Empty is unequal to everything and neither more nor less than anything; so is NaN."""
    table = pl.DataFrame({"f": [1.0, 2.0, None, float("nan")]})
    condition = {"type": "comparison", "column": {"name": "f"}, "operator": operator, "parameter": parameter}
    selected = table.select(ex.count_rows({"row_condition": condition}, table.schema)).item()
    as_pandas = {"==": "f == 1", "!=": "f != 1", "IN": "f in [1]", "NOT_IN": "f not in [1]"}.get(
        operator, f"f {operator} 1"
    )
    assert selected == len(table.to_pandas().query(as_pandas)) == rows


def test_a_kind_that_is_not_covered_is_refused_by_name():
    with pytest.raises(LookupError, match="Not covered on Polars: expect_column_kl_divergence"):
        polars_engine.require_covered(["expect_column_kl_divergence_to_be_less_than", *ex.KINDS])


@pytest.mark.parametrize(
    "result_format",
    [
        "SUMMARY",
        "COMPLETE",
        "BASIC",
        {"result_format": "COMPLETE"},
        {"result_format": "COMPLETE", "partial_unexpected_count": 0},
    ],
)
def test_asking_for_values_raises_and_gives_none(context, result_format):
    table = pl.DataFrame({"a": ["canary-123456782"]})
    result = validated(
        context,
        table,
        ("expect_column_values_to_be_in_set", {"column": "a", "value_set": []}),
        result_format=result_format,
    ).results[0]
    assert not result.success
    assert "never values" in str(result.exception_info)
    assert "canary" not in str(result.to_json_dict())


def test_counts_only_gives_no_value(context):
    table = pl.DataFrame({"a": ["canary-123456782", "canary-123456782"], "b": [1.5, 2.5]})
    results = validated(
        context,
        table,
        ("expect_column_values_to_be_in_set", {"column": "a", "value_set": []}),
        ("expect_column_values_to_match_regex", {"column": "a", "regex": "^x"}),
        ("expect_column_values_to_be_unique", {"column": "a"}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}),
        ("expect_column_values_to_be_between", {"column": "a", "min_value": 3}),
    )
    assert "canary" not in str(results.to_json_dict())


def test_text_patterns_on_numbers_raise_also_on_an_empty_table(context):
    table = pl.DataFrame({"n": [1, 2]})
    for frame in (table, table.clear()):
        result = validated(
            context, frame, ("expect_column_values_to_match_regex", {"column": "n", "regex": "1"})
        ).results[0]
        assert not result.success
        assert "only text has a pattern" in str(result.exception_info)


def test_one_rule_that_raises_leaves_the_others_alone(context):
    table = pl.DataFrame({"n": [1, 2], "t": ["a", None]})
    results = validated(
        context,
        table,
        ("expect_column_values_to_be_between", {"column": "t", "min_value": 3}),
        ("expect_column_values_to_not_be_null", {"column": "absent"}),
        ("expect_column_values_to_not_be_null", {"column": "t"}),
    ).results
    by_type = {(r.expectation_config.kwargs["column"]): r for r in results}
    assert by_type["absent"].exception_info.get("raised_exception", True)
    counted = [r.result.get("unexpected_count") for r in results if r.result]
    assert counted == [1]


def test_all_counts_of_a_suite_are_one_select(context, monkeypatch):
    """Each read of the table costs as much as the file is long."""
    frame = pl.DataFrame({"a": ["x", None, "y"], "n": [1, 2, 3]}).lazy()
    reads = []
    original = polars_engine.PolarsExecutionEngine.resolve_metric_bundle

    def noted(self, metric_fn_bundle):
        bundle = list(metric_fn_bundle)
        if bundle:
            reads.append(len(bundle))
        return original(self, bundle)

    monkeypatch.setattr(polars_engine.PolarsExecutionEngine, "resolve_metric_bundle", noted)
    validated(
        context,
        frame,
        ("expect_column_values_to_not_be_null", {"column": "a"}),
        ("expect_column_values_to_be_in_set", {"column": "a", "value_set": ["x"], "mostly": 0.5}),
        ("expect_column_mean_to_be_between", {"column": "n", "min_value": 0}),
        ("expect_column_proportion_of_unique_values_to_be_between", {"column": "n", "min_value": 0}),
        ("expect_column_pair_values_to_be_equal", {"column_A": "n", "column_B": "n"}),
        ("expect_table_row_count_to_be_between", {"min_value": 1}),
    )
    assert len(reads) == 1


@laws
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([None, "a", "b", "日"]), st.sampled_from([None, 0.0, 1.0, float("nan")])), max_size=12
    )
)
def test_duplicates_are_counted_as_a_loop_would(rows):
    frame = pl.DataFrame(rows, schema={"a": pl.String, "f": pl.Float64}, orient="row")
    arguments = {"column_list": ["a", "f"], "ignore_row_if": "all_values_are_missing"}
    keys = [(a, None if f is None or math.isnan(f) else f) for a, f in rows]
    keys = [key for key in keys if key != (None, None)]
    assert polars_engine.count_duplicates(frame.lazy(), arguments, frame.schema) == sum(keys.count(k) > 1 for k in keys)


def test_a_colliding_hash_is_no_duplicate(monkeypatch):
    monkeypatch.setattr(pl.Expr, "hash", lambda self: self.is_null().cast(pl.UInt64))
    frame = pl.DataFrame({"a": ["x", "y", "z", "y"]})
    assert polars_engine.count_duplicates(frame.lazy(), {"column": "a"}, frame.schema) == 2


def test_no_socket_is_opened(monkeypatch):
    """Great Expectations had telemetry; ours may not reach for any network."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    fresh = gx.get_context(mode="ephemeral")
    result = validated(fresh, pl.DataFrame({"a": [1, None]}), ("expect_column_values_to_not_be_null", {"column": "a"}))
    assert result.statistics["evaluated_expectations"] == 1
    assert asked == []


def test_it_serves_a_validation_definition_in_a_checkpoint(context):
    """The rest of Great Expectations works on it as on its own engines."""
    asset = context.data_sources.add_polars("for_checkpoint").add_frame_asset("table")
    suite = context.suites.add(
        gx.ExpectationSuite(
            name="for_checkpoint",
            expectations=[
                {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}, "severity": "warning"}
            ],
        )
    )
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name="d", data=asset.add_batch_definition_whole_dataframe("all"), suite=suite)
    )
    checkpoint = gx.Checkpoint(name="c", validation_definitions=[definition], result_format=polars_engine.COUNTS_ONLY)
    run = checkpoint.run(batch_parameters={"dataframe": pl.DataFrame({"a": ["canary-123456782", None]}).lazy()})
    (result,) = run.run_results.values()
    assert not run.success
    assert result.results[0].result["unexpected_count"] == 1
    assert result.results[0].expectation_config.severity == "warning"
    assert "canary" not in str(result.to_json_dict())


def test_a_request_without_a_lazy_table_says_what_to_give(context):
    asset = context.data_sources.add_polars("for_request").add_frame_asset("table")
    with pytest.raises(TypeError, match=r"one polars.LazyFrame under 'dataframe'"):
        asset.build_batch_request({"dataframe": pl.DataFrame()})


def test_dates_are_compared_with_written_dates(context):
    table = pl.DataFrame({"d": [dt.date(2025, 1, 31), dt.date(2025, 2, 1)]})
    (result,) = validated(
        context, table, ("expect_column_values_to_be_between", {"column": "d", "max_value": "2025-01-31T00:00:00"})
    ).results
    assert result.result["unexpected_count"] == 1
