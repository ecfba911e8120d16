"""Does a difference between groups keep its side whatever defensible choice is made: many answers to one question.

A choice is a benchmark, a season, whether areas are compared within themselves, how well a group is recorded, and what
the checks of which the group is not known would be. A difference that needs one of these choices is not said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.groups import UNKNOWN, by_year, group_counts, reference_groups, team_exposure
from meos_pipeline.statistics.disparity.labelling import DIRECTED
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "multiverse"
VERSION = 1
CAVEATS = ("benchmark_not_street", "not_why")
SEASONS = {"year": tuple(range(1, 13)), "summer": (4, 5, 6, 7, 8, 9), "winter": (1, 2, 3, 10, 11, 12)}
AREAS = ("together", "within")
DEPENDS = "sign_depends_on_choice"
LOOKED_UP = ("benchmark_ratio", "robust_test")
"""Methods whose difference has to survive here; the others have variants of their own."""
VARIANTS = {
    "internal_benchmark": ("balanced", "registration_low", "registration_high"),
    "veil_of_darkness": ("without_season", "clock_change", "clock_change_season", "without_area", "clusters_by_day"),
}
_SIGNALS = (Label.SIGNAL_HIGH, Label.SIGNAL_LOW)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Checks of a group and its reference; rows are teams and then all together, columns areas."""

    results: Floats
    """Of the group, with a result."""
    rest: Floats
    """Of the group, without one."""
    reference: Floats


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per team (and all together), group and newest complete year: share of the choices on the side of the first one.

    Series '' is that share; 'lowest' and 'highest' are the outer ratios; one series per choice tells what it alone does.
    """
    cells = tables.get("group_cells")
    if cells is None or cells.is_empty() or not {"population", "organisation"} <= set(tables):
        return findings([], statistic=NAME, version=VERSION)
    years = by_year(cells, context.month)
    parts: list[pl.DataFrame] = []
    for of_year in years[-1:]:
        start = of_year["period_start"][0]
        unknown = _unknown(tables, start)
        for kind, reference in reference_groups(context.policy).items():
            of_kind = of_year.filter(pl.col("group_kind") == kind)
            exposure = _exposure(tables, of_kind, start, kind)
            for group in of_kind["group"].unique().sort():
                if group not in (reference, UNKNOWN):
                    part = _group(of_kind, exposure, unknown, (kind, str(group), reference), start, context.policy)
                    parts += [] if part is None else [part]
    return findings(parts, statistic=NAME, version=VERSION)


def surviving(found: pl.DataFrame) -> pl.DataFrame:
    """Findings without the differences that depend on a choice: these become undecided, and say why.

    Args:
        found: All ``FINDINGS`` of an edition, after disclosure control.
    """
    directed = pl.col("label").cast(pl.String).is_in([label.value for label in (*DIRECTED, *_SIGNALS)])
    survives = found.filter(
        pl.col("statistic") == NAME,
        pl.col("series") == "",
        pl.col("estimate").is_not_null(),
        pl.col("label_reason") == "",
    ).select("team", "group", "period_start", _survives=True)
    named = found.with_row_index("_row").join(survives, on=["team", "group", "period_start"], how="left")
    fails = pl.col("statistic").is_in(LOOKED_UP) & pl.col("_survives").is_null()
    for method, variants in VARIANTS.items():
        broken = _broken(found, method, variants)
        named = named.join(broken, on=["statistic", "team", "group", "period_start"], how="left").rename(
            {"_broken": f"_{method}"}
        )
        fails = fails | pl.col(f"_{method}").fill_null(value=False)
    undone = directed & fails
    return (
        named.sort("_row")
        .with_columns(
            label=pl.when(undone)
            .then(pl.lit(Label.UNDECIDED.value))
            .otherwise(pl.col("label").cast(pl.String))
            .cast(FINDINGS["label"].dtype),
            label_reason=pl.when(undone).then(pl.lit(DEPENDS)).otherwise("label_reason"),
            needed=pl.when(~undone).then("needed"),
        )
        .select(FINDINGS.names)
    )


def _broken(found: pl.DataFrame, method: str, variants: tuple[str, ...]) -> pl.DataFrame:
    """Teams and groups of a method where a variant lies on the other side of 1 than its headline.

    A method whose variants are of all teams together needs them on the side of the team as well.
    """
    of_method = found.filter(pl.col("statistic") == method, pl.col("estimate").is_not_null())
    side = pl.col("estimate").log().sign()
    keys = ["statistic", "group", "period_start"]
    own = of_method.filter(pl.col("series").is_in(variants)).select(*keys, "team", variant=side)
    together = own.filter(pl.col("team") == "").drop("team")
    headline = of_method.filter(pl.col("series") == "").select(*keys, "team", side=side)
    sides = pl.concat(
        [headline.join(own, on=[*keys, "team"]), headline.filter(pl.col("team") != "").join(together, on=keys)],
        how="diagonal",
    )
    return sides.group_by(*keys, "team").agg(_broken=(pl.col("side") != pl.col("variant")).any())


def _unknown(tables: Mapping[str, pl.DataFrame], start: date) -> pl.DataFrame:
    """Per team and kind: checks of which the group is not known, for each of which it is."""
    is_unknown = pl.col("group") == UNKNOWN
    return (
        group_counts(tables)
        .filter(pl.col("period_start") == start)
        .group_by("team", "kind")
        .agg(unknown=pl.col("checks").filter(is_unknown).sum(), known=pl.col("checks").filter(~is_unknown).sum())
        .filter(pl.col("known") > 0)
        .select("team", "kind", ratio=pl.col("unknown") / pl.col("known"))
    )


def _exposure(tables: Mapping[str, pl.DataFrame], of_kind: pl.DataFrame, start: date, kind: str) -> pl.DataFrame:
    """People per team, area ('' for the whole team), benchmark and group."""
    teams = (
        of_kind.select("team").unique().with_columns(period_start=pl.lit(start), period_end=date(start.year, 12, 31))
    )
    whole = team_exposure(tables, teams).filter(pl.col("kind") == kind)
    figures = (
        tables["population"].filter(pl.col("group_kind") == kind).with_columns(pl.col("benchmark").cast(pl.String))
    )
    nearest = figures.sort((pl.col("year").cast(pl.Int32) - start.year).abs(), "year").unique(
        ["area", "benchmark", "group"], keep="first", maintain_order=True
    )
    by_area = tables["organisation"].select("team", "area").unique().join(nearest, on="area")
    columns = ("team", "area", "benchmark", "group", "people")
    return pl.concat([whole.with_columns(area=pl.lit("")).select(columns), by_area.select(columns)])


def _group(
    of_kind: pl.DataFrame,
    exposure: pl.DataFrame,
    unknown: pl.DataFrame,
    names: tuple[str, str, str],
    start: date,
    policy: Policy,
) -> pl.DataFrame | None:
    kind, group, reference = names
    teams = tuple(of_kind["team"].unique().sort())
    areas = tuple(of_kind["area"].unique().sort())
    counts = {season: _counts(of_kind, teams, areas, group, reference, months) for season, months in SEASONS.items()}
    missing = dict(unknown.filter(pl.col("kind") == kind).select("team", "ratio").iter_rows())
    ratio = np.array([missing.get(team, 0.0) for team in teams])
    people = {
        benchmark: tuple(_people(exposure, teams, areas, str(benchmark), name) for name in (group, reference))
        for benchmark in exposure["benchmark"].unique().sort(descending=True)
    }
    if not people:
        return None
    factor = policy.group_registration_ratio
    choices = {
        "benchmark": tuple(people),
        "season": tuple(SEASONS),
        "area": AREAS,
        "registration": ("as_recorded", "low", "high"),
        "missing": ("left_out", "all_group", "all_reference"),
    }
    times = {"as_recorded": 1.0, "low": 1 / factor, "high": factor}
    found = {}
    for choice in product(*choices.values()):
        benchmark, season, area, registration, of_unknown = choice
        found[choice] = _ratios(
            counts[season],
            people[benchmark],
            within=area == "within",
            times=times[registration],
            extra=np.where(ratio >= policy.missing_groups_shown, ratio, 0.0),
            to=of_unknown,
        )
    first = tuple(options[0] for options in choices.values())
    return _rows(found, first, tuple(choices), counts["year"], teams, names, start)


def _counts(
    of_kind: pl.DataFrame,
    teams: tuple[str, ...],
    areas: tuple[str, ...],
    group: str,
    reference: str,
    months: tuple[int, ...],
) -> _Counts:
    has_result = pl.col("hit").cast(pl.String).is_in(["strict", "broad"])
    is_group, is_reference = pl.col("group") == group, pl.col("group") == reference
    summed = (
        of_kind.filter(pl.col("month").dt.month().is_in(months))
        .group_by("team", "area")
        .agg(
            results=pl.col("n").filter(is_group & has_result).sum(),
            rest=pl.col("n").filter(is_group & ~has_result).sum(),
            reference=pl.col("n").filter(is_reference).sum(),
        )
    )
    row, column = np.searchsorted(teams, summed["team"].to_list()), np.searchsorted(areas, summed["area"].to_list())

    def matrix(name: str) -> Floats:
        values = np.zeros((len(teams), len(areas)))
        values[row, column] = summed[name].to_numpy()
        return values

    return _Counts(results=matrix("results"), rest=matrix("rest"), reference=matrix("reference"))


def _people(
    exposure: pl.DataFrame, teams: tuple[str, ...], areas: tuple[str, ...], benchmark: str, group: str
) -> tuple[Floats, Floats]:
    """People of a group per team, and per team and area; nan where there are no figures."""
    whole, by_area = np.full(len(teams), np.nan), np.full((len(teams), len(areas)), np.nan)
    chosen = exposure.filter(pl.col("benchmark") == benchmark, pl.col("group") == group)
    for team, area, people in chosen.select("team", "area", "people").iter_rows():
        if team in teams and area == "":
            whole[teams.index(team)] = people
        elif team in teams and area in areas:
            by_area[teams.index(team), areas.index(area)] = people
    return whole, by_area


def _ratios(
    counts: _Counts,
    people: tuple[tuple[Floats, Floats], ...],
    *,
    within: bool,
    times: float,
    extra: Floats,
    to: str,
) -> Floats:
    """Log ratio of check rates under one choice: Mantel-Haenszel over areas or as a whole; per team, then all together."""
    group, reference = counts.results + times * counts.rest, counts.reference
    more = extra[:, None] * (counts.results + counts.rest + counts.reference)
    group = group + more * (to == "all_group")
    reference = reference + more * (to == "all_reference")
    (group_whole, group_areas), (reference_whole, reference_areas) = people
    if within:
        of_group, of_reference = group_areas, reference_areas
    else:
        group, reference = group.sum(axis=1, keepdims=True), reference.sum(axis=1, keepdims=True)
        of_group, of_reference = group_whole[:, None], reference_whole[:, None]
    both = of_group + of_reference
    known = np.isfinite(both) & (both > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        top = np.where(known, group * of_reference / both, 0.0).sum(axis=1)
        bottom = np.where(known, reference * of_group / both, 0.0).sum(axis=1)
        return np.asarray(np.log(np.append(top, top.sum()) / np.append(bottom, bottom.sum())), dtype=np.float64)


def _rows(
    found: Mapping[tuple[str, ...], Floats],
    first: tuple[str, ...],
    dimensions: tuple[str, ...],
    counts: _Counts,
    teams: tuple[str, ...],
    names: tuple[str, str, str],
    start: date,
) -> pl.DataFrame:
    kind, group, reference = names
    table = np.stack(list(found.values()))
    known = np.isfinite(table)
    side = np.sign(found[first])
    number = known.sum(axis=0)
    same = (known & (np.sign(table) == side)).sum(axis=0)
    of_group = np.append((counts.results + counts.rest).sum(axis=1), (counts.results + counts.rest).sum())
    of_reference = np.append(counts.reference.sum(axis=1), counts.reference.sum())
    size = len(teams) + 1
    usable = np.isfinite(side) & (number > 0)
    survives = usable & (same == number)
    label = np.where(usable, Label.DESCRIBED.value, Label.NOT_COMPARABLE.value)
    reason = np.where(usable, np.where(survives, "", DEPENDS), "no_exposure")
    head: dict[str, object] = {
        "team": [*teams, ""],
        "period_start": start,
        "period_end": date(start.year, 12, 31),
        "group": f"{kind}={group}",
        "reference": f"{kind}={reference}",
        "method": "multiverse",
        "caveats": CAVEATS,
        "events": of_group,
        "n": of_group + of_reference,
        "reference_events": of_reference,
        "label": label,
        "label_reason": reason,
        "detail": details(
            size, specifications=number, same_side=same, residual_dof=np.maximum(of_group + of_reference - 2, 0)
        ),
    }
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [rows(size, **head, unit=Unit.SHARE.value, estimate=same / np.maximum(number, 1))]
    outer = {
        "lowest": np.where(known, table, np.inf).min(axis=0),
        "highest": np.where(known, table, -np.inf).max(axis=0),
    }
    for place, dimension in enumerate(dimensions):
        for choice in found:
            if (
                choice[place] != first[place]
                and choice[:place] + choice[place + 1 :] == first[:place] + first[place + 1 :]
            ):
                outer[f"{dimension}={choice[place]}"] = found[choice]
    outer[f"benchmark={first[0]}"] = found[first]
    for series, values in outer.items():
        shown = np.where(np.isfinite(values), values, np.nan)
        parts.append(
            rows(
                size,
                **head
                | {
                    "series": series,
                    "unit": Unit.RATIO.value,
                    "estimate": np.exp(shown),
                    "label": np.where(np.isfinite(shown), label, Label.NOT_COMPARABLE.value),
                    "label_reason": np.where(np.isfinite(shown), reason, "no_exposure"),
                },
            )
        )
    return pl.concat(parts, how="diagonal_relaxed")


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Does a difference between groups keep its side whatever defensible choice is made?",
    question_nl="Blijft een verschil tussen groepen aan dezelfde kant, welke verdedigbare keuze je ook maakt?",
    estimand="Share of all combinations of benchmark, season, area, recording and missing groups that lie on the side "
    "of the first one.",
    assumptions="The choices listed are those that people would defend; each counts as much as another.",
    misleads="A difference that survives all of these can still come from a choice that is not among them.",
    minimum="Figures of residents, and what a model result needs.",
    source="Steegen, Tuerlinckx, Gelman & Vanpaemel, Perspectives on Psychological Science 11 (2016) 702-712.",
    inputs=("group_cells", "cells", "population", "organisation"),
    gate=Gate.MODEL,
    compute=compute,
    version=VERSION,
)
