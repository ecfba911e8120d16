"""Groups that are compared: their checks, results and benchmark, beside those of the reference group.

A group comes from the record (age band, sex) or from a lawful source (origin); it is never inferred. With no
group at all every function returns no rows.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.policy import Policy

PARTITION_OF = {"age_band": "age_band_hit", "sex": "sex_hit", "origin": "origin_hit"}
"""Kinds of group, and the partition of cells that holds their checks by result."""
UNKNOWN = "unknown"
COUNTS = ("checks", "known", "strict", "broad")
_CATEGORY = r"^(.*)\|([^|]*)$"
_GROUP_SCHEMA = pl.Schema(
    {
        "team": pl.String(),
        "period_start": pl.Date(),
        "period_end": pl.Date(),
        "kind": pl.String(),
        "group": pl.String(),
        **dict.fromkeys(COUNTS, pl.Int64()),
    }
)


def reference_groups(policy: Policy) -> dict[str, str]:
    """The group that others of its kind are compared with."""
    return {
        "age_band": policy.reference_age_band,
        "sex": policy.reference_sex,
        "origin": v.origin_form(policy.reference_origin),
    }


def group_counts(tables: Mapping[str, pl.DataFrame], month: date | None = None) -> pl.DataFrame:
    """Checks and results per team, period, kind of group and group, the group 'unknown' among them.

    ``known`` counts checks with a known result; ``strict`` those with a result of class H1, ``broad`` those of
    H1 to H3. Origins may instead come from the statistics office's table, which counts people, not checks, and
    knows no results (nulls).

    Args:
        tables: May hold ``cells`` and ``origin_table``.
        month: Report month: only years that are over by its end are judged, so no year is looked at twelve times.
    """
    found = _counted(tables)
    return found if month is None else found.filter(pl.col("period_end") < pl.lit(month).dt.offset_by("1mo"))


def _counted(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    cells = tables.get("cells")
    counted = _from_cells(cells) if cells is not None else pl.DataFrame(schema=_GROUP_SCHEMA)
    origins = tables.get("origin_table")
    if origins is None or not counted.filter(pl.col("kind") == "origin").is_empty():
        return counted
    return pl.concat([counted, _from_origin_table(origins)])


def _from_cells(cells: pl.DataFrame) -> pl.DataFrame:
    partitions = pl.DataFrame({"partition": list(PARTITION_OF.values()), "kind": list(PARTITION_OF)})
    result = pl.col("category").str.extract(_CATEGORY, 2)
    length = pl.col("period").cast(pl.String).replace({"month": "1mo", "quarter": "3mo", "year": "1y"})
    return (
        cells.join(partitions, on="partition")
        .with_columns(
            group=pl.col("category").str.extract(_CATEGORY, 1),
            period_end=pl.col("period_start").dt.offset_by(length).dt.offset_by("-1d"),
        )
        .group_by("team", "period_start", "period_end", "kind", "group", maintain_order=True)
        .agg(
            checks=pl.col("n").sum(),
            known=pl.col("n").filter(result != UNKNOWN).sum(),
            strict=pl.col("n").filter(result == "strict").sum(),
            broad=pl.col("n").filter(result.is_in(["strict", "broad"])).sum(),
        )
        .select(*_GROUP_SCHEMA)
        .cast(_GROUP_SCHEMA)
        .sort("kind", "group", "period_start", "team")
    )


def _from_origin_table(origins: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.Int64)
    return (
        origins.with_columns(
            period_start=pl.date(pl.col("year"), 1, 1),
            period_end=pl.date(pl.col("year"), 12, 31),
            kind=pl.lit("origin"),
        )
        .rename({"origin": "group", "checked": "checks"})
        .with_columns(known=none, strict=none, broad=none)
        .select(*_GROUP_SCHEMA)
        .cast(_GROUP_SCHEMA)
        .sort("kind", "group", "period_start", "team")
    )


def beside_reference(counts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Each group's counts with those of the reference group of its kind as ``reference_…``.

    The reference group and 'unknown' have no row of their own. A team without a reference row counts 0 there.
    """
    references = pl.DataFrame(
        {"kind": list(reference_groups(policy)), "reference": list(reference_groups(policy).values())}
    )
    named = counts.join(references, on="kind")
    keys = ["team", "period_start", "period_end", "kind"]
    of_reference = named.filter(pl.col("group") == pl.col("reference")).select(
        *keys, *(pl.col(name).alias(f"reference_{name}") for name in COUNTS)
    )
    return (
        named.filter((pl.col("group") != pl.col("reference")) & (pl.col("group") != UNKNOWN))
        .join(of_reference, on=keys, how="left")
        .with_columns(pl.col(f"reference_{name}").fill_null(0) for name in COUNTS)
        .sort("kind", "group", "period_start", "team")
    )


def team_exposure(tables: Mapping[str, pl.DataFrame], teams_and_periods: pl.DataFrame) -> pl.DataFrame:
    """People per team, period, benchmark, kind and group, over the areas that belong to the team.

    Figures of the newest year up to the period are used; else the oldest there are. A team that lacks figures
    for any of its areas is left out of that benchmark: part of an area is no benchmark.

    Args:
        tables: May hold ``population``, ``organisation`` and ``origin_table``.
        teams_and_periods: Columns ``team``, ``period_start`` and ``period_end``.

    Returns:
        Columns ``team``, ``period_start``, ``benchmark``, ``kind``, ``group``, ``people``, ``figures_year``.
    """
    found = []
    if "population" in tables and "organisation" in tables:
        found.append(_from_population(tables["population"], tables["organisation"], teams_and_periods))
    if "origin_table" in tables:
        found.append(
            tables["origin_table"].select(
                "team",
                period_start=pl.date(pl.col("year"), 1, 1),
                benchmark=pl.lit("residents"),
                kind=pl.lit("origin"),
                group=pl.col("origin"),
                people=pl.col("residents").cast(pl.Int64),
                figures_year=pl.col("year").cast(pl.Int16),
            )
        )
    if not found:
        return pl.DataFrame(schema=_EXPOSURE_SCHEMA)
    return pl.concat(found).unique(
        ["team", "period_start", "benchmark", "kind", "group"], keep="first", maintain_order=True
    )


_EXPOSURE_SCHEMA = pl.Schema(
    {
        "team": pl.String(),
        "period_start": pl.Date(),
        "benchmark": pl.String(),
        "kind": pl.String(),
        "group": pl.String(),
        "people": pl.Int64(),
        "figures_year": pl.Int16(),
    }
)


def _from_population(
    population: pl.DataFrame, organisation: pl.DataFrame, teams_and_periods: pl.DataFrame
) -> pl.DataFrame:
    areas = (
        teams_and_periods.select("team", "period_start", "period_end")
        .unique()
        .join(organisation.select("team", "area", "valid_from", "valid_to"), on="team")
        .filter(
            pl.col("area") != "-",
            pl.col("valid_from") <= pl.col("period_end"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("period_start")),
        )
        .unique(["team", "area", "period_start"])
    )
    kinds = population.select(pl.col("benchmark").cast(pl.String), "group_kind", "year").unique()
    chosen = (
        teams_and_periods.select("period_start")
        .unique()
        .join(kinds, how="cross")
        .with_columns(late=pl.col("year") > pl.col("period_start").dt.year())
        .sort("late", pl.when("late").then(pl.col("year")).otherwise(-pl.col("year")))
        .unique(["period_start", "benchmark", "group_kind"], keep="first", maintain_order=True)
        .drop("late")
    )
    figures = population.with_columns(pl.col("benchmark").cast(pl.String))
    expected = areas.group_by("team", "period_start", maintain_order=True).agg(areas=pl.len())
    return (
        areas.join(chosen, on="period_start")
        .join(figures, on=["area", "benchmark", "group_kind", "year"])
        .group_by("team", "period_start", "benchmark", "group_kind", "group", "year", maintain_order=True)
        .agg(pl.col("people").sum(), found=pl.col("area").n_unique())
        .join(expected, on=["team", "period_start"])
        .filter(pl.col("found") == pl.col("areas"))
        .rename({"group_kind": "kind", "year": "figures_year"})
        .select(*_EXPOSURE_SCHEMA)
        .cast(_EXPOSURE_SCHEMA)
    )


def by_year(cells: pl.DataFrame, month: date) -> list[pl.DataFrame]:
    """Fine cells of calendar years that are over by the end of the month; ``period_start`` is a year's first day.

    A year is judged once, when it is over: twelve looks at a growing year would say a difference in a fifth of the
    families without any.
    """
    first_open = date(month.year + (month.month == 12), 1, 1)
    return (
        cells.filter(pl.col("month") < first_open)
        .with_columns(period_start=pl.col("month").dt.truncate("1y"))
        .sort("month")
        .partition_by("period_start", maintain_order=True)
    )
