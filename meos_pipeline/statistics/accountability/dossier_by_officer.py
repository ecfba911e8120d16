"""Completeness of dossiers, with officers, not rows, carrying the uncertainty: officers of a team record alike more than chance gives."""

import json
from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.methods.proportion import clustered_share, wilson
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "dossier_by_officer"
FEWEST_OFFICERS = 11
"""So that 10 degrees of freedom remain."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of complete records as released, with an interval that is as wide as officers differ."""
    windows = w.windows(context)
    return stack([_window(tables["officer_counts"], tables["cells"], context, window) for window in windows])


def _window(officers: pl.DataFrame, cells: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    released = cells.filter(
        pl.col("partition") == "dossier", pl.col("period_start").is_between(window.start, window.end)
    )
    counts = (
        officers.filter(pl.col("month").is_between(window.start, window.end), pl.col("team").is_in(list(context.teams)))
        .group_by("team", "officer_key", maintain_order=True)
        .agg(pl.col("n_complete", "n_proactive").sum())
        .filter(pl.col("n_proactive") > 0)
        .sort("team", "officer_key")
    )
    rows = [
        _team(
            team,
            counts if team == "" else counts.filter(pl.col("team") == team),
            released if team == "" else released.filter(pl.col("team") == team),
            context,
        )
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


def _team(team: str, counts: pl.DataFrame, released: pl.DataFrame, context: Context) -> dict[str, object]:
    """The share is that of released cells: an exact share beside a released one would narrow the count behind it."""
    known = counts.filter(pl.col("officer_key") != "")
    n = int(released["n"].sum())
    events = int(released.filter(pl.col("category") == "complete")["n"].sum())
    same: dict[str, object] = {"team": team, "events": events, "n": n, "reference_events": n - events}
    if known.height < FEWEST_OFFICERS or n == 0:
        return same | {"label": Label.TOO_FEW.value, "label_reason": "fewest_officers"}
    _, _, _, effect = clustered_share(known["n_complete"], known["n_proactive"], context.policy.confidence_level)
    lower, upper = wilson(events / effect, n / effect, context.policy.confidence_level)
    detail = {"clusters": known.height, "design_effect": round(effect, 1), "residual_dof": known.height - 1}
    return same | {
        "estimate": events / n,
        "lower": float(lower),
        "upper": float(upper),
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
    source="Kish (1965) and Liang & Zeger (1986) for clusters; Wilson (1927) at the effective number of checks.",
    inputs=("officer_counts", "cells"),
    gate=Gate.MODEL,
    compute=compute,
)
