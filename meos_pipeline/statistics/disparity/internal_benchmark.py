"""Does a team check a group more than other teams do in the same circumstances and neighbourhoods?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.contracts.fine_cells_disparity import PLACEBOS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.family import Family, deviation_rows, series_rows, stands
from meos_pipeline.statistics.disparity.groups import by_year, reference_groups
from meos_pipeline.statistics.disparity.limits import limited
from meos_pipeline.statistics.disparity.placebo import Placebo, blocked, placebos
from meos_pipeline.statistics.disparity.rows import findings
from meos_pipeline.statistics.methods.balance import entropy_balance
from meos_pipeline.statistics.methods.profiled_logistic import Fit, fit
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "internal_benchmark"
VERSION = 2
CAVEATS = ("internal_only", "area_composition", "selective_registration", "not_why")
FEWEST_CHECKS = 200
FEWEST_GROUP_CHECKS = 30
SHARE_BINS = 20
"""Areas are put together by their share of the group for the check by weights."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Cells of one group and its reference in one period."""

    teams: tuple[str, ...]
    team: Integers
    area: Integers
    events: Floats
    total: Floats
    design: Floats
    """Circumstances, as far as they differ within teams."""
    circumstances: Floats
    """All of them, also those that only one team has."""
    composition: Floats | None
    """Logit of the group's share of the area's residents, less the mean; None when not known or not needed.

    It enters with slope 1: checks in proportion to residents. A slope that is estimated is drawn to nothing by the
    error of residents, and hides its own margin.
    """


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Each team's odds that a check concerns the group, over those of the mean team in the same circumstances."""
    cells = tables.get("group_cells")
    if cells is None or cells.is_empty():
        return findings([], statistic=NAME, version=VERSION)
    parts, shams = [], []
    for of_period in by_year(cells, context.month):
        start = of_period["period_start"][0]
        end = date(start.year, 12, 31)
        families = _families(of_period, tables.get("population"), start, end, context.policy)
        sham, fires = placebos(
            spread_placebos(of_period, context.policy) if families else [], start, end, context.policy, unit=Unit.RATIO
        )
        shams += [] if sham is None else [sham]
        parts += [blocked(part) for part in families] if fires else families
    return pl.concat(
        [
            limited(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
            findings(shams, statistic=f"{NAME}_placebo", version=VERSION),
        ]
    )


def _families(
    cells: pl.DataFrame, population: pl.DataFrame | None, start: date, end: date, policy: Policy
) -> list[pl.DataFrame]:
    families: list[tuple[Family, Floats]] = []
    for kind, reference in reference_groups(policy).items():
        of_kind = cells.filter(pl.col("group_kind") == kind)
        for group in of_kind["group"].unique().sort():
            if group not in (reference, "unknown"):
                shares = _area_shares(population, kind, str(group), reference, start.year)
                prepared = _prepared(of_kind, str(group), reference, shares)
                if prepared.teams:
                    families.append(_family(prepared, f"{kind}={group}", f"{kind}={reference}", start, end, policy))
    standing = stands([family for family, _ in families])
    return [
        part
        for (family, balanced), stand in zip(families, standing, strict=True)
        for part in (
            deviation_rows(family, policy, stand, len(families)),
            series_rows(family, "balanced", np.exp(balanced)),
        )
    ]


def _area_shares(
    population: pl.DataFrame | None, kind: str, group: str, reference: str, year: int
) -> pl.DataFrame | None:
    """Logit of the group's share among residents of group and reference, per area; None when there are no figures."""
    if population is None:
        return None
    figures = population.filter(
        pl.col("benchmark").cast(pl.String) == "residents",
        pl.col("group_kind") == kind,
        pl.col("group").is_in([group, reference]),
    )
    years = sorted(figures["year"].unique().to_list(), key=lambda known: (known > year, abs(known - year)))
    if not years:
        return None
    people = pl.col("people")
    return (
        figures.filter(pl.col("year") == years[0])
        .group_by("area", maintain_order=True)
        .agg(
            of_group=people.filter(pl.col("group") == group).sum(),
            of_reference=people.filter(pl.col("group") == reference).sum(),
        )
        .select("area", composition=((pl.col("of_group") + 0.5) / (pl.col("of_reference") + 0.5)).log())
    )


def _prepared(of_kind: pl.DataFrame, group: str, reference: str, shares: pl.DataFrame | None) -> _Cells:
    is_group = pl.col("group") == group
    keys = ["team", "area", "block", "weekend", "reason"]
    counts = (
        of_kind.filter(is_group | (pl.col("group") == reference))
        .group_by(keys, maintain_order=True)
        .agg(events=pl.col("n").filter(is_group).sum(), total=pl.col("n").sum())
        .filter(pl.col("total") > 0)
        .sort(keys)
    )
    if shares is not None:
        # A check outside the areas with figures has the mean composition of its team's other checks.
        counts = counts.join(shares, on="area", how="left").with_columns(
            pl.col("composition").fill_null(
                (
                    (pl.col("composition") * pl.col("total")).sum()
                    / pl.col("total").filter(pl.col("composition").is_not_null()).sum()
                ).over("team")
            )
        )
        counts = counts.filter(pl.col("composition").is_not_null())
    coded = counts.select("block", "reason").to_dummies(drop_first=True).cast(pl.Float64)
    circumstances = coded.to_numpy() if coded.width else np.zeros((counts.height, 0))
    weekend = counts["weekend"].cast(pl.Float64).to_numpy()[:, None]
    team = counts["team"].rank("dense").cast(pl.Int64).to_numpy() - 1
    weight = counts["total"].cast(pl.Float64).to_numpy()
    circumstances = np.column_stack([circumstances, weekend])
    composition = None
    if shares is not None:
        composition = counts["composition"].to_numpy()
        if composition.size:
            composition = composition - np.average(composition, weights=weight)
    return _Cells(
        teams=tuple(counts["team"].unique().sort()),
        team=team,
        area=counts.select(pl.struct("team", "area").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy(),
        events=counts["events"].cast(pl.Float64).to_numpy(),
        total=weight,
        design=_within_teams(circumstances, team, weight),
        circumstances=circumstances,
        composition=composition,
    )


def _within_teams(columns: Floats, team: Integers, weight: Floats) -> Floats:
    """The columns that teams and the columns before them do not already say.

    A circumstance that only one team has, for all its checks, is that team; it may not silence the others.
    """
    if not columns.size:
        return columns
    number = int(team.max()) + 1
    size = np.maximum(np.bincount(team, weights=weight, minlength=number), 1e-300)
    kept: list[int] = []
    basis: list[Floats] = []
    for position, column in enumerate(columns.T):
        rest = column - (np.bincount(team, weights=weight * column, minlength=number) / size)[team]
        for _ in range(2):
            for vector in basis:
                rest = rest - vector * (weight * vector * rest).sum()
        length = np.sqrt((weight * rest**2).sum())
        if length > 1e-6 * np.sqrt((weight * column**2).sum()) and length > 0:
            kept.append(position)
            basis.append(rest / length)
    return columns[:, kept]


def _family(cells: _Cells, group: str, reference: str, start: date, end: date, policy: Policy) -> tuple[Family, Floats]:
    """The deviations of all teams with their whole error, and those of the check by weights."""
    number = len(cells.teams)
    total = np.asarray(np.bincount(cells.team, weights=cells.total, minlength=number), dtype=np.float64)
    events = np.asarray(np.bincount(cells.team, weights=cells.events, minlength=number), dtype=np.float64)
    found = fit(cells.events, cells.total, cells.design, cells.team, offset=cells.composition)
    unknown = composition_variance(
        cells.events, cells.total, cells.team, cells.area, policy.share_error_sd, policy.share_error_common
    )
    deviation, error = team_deviations(found, unknown)
    by_chance = team_deviations(found)[1]
    balanced, effective, difference = _balanced(cells)
    reason = np.select(
        [
            np.full(number, cells.composition is None),
            np.full(number, number < 2),
            (total < FEWEST_CHECKS) | (events < FEWEST_GROUP_CHECKS) | (total - events < FEWEST_GROUP_CHECKS),
            np.full(number, bool(found.reason)),
            (effective < 200) | (difference > 0.05),
        ],
        ["no_area_share", "no_comparison", "fewest_checks", found.reason or "none", "balance"],
        "",
    )
    fine = reason == ""
    family = Family(
        period_start=start,
        period_end=end,
        group=group,
        reference=reference,
        method="pooled_logistic_team_effects",
        caveats=CAVEATS,
        teams=cells.teams,
        estimate=np.where(fine, deviation, np.nan),
        error=np.where(fine, error, np.nan),
        reason=tuple(reason),
        estimate_all=np.nan,
        error_all=np.nan,
        reason_all="sum_to_zero",
        events=events,
        total=total,
        selective=np.ones(number),
        lacking=np.max([FEWEST_CHECKS - total, FEWEST_GROUP_CHECKS - np.minimum(events, total - events)], axis=0),
        dof=np.full(number, float((cells.total > 0).sum() - cells.design.shape[1] - number)),
        fixed=np.sqrt(np.maximum(np.nan_to_num(error**2 - by_chance**2), 0.0)),
        detail={
            "effective_comparison": effective,
            "largest_mean_difference": difference,
            "composition_error": np.sqrt(unknown),
        },
    )
    return family, np.where(fine, balanced, np.nan)


def team_deviations(found: Fit, further: Floats | float = 0.0) -> tuple[Floats, Floats]:
    """Team effects minus their mean over teams, with standard errors from the whole covariance.

    Args:
        found: The fit.
        further: Variance per team, apart for each, that the fit does not know of.
    """
    known = np.isfinite(found.intercepts)
    number = int(known.sum())
    deviation, error = np.full(known.size, np.nan), np.full(known.size, np.nan)
    if number < 2:
        return deviation, error
    contrast = np.eye(number) - 1 / number
    covariance = found.intercept_covariance()[np.ix_(known, known)]
    covariance = covariance + np.diag(np.broadcast_to(further, known.shape)[known])
    deviation[known] = contrast @ found.intercepts[known]
    error[known] = np.sqrt(np.einsum("ij,jk,ik->i", contrast, covariance, contrast))
    return deviation, error


def composition_variance(
    events: Floats, total: Floats, team: Integers, area: Integers, error_sd: float, common: float
) -> Floats:
    """Variance of a team's effect because residents miss who is on the street: k² (r + (1 - r) Σ w²).

    Args:
        events: Checks of the group per cell.
        total: Checks of the group and its reference per cell.
        team: Team of each cell, from 0.
        area: Area of each cell, from 0; an area lies in one team.
        error_sd: k, on the logit scale.
        common: r, the part of k² that the areas of a team have in common.
    """
    tried, hits = np.bincount(area, weights=total), np.bincount(area, weights=events)
    information = hits * (tried - hits) / np.maximum(tried, 1)
    of_area = np.zeros(tried.size, dtype=np.int64)
    of_area[area] = team
    number = int(team.max()) + 1 if team.size else 0
    whole = np.maximum(np.bincount(of_area, weights=information, minlength=number), 1e-100)
    squares = np.bincount(of_area, weights=information**2, minlength=number) / whole**2
    return np.asarray(error_sd**2 * (common + (1 - common) * np.minimum(squares, 1.0)))


def _balanced(cells: _Cells) -> tuple[Floats, Floats, Floats]:
    """Per team: log odds ratio against other teams' checks weighted to its circumstances, their worth, the imbalance."""
    number = len(cells.teams)
    if cells.composition is None or number < 2:
        return np.full(number, np.nan), np.full(number, np.nan), np.full(number, np.nan)
    binned, profile = _profiles(cells)
    size = profile.shape[0]
    of_team = np.zeros((number, size))
    events_of_team = np.zeros((number, size))
    np.add.at(of_team, (cells.team, binned), cells.total)
    np.add.at(events_of_team, (cells.team, binned), cells.events)
    everyone, everyone_events = of_team.sum(axis=0), events_of_team.sum(axis=0)
    ratio, effective, difference = np.full(number, np.nan), np.zeros(number), np.full(number, np.inf)
    for team in range(number):
        own = of_team[team]
        if own.sum() < FEWEST_CHECKS:
            continue
        others = everyone - own
        balance = entropy_balance(profile, others, own @ profile / own.sum())
        effective[team], difference[team] = balance.effective, balance.largest_difference
        with np.errstate(divide="ignore", invalid="ignore"):
            share_others = float(balance.weights @ np.nan_to_num((everyone_events - events_of_team[team]) / others))
            share_own = events_of_team[team].sum() / own.sum()
        if 0 < share_own < 1 and 0 < share_others < 1:
            ratio[team] = np.log(share_own / (1 - share_own)) - np.log(share_others / (1 - share_others))
    return ratio, effective, difference


def _profiles(cells: _Cells) -> tuple[Integers, Floats]:
    """Cells put together by circumstances and binned composition: the profile of each cell, and its covariates."""
    assert cells.composition is not None  # noqa: S101 - the caller looked; narrows the type
    centred = cells.composition
    order = np.argsort(centred, kind="stable")
    position = np.cumsum(cells.total[order]) / cells.total.sum()
    bins = np.zeros(centred.size, dtype=np.int64)
    bins[order] = np.minimum((position * SHARE_BINS).astype(np.int64), SHARE_BINS - 1)
    weight = np.maximum(np.bincount(bins, weights=cells.total, minlength=SHARE_BINS), 1)
    mean = np.bincount(bins, weights=cells.total * centred, minlength=SHARE_BINS) / weight
    square = np.bincount(bins, weights=cells.total * centred**2, minlength=SHARE_BINS) / weight
    covariates = np.column_stack([cells.circumstances, mean[bins], square[bins]])
    profile, inverse = np.unique(covariates, axis=0, return_inverse=True)
    return inverse.reshape(-1), profile


def spread_placebos(cells: pl.DataFrame, policy: Policy) -> list[Placebo]:
    """Spread between teams in what cannot matter, beyond chance: one standard normal per placebo.

    The sum of squared standardised deviations has, without any spread beyond the relevance margin, a chi-square
    distribution; its cube root is nearly normal (Wilson & Hilferty 1931).
    """
    found = []
    for kind in PLACEBOS:
        of_kind = cells.filter(pl.col("group_kind") == kind)
        if of_kind.is_empty():
            continue
        prepared = _prepared(of_kind, "a", "b", None)
        effects = fit(prepared.events, prepared.total, prepared.design, prepared.team)
        deviation, error = team_deviations(effects)
        known = np.isfinite(deviation)
        number = int(known.sum())
        if number < 2:
            continue
        # Teams plan their weeks and months; only a spread that would matter as a finding counts.
        allowed = 0.0 if kind == PLACEBOS[2] else np.log(policy.relevant_ratio)
        heterogeneity = float((deviation[known] ** 2 / (error[known] ** 2 + allowed**2)).sum())
        degrees = number - 1
        scale = 2 / (9 * degrees)
        z = ((heterogeneity / degrees) ** (1 / 3) - (1 - scale)) / np.sqrt(scale)
        typical = float(np.sqrt(np.mean(error[known] ** 2)))
        found.append(
            Placebo(
                kind=kind,
                estimate=max(z, 0.0) * typical,
                error=typical,
                dof=float((prepared.total > 0).sum() - prepared.design.shape[1] - number),
                events=float(prepared.events.sum()),
                total=float(prepared.total.sum()),
            )
        )
    return found


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Does a team check a group more than other teams do in the same circumstances?",
    question_nl="Controleert een team een groep vaker dan andere teams in dezelfde omstandigheden?",
    estimand="Odds that a check of the team concerns the group, over those of the mean team at equal circumstances.",
    assumptions="Area composition, hour, weekend and ground hold all that makes circumstances differ.",
    misleads="Residents stand in for the street, so only large differences show; it is silent on what all teams share.",
    minimum="200 checks, 30 of the group and of the reference; a comparison worth 200 checks, balanced within 0.05 sd.",
    source="Ridgeway & MacDonald, JASA 104 (2009) 661-668; Carroll et al. (2006) on error in what is adjusted for.",
    inputs=("group_cells", "population"),
    gate=Gate.MODEL,
    compute=compute,
    version=VERSION,
)
