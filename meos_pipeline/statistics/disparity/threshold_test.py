"""At what probability of a result do officers search, per group? Optional, exploratory, and only its sign.

The model identifies a threshold only where decisions are rare and there are many; elsewhere it calls equal groups
different in one case out of six. So the level is never shown, and the sign only when everything agrees.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics.disparity.groups import by_year, reference_groups
from meos_pipeline.statistics.disparity.limits import limited, read_enough
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.threshold import NORMAL, PUBLISHED_BETA, Decisions, Priors, sample
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "threshold_test"
VERSION = 1
CAVEATS = ("exploratory", "level_not_identified", "not_why")
FEWEST_TEAMS = 20
LARGEST_DECISION_RATE = 0.05
HITS_PER_TEAM = 20
TEAMS_WITH_HITS = 10
LARGEST_RHAT = 1.01

Floats = npt.NDArray[np.float64]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Probability that the bar for a search is lower for the group than for its reference, per year."""
    cells = tables.get("group_cells")
    if cells is None or cells.is_empty():
        return findings([], statistic=NAME, version=VERSION)
    parts = [
        _rows(decisions, f"{kind}={group}", f"{kind}={reference}", of_year["period_start"][0], context)
        for of_year in by_year(cells, context.month)
        for kind, reference in reference_groups(context.policy).items()
        for group in of_year.filter(pl.col("group_kind") == kind)["group"].unique().sort()
        if group not in (reference, "unknown")
        for decisions in [_decisions(of_year, kind, str(group), reference)]
    ]
    return limited(
        read_enough(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
        tables,
        context.policy,
    )


def _decisions(cells: pl.DataFrame, kind: str, group: str, reference: str) -> pl.DataFrame:
    """Per team and group: proactive checks, searches, and searches with a strict result."""
    return (
        cells.filter(pl.col("group_kind") == kind, pl.col("group").is_in([group, reference]))
        .group_by("team", is_group=pl.col("group") == group, maintain_order=True)
        .agg(
            exposed=pl.col("n").sum(),
            chosen=pl.col("searched").sum(),
            hits=pl.col("searched").filter(pl.col("hit") == "strict").sum(),
        )
        .filter(pl.col("chosen") > 0)
        .filter(pl.len().over("team") == 2)
        .sort(pl.col("exposed").sum().over("team"), "team", "is_group", descending=[True, False, False])
    )


def _refusal(decisions: pl.DataFrame) -> str:
    """Why the threshold cannot be identified from these decisions; ''."""
    if decisions["team"].n_unique() < FEWEST_TEAMS:
        return "fewest_teams"
    if float(decisions["chosen"].sum()) > LARGEST_DECISION_RATE * float(decisions["exposed"].sum()):
        return "decisions_not_rare"
    enough = decisions.filter(pl.col("hits") >= HITS_PER_TEAM).group_by("is_group", maintain_order=True).len()
    if enough.height < 2 or int(enough["len"].to_numpy().min()) < TEAMS_WITH_HITS:
        return "fewest_hits"
    return ""


def _rows(decisions: pl.DataFrame, group: str, reference: str, start: date, context: Context) -> pl.DataFrame:
    sums = {name: float(decisions.filter("is_group")[name].sum()) for name in ("chosen", "hits")}
    others = {name: float(decisions.filter(~pl.col("is_group"))[name].sum()) for name in ("chosen", "hits")}
    reason = _refusal(decisions)
    lower_bar = rhat = np.nan
    label = Label.TOO_FEW
    if not reason:
        lower_bar, rhat, reason = _probability(decisions, context.policy.seed)
        sure = context.policy.confidence_level
        label = Label.UNDECIDED if reason else Label.DESCRIBED
        if not reason and lower_bar > 1 - (1 - sure) / 2:
            label, reason = Label.INDICATION_LOWER, "bar_lower"
        elif not reason and lower_bar < (1 - sure) / 2:
            label, reason = Label.INDICATION_HIGHER, "bar_higher"
    return rows(
        1,
        period_start=start,
        period_end=date(start.year, 12, 31),
        group=group,
        reference=reference,
        method="hmc",
        unit=Unit.SHARE.value,
        estimate=lower_bar,
        events=sums["hits"],
        n=sums["chosen"],
        reference_events=others["hits"],
        reference_n=others["chosen"],
        label=label.value,
        label_reason=reason,
        caveats=CAVEATS,
        needed=FEWEST_TEAMS - decisions["team"].n_unique() if reason == "fewest_teams" else np.nan,
        detail=details(1, teams=decisions["team"].n_unique(), rhat=rhat, residual_dof=decisions.height - 6),
    )


def _probability(decisions: pl.DataFrame, seed: int) -> tuple[float, float, str]:
    """Probability that the group's bar is lower, the worst R-hat, and why it may not be said ('' if it may).

    It may be said when chains agree, and the sign is the same under three widths of the priors and with beta signals.
    """
    counts = Decisions(
        place=decisions["team"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        group=decisions["is_group"].cast(pl.Int64).to_numpy(),
        exposed=decisions["exposed"].cast(pl.Float64).to_numpy(),
        chosen=decisions["chosen"].cast(pl.Float64).to_numpy(),
        hits=decisions["hits"].cast(pl.Float64).to_numpy(),
    )
    posteriors = [sample(counts, family="normal", priors=_widened(width), seed=seed) for width in (1.0, 0.5, 2.0)]
    posteriors.append(sample(counts, family="beta", priors=PUBLISHED_BETA, seed=seed))
    gaps = [posterior.groups[:, 1] - posterior.groups[:, 0] for posterior in posteriors]
    rhat = max(posterior.largest_rhat for posterior in posteriors)
    signs = [float(np.sign(np.median(gap))) for gap in gaps]
    reason = ""
    if rhat > LARGEST_RHAT or any(posterior.divergences > 0 for posterior in posteriors):
        reason = "chains_do_not_agree"
    elif len(set(signs)) > 1:
        reason = "priors_decide"
    return float((gaps[0] < 0).mean()), rhat, reason


def _widened(width: float) -> Priors:
    return replace(
        NORMAL,
        place_risk=NORMAL.place_risk * width,
        place_information=NORMAL.place_information * width,
        threshold_spread=NORMAL.threshold_spread * width,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Is the bar for a search lower for a group?",
    question_nl="Ligt de lat voor een fouillering lager voor een groep?",
    estimand="Probability that the threshold of a search is lower for the group than for its reference, over teams.",
    assumptions="Signals of the innocent and the guilty are normal with one distance per group and team.",
    misleads="Not identified where searches are common; the level depends on the priors and is never shown.",
    minimum="20 teams, fewer than 5 % searched, 20 hits per group and team in 10 teams, chains and priors agree.",
    source="Pierson, Corbett-Davies & Goel, AISTATS 2018; Simoiu, Corbett-Davies & Goel, AOAS 11 (2017).",
    inputs=("group_cells",),
    gate=Gate.MODEL,
    compute=compute,
    version=VERSION,
    optional=True,
)
