"""Suites are read whole or refused whole, with every mistake and the nearest valid name."""

import datetime as dt
import json

import jsonschema
import polars as pl
import pytest
import yaml

from meos_pipeline.errors import RuleError
from meos_pipeline.quality.expressions import KINDS
from meos_pipeline.quality.suites import TABLES, period_parameters, read_suite, read_suites, to_gx
from meos_pipeline.storage.paths import shipped

FOLDER = shipped("expectations")
GOOD = {
    "why": "Because.",
    "severity": "warning",
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "result"},
}


def written(folder, rules, name="police_checks.yaml"):
    path = folder / name
    path.write_text(rules if isinstance(rules, str) else yaml.safe_dump(rules, sort_keys=False), encoding="utf-8")
    return path


def test_a_good_rule_is_read(tmp_path):
    suite = read_suite(written(tmp_path, {"results_are_recorded": GOOD}))
    assert (suite.table, suite["results_are_recorded"].kwargs["column"]) == ("police_checks", "result")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kwargs": {"column": "resultt"}}, "no column 'resultt'; did you mean 'result'"),
        ({"type": "expect_column_values_to_not_be_nul"}, "did you mean 'expect_column_values_to_not_be_null'"),
        ({"type": "expect_column_kl_divergence_to_be_less_than"}, "is not covered"),
        ({"severity": "critcal"}, "did you mean 'critical'"),
        ({"kwargs": {"colum": "result"}}, "takes no 'colum'; did you mean 'column'"),
        ({"kwargs": {}}, "field 'kwargs' is missing"),
        ({"kwargs": {"mostly": 0.5}}, "argument 'column' is missing"),
        ({"kwargs": {"column": "result", "mostly": 1.5}}, "'mostly' is a number between 0 and 1"),
        ({"kwargs": {"column": "result", "mostly": True}}, "'mostly' is a number between 0 and 1"),
        ({"kwargs": ["result"]}, "'kwargs' should be a mapping"),
        ({"why": ""}, "field 'why' is missing; add it"),
        ({"whyy": "x"}, "unknown field 'whyy'; did you mean 'why'"),
        ({"quarantine": "yes"}, "'quarantine' is true or false"),
        (
            {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "result", "value_set": ["arest"]}},
            "never holds 'arest'; did you mean 'arrest'",
        ),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "hour", "regex": "1"}},
            "only text has a pattern",
        ),
        (
            {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "area", "regex": "(?=x)"}},
            "cannot be worked out on table 'police_checks'",
        ),
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "hour", "min_value": "a"}},
            "different types",
        ),
        (
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "hour", "min_value": 2, "max_value": 1},
            },
            "cannot be greater",
        ),
        (
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "month", "min_value": {"$PARAMETER": "period_begin"}},
            },
            "no parameter 'period_begin'",
        ),
        (
            {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "team", "min_value": 1}},
            "holds no numbers",
        ),
        ({"type": "expect_column_mean_to_be_between", "kwargs": {"column": "hour"}}, "cannot both be absent"),
        (
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}, "quarantine": True},
            "'quarantine' needs a rule about rows",
        ),
        (
            {
                "kwargs": {
                    "column": "result",
                    "row_condition": {
                        "type": "comparison",
                        "column": {"name": "is_persn"},
                        "operator": "==",
                        "parameter": True,
                    },
                }
            },
            "no column 'is_persn'; did you mean 'is_person'",
        ),
        (
            {
                "kwargs": {
                    "column": "sex",
                    "row_condition": {
                        "type": "comparison",
                        "column": {"name": "hit_class"},
                        "operator": "==",
                        "parameter": "H9",
                    },
                }
            },
            "column 'hit_class' never holds 'H9'",
        ),
        ({"kwargs": {"column": "sex", "row_condition": "is_person == True"}}, "a row_condition is a mapping"),
        ({"kwargs": {"column": "sex", "condition_parser": "pandas"}}, "without a parser"),
    ],
)
def test_a_mistake_names_file_rule_and_remedy(tmp_path, change, message):
    with pytest.raises(RuleError) as caught:
        read_suites(written(tmp_path, {"results_are_recorded": {**GOOD, **change}}).parent)
    assert "'police_checks.yaml', rule 'results_are_recorded': " in str(caught.value)
    assert message in str(caught.value)


def test_every_mistake_of_every_file_is_told_at_once(tmp_path):
    written(tmp_path, {"one": {**GOOD, "severity": "x"}, "Two words": GOOD})
    written(tmp_path, "a: [", name="queries.yaml")
    written(tmp_path, {"x": GOOD}, name="polis_checks.yaml")
    with pytest.raises(RuleError) as caught:
        read_suites(tmp_path)
    message = str(caught.value)
    assert message.count("\n  - ") == 4
    assert "did you mean 'police_checks'?" in message
    assert "'queries.yaml' cannot be read as YAML at line" in message
    assert "lower case words" in message


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "x: 1\n"])
def test_a_file_that_holds_no_rules_is_refused(tmp_path, text):
    with pytest.raises(RuleError, match=r"should h(old|ave)"):
        read_suite(written(tmp_path, text))


def test_a_rule_that_occurs_twice_is_refused_with_its_line(tmp_path):
    text = yaml.safe_dump({"a": GOOD}) * 2
    with pytest.raises(RuleError, match=r"at line \d+ \('a' occurs twice; keep one\)"):
        read_suite(written(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "queries.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match=r"not text|cannot be read"):
        read_suites(tmp_path)


def test_the_schema_file_lists_the_kinds_that_are_covered():
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["rule"]["properties"]["type"]["enum"] == sorted(KINDS)
    arguments = set().union(*(kind.all_arguments for kind in KINDS.values())) - {"condition_parser"}
    assert set(schema["$defs"]["rule"]["properties"]["kwargs"]["properties"]) == arguments


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_file_accepts_our_suites_and_refuses_a_slip(path):
    validator = jsonschema.Draft202012Validator(json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")))
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(validator.iter_errors(document)) == []
    first = next(iter(document))
    assert list(validator.iter_errors({first: {**document[first], "severety": "info"}}))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_rule_says_why_in_both_languages(path):
    suite = read_suite(path)
    assert [rule.key for rule in suite.rules if not rule.why or not rule.why_nl] == []


def test_the_period_is_the_whole_month():
    assert period_parameters(dt.date(2024, 2, 10)) == {
        "period_start": "2024-02-01T00:00:00",
        "period_end": "2024-02-29T00:00:00",
    }


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_suite_runs_unchanged_in_plain_great_expectations_with_the_same_outcome(table):
    """Nobody is locked in: GX's own classes and its pandas engine take the same file."""
    import great_expectations as gx

    from meos_pipeline.quality.engine import validate

    suite = read_suites(FOLDER)[table]
    frame = pl.DataFrame([_filled(TABLES[table], n) for n in range(20)], schema=TABLES[table].schema)
    as_pandas = frame.with_columns(pl.selectors.enum().cast(pl.String)).to_pandas()
    for name in frame.select(pl.selectors.date()).columns:
        as_pandas[name] = as_pandas[name].astype("datetime64[ns]")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": as_pandas})
    period = dt.date(2025, 3, 1)
    plain = batch.validate(gx.ExpectationSuite(**to_gx(suite)), expectation_parameters=period_parameters(period))
    raised = [r for r in plain.results if r.exception_info.get("raised_exception", True)]
    assert raised == []
    ours = {outcome.rule: outcome.passed for outcome in validate(suite, frame.lazy(), period=period)}
    assert ours == {result.expectation_config.meta["rule"]: bool(result.success) for result in plain.results}


def _filled(contract, n):
    """A row with a value in most columns, some of them against the rules."""
    row = {}
    for place, column in enumerate(contract.columns):
        if column.nullable and (n + place) % 7 == 0:
            row[column.name] = None
        elif isinstance(column.dtype, pl.Enum):
            row[column.name] = column.dtype.categories[(n + place) % len(column.dtype.categories)]
        else:
            row[column.name] = {
                pl.String: f"k{n}" * 8,
                pl.Date: dt.date(2025, 3, 1) + dt.timedelta(days=n * 2),
                pl.Boolean: n % 2 == 0,
                pl.Float64: n / 10,
            }.get(type(column.dtype), n)
    return row
