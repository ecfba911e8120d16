"""Random tables and random expectations, run on our engine and on Great Expectations' own pandas engine."""

import datetime as dt
import random
import warnings

import great_expectations as gx
import pandas as pd
import polars as pl
from great_expectations.exceptions import InvalidExpectationConfigurationError

from meos_pipeline.quality import expressions as ex
from meos_pipeline.quality import polars_engine, polars_source

WORDS = ["a", "b", "ab", "Aé", "ß", "日本", "𝔘𝔫", "", "x|y", "A-1", "e\u0301", "\u200b", "NaN", "None"]
PATTERNS = ["^a", "b$", "é", "^[A-Z]-[0-9]$", "^$", "[|]", "日", "^(a|b|ab)([|](a|b))*$", "^.{2}$", "x[|]y"]
DAYS = [dt.date(2024, 12, 31) + dt.timedelta(days=n) for n in range(5)]


def random_frame(rng: random.Random) -> pl.DataFrame:
    n = rng.choice([0, 1, 2, 5, 30, 200])
    holes = rng.choice([0.0, 0.1, 0.5, 1.0])

    def column(make, dtype):
        return pl.Series([None if rng.random() < holes else make() for _ in range(n)], dtype=dtype)

    return pl.DataFrame(
        {
            "text": column(lambda: rng.choice(WORDS), pl.String),
            "other": column(lambda: rng.choice(WORDS[:3]), pl.String),
            "code": column(lambda: rng.choice(["low", "mid", "high"]), pl.Enum(["low", "mid", "high"])),
            "whole": column(lambda: rng.randint(-2, 5), pl.Int16),
            "count": column(lambda: rng.randint(0, 3), pl.Int64),
            "real": column(lambda: rng.choice([0.0, -0.0, 1.5, 2.0, float("nan"), float("inf")]), pl.Float64),
            "flag": column(lambda: rng.random() < 0.5, pl.Boolean),
            "day": column(lambda: rng.choice(DAYS), pl.Date),
            "later": column(lambda: rng.choice(DAYS), pl.Date),
        }
    )


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """The same table as pandas has it: dates as datetime64[ns], codes as text."""
    made = frame.with_columns(pl.col("code").cast(pl.String)).to_pandas()
    for name in ("day", "later"):
        made[name] = pd.to_datetime(made[name]).astype("datetime64[ns]")
    return made


def random_condition(rng: random.Random, depth: int = 0) -> dict:
    if depth == 0 and rng.random() < 0.3:
        parts = [random_condition(rng, 1) for _ in range(2)]
        return {"type": rng.choice(["and", "or"]), "conditions": parts}
    name, operator, parameter = rng.choice(
        [
            ("text", rng.choice(["==", "!="]), rng.choice(WORDS)),
            ("text", rng.choice(["IN", "NOT_IN"]), rng.sample(WORDS, 3)),
            ("code", rng.choice(["==", "!="]), rng.choice(["low", "high", "absent"])),
            ("code", rng.choice(["IN", "NOT_IN"]), ["low", "absent"]),
            ("whole", rng.choice(["==", "!=", "<", "<=", ">", ">="]), rng.randint(-1, 4)),
            ("whole", rng.choice(["IN", "NOT_IN"]), [0, 2, 4]),
            ("real", rng.choice(["==", "!=", "<", "<=", ">", ">="]), rng.choice([0.0, 1.5, 2])),
            ("flag", rng.choice(["==", "!="]), rng.choice([True, False])),
            ("null", "", None),
        ]
    )
    if name == "null":
        column = rng.choice(["text", "code", "whole", "real", "flag", "day"])
        return {"type": "nullity", "column": {"name": column}, "is_null": rng.random() < 0.5}
    return {"type": "comparison", "column": {"name": name}, "operator": operator, "parameter": parameter}


def random_bounds(rng: random.Random, values: list) -> dict:
    low, high = sorted(rng.choices(values, k=2))
    bounds = {"min_value": low, "max_value": high}
    if rng.random() < 0.3:
        bounds.pop(rng.choice(["min_value", "max_value"]))
    for name in ("strict_min", "strict_max"):
        if rng.random() < 0.3:
            bounds[name] = True
    return bounds


ANY = ["text", "other", "code", "whole", "count", "real", "flag", "day"]
NUMBERS = ["whole", "count", "real"]
TEXTS = ["text", "other", "code"]


def random_arguments(rng: random.Random, kind: str) -> dict:
    numbers = [-1, 0, 0.5, 1, 1.5, 2, 3]
    sets = {
        "text": rng.sample([*WORDS, "absent", 3], 3),
        "code": rng.sample(["low", "mid", "absent"], 2),
        "whole": rng.sample([0, 1, 2.0, 2.5, 300], 3),
        "real": rng.sample([0, 1.5, 2], 2),
        "flag": [rng.random() < 0.5],
    }
    name = rng.choice(list(sets))
    pair = rng.choice([("whole", "count"), ("real", "count"), ("day", "later")])
    given = {
        "expect_column_values_to_not_be_null": lambda: {"column": rng.choice([*ANY, "absent"])},
        "expect_column_values_to_be_null": lambda: {"column": rng.choice(ANY)},
        "expect_column_values_to_be_in_set": lambda: {"column": name, "value_set": sets[name]},
        "expect_column_values_to_not_be_in_set": lambda: {"column": name, "value_set": sets[name]},
        "expect_column_values_to_be_between": lambda: rng.choice(  # noqa: PLW0108 - drawn anew at each call
            [
                lambda: {"column": rng.choice(NUMBERS), **random_bounds(rng, numbers)},
                lambda: {"column": "day", **random_bounds(rng, [f"{day}T00:00:00" for day in DAYS])},
                lambda: {"column": "text", **random_bounds(rng, ["A", "b", "é"])},
                lambda: {"column": "code", **random_bounds(rng, ["high", "low", "mid"])},
                lambda: {"column": "whole", "min_value": 3, "max_value": 1 + rng.randint(0, 1)},
            ]
        )(),
        "expect_column_values_to_match_regex": lambda: {"column": rng.choice(TEXTS), "regex": rng.choice(PATTERNS)},
        "expect_column_values_to_not_match_regex": lambda: {"column": rng.choice(TEXTS), "regex": rng.choice(PATTERNS)},
        "expect_column_value_lengths_to_be_between": lambda: {
            "column": rng.choice(TEXTS),
            **random_bounds(rng, [0, 1, 2, 3]),
        },
        "expect_column_value_lengths_to_equal": lambda: {"column": rng.choice(TEXTS), "value": rng.randint(0, 3)},
        "expect_column_values_to_be_unique": lambda: {"column": rng.choice([*ANY, "absent"])},
        "expect_compound_columns_to_be_unique": lambda: {
            "column_list": rng.sample(ANY, rng.randint(2, 3)),
            "ignore_row_if": rng.choice(["all_values_are_missing", "any_value_is_missing", "never"]),
        },
        "expect_column_pair_values_a_to_be_greater_than_b": lambda: {
            "column_A": pair[0],
            "column_B": pair[1],
            "or_equal": rng.choice([True, False, None]),
            "ignore_row_if": rng.choice(["both_values_are_missing", "either_value_is_missing", "neither"]),
        },
        "expect_column_pair_values_to_be_equal": lambda: {
            "column_A": pair[0],
            "column_B": pair[1],
            "ignore_row_if": rng.choice(["both_values_are_missing", "either_value_is_missing", "neither"]),
        },
        "expect_table_row_count_to_be_between": lambda: {
            "min_value": rng.randint(0, 6),
            "max_value": rng.randint(6, 50),
        },
        "expect_column_unique_value_count_to_be_between": lambda: {
            "column": rng.choice(ANY),
            **random_bounds(rng, [0, 1, 2, 3, 5]),
        },
        "expect_column_proportion_of_unique_values_to_be_between": lambda: {
            "column": rng.choice(ANY),
            **random_bounds(rng, [0, 0.2, 0.5, 1]),
        },
        "expect_column_proportion_of_non_null_values_to_be_between": lambda: {
            "column": rng.choice(ANY),
            **random_bounds(rng, [0, 0.5, 0.9, 1]),
        },
    }.get(kind, lambda: {"column": rng.choice(NUMBERS), **random_bounds(rng, numbers)})()
    if rng.random() < 0.3:
        given.pop("ignore_row_if", None)
    if ex.KINDS[kind].is_row_level and rng.random() < 0.5:
        given["mostly"] = rng.choice([0, 0.5, 0.9, 1.0])
    if rng.random() < 0.4 and kind != "expect_table_row_count_to_be_between":
        given["row_condition"] = random_condition(rng)
    return given


def compare(seed: int, rounds: int) -> tuple[int, list[str]]:
    """Run every kind ``rounds`` times; return the number of results and what differed."""
    rng = random.Random(seed)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    theirs = (
        context.data_sources.add_pandas("pandas")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("all")
    )
    compared, differences = 0, []
    for _ in range(rounds):
        frame = random_frame(rng)
        asked = [(kind, random_arguments(rng, kind)) for kind in ex.KINDS]
        asked = [(kind, given) for kind, given in asked if _accepted(kind, given)]
        suite = gx.ExpectationSuite(
            name="suite",
            expectations=[
                {"type": kind, "kwargs": given, "meta": {"rule": str(number)}}
                for number, (kind, given) in enumerate(asked)
            ],
        )
        ours = _results(
            polars_source.batch_of(context, frame.lazy()).validate(suite, result_format=polars_engine.COUNTS_ONLY)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas warns where it takes the spread of infinity
            judged = theirs.get_batch({"dataframe": as_pandas(frame)}).validate(
                suite, result_format=polars_engine.COUNTS_ONLY
            )
        pandas = _results(judged)
        for number, (kind, given) in enumerate(asked):
            compared += 1
            if ours[str(number)] != pandas[str(number)]:
                differences.append(f"{kind} {given} n={frame.height}: {ours[str(number)]} / {pandas[str(number)]}")
    return compared, differences


def _accepted(kind: str, given: dict) -> bool:
    """Great Expectations refuses some arguments (a lower bound above the upper) when the rule is made."""
    try:
        gx.ExpectationSuite(name="one", expectations=[{"type": kind, "kwargs": given}])
    except (ValueError, InvalidExpectationConfigurationError):
        return False
    return True


def _results(validated) -> dict[str, tuple]:
    found = {}
    for result in validated.results:
        raised = result.exception_info
        failed = raised.get("raised_exception", True)
        counts = tuple(
            result.result.get(name)
            for name in ("element_count", "unexpected_count", "missing_count", "unexpected_percent")
        )
        observed = result.result.get("observed_value")
        if isinstance(observed, (dt.date, pd.Timestamp)):
            observed = pd.Timestamp(observed).isoformat()
        elif isinstance(observed, (int, float)):
            observed = round(float(observed), 9)
        found[result.expectation_config.meta["rule"]] = (bool(result.success), bool(failed), counts, observed)
    return found
