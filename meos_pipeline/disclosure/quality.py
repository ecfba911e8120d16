"""Quality of the data for readers: shares and the account of rows as functions of released counts.

Per rule, team and month the records that broke a rule and those that kept it are two categories, rounded with the
secret offset of the checks of that month. The account of rows has an offset of its own. Both change only when enough
records did (``revise``), and only months that are shown to readers have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import PERIODS
from meos_pipeline.disclosure.door import Passed, passed
from meos_pipeline.disclosure.ledger import LEDGER, Ledger
from meos_pipeline.disclosure.revision import revise
from meos_pipeline.disclosure.rounding import round_cells
from meos_pipeline.policy import Policy

RULES = "checks"
"""Family of the rules: they are about checks, and share the offset of the month's checks."""
ROWS = "rows"
"""Family, and partition, of the account of rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What readers see of the quality of the data."""

    shares: Passed
    """``rule``, ``team``, ``month``, ``share`` in whole percents, as a fraction, of ``n`` released records."""
    rows: Passed
    """``month``, ``stage``, ``n``: all teams together, multiples of the base."""
    ledger: Ledger
    """Restricted: next ledger of quality, to be written before the edition is published."""


def release_quality(
    broken: pl.DataFrame,
    rows: pl.DataFrame,
    policy: Policy,
    *,
    rounding_key: bytes,
    ledger: Ledger,
    published_until: date,
    withheld: pl.DataFrame,
    stages: Sequence[str],
) -> Quality:
    """Protect counts of broken rules and of rows.

    Args:
        broken: Exact ``rule``, ``team``, ``month``, ``checked``, ``failed``.
        rows: Exact ``month``, ``stage``, ``n`` of real months; parts of the rows that came in.
        policy: Limits.
        rounding_key: Secret of the offsets.
        ledger: What was released of quality before.
        published_until: First day of the newest settled month.
        withheld: ``team``, ``period``, ``period_start`` of units that are not shown.
        stages: Stages in their order; the first is what came in, the others are its parts.
    """
    until = published_until.replace(day=1)
    now = pl.concat([_of_rules(broken, until), _of_rows(_delivered(rows, ledger, policy), until)])
    rounded = round_cells(now, rounding_key=rounding_key, base=policy.rounding_base, before=ledger.table)
    table = revise(
        rounded,
        ledger.table,
        revision_records=policy.revision_records,
        revisions=policy.revisions_per_block,
        published_until=until,
    )
    shown = table.filter(pl.col("n_released").is_not_null())
    return Quality(
        shares=_shares(shown.filter(pl.col("team") != ""), policy, withheld),
        rows=_account(shown.filter(pl.col("team") == ""), stages),
        ledger=Ledger(LEDGER.require(table)),
    )


def _delivered(rows: pl.DataFrame, ledger: Ledger, policy: Policy) -> pl.DataFrame:
    """Rows of months that have enough of them, and of those that readers know: a few wrong dates make no month."""
    known = ledger.table.filter(pl.col("family") == ROWS)["period_start"].unique().to_list()
    is_enough = pl.col("n").sum().over("month") >= policy.records_per_unit
    return rows.filter(is_enough | pl.col("month").is_in(known))


def _of_rules(broken: pl.DataFrame, until: date) -> pl.DataFrame:
    return (
        broken.filter(pl.col("month") <= until, pl.col("checked") > 0)
        .with_columns(kept=pl.col("checked") - pl.col("failed"))
        .rename({"failed": "broken"})
        .unpivot(on=["broken", "kept"], index=["rule", "team", "month"], variable_name="category", value_name="n_exact")
        .select("team", *_block(RULES), partition="rule", category="category", n_exact="n_exact")
    )


def _of_rows(rows: pl.DataFrame, until: date) -> pl.DataFrame:
    return rows.filter(pl.col("month") <= until).select(
        pl.lit("").alias("team"), *_block(ROWS), partition=pl.lit(ROWS), category="stage", n_exact="n"
    )


def _block(family: str) -> list[pl.Expr]:
    return [
        pl.lit(family).alias("family"),
        pl.lit("month", dtype=PERIODS).alias("period"),
        pl.col("month").alias("period_start"),
    ]


def _shares(shown: pl.DataFrame, policy: Policy, withheld: pl.DataFrame) -> Passed:
    hidden = withheld.filter(pl.col("period") == "month").select("team", month="period_start")
    of_rules = (
        shown.rename({"partition": "rule", "period_start": "month"})
        .group_by("rule", "team", "month")
        .agg(
            checked=pl.col("n_released").sum(),
            broken=pl.col("n_released").filter(pl.col("category") == "broken").sum(),
        )
        .filter(pl.col("checked") >= policy.smallest_rate_denominator)
        .join(hidden, on=["team", "month"], how="anti")
    )
    return passed(
        of_rules.select(
            "rule", "team", "month", share=(pl.col("broken") / pl.col("checked")).round(2), n="checked"
        ).sort("rule", "team", "month")
    )


def _account(shown: pl.DataFrame, stages: Sequence[str]) -> Passed:
    """Parts as released; what came in is their sum, so that they add up."""
    parts = shown.select(month="period_start", stage="category", n="n_released")
    whole = parts.group_by("month").agg(pl.col("n").sum()).select("month", stage=pl.lit(stages[0]), n="n")
    order = pl.col("stage").replace_strict({stage: place for place, stage in enumerate(stages)}, default=len(stages))
    return passed(pl.concat([whole, parts]).sort("month", order))
