"""Do areas with more people of a group see more checks? About places, never about people.

Without any group in the records this is what remains, and it is weak: where incidents and deployment rise with
composition, a rate ratio of 4.5 was seen with no bias at all.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics.disparity.groups import reference_groups
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.poisson import PoissonFit, poisson
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "area_level"
VERSION = 1
CAVEATS = ("ecological", "deployment_follows_incidents", "selective_registration")
STEP = 0.10
"""The ratio is per ten percentage points more of the group among residents."""
SMALLEST_SPREAD = 0.01
"""Areas whose shares of the group have a smaller standard deviation cannot tell what ten points more would do."""
FEWEST_AREAS = 15
FEWEST_TEAMS = 15
"""From this many teams on, areas of one team may resemble each other; below it every area stands alone."""

Floats = npt.NDArray[np.float64]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Ratio of check rates per area for ten points more of a group, per year that is over.

    The rate is per registered suspect where those figures exist (the nearest to incidents there is), else per person
    present by day, else per resident; people present by day stand in the model when they are not the exposure.
    """
    if not {"cells", "population"} <= set(tables):
        return findings([], statistic=NAME, version=VERSION)
    areas = (
        tables["cells"]
        .filter(pl.col("partition") == "area", ~pl.col("category").is_in(["unknown", "other", "-"]))
        .group_by("team", "category", year=pl.col("period_start").dt.year(), maintain_order=True)
        .agg(pl.col("n").sum())
        .rename({"category": "area"})
    )
    parts = [
        _group(of_year, tables["population"], kind, group, context)
        for of_year in areas.filter(pl.col("year") < context.month.year + (context.month.month == 12))
        .sort("year", "team", "area")
        .partition_by("year", maintain_order=True)
        for kind, group in _groups(tables["population"], context)
    ]
    return findings([part for part in parts if part is not None], statistic=NAME, version=VERSION)


def _groups(population: pl.DataFrame, context: Context) -> list[tuple[str, str]]:
    references = reference_groups(context.policy)
    pairs = population.select("group_kind", "group").unique().sort("group_kind", "group").rows()
    return [(kind, group) for kind, group in pairs if kind in references and group not in (references[kind], "unknown")]


def _group(
    areas: pl.DataFrame, population: pl.DataFrame, kind: str, group: str, context: Context
) -> pl.DataFrame | None:
    year = int(areas["year"][0])
    people = _people(population, kind, group, year)
    joined = areas.join(people, on="area").filter(pl.col("residents") > 0)
    if joined.is_empty():
        return None
    exposures = [name for name in ("suspects", "daytime", "residents") if (joined[name].fill_null(0) > 0).all()]
    exposure = joined[exposures[0]].cast(pl.Float64).to_numpy()
    share = (joined["of_group"] / joined["residents"]).to_numpy()
    columns = [np.ones(share.size), (share - share.mean()) / STEP]
    if "daytime" in exposures[1:]:
        present = np.log((joined["daytime"] / joined["residents"]).to_numpy())
        columns.append(present - present.mean())
    teams = joined["team"].rank("dense").cast(pl.Int64).to_numpy()
    by_team = np.unique(teams).size >= FEWEST_TEAMS
    counts = joined["n"].cast(pl.Float64).to_numpy()
    found = poisson(counts, np.log(exposure), np.column_stack(columns), teams if by_team else np.arange(teams.size))
    clusters = np.unique(teams).size if by_team else teams.size
    estimate, error = found.coefficients[1], float(np.sqrt(found.clustered[1, 1]))
    reason = _refusal(share, found, error, context.policy.largest_standard_error)
    if reason:
        estimate, error = np.nan, np.nan
    half = _t_quantile(context.policy.confidence_level, clusters - 1) * error
    silent = Label.NOT_COMPARABLE if reason in {"collinear", "areas_alike", "separation"} else Label.TOO_FEW
    # Registered as rarely, or as often, per ten points more of the group as one group may be beside another.
    factor = context.policy.group_registration_ratio
    ratio, nothing = float(np.exp(estimate)), [np.nan, np.nan]
    return rows(
        3,
        period_start=date(year, 1, 1),
        period_end=date(year, 12, 31),
        group=f"{kind}={group}",
        reference="ten_points",
        stratum=f"exposure={exposures[0]}",
        method="poisson_robust",
        unit=Unit.RATIO.value,
        series=["", "registration_low", "registration_high"],
        estimate=[ratio, ratio / factor, ratio * factor],
        lower=[float(np.exp(estimate - half)), *nothing],
        upper=[float(np.exp(estimate + half)), *nothing],
        events=counts.sum(),
        n=exposure.sum(),
        label=(silent if reason else Label.DESCRIBED).value,
        label_reason=reason,
        needed=FEWEST_AREAS - share.size if reason == "fewest_areas" else np.nan,
        caveats=CAVEATS,
        detail=details(
            3,
            areas=int(share.size),
            dispersion=found.dispersion,
            clusters=int(clusters),
            tipping_registration=1 / ratio,
        ),
    )


def _refusal(share: Floats, found: PoissonFit, error: float, largest: float) -> str:
    """Why the areas give no ratio; '' when they do."""
    if share.size < FEWEST_AREAS:
        return "fewest_areas"
    if found.reason:
        return found.reason
    if share.std() < SMALLEST_SPREAD:
        return "areas_alike"
    return "" if error <= largest else "largest_standard_error"


def _people(population: pl.DataFrame, kind: str, group: str, year: int) -> pl.DataFrame:
    """Per area: residents, people by day and suspects, and residents of the group, in the newest figures up to the year."""
    of_kind = population.filter(pl.col("group_kind") == kind).with_columns(pl.col("benchmark").cast(pl.String))
    late = pl.col("year") > year
    nearest = (
        of_kind.select("benchmark", "year")
        .unique()
        .sort(late, pl.when(late).then(pl.col("year").cast(pl.Int32)).otherwise(-pl.col("year").cast(pl.Int32)))
        .unique("benchmark", keep="first", maintain_order=True)
    )
    chosen = of_kind.join(nearest, on=["benchmark", "year"])

    def people(benchmark: str) -> pl.Expr:
        return pl.col("people").filter(pl.col("benchmark") == benchmark)

    is_group = pl.col("group") == group
    return chosen.group_by("area", maintain_order=True).agg(
        residents=people("residents").sum(),
        daytime=people("daytime").sum(),
        suspects=people("suspects").sum(),
        of_group=pl.col("people").filter((pl.col("benchmark") == "residents") & is_group).sum(),
    )


def _t_quantile(level: float, degrees: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, max(degrees, 1)))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Do areas with more residents of a group see more checks?",
    question_nl="Zijn er meer controles in gebieden waar meer mensen van een groep wonen?",
    estimand="Ratio of check rates between areas that differ by ten percentage points in the group's share.",
    assumptions="None that would make it about people: it describes areas.",
    misleads="Checks follow incidents and deployment, which differ between areas for many reasons.",
    minimum="15 areas with checks and figures, whose shares differ by a standard deviation of a percentage point.",
    source="Robinson, American Sociological Review 15 (1950) 351-357, on what areas cannot tell.",
    inputs=("cells", "population"),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
