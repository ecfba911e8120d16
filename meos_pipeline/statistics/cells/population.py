"""Which records count, and the category of each record in every partition of ``checks`` and ``proactive``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.coded import Coded, among, choice, of_enum

_HITS = ("strict", "broad", "none", "unknown")


def registered(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Records that are a registration in MEOS: not void, and not from another register.

    An unknown status or register counts: an export without the column is an export of MEOS.
    """
    return checks.filter(
        pl.col("status").ne_missing(pl.lit("void", dtype=v.STATUSES)),
        pl.col("register").is_null() | (pl.col("register") == "meos"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The first day and the distinct texts of some records: what their codes stand for."""

    first_day: date | None
    teams: tuple[str, ...]
    areas: tuple[str, ...]
    origins: tuple[str, ...]
    bases: tuple[str, ...]
    actions: tuple[str, ...]


def seen_in(checks: pl.LazyFrame) -> Seen:
    """Look through the records for their first day and distinct texts."""
    area, origin, bases, actions = _texts()
    texts = {"teams": pl.col("team"), "areas": area, "origins": origin, "bases": bases, "actions": actions}
    found = checks.select(
        pl.col("check_date").min().alias("first_day"),
        *(text.unique().sort().implode().alias(name) for name, text in texts.items()),
    ).collect(engine="streaming")
    return Seen(first_day=found["first_day"][0], **{name: tuple(found[name][0]) for name in texts})


def _texts() -> tuple[pl.Expr, ...]:
    return (
        pl.col("area").fill_null("unknown"),
        pl.col("origin").fill_null("unknown"),
        pl.col("legal_bases").fill_null(pl.col("legal_basis").cast(pl.String())).fill_null(""),
        pl.col("actions").fill_null(""),
    )


def categories(policy: Policy, seen: Seen) -> dict[str, Coded]:
    """Category of a record per partition; those of population ``proactive`` are only valid where it is proactive."""
    area, origin, _, _ = _texts()
    hits, blocks = coded_hit(), of_enum("time_block", v.TIME_BLOCKS)
    rules = _implausible(seen)
    delay = pl.col("entry_delay_minutes")
    weekday = Coded(("1", "2", "3", "4", "5", "6", "7"), (pl.col("check_date").dt.weekday() - 1).cast(pl.UInt8))
    return {
        "proactive": _yes_no("is_proactive", "proactive", "reactive"),
        "timeliness": choice(("timely", "later", "unknown"), delay <= policy.timely_minutes, delay.is_not_null()),
        "queried_before": _yes_no("is_queried_before"),
        "own_area": choice(
            ("own", "other", "unknown"), pl.col("place_team") == pl.col("team"), pl.col("place_team").is_not_null()
        ),
        "result": _result(),
        "ground": of_enum("ground", v.GROUND_CLASSES),
        "dossier": choice(
            ("incomplete", "complete"),
            pl.any_horizontal(pl.col("reason", "legal_basis", "result").is_null()),
        ),
        "explained": _yes_no("is_explained"),
        "related_hit": _yes_no("is_related_hit"),
        "debriefed": _yes_no("is_debriefed"),
        "basis_plausible": choice(
            ("unknown", "implausible", "plausible"), pl.col("legal_basis").is_null(), pl.any_horizontal(rules)
        ),
        "warning": _warning(),
        "reason_text": choice(
            ("usable", "short", "none"), pl.col("reason_text") == "usable", pl.col("reason_text") == "short"
        ),
        "field_reason": _filled("reason"),
        "field_legal_basis": _filled("legal_basis"),
        "field_result": _filled("result"),
        "field_explained": _filled("is_explained"),
        "field_time": _filled("hour"),
        "field_area": _filled("area"),
        "weekday_block": weekday.crossed(blocks),
        "reason_hit": of_enum("reason", v.REASONS).crossed(hits),
        "legal_basis_hit": of_enum("legal_basis", v.LEGAL_BASES).crossed(hits),
        "block_hit": blocks.crossed(hits),
        "area": among(area, seen.areas),
        "shift_kind": of_enum("shift_kind", v.SHIFT_KINDS),
        "implausible_rule": choice((*v.IMPLAUSIBLE_RULES, "none"), *rules),
        "age_band_hit": of_enum("age_band", v.AGE_BANDS).crossed(hits),
        "sex_hit": of_enum("sex", v.SEXES).crossed(hits),
        "origin_hit": among(origin, seen.origins).crossed(hits),
    }


def coded_hit() -> Coded:
    """'strict', 'broad', 'none' or 'unknown': strict is H1, broad H2 or H3, none H0, H4 or H5."""
    name = pl.col("hit_class")
    return choice(
        _HITS,
        _is_any(name, v.STRICT_HITS),
        _is_any(name, [item for item in v.BROAD_HITS if item not in v.STRICT_HITS]),
        name.is_not_null(),
    )


def _implausible(seen: Seen) -> list[pl.Expr]:
    """Whether the record breaks a rule of ``IMPLAUSIBLE_RULES``: never null.

    Source: the articles behind the codes (contracts/values.py); a broken rule is a question to the
    record, not to the officer. A cell with several codes is looked up whole, among the texts of the month.
    """
    _, _, bases, actions = _texts()
    all_bases, all_actions = among(bases, seen.bases).code, among(actions, seen.actions).code

    def has(code: pl.Expr, texts: Sequence[str], wanted: Sequence[str]) -> pl.Expr:
        holding = [number for number, text in enumerate(texts) if set(text.split("|")) & set(wanted)]
        return code.is_in(holding) if holding else pl.lit(value=False)

    def power(*wanted: str) -> pl.Expr:
        return has(all_bases, seen.bases, wanted)

    searched = has(all_actions, seen.actions, v.SEARCH_ACTIONS) & (pl.col("actions").fill_null("") != "")
    traffic = _is_any(pl.col("reason"), ("general_traffic", "behaviour_driving"))
    rules = [
        power(*v.SUSPECT_POWERS) & pl.col("is_proactive"),
        power("WID2_PW8") & pl.col("is_under_fourteen"),
        power(*v.VEHICLE_POWERS) & ~pl.col("is_vehicle").fill_null(value=True),
        power(*v.AREA_POWERS) & ~pl.col("is_planned_action").fill_null(value=True),
        pl.col("legal_basis").is_not_null() & searched & ~power(*v.SEARCH_POWERS),
        power("VW50") & traffic,
    ]
    return [rule.fill_null(value=False) for rule in rules]


def _is_any(column: pl.Expr, values: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(column == value for value in values)


def _yes_no(column: str, yes: str = "yes", no: str = "no") -> Coded:
    return choice((yes, no, "unknown"), pl.col(column), pl.col(column).is_not_null())


def _filled(column: str) -> Coded:
    return choice(("filled", "empty"), pl.col(column).is_not_null())


def _result() -> Coded:
    own = ("information_only", "nothing_found")
    classes = of_enum("hit_class", v.HIT_CLASSES)
    code = (
        pl.when(pl.col("result") == own[0])
        .then(pl.lit(len(classes.labels), dtype=pl.UInt8))
        .when(pl.col("result") == own[1])
        .then(pl.lit(len(classes.labels) + 1, dtype=pl.UInt8))
        .otherwise(classes.code)
    )
    return Coded((*classes.labels, *own), code)


def _warning() -> Coded:
    warned, continued = pl.col("is_repeat_warning"), pl.col("continued_reason")
    return choice(("unknown", "none", "with_reason", "without_reason"), warned.is_null(), ~warned, continued != "none")


__all__ = ["Seen", "categories", "coded_hit", "registered", "seen_in"]
