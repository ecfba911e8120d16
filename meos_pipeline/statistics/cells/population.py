"""The category of each record in every partition of ``checks`` and ``proactive``."""

from collections.abc import Iterable, Sequence

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.coded import Coded, choice, of_enum, of_texts
from meos_pipeline.statistics.cells.held import Held

_HITS = ("strict", "broad", "none", "unknown")


COLUMNS = (
    "team",
    "is_own_area",
    "area",
    "origin",
    "legal_bases",
    "actions",
    "check_date",
    "hour",
    "time_block",
    "shift_kind",
    "is_proactive",
    "is_under_fourteen",
    "is_vehicle",
    "is_planned_action",
    "is_queried_before",
    "is_explained",
    "is_related_hit",
    "is_debriefed",
    "is_repeat_warning",
    "continued_reason",
    "entry_delay_minutes",
    "reason",
    "reason_text",
    "legal_basis",
    "ground",
    "result",
    "hit_class",
    "age_band",
    "sex",
    "person_count",
)
"""What is held of a check."""


def categories(policy: Policy, checks: Held) -> dict[str, Coded]:
    """Category of a record per partition; those of population ``proactive`` are only valid where it is proactive.

    They are of the rows of ``checks`` with ``broken_rules`` beside them.
    """
    hits, blocks = coded_hit(), of_enum("time_block", v.TIME_BLOCKS)
    rules = [pl.col(name) for name in v.IMPLAUSIBLE_RULES]
    delay = pl.col("entry_delay_minutes")
    weekday = Coded(("1", "2", "3", "4", "5", "6", "7"), (pl.col("check_date").dt.weekday() - 1).cast(pl.UInt8))
    return {
        "proactive": _yes_no("is_proactive", "proactive", "reactive"),
        "timeliness": choice(("timely", "later", "unknown"), delay <= policy.timely_minutes, delay.is_not_null()),
        "queried_before": _yes_no("is_queried_before"),
        "own_area": _yes_no("is_own_area", "own", "other"),
        "result": _result(),
        "ground": of_enum("ground", v.GROUND_CLASSES),
        "dossier": choice(
            ("incomplete", "complete"),
            pl.any_horizontal(pl.col("reason", "legal_basis", "result").is_null()),
        ),
        "explained": _yes_no("is_explained"),
        "related_hit": _yes_no("is_related_hit"),
        "debriefed": _yes_no("is_debriefed"),
        "persons": choice(
            ("one", "two", "three_or_more", "unknown"),
            pl.col("person_count") == 1,
            pl.col("person_count") == 2,
            pl.col("person_count").is_not_null(),
        ),
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
        "area": of_texts("area", checks.texts["area"]),
        "shift_kind": of_enum("shift_kind", v.SHIFT_KINDS),
        "implausible_rule": choice((*v.IMPLAUSIBLE_RULES, "none"), *rules),
        "age_band_hit": of_texts("age_band", checks.texts["age_band"]).crossed(hits),
        "sex_hit": of_enum("sex", v.SEXES).crossed(hits),
        "origin_hit": of_texts("origin", checks.texts["origin"]).crossed(hits),
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


_POWERS = (v.SUSPECT_POWERS, ("WID2_PW8",), v.VEHICLE_POWERS, v.AREA_POWERS, v.SEARCH_POWERS, ("VW50",))
_SUSPECT, _IDENTITY, _VEHICLE, _AREA, _SEARCH, _ALIENS = range(len(_POWERS))


def broken_rules(checks: Held) -> pl.DataFrame:
    """Whether a record breaks each of ``IMPLAUSIBLE_RULES``: one column a rule, never null.

    Source: the articles behind the codes (contracts/values.py); a broken rule is a question to the
    record, not to the officer. A cell with several codes is looked up whole, among the texts of the month.
    """
    bases = _holding(checks.texts["legal_bases"], _POWERS).gather(checks.rows["legal_bases"])
    first = _holding(v.LEGAL_BASES.categories, _POWERS).gather(checks.rows["legal_basis"].to_physical())
    actions = _holding(checks.texts["actions"], (v.SEARCH_ACTIONS,)).gather(checks.rows["actions"])
    rows = checks.rows.with_columns(powers=bases.fill_null(first), searches=actions)

    def power(number: int) -> pl.Expr:
        return pl.col("powers") & (1 << number) > 0

    traffic = _is_any(pl.col("reason"), ("general_traffic", "behaviour_driving"))
    rules = [
        power(_SUSPECT) & pl.col("is_proactive"),
        power(_IDENTITY) & pl.col("is_under_fourteen"),
        power(_VEHICLE) & ~pl.col("is_vehicle").fill_null(value=True),
        power(_AREA) & ~pl.col("is_planned_action").fill_null(value=True),
        pl.col("legal_basis").is_not_null() & (pl.col("searches") > 0) & ~power(_SEARCH),
        power(_ALIENS) & traffic,
    ]
    return rows.select(
        rule.fill_null(value=False).alias(name) for name, rule in zip(v.IMPLAUSIBLE_RULES, rules, strict=True)
    )


def _holding(texts: Iterable[str], wanted: Sequence[Sequence[str]]) -> pl.Series:
    """Per text, a bit for each of the lists of codes of which it holds any."""
    codes = [set(text.split("|")) for text in texts]
    return pl.Series(
        [sum(1 << number for number, some in enumerate(wanted) if of_text & set(some)) for of_text in codes],
        dtype=pl.UInt8,
    )


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
