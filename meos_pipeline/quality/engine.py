"""Run a suite on a table. What comes back are counts; no value of the table is in them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from meos_pipeline.quality import expressions as ex
from meos_pipeline.quality.suites import TABLES, Rule, Severity, Suite, period_parameters, to_gx


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one rule came out."""

    table: str
    rule: str
    severity: Severity
    passed: bool
    checked: int
    """Rows looked at (present and selected); 1 for a rule about the table as a whole."""
    failed: int
    why: str
    exception: str = ""
    """Why the rule could not be worked out: ``column_missing``, ``no_period``, ``not_computable``; '' when it was."""

    @property
    def share(self) -> float:
        """Failed as a share of checked; 0 when nothing was checked."""
        return self.failed / self.checked if self.checked else 0.0


def validate(suite: Suite, frame: pl.LazyFrame, *, period: dt.date | None) -> list[Outcome]:
    """Run the rules through Great Expectations on Polars; outcomes in the order of the suite.

    Args:
        suite: Rules of one table.
        frame: The table, or one month of it.
        period: Any day of the month that is validated; rules that speak of the period need it.
    """
    columns = set(frame.collect_schema().names())
    excused = {rule.key: code for rule in suite.rules if (code := _hindrance(rule, columns, period))}
    runnable = suite.of(rule.key for rule in suite.rules if rule.key not in excused)
    results = _run(runnable, frame, period) if runnable.rules else {}
    return [_outcome(rule, results.get(rule.key), excused.get(rule.key, "")) for rule in suite.rules]


def failing_rows(
    suite: Suite, frame: pl.LazyFrame, *, period: dt.date | None = None, quarantine_only: bool = True
) -> pl.LazyFrame:
    """Return one row per row and rule it breaks: where it came from, and the key of the rule.

    Columns: the table's key, ``export_id`` and ``line`` where the table has them, and ``rule``.
    No other column of the table. Rules about the table as a whole and rules that cannot be worked
    out give no rows.
    """
    schema = frame.collect_schema()
    table = TABLES[suite.table]
    references = [name for name in (*table.key, "export_id", "line") if name in schema]
    rules = [
        rule
        for rule in suite.rules
        if rule.kind.is_row_level
        and (rule.quarantine or not quarantine_only)
        and not _hindrance(rule, set(schema), period)
    ]
    single = [rule for rule in rules if rule.kind.metric not in ex.UNIQUE_METRICS]
    broken = [
        pl.when(ex.unexpected(rule.kind.metric, rule.arguments(period), schema)).then(pl.lit(rule.key))
        for rule in single
    ]
    parts = [_repeated(rule, frame, schema, references) for rule in rules if rule not in single]
    if broken:
        parts.append(
            frame.select(*references, rule=pl.concat_list(broken).list.drop_nulls())
            .filter(pl.col("rule").list.len() > 0)
            .explode("rule")
        )
    if not parts:
        return frame.select(references).with_columns(rule=pl.lit("")).clear()
    return pl.concat(parts)


def _repeated(rule: Rule, frame: pl.LazyFrame, schema: Mapping[str, Any], references: list[str]) -> pl.LazyFrame:
    arguments = rule.kwargs
    keys = [key.alias(f"key_{number}") for number, key in enumerate(ex.duplicate_keys(arguments, schema))]
    names = [f"key_{number}" for number in range(len(keys))]
    rows = frame.filter(ex.unique_rows(arguments, schema)).select(*references, *keys)
    repeated = rows.group_by(names).agg(n=pl.len()).filter(pl.col("n") > 1)
    return rows.join(repeated, on=names, how="semi", nulls_equal=True).select(*references, rule=pl.lit(rule.key))


def _hindrance(rule: Rule, columns: set[str], period: dt.date | None) -> str:
    if not set(ex.columns_of(rule.kwargs)) <= columns:
        return "column_missing"
    return "no_period" if rule.needs_period and period is None else ""


def _run(suite: Suite, frame: pl.LazyFrame, period: dt.date | None) -> dict[str, Mapping[str, Any]]:
    import great_expectations as gx

    from meos_pipeline.quality import polars_engine, polars_source

    polars_engine.require_covered(rule.type for rule in suite.rules)
    batch = polars_source.batch_of(polars_engine.context(), frame, name=suite.table)
    with polars_engine.configurations_made_once():
        found = batch.validate(
            gx.ExpectationSuite(**to_gx(suite)),
            result_format=polars_engine.COUNTS_ONLY,
            expectation_parameters=period_parameters(period),
        )
    return {
        config.meta["rule"]: {
            "success": bool(result.success),
            "raised": not isinstance(result.exception_info.get("raised_exception"), bool)
            or result.exception_info["raised_exception"],
            "element_count": result.result.get("element_count"),
            "missing_count": result.result.get("missing_count", 0),
            "unexpected_count": result.result.get("unexpected_count"),
        }
        for result in found.results
        if (config := result.expectation_config) and config.meta
    }


def _outcome(rule: Rule, result: Mapping[str, Any] | None, hindrance: str) -> Outcome:
    checked = failed = 0
    passed = False
    if result is None or result["raised"]:
        hindrance = hindrance or "not_computable"
    elif rule.kind.is_row_level:
        passed = result["success"]
        checked = (result["element_count"] or 0) - (result["missing_count"] or 0)
        failed = result["unexpected_count"] or 0
    else:
        passed, checked, failed = result["success"], 1, int(not result["success"])
    return Outcome(
        table=rule.table,
        rule=rule.key,
        severity=rule.severity,
        passed=passed,
        checked=checked,
        failed=failed,
        why=rule.why,
        exception=hindrance,
    )
