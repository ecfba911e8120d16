"""Since when a signal stands: what was a signal last month is no news this month."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.teams.ledger import SIGNALS, alarm_ledger

MONTHS = 12
"""A signal that stood longer is 'since' the first of these months."""
RECOMPUTED = ("funnel", "team_comparison")
"""Statistics of one window: what they said in earlier months is computed again, from the cells released now."""
_KEY = ("statistic", "team", "stratum", "group", "label")

FindOne = Callable[[str, Context], pl.DataFrame]


def with_since(
    found: pl.DataFrame, tables: Mapping[str, pl.DataFrame], context: Context, find_one: FindOne
) -> pl.DataFrame:
    """Write ``first_seen`` and ``is_new`` in the detail of every signal of the newest period.

    A chart holds its own earlier months. For a comparison of teams the months before are looked at one by one, as
    long as any of its signals stood then too: no state is kept, so the same cells always tell the same.

    Args:
        found: Findings of this month.
        tables: They were computed from these.
        context: Report month and teams.
        find_one: Computes one statistic, by name, in another month.
    """
    if "cells" not in tables:
        return found
    ledger = alarm_ledger(found, _before(found, context, find_one))
    if ledger.is_empty():
        return found
    told = {
        (*(row[name] for name in _KEY), row["period_end"]): json.dumps(
            {"first_seen": row["first_seen"].isoformat(), "is_new": row["is_new"]}
        )
        for row in ledger.to_dicts()
    }
    detail = [
        _joined(row["detail"], told.get((*(row[name] for name in _KEY), row["period_end"])), row["series"])
        for row in found.select(*_KEY, "period_end", "detail", "series").to_dicts()
    ]
    return found.with_columns(pl.Series("detail", detail, dtype=pl.String))


def _joined(detail: str, told: str | None, series: str) -> str:
    if told is None or series not in {"", "point"}:
        return detail
    return json.dumps(json.loads(detail) | json.loads(told), ensure_ascii=False)


def _before(found: pl.DataFrame, context: Context, find_one: FindOne) -> pl.DataFrame:
    """Findings of the months before, as far back as some signal of now stood."""
    earlier: list[pl.DataFrame] = [FINDINGS.empty(), *_charts(found)]
    for name in RECOMPUTED:
        now = _signals(found.filter(pl.col("statistic") == name))
        for step in range(1, MONTHS):
            if now.is_empty():
                break
            then = find_one(name, replace(context, month=w.add_months(context.month, -step)))
            earlier.append(then)
            now = now.join(_signals(then), on=_KEY, how="semi")
    return pl.concat(earlier)


def _charts(found: pl.DataFrame) -> Sequence[pl.DataFrame]:
    """Points of a chart before its newest one."""
    points = found.filter(pl.col("series") == "point")
    return [points.filter(pl.col("period_end") < pl.col("period_end").max())] if points.height else []


def _signals(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(
        pl.col("label").cast(pl.String).is_in([label.value for label in SIGNALS]), pl.col("series") == ""
    ).select(*(pl.col(name).cast(pl.String) for name in _KEY))
