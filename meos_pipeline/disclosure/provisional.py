"""Figures of months that have not settled: a count with what it will be, and shares that late records hardly move.

They are functions of released cells and of how late records come in. The latter is a figure of months that ended long
ago; it is told in whole percents, as released shares are.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, Label, Unit
from meos_pipeline.disclosure.door import Passed, passed
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.measures import Measure, measures
from meos_pipeline.statistics.settling import (
    FEWEST_MONTHS,
    Completeness,
    completeness,
    final_on,
    nowcast,
    old_enough,
    shift_of_share,
)
from meos_pipeline.statistics.shares import share_rows
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.windows import last_day

STATISTIC = "provisional"
COUNT = "registrations"
"""Stratum of the count; that of a share names its measure."""
SHARES = ("dossier_complete", "explanation_given", "objective_ground")
"""Measures that may be told of a provisional month. No yield: it is told beside its coverage, and that is of quarters."""


def provisional_findings(released: Passed, entered: pl.DataFrame, context: Context, *, newest: date) -> Passed:
    """Return ``FINDINGS`` of provisional months, per team and for all; never with a verdict.

    Args:
        released: ``Release.provisional``.
        entered: Exact cells of ``ENTERED``.
        context: Teams and policy.
        newest: Day of the newest export.
    """
    policy = context.policy
    old = old_enough(entered, newest)
    parts = []
    for (month,), cells in sorted(released.partition_by("period_start", as_dict=True).items()):
        # The counts of a team stand from the export that first showed them, so teams can be of different days.
        own = dict(cells.group_by("team").agg(pl.col("seen_on").min()).iter_rows())
        first = min(own.values())
        seen_on = {team: own.get(team, first) for team in ("", *context.teams)}
        ages = {team: (day - last_day(month)).days for team, day in seen_on.items()}
        by_age = {age: _by_team(entered, context.teams, newest, age) for age in set(ages.values())}
        final = final_on(month, policy.settlement_days).isoformat()
        dates = {team: {"seen_on": day.isoformat(), "final_on": final} for team, day in seen_on.items()}
        told = {team: _coarse(by_age[age][team]) for team, age in ages.items()}
        of_month = replace(context, month=month)
        parts.append(_counts(cells, of_month, told, dates))
        for name in SHARES:
            measure = measures()[name]
            shift = shift_of_share(old, measure.partition, measure.events, measure.among, age=ages[""])
            if shift <= policy.provisional_shift:
                parts.append(_share(cells, measure, of_month, dates))
    return passed(FINDINGS.require(stack(parts).sort(FINDINGS.key)))


def _by_team(entered: pl.DataFrame, teams: Sequence[str], newest: date, age: int) -> Mapping[str, Completeness | None]:
    """How complete a month of each team is at that age; of a team with few months, as of all teams together."""

    def measured(cells: pl.DataFrame) -> Completeness | None:
        found = completeness(cells, newest=newest, ages=(age,))
        return found[0] if found and found[0].months >= FEWEST_MONTHS else None

    district = measured(entered)
    own = {team: measured(entered.filter(pl.col("team") == team)) for team in teams}
    return {"": district} | {team: its or district for team, its in own.items()}


def _coarse(seen: Completeness | None) -> Completeness | None:
    """In whole percents, outwards."""
    if seen is None:
        return None
    return replace(
        seen,
        share=round(seen.share, 2),
        month_low=math.floor(seen.month_low * 100) / 100,
        month_high=math.ceil(seen.month_high * 100) / 100,
    )


def _counts(
    cells: pl.DataFrame,
    context: Context,
    told: Mapping[str, Completeness | None],
    dates: Mapping[str, Mapping[str, str]],
) -> pl.DataFrame:
    base = context.policy.rounding_base
    of_teams = dict(
        cells.filter(pl.col("partition") == "proactive").group_by("team").agg(pl.col("n").sum()).iter_rows()
    )
    own = {team: int(of_teams[team]) for team in context.teams if team in of_teams}
    counts = {"": (sum(own.values()), len(own))} | {team: (n, 1) for team, n in own.items()}
    rows: list[dict[str, object]] = [
        {"team": team, "label": Label.WITHHELD.value, "detail": json.dumps(dates[team])}
        for team in context.teams
        if team not in own
    ]
    for team, (n, blocks) in counts.items():
        seen = told[team]
        row: dict[str, object] = {
            "team": team,
            "n": n,
            "label": Label.NOT_YET_JUDGED.value,
            "detail": json.dumps(dates[team]),
        }
        if n < context.policy.smallest_rate_denominator:
            row |= {"n": None, "label": Label.TOO_FEW.value, "label_reason": "smallest_denominator"}
        elif seen is not None:
            # Roundings of teams are drawn apart, so their sum is further off, but less than all of them together.
            said = nowcast(
                n,
                seen,
                error=math.ceil((base - 1) * blocks**0.5),
                confidence_level=context.policy.confidence_level,
            )
            row |= {
                "estimate": float(round(said.estimate / base) * base),
                "lower": float(math.floor(said.lower / base) * base),
                "upper": float(math.ceil(said.upper / base) * base),
            }
        rows.append(row)
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return _findings(frame, context, COUNT, Unit.COUNT, "nowcast")


_SCHEMA = {
    name: FINDINGS[name].dtype if name != "label" else pl.String()
    for name in ("team", "n", "estimate", "lower", "upper", "label", "label_reason", "detail")
}


def _share(
    cells: pl.DataFrame, measure: Measure, context: Context, dates: Mapping[str, Mapping[str, str]]
) -> pl.DataFrame:
    counts = (
        cells.filter(pl.col("partition") == measure.partition)
        .group_by("team", "period_start")
        .agg(
            events=pl.col("n").filter(pl.col("category").is_in(list(measure.events))).sum(),
            n=pl.col("n").filter(pl.col("category").is_in(list(measure.among))).sum(),
        )
    )
    details = {team: json.dumps(of_team) for team, of_team in dates.items()}
    rows = share_rows(counts, context, noise=measure.noise).with_columns(detail=pl.col("team").replace_strict(details))
    is_shown = pl.col("label") == Label.DESCRIBED.value
    judged = rows.with_columns(label=pl.when(is_shown).then(pl.lit(Label.NOT_YET_JUDGED.value)).otherwise("label"))
    return _findings(judged, context, measure.name, Unit.SHARE, "wilson_rounded")


def _findings(rows: pl.DataFrame, context: Context, measure: str, unit: Unit, method: str) -> pl.DataFrame:
    found = findings_of(
        rows,
        statistic=STATISTIC,
        unit=unit,
        method=method,
        period_start=context.month,
        period_end=last_day(context.month),
        stratum=f"measure={measure}",
    )
    return found.with_columns(version=pl.lit(1, dtype=pl.Int16())).select(FINDINGS.names)
