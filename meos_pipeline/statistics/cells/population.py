"""Which records count, and the category of each record in every partition of ``checks`` and ``proactive``."""

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import PARTITIONS, WEEKDAYS
from meos_pipeline.policy import Policy


def registered(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Records that are a registration in MEOS: not void, and not from another register.

    An unknown status or register counts: an export without the column is an export of MEOS.
    """
    return checks.filter(
        pl.col("status").cast(pl.String()).ne_missing("void"),
        pl.col("register").cast(pl.String()).fill_null("meos") == "meos",
    )


def hit(column: str = "hit_class") -> pl.Expr:
    """'strict', 'broad', 'none' or 'unknown': strict is H1, broad H2 or H3, none H0, H4 or H5."""
    name = pl.col(column).cast(pl.String())
    return (
        pl.when(name.is_in(list(v.STRICT_HITS)))
        .then(pl.lit("strict"))
        .when(name.is_in(list(v.BROAD_HITS)))
        .then(pl.lit("broad"))
        .when(name.is_not_null())
        .then(pl.lit("none"))
        .otherwise(pl.lit("unknown"))
    )


def categories(policy: Policy) -> dict[str, pl.Expr]:
    """Category of a record per partition; those of population ``proactive`` are only valid where it is proactive."""
    text = {name: pl.col(name).cast(pl.String()).fill_null("unknown") for name in _TEXTS}
    return {
        "proactive": _yes_no("is_proactive", "proactive", "reactive"),
        "timeliness": pl.when(pl.col("entry_delay_minutes").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("entry_delay_minutes") <= policy.timely_minutes)
        .then(pl.lit("timely"))
        .otherwise(pl.lit("later")),
        "queried_before": _yes_no("is_queried_before"),
        "own_area": pl.when(pl.col("place_team").is_null())
        .then(pl.lit("unknown"))
        .when(pl.col("place_team") == pl.col("team"))
        .then(pl.lit("own"))
        .otherwise(pl.lit("other")),
        "result": _result(),
        "ground": text["ground"],
        "dossier": pl.when(_is_complete()).then(pl.lit("complete")).otherwise(pl.lit("incomplete")),
        "explained": _yes_no("is_explained"),
        "related_hit": _yes_no("is_related_hit"),
        "debriefed": _yes_no("is_debriefed"),
        "basis_plausible": _plausible(),
        "warning": _warning(),
        "reason_text": pl.col("reason_text").cast(pl.String()).fill_null("none"),
        "field_reason": _filled("reason"),
        "field_legal_basis": _filled("legal_basis"),
        "field_result": _filled("result"),
        "field_explained": _filled("is_explained"),
        "field_time": _filled("hour"),
        "field_area": _filled("area"),
        "weekday_block": pl.concat_str(
            pl.col("check_date").dt.weekday().cast(pl.String()), text["time_block"], separator="|"
        ),
        "reason_hit": pl.concat_str(text["reason"], hit(), separator="|"),
        "legal_basis_hit": pl.concat_str(text["legal_basis"], hit(), separator="|"),
        "block_hit": pl.concat_str(text["time_block"], hit(), separator="|"),
        "area": pl.col("area").fill_null("unknown"),
        "shift_kind": text["shift_kind"],
        "implausible_rule": implausible_rule().fill_null("none"),
        "age_band_hit": pl.concat_str(text["age_band"], hit(), separator="|"),
        "sex_hit": pl.concat_str(text["sex"], hit(), separator="|"),
        "origin_hit": pl.concat_str(text["origin"], hit(), separator="|"),
    }


def implausible_rule() -> pl.Expr:
    """First plausibility rule of the legal basis that the record breaks; null when it breaks none.

    Source: the articles behind the codes (contracts/values.py); a broken rule is a question to the
    record, not to the officer.
    """
    bases = pl.col("legal_bases").fill_null(pl.col("legal_basis").cast(pl.String())).fill_null("").str.split("|")
    action_known = pl.col("actions").fill_null("") != ""
    actions = pl.col("actions").fill_null("").str.split("|")

    def has(codes: tuple[str, ...]) -> pl.Expr:
        return bases.list.set_intersection(list(codes)).list.len() > 0

    searched = actions.list.set_intersection(list(v.SEARCH_ACTIONS)).list.len() > 0
    any_basis = pl.col("legal_basis").is_not_null()
    traffic = pl.col("reason").cast(pl.String()).is_in(["general_traffic", "behaviour_driving"])
    return (
        pl.when(has(v.SUSPECT_POWERS) & pl.col("is_proactive").fill_null(value=False))
        .then(pl.lit("suspect_power"))
        .when(has(("WID2_PW8",)) & pl.col("is_under_fourteen").fill_null(value=False))
        .then(pl.lit("under_fourteen"))
        .when(has(v.VEHICLE_POWERS) & ~pl.col("is_vehicle").fill_null(value=True))
        .then(pl.lit("no_vehicle"))
        .when(has(v.AREA_POWERS) & ~pl.col("is_planned_action").fill_null(value=True))
        .then(pl.lit("no_action"))
        .when(any_basis & action_known & searched & ~has(v.SEARCH_POWERS))
        .then(pl.lit("search_without_power"))
        .when(has(("VW50",)) & traffic.fill_null(value=False))
        .then(pl.lit("alien_with_traffic"))
    )


_TEXTS = ("ground", "time_block", "reason", "legal_basis", "shift_kind", "age_band", "sex", "origin")


def _yes_no(column: str, yes: str = "yes", no: str = "no") -> pl.Expr:
    return (
        pl.when(pl.col(column).is_null())
        .then(pl.lit("unknown"))
        .when(pl.col(column))
        .then(pl.lit(yes))
        .otherwise(pl.lit(no))
    )


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_null()).then(pl.lit("empty")).otherwise(pl.lit("filled"))


def _is_complete() -> pl.Expr:
    return pl.col("reason").is_not_null() & pl.col("legal_basis").is_not_null() & pl.col("result").is_not_null()


def _result() -> pl.Expr:
    name, klass = pl.col("result").cast(pl.String()), pl.col("hit_class").cast(pl.String())
    return pl.when(name.is_in(["information_only", "nothing_found"])).then(name).otherwise(klass).fill_null("unknown")


def _plausible() -> pl.Expr:
    return (
        pl.when(pl.col("legal_basis").is_null())
        .then(pl.lit("unknown"))
        .when(implausible_rule().is_null())
        .then(pl.lit("plausible"))
        .otherwise(pl.lit("implausible"))
    )


def _warning() -> pl.Expr:
    reason = pl.col("continued_reason").cast(pl.String())
    return (
        pl.when(pl.col("is_repeat_warning").is_null())
        .then(pl.lit("unknown"))
        .when(~pl.col("is_repeat_warning"))
        .then(pl.lit("none"))
        .when(reason.is_not_null() & (reason != "none"))
        .then(pl.lit("with_reason"))
        .otherwise(pl.lit("without_reason"))
    )


__all__ = ["PARTITIONS", "WEEKDAYS", "categories", "hit", "implausible_rule", "registered"]
