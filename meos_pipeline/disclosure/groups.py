"""Which population groups are shown apart: those with enough residents in every team area.

The decision uses public figures only, so it tells nothing about checks. A released 5 says "at least
one"; that is harmless when the group has a thousand residents, not when it has six.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from meos_pipeline.policy import Policy

GROUP_PARTITIONS = {"age_band_hit": "age_band", "sex_hit": "sex", "origin_hit": "origin"}
"""Partitions by population group, and the kind of group that comes first in their categories."""

MERGED = "other"
KEPT = ("unknown", MERGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGroups:
    """Groups that may be shown apart, and the teams for which that could be decided."""

    groups: Mapping[str, frozenset[str]]
    """Per kind of group; what is not in it is merged into 'other'."""
    teams: frozenset[str]
    """Teams whose areas have public figures; other teams get no partition by group."""


def shown_groups(population: pl.DataFrame, organisation: pl.DataFrame, policy: Policy) -> ShownGroups:
    """Decide from the newest public figures which groups are shown apart.

    Args:
        population: Rows of the contract ``population``.
        organisation: Rows of the contract ``organisation``.
        policy: ``group_residents`` is the smallest number of residents per group and team area.
    """
    areas = organisation.filter(pl.col("area") != "-").select("team", "area").unique()
    residents = (
        population.filter(pl.col("benchmark") == "residents")
        .filter(pl.col("year") == pl.col("year").max().over("area", "group_kind"))
        .join(areas, on="area")
        .group_by("team", "group_kind", "group")
        .agg(people=pl.col("people").sum())
    )
    teams = residents.select("team", "group_kind").unique()
    everywhere = (
        residents.select("group_kind", "group")
        .unique()
        .join(teams, on="group_kind")
        .join(residents, on=["team", "group_kind", "group"], how="left")
        .group_by("group_kind", "group")
        .agg(fewest=pl.col("people").fill_null(0).min())
        .filter(pl.col("fewest") >= policy.group_residents)
    )
    kinds = {kind for (kind,) in residents.select("group_kind").unique().iter_rows()}
    return ShownGroups(
        groups={kind: frozenset(everywhere.filter(pl.col("group_kind") == kind)["group"]) for kind in sorted(kinds)},
        teams=frozenset(residents["team"].unique()),
    )


def merge_groups(cells: pl.DataFrame, shown: ShownGroups | None) -> pl.DataFrame:
    """Put groups that are too small into 'other', and drop partitions for which nothing could be decided.

    Args:
        cells: Exact cells; only those of ``GROUP_PARTITIONS`` change.
        shown: The decision; without it no partition by group is released.
    """
    by_group = pl.col("partition").is_in(list(GROUP_PARTITIONS))
    plain = cells.filter(~by_group)
    if shown is None:
        return plain
    kinds = [kind for kind in GROUP_PARTITIONS.values() if kind in shown.groups]
    apart = pl.DataFrame(
        [(kind, group) for kind in kinds for group in sorted({*shown.groups[kind], *KEPT})],
        schema={"kind": pl.String, "group": pl.String},
        orient="row",
    ).with_columns(apart=True)
    merged = (
        cells.filter(by_group, pl.col("team").is_in(sorted(shown.teams)))
        .with_columns(
            kind=pl.col("partition").replace_strict(GROUP_PARTITIONS),
            group=pl.col("category").str.split("|").list.first(),
            rest=pl.col("category").str.split("|").list.slice(1).list.join("|"),
        )
        .filter(pl.col("kind").is_in(kinds))
        .join(apart, on=["kind", "group"], how="left")
        .with_columns(group=pl.when("apart").then("group").otherwise(pl.lit(MERGED)))
        .with_columns(
            category=pl.when(pl.col("rest") == "")
            .then("group")
            .otherwise(pl.concat_str("group", "rest", separator="|"))
        )
        .group_by([name for name in cells.columns if name != "n"])
        .agg(n=pl.col("n").sum())
        .select(cells.columns)
    )
    return pl.concat([plain, merged])
