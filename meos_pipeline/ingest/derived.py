"""What follows from codes: firsts, hit class, ground, searched, related hit, proactive."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest.lookup import by_value
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.related import RELATED

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door


def add_derived(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add what follows from codes: firsts, hit class, ground, searched, related hit, proactive."""
    schema = set(rows.collect_schema())
    columns: list[pl.Expr] = []
    if "_first_reasons" in schema:
        columns.append(pl.col("_first_reasons").alias("reason"))
        columns.append(
            by_value(
                {"joined": pl.col("reasons")},
                _ground_rules,
                {"ground": v.GROUND_CLASSES},
                memory=door.memory,
                name="ground",
            ).struct.field("ground")
        )
    if "_first_legal_bases" in schema:
        columns.append(pl.col("_first_legal_bases").alias("legal_basis"))
    if "_first_results" in schema:
        columns.append(pl.col("_first_results").alias("result"))
        classes = [(value, kind) for value, kind in v.RESULT_HIT_CLASS.items()]
        codes = pl.DataFrame(classes, orient="row", schema={"first": v.RESULTS, "hit": v.HIT_CLASSES})
        columns.append(
            by_value({"first": pl.col("_first_results")}, _Joined(codes), {"hit": v.HIT_CLASSES})
            .struct.field("hit")
            .alias("hit_class")
        )
    if "actions" in schema:
        searched = _said("actions", _ContainsAny({"searched": v.SEARCH_ACTIONS}), door).struct.field("searched")
        known = pl.col("_known_actions") if "_known_actions" in schema else pl.col("actions").is_not_null()
        columns.append(pl.when(known).then(searched.fill_null(value=False)).alias("is_searched"))
    if "subjects" in schema:
        kinds = {f"is_{kind}": (kind,) for kind in ("person", "vehicle")}
        said = _said("subjects", _ContainsAny(kinds), door)
        columns += [said.struct.field(name).alias(name) for name in kinds]
    rows = rows.with_columns(columns)
    related = _related(set(rows.collect_schema()), door)
    if related is not None:
        # A related hit needs a hit: a link to a search in which nothing was found is none.
        found = pl.col("hit_class") != "H0" if "hit_class" in set(rows.collect_schema()) else pl.lit(value=True)
        rows = rows.with_columns((related & found).alias("is_related_hit"))
    return rows.with_columns(_proactive(set(rows.collect_schema()), door).alias("is_proactive"))


def _related(schema: set[str], door: "Door") -> pl.Expr | None:
    """Whether a result fits the reason: as the export says, else by the map; nothing when neither can tell."""
    if "is_related_hit" in schema:
        return pl.col("is_related_hit")
    if not {"reasons", "results"} <= schema:
        return None
    return by_value(
        {"reasons": pl.col("reasons"), "results": pl.col("results")},
        _RelatedRules(door.profile),
        {"fits": pl.Boolean()},
        memory=door.memory,
        name="related",
    ).struct.field("fits")


class _ContainsAny:
    """Whether a list of codes has any of some codes, under several names; null for no list."""

    def __init__(self, wanted: Mapping[str, Sequence[str]]) -> None:
        self.wanted = wanted
        self.schema = dict.fromkeys(wanted, pl.Boolean())

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        joined = pl.format("|{}|", pl.col("joined"))
        return distinct.select(
            pl.any_horizontal(joined.str.contains(f"|{value}|", literal=True) for value in values).alias(name)
            for name, values in self.wanted.items()
        )


class _OnlySuspects:
    """Whether a list of powers has none but those against suspects."""

    schema: Mapping[str, pl.DataType] = {"only": pl.Boolean()}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        suspects = "|".join(v.SUSPECT_POWERS)
        return distinct.select(only=pl.col("joined").str.contains(f"^({suspects})([|]({suspects}))*$"))


def _said(column: str, rules: "_ContainsAny | _OnlySuspects", door: "Door") -> pl.Expr:
    return by_value({"joined": pl.col(column)}, rules, rules.schema, memory=door.memory, name=("said", column))


class _Joined:
    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        return distinct.join(self.table, on=distinct.columns, how="left", maintain_order="left").select(
            name for name in self.table.columns if name not in distinct.columns
        )


def _ground_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    order = v.GROUND_CLASSES.categories.to_list()
    found = []
    for joined in distinct["joined"]:
        grounds = [v.REASON_GROUND[reason] for reason in (joined or "").split("|") if reason]
        ranked = [order.index(ground) for ground in grounds if ground]
        found.append(order[min(ranked)] if ranked else None)
    return pl.DataFrame({"ground": pl.Series(found, dtype=v.GROUND_CLASSES)})


class _RelatedRules:
    """Whether any result fits any reason, by the profile's map or the shipped one."""

    def __init__(self, profile: Profile) -> None:
        self.fitting = {reason: set(results) for reason, results in (profile.related or RELATED).items()}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        answers = [
            None
            if not reasons or not results
            else any(self.fitting.get(reason, set()) & set(results.split("|")) for reason in reasons.split("|"))
            for reasons, results in distinct.select("reasons", "results").iter_rows()
        ]
        return pl.DataFrame({"fits": pl.Series(answers, dtype=pl.Boolean)})


def _proactive(schema: set[str], door: "Door") -> pl.Expr:
    """The marker; else the printed rule.

    Own initiative or a planned action is proactive, unless the first reason is an observed offence or the only
    powers are those against suspects. A report, order or alert is not. Otherwise unknown.
    """
    null = pl.lit(None, dtype=pl.Boolean)
    marker = pl.col("is_proactive") if "is_proactive" in schema else null
    if "initiative" not in schema:
        return marker
    offence = (
        (pl.col("reason") == "behaviour_traffic_offence").fill_null(value=False)
        if "reason" in schema
        else pl.lit(value=False)
    )
    only_suspect = (
        _said("legal_bases", _OnlySuspects(), door).struct.field("only").fill_null(value=False)
        if "legal_bases" in schema
        else pl.lit(value=False)
    )
    by_rule = (
        pl.when(pl.col("initiative").is_in(["own", "action"]))
        .then(~offence & ~only_suspect)
        .when(pl.col("initiative").is_not_null())
        .then(pl.lit(value=False))
        .otherwise(null)
    )
    return pl.coalesce(marker, by_rule)
