"""Checks of which the group is not known: how many, and how far they could move the shares of the groups."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.groups import UNKNOWN, group_counts
from meos_pipeline.statistics.disparity.limits import LARGEST_TEAM_DIFFERENCE
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "missing_groups"
VERSION = 1
CAVEATS = ("missing_depends_on_group",)
Floats = npt.NDArray[np.float64]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share without a known group, per kind; and each group's share of the checks between its widest bounds.

    Series: '' is the group's share with the unknown re-weighted within team and result (right when who is unknown
    depends only on those), with the bounds of Manski (1989): all of the unknown are of the group, or none.
    Group '' is the share of checks without a known group.
    """
    parts = [
        part
        for of_kind in group_counts(tables, context.month).partition_by(
            "period_start", "period_end", "kind", maintain_order=True
        )
        for part in _kind(of_kind, context.policy)
    ]
    return findings(parts, statistic=NAME, version=VERSION)


def _kind(counts: pl.DataFrame, policy: Policy) -> list[pl.DataFrame]:
    kind = counts["kind"][0]
    teams = counts["team"].unique().sort()
    groups = [str(group) for group in counts["group"].unique().sort() if group != UNKNOWN]
    total = _by_team(counts, teams)
    missing = _by_team(counts.filter(pl.col("group") == UNKNOWN), teams)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = _and_all(missing, total)
    enough = np.append(total, total.sum()) >= policy.smallest_rate_denominator
    apart = np.ptp(share[:-1][enough[:-1]]) if enough[:-1].any() else 0.0
    refused = (share > policy.missing_groups_refused) | (apart > LARGEST_TEAM_DIFFERENCE)
    head = {
        "team": [*teams, ""],
        "period_start": counts["period_start"][0],
        "period_end": counts["period_end"][0],
        "unit": Unit.SHARE.value,
        "caveats": CAVEATS,
    }
    lacking = np.where(enough, np.nan, policy.smallest_rate_denominator - np.append(total, total.sum()))
    label = np.select(
        [~enough, share > policy.missing_groups_refused],
        [Label.TOO_FEW.value, Label.SIGNAL_HIGH.value],
        Label.DESCRIBED.value,
    )
    reason = np.select(
        [~enough, share > policy.missing_groups_refused], ["smallest_rate_denominator", "missing_groups_refused"], ""
    )
    size = share.size
    parts = [
        rows(
            size,
            **head,
            stratum=f"kind={kind}",
            method="count",
            estimate=share,
            events=np.append(missing, missing.sum()),
            n=np.append(total, total.sum()),
            label=label,
            label_reason=reason,
            needed=lacking,
            detail=details(size, largest_difference_between_teams=float(apart)),
        )
    ]
    for group in groups:
        of_group = counts.filter(pl.col("group") == group)
        events = _by_team(of_group, teams)
        estimate = _reweighted(counts, group, teams)
        parts.append(
            rows(
                size,
                **head,
                stratum=f"kind={kind}",
                group=f"{kind}={group}",
                method="reweighted_manski",
                estimate=estimate,
                lower=_and_all(events, total),
                upper=_and_all(events + missing, total),
                events=np.append(events, events.sum()),
                n=np.append(total, total.sum()),
                label=np.select(
                    [~enough, refused], [Label.TOO_FEW.value, Label.NOT_COMPARABLE.value], Label.DESCRIBED.value
                ),
                label_reason=np.select([~enough, refused], ["smallest_rate_denominator", "missing_groups"], ""),
                needed=lacking,
            )
        )
    return parts


def _reweighted(counts: pl.DataFrame, group: str, teams: pl.Series) -> Floats:
    """Share of the group, the unknown of each team and result divided like the known of that team and result."""
    estimate = np.zeros(len(teams))
    total = _by_team(counts, teams)
    for result in (("strict",), ("broad", "strict"), ("known", "broad"), ("checks", "known")):
        # Counts of one result: a column minus the one it contains (known - broad is 'none', and so on).
        column = pl.col(result[0]).fill_null(0) - (pl.col(result[1]).fill_null(0) if len(result) > 1 else 0)
        cell = counts.with_columns(checks=column)
        of_group = _by_team(cell.filter(pl.col("group") == group), teams)
        known = _by_team(cell.filter(pl.col("group") != UNKNOWN), teams)
        everyone = _by_team(cell, teams)
        with np.errstate(invalid="ignore", divide="ignore"):
            estimate += np.where(known > 0, of_group / known * everyone, 0.0)
    return _and_all(estimate, total)


def _by_team(counts: pl.DataFrame, teams: pl.Series) -> Floats:
    summed = counts.group_by("team", maintain_order=True).agg(pl.col("checks").sum())
    return (
        pl.DataFrame({"team": teams})
        .join(summed, on="team", how="left", maintain_order="left")["checks"]
        .fill_null(0)
        .cast(pl.Float64)
        .to_numpy()
    )


def _and_all(events: Floats, total: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.append(events, events.sum()) / np.append(total, total.sum()))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Of how many checks is the group not known, and what could that change?",
    question_nl="Van hoeveel controles is de groep niet bekend, en wat kan dat uitmaken?",
    estimand="Share of checks without a known group; share of each group, between none and all of the unknown.",
    assumptions="None for the bounds; for the estimate, that who is unknown depends only on team and result.",
    misleads="Whether a group is recorded may depend on the group: no method repairs that, so read the bounds.",
    minimum="The smallest rate denominator of checks.",
    source="Manski, Journal of Human Resources 24 (1989) 343-360.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
