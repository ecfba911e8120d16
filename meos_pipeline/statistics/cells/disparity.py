"""From checks to the fine cells of the disparity part: proactive checks by clock and light, and by circumstances."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.fine_cells_disparity import (
    CLOCK_CELLS,
    GROUP_CELLS,
    HITS,
    PLACEBO_MONTH,
    PLACEBO_SPLIT,
    PLACEBO_WEEKDAY,
)
from meos_pipeline.statistics.cells.crossed import Axis, Groups, cross_counts, of_enum, of_numbers, of_texts
from meos_pipeline.statistics.cells.population import coded_hit, registered

KINDS = ("age_band", "sex", "origin")
MORNING_BINS = (12, 35)
EVENING_BINS = (64, 95)
"""First and last clock bin that can be light in one season and dark in another, anywhere in the country: 03:00 to
09:00 and 16:00 to 24:00."""


def clock_cells(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """Proactive checks of some months by team, area, day, clock bin and light, per kind of group (``CLOCK_CELLS``)."""
    return clock_counts(checks.filter(pl.col("month").is_in(list(months))))


def group_cells(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """Proactive checks of some months by circumstances, group and result (``GROUP_CELLS``)."""
    return group_counts(checks.filter(pl.col("month").is_in(list(months))))


def clock_counts(checks: pl.LazyFrame) -> pl.DataFrame:
    """``CLOCK_CELLS`` of any number of months.

    Left out: twilight, checks without time or light, hours that are always light or always dark, and local times
    that occurred twice or not at all.
    """
    window = _proactive(checks).filter(
        pl.col("light").is_in(["day", "dark"]),
        pl.col("clock_bin").is_between(*MORNING_BINS) | pl.col("clock_bin").is_between(*EVENING_BINS),
        pl.col("dst_flag").is_null(),
    )
    area = pl.col("area").fill_null("")
    seen = _seen(window, team=pl.col("team"), area=area, date=pl.col("check_date"), **_texts_of(window))
    found = cross_counts(
        window,
        [
            of_texts("team", pl.col("team"), seen["team"]),
            of_texts("area", area, seen["area"]),
            of_numbers("date", pl.col("check_date"), seen["date"]),
            of_numbers("clock_bin", pl.col("clock_bin"), pl.Series([0, 95], dtype=CLOCK_CELLS["clock_bin"].dtype)),
            of_enum("light", pl.col("light"), v.LIGHT),
        ],
        _groups(window, seen),
    )
    return CLOCK_CELLS.require(found.select(CLOCK_CELLS.names))


def group_counts(checks: pl.LazyFrame) -> pl.DataFrame:
    """``GROUP_CELLS`` of any number of months."""
    proactive = _proactive(checks)
    area = pl.col("area").fill_null("")
    seen = _seen(proactive, team=pl.col("team"), area=area, month=pl.col("month"), **_texts_of(proactive))
    found = cross_counts(
        proactive,
        [
            of_texts("team", pl.col("team"), seen["team"]),
            of_numbers("month", pl.col("month"), seen["month"]),
            of_texts("area", area, seen["area"]),
            _or_unknown("block", "time_block", v.TIME_BLOCKS),
            Axis(pl.Series("weekend", [False, True]), pl.col("check_date").dt.weekday() >= 6),
            _or_unknown("reason", "ground", v.GROUND_CLASSES),
        ],
        _groups(proactive, seen),
        [Axis(pl.Series("hit", HITS.categories, dtype=HITS), coded_hit().code)],
        also=("searched", pl.col("is_searched").fill_null(value=False)),
    )
    return GROUP_CELLS.require(found.select(GROUP_CELLS.names))


def _seen(rows: pl.LazyFrame, **columns: pl.Expr) -> dict[str, pl.Series]:
    """Distinct values of some columns."""
    found = rows.select(column.unique().implode().alias(name) for name, column in columns.items())
    return {column.name: column.explode() for column in found.collect(engine="streaming")}


def _texts_of(rows: pl.LazyFrame) -> dict[str, pl.Expr]:
    """Kinds of group that are texts: their names have to be looked up."""
    schema = rows.collect_schema()
    return {kind: pl.col(kind).drop_nulls() for kind in KINDS if schema[kind] == pl.String}


def _or_unknown(name: str, column: str, dtype: pl.Enum) -> Axis:
    """A code, or 'unknown', in the order of the words."""
    words = sorted([*dtype.categories, "unknown"])
    order = pl.Series([words.index(word) for word in (*dtype.categories, "unknown")], dtype=pl.UInt32)
    code = pl.col(column).cast(dtype).to_physical().cast(pl.UInt32).fill_null(len(dtype.categories))
    return Axis(pl.Series(name, words), code.replace_strict(list(range(len(words))), order, return_dtype=pl.UInt32))


def _proactive(checks: pl.LazyFrame) -> pl.LazyFrame:
    return registered(checks).filter(pl.col("is_proactive").fill_null(value=False))


def _groups(rows: pl.LazyFrame, seen: Mapping[str, pl.Series]) -> dict[str, Groups]:
    """Group of a check, per kind; null leaves it out.

    The placebos: Tuesday and Thursday against Monday and Wednesday; odd against even months; a split by the last
    digit of the record's keyed hash, which nobody on the street can know.
    """
    schema = rows.collect_schema()
    groups = {}
    for kind in KINDS:
        dtype = schema[kind]
        names = dtype.categories.to_list() if isinstance(dtype, pl.Enum) else seen[kind].unique().sort().to_list()
        groups[kind] = Groups(names, pl.col(kind).cast(pl.Enum(names)).to_physical())
    weekday = pl.col("check_date").dt.weekday()
    letters = {
        PLACEBO_WEEKDAY: pl.when(weekday.is_in([2, 4])).then(0).when(weekday.is_in([1, 3])).then(1),
        PLACEBO_MONTH: (pl.col("check_date").dt.month() % 2 == 0).cast(pl.UInt32),
        PLACEBO_SPLIT: (~pl.col("check_key").str.slice(-1).is_in(list("02468ace"))).cast(pl.UInt32),
    }
    return groups | {kind: Groups(["a", "b"], place) for kind, place in letters.items()}
