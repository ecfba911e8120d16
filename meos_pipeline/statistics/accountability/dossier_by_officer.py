"""Completeness of dossiers, with officers, not rows, carrying the uncertainty: officers of a team record alike more than chance gives."""

import json
from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.methods.proportion import clustered_share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "dossier_by_officer"
FEWEST_OFFICERS = 11
"""So that 10 degrees of freedom remain."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of complete records with its design effect, over officers with a pseudonym."""
    return stack([_window(tables["officer_counts"], context, window) for window in w.windows(context)])


def _window(officers: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    counts = (
        officers.filter(pl.col("month").is_between(window.start, window.end), pl.col("team").is_in(list(context.teams)))
        .group_by("team", "officer_key", maintain_order=True)
        .agg(pl.col("n_complete", "n_proactive").sum())
        .filter(pl.col("n_proactive") > 0)
        .sort("team", "officer_key")
    )
    rows = [
        _team(team, counts if team == "" else counts.filter(pl.col("team") == team), context)
        for team in ("", *sorted(set(context.teams) - {""}))
    ]
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.SHARE,
        method="officer_clusters",
        period_start=window.start,
        period_end=window.end,
    )


def _team(team: str, counts: pl.DataFrame, context: Context) -> dict[str, object]:
    known = counts.filter(pl.col("officer_key") != "")
    events, n = int(known["n_complete"].sum()), int(known["n_proactive"].sum())
    same: dict[str, object] = {"team": team, "events": events, "n": n, "reference_events": n - events}
    if known.height < FEWEST_OFFICERS:
        return same | {"label": Label.TOO_FEW.value, "label_reason": "fewest_officers"}
    share, lower, upper, effect = clustered_share(
        known["n_complete"], known["n_proactive"], context.policy.confidence_level
    )
    detail = {"clusters": known.height, "design_effect": round(effect, 1), "residual_dof": known.height - 1}
    return same | {
        "estimate": share,
        "lower": min(lower, share),
        "upper": max(upper, share),
        "detail": json.dumps(detail),
    }


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.ACCOUNTABILITY,
    question="How sure is the share of complete records, when officers and not records are counted?",
    question_nl="Hoe zeker is het deel met een volledig dossier, als medewerkers tellen en niet de losse controles?",
    estimand="Share of registered proactive checks with ground, legal basis and result recorded, with its interval over officers.",
    assumptions="Officers are a sample of how the team records; within a year an officer has one pseudonym.",
    misleads="Recorded is not the same as right: see plausibility. Counting rows instead of officers covers 66% at 95%.",
    minimum="11 officers, so that 10 degrees of freedom remain.",
    source="Kish (1965) and Liang & Zeger (1986) for clusters.",
    inputs=("officer_counts",),
    gate=Gate.MODEL,
    compute=compute,
)
