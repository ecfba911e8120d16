"""Small cell tables for the disparity statistics, with what each test wants to plant."""

from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.companions import POPULATION
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS, PLACEBOS
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.veil import ClockCells
from meos_pipeline.statistics.statistic import Context

YEAR = date(2024, 1, 1)
CONTEXT = Context(policy=Policy(), month=date(2024, 12, 1), teams=())
HITS = ("strict", "broad", "none", "unknown")


def teams(number: int) -> list[str]:
    return [f"team-{one:02d}" for one in range(number)]


def sex_cells(counts: dict[str, dict[str, tuple[int, int, int, int]]]) -> pl.DataFrame:
    """Cells of the partition sex_hit: team → group → counts of strict, broad, none, unknown."""
    rows = [
        (team, "year", YEAR, "sex_hit", f"{group}|{hit}", n)
        for team, groups in counts.items()
        for group, numbers in groups.items()
        for hit, n in zip(HITS, numbers, strict=True)
    ]
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def monthly(team_names: list[str], monthly_checks: list[int], hits: list[int] | None = None) -> pl.DataFrame:
    """Cells of the partitions proactive and result, alike for all teams."""
    rows = []
    for team in team_names:
        for month, n in enumerate(monthly_checks, start=1):
            start = date(2024, month, 1)
            found = (hits or [n // 5] * 12)[month - 1]
            rows += [
                (team, "month", start, "proactive", "proactive", n),
                (team, "month", start, "result", "H1", found),
                (team, "month", start, "result", "nothing_found", n - found),
            ]
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def organisation(team_names: list[str]) -> pl.DataFrame:
    rows = [
        {
            "team": team,
            "team_name": team,
            "district": "district",
            "regional_unit": "unit",
            "area": f"{team}-area",
            "valid_from": date(2020, 1, 1),
            "latitude": 52.09,
            "longitude": 5.12,
        }
        for team in team_names
    ]
    return pl.DataFrame(rows, schema=ORGANISATION.schema)


def population(team_names: list[str], people: dict[str, int], benchmark: str = "residents") -> pl.DataFrame:
    rows = [(f"{team}-area", benchmark, "sex", group, 2023, n) for team in team_names for group, n in people.items()]
    return pl.DataFrame(rows, schema=POPULATION.schema, orient="row")


def clock_cells(
    cells: ClockCells, *, kind: str = "sex", group: str = "male", reference: str = "female"
) -> pl.DataFrame:
    """``CLOCK_CELLS`` of a world of the veil, with a placebo split that knows nothing."""
    day = pl.Series(cells.day.astype(np.int32)).cast(pl.Date)
    rows = pl.DataFrame(
        {
            "team": [cells.team_names[team] for team in cells.team],
            "area": "",
            "date": day,
            "clock_bin": pl.Series((cells.minute // 15).astype(np.int8)),
            "light": pl.Series(np.where(cells.is_light, "day", "dark")).cast(v.LIGHT),
            "is_group": cells.events == 1,
            "split": np.random.default_rng(1).random(cells.events.size) < 0.5,
        }
    )
    named = [
        rows.with_columns(
            group_kind=pl.lit(kind), group=pl.when("is_group").then(pl.lit(group)).otherwise(pl.lit(reference))
        ),
        rows.with_columns(
            group_kind=pl.lit(PLACEBOS[2]), group=pl.when("split").then(pl.lit("a")).otherwise(pl.lit("b"))
        ),
    ]
    return CLOCK_CELLS.require(
        pl.concat(named).group_by(*CLOCK_CELLS.key).agg(n=pl.len().cast(pl.Int64)).select(CLOCK_CELLS.names)
    )


def circumstances(
    seed: int,
    *,
    effects: np.ndarray,
    checks: int = 3_000,
    area_sd: float = 0.8,
    areas: int = 4,
    month_effect: float = 0.0,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``GROUP_CELLS`` and ``POPULATION`` of teams with these log odds ratios, in areas of differing composition.

    ``month_effect`` is a spread of teams between odd and even months: a placebo should see it.
    """
    rng = np.random.default_rng(seed)
    number = effects.size
    composition = rng.normal(-0.8, area_sd, (number, areas))
    team, area = np.repeat(np.arange(number), checks), rng.integers(0, areas, number * checks)
    block, reason, weekend = rng.integers(0, 6, team.size), rng.integers(0, 4, team.size), rng.random(team.size) < 0.3
    odd = rng.normal(0, month_effect, number)[team] if month_effect else np.zeros(team.size)
    is_odd = rng.random(team.size) < 1 / (1 + np.exp(-odd))
    linear = composition[team, area] + effects[team] + 0.1 * (block - 2.5) + 0.15 * reason + 0.2 * weekend
    male = rng.random(team.size) < 1 / (1 + np.exp(-linear))
    hit = rng.random(team.size) < 0.2
    rows = pl.DataFrame(
        {
            "team": pl.Series(teams(number)).gather(team),
            "month": pl.Series([date(2024, 1, 1), date(2024, 2, 1)]).gather((~is_odd).astype(int)),
            "area": pl.Series([f"{one}-{two}" for one in range(number) for two in range(areas)]).gather(
                team * areas + area
            ),
            "block": pl.Series(list("012345")).gather(block),
            "weekend": weekend,
            "reason": pl.Series(list("abcd")).gather(reason),
            "hit": pl.Series(["none", "strict"]).gather(hit.astype(int)),
            "male": male,
            "odd": is_odd,
            "split": rng.random(team.size) < 0.5,
        }
    ).with_columns(pl.col("hit").cast(GROUP_CELLS["hit"].dtype))
    kinds = {"sex": ("male", "male", "female"), PLACEBOS[1]: ("odd", "a", "b"), PLACEBOS[2]: ("split", "a", "b")}
    named = [
        rows.with_columns(
            group_kind=pl.lit(kind), group=pl.when(column).then(pl.lit(yes)).otherwise(pl.lit(no)), searched=pl.lit(0)
        )
        for kind, (column, yes, no) in kinds.items()
    ]
    cells = (
        pl.concat(named)
        .group_by(*GROUP_CELLS.key)
        .agg(n=pl.len().cast(pl.Int64), searched=pl.col("searched").sum().cast(pl.Int64))
        .select(GROUP_CELLS.names)
    )
    share = 1 / (1 + np.exp(-composition))
    people = [
        (f"{one}-{two}", "residents", "sex", group, 2024, int(10_000 * part))
        for one in range(number)
        for two in range(areas)
        for group, part in (("male", share[one, two]), ("female", 1 - share[one, two]))
    ]
    return GROUP_CELLS.require(cells), pl.DataFrame(people, schema=POPULATION.schema, orient="row")


def headline(found: pl.DataFrame, **values: str) -> pl.DataFrame:
    """Rows of the headline series with these values."""
    wanted = [pl.col(name) == value for name, value in ({"series": ""} | values).items()]
    return found.filter(*wanted, ~pl.col("statistic").str.ends_with("_placebo"))
