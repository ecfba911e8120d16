"""Yes or no, and counts."""

from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.texts import UNSAID, is_excel_error, present, whole_number, yes_no

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

YES_NO = {
    "proactive": "is_proactive",
    "queried_before": "is_queried_before",
    "history_shown": "is_history_shown",
    "repeat_warning": "is_repeat_warning",
    "explained": "is_explained",
    "identified": "is_identified",
    "bodycam": "is_bodycam",
    "debriefed": "is_debriefed",
    "planned": "is_planned_action",
    "deleted": "deleted",
    "related_hit": "is_related_hit",
    "test": "is_test",
}
_MISREAD = {"deleted": "R-BESTAAN", "test": "R-BESTAAN"}
"""Fields that say whether a check took place at all: another word than yes or no sets the row aside."""
COUNTS = {
    "person_count": ("person_count", 1, 999),
    "earlier_checks": ("earlier_checks", 0, 9999),
    "duration": ("duration_minutes", 0, 1440),
}
_NONE = pl.lit(None, dtype=ISSUES)


def add_yes_no(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the yes/no columns, with issues."""
    schema = {"answer": pl.Boolean(), "issue": ISSUES}
    for name, target in YES_NO.items():
        if name in have:
            rows = rows.with_columns(
                by_value(
                    {"text": pl.col(name)},
                    _YesNoRules(_MISREAD.get(name, "R-JANEE")),
                    schema,
                    memory=door.memory,
                    name=("yes_no", _MISREAD.get(name)),
                ).alias("_answer")
            ).with_columns(fields_of("_answer", {"answer": target, "issue": issue_column(name)}))
        elif name in door.profile.constants:
            rows = rows.with_columns(pl.lit(bool(door.profile.constants[name])).alias(target))
    if "test" in have:
        column = issue_column("test")
        rows = rows.with_columns(pl.when("is_test").then(code("R-PROEF")).otherwise(column).alias(column))
    return rows


class _YesNoRules:
    """Words for yes and no, and the issue of any other word."""

    def __init__(self, misread: str) -> None:
        self.misread = misread

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        answer = yes_no(text)
        is_open = text.str.to_lowercase().is_in(UNSAID)
        return distinct.select(
            answer.alias("answer"),
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(text.is_not_null() & answer.is_null() & ~is_open)
            .then(code(self.misread))
            .otherwise(_NONE)
            .alias("issue"),
        )


def add_counts(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the counts within their ranges, with issues."""
    schema = {"number": pl.Int16(), "issue": ISSUES}
    for name, (target, low, high) in COUNTS.items():
        if name in have:
            rows = rows.with_columns(
                by_value({"text": pl.col(name)}, _CountRules(low, high), schema, memory=door.memory, name=name).alias(
                    "_count"
                )
            ).with_columns(fields_of("_count", {"number": target, "issue": issue_column(name)}))
    return rows


class _CountRules:
    """Whole numbers within a range."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        number = whole_number(text)
        is_right = number.is_between(self.low, self.high).fill_null(value=False)
        return distinct.select(
            pl.when(is_right).then(number).alias("number"),
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(text.is_not_null() & ~is_right)
            .then(code("R-GETAL"))
            .otherwise(_NONE)
            .alias("issue"),
        )
