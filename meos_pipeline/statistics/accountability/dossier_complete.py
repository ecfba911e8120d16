"""V2: are ground, legal basis and result all recorded; officers, not rows, carry the uncertainty."""

import json
from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.methods.proportion import clustered_share, wilson
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "dossier_complete"
FEWEST_OFFICERS = 10


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of proactive checks with all three, with an interval over officers."""
    return stack([_window(tables["officer_counts"], context, window) for window in w.windows(context)])


def _window(officers: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    counts = (
        officers.filter(pl.col("month").is_between(window.start, window.end), pl.col("team").is_in(list(context.teams)))
        .group_by("team", "officer_key")
        .agg(pl.col("n_complete", "n_proactive").sum())
        .filter(pl.col("n_proactive") > 0)
        .sort("team", "officer_key")
    )
    rows = [_team(team, counts if team == "" else counts.filter(pl.col("team") == team), context)
            for team in ("", *sorted(set(context.teams) - {""}))]  # fmt: skip
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.SHARE,
        period_start=window.start,
        period_end=window.end,
    )


def _team(team: str, counts: pl.DataFrame, context: Context) -> dict[str, object]:
    known = counts.filter(pl.col("officer_key") != "")
    events, n = int(counts["n_complete"].sum()), int(counts["n_proactive"].sum())
    minimum = context.policy.smallest_rate_denominator
    same: dict[str, object] = {"team": team, "events": events, "n": n}
    if n < minimum:
        return same | {"label": Label.TOO_FEW.value, "label_reason": "smallest_denominator", "needed": minimum - n}
    level = context.policy.confidence_level
    if known.height < FEWEST_OFFICERS or known["n_proactive"].sum() < n / 2:
        low, high = wilson(events, n, level)
        return same | {
            "estimate": events / n, "lower": float(low), "upper": float(high), "method": "wilson",
            "caveats": ["interval_too_narrow_few_officers"], "detail": json.dumps({"clusters": known.height}),
        }  # fmt: skip
    share, lower, upper, effect = clustered_share(counts["n_complete"], counts["n_proactive"], level)
    return same | {
        "estimate": share, "lower": min(lower, share), "upper": max(upper, share), "method": "officer_clusters",
        "caveats": [], "detail": json.dumps({"clusters": known.height, "design_effect": round(effect, 1),
                                             "residual_dof": known.height - 1}),
    }  # fmt: skip


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.ACCOUNTABILITY,
    question="For what share of checks are ground, legal basis and result all recorded?",
    question_nl="Van welk deel van de controles zijn aanleiding, grondslag en resultaat alle drie vastgelegd?",
    estimand="Share of registered proactive checks with all three recorded.",
    assumptions="Officers are a sample of how the team records; within a year an officer has one pseudonym.",
    misleads="Recorded is not the same as right: see plausibility. Counting rows instead of officers covers 66% at 95%.",
    minimum="50 checks; 10 officers for the clustered interval, with fewer the plain one and a caveat.",
    source="Domain V2; Kish (1965) and Liang & Zeger (1986) for clusters; specification U4.",
    inputs=("officer_counts",),
    gate=Gate.MODEL,
    compute=compute,
)
