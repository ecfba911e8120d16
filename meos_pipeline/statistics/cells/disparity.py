"""From checks to the fine cells of the disparity part: proactive checks by clock and light, and by circumstances."""

from collections.abc import Callable, Mapping, Sequence
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
from meos_pipeline.statistics.cells.held import Held, hold
from meos_pipeline.statistics.cells.population import coded_hit

KINDS = ("age_band", "sex", "origin")
_OF_BOTH = ("team", "area", "month", "check_date", "is_proactive", *KINDS, "is_odd")
CLOCK_COLUMNS = (*_OF_BOTH, "light", "clock_bin", "dst_flag")
GROUP_COLUMNS = (*_OF_BOTH, "time_block", "ground", "hit_class", "is_searched")
"""What is held of a check."""
MORNING_BINS = (12, 35)
EVENING_BINS = (64, 95)
"""First and last clock bin that can be light in one season and dark in another, anywhere in the country: 03:00 to
09:00 and 16:00 to 24:00."""


def clock_counts(checks: pl.LazyFrame) -> pl.DataFrame:
    """``clock_cells`` of records of any number of months."""
    return clock_cells(hold(checks, CLOCK_COLUMNS))


def group_counts(checks: pl.LazyFrame) -> pl.DataFrame:
    """``group_cells`` of records of any number of months."""
    return group_cells(hold(checks, GROUP_COLUMNS))


def clock_cells(checks: Held) -> pl.DataFrame:
    """Proactive checks by team, area, day, clock bin and light, per kind of group (``CLOCK_CELLS``).

    Left out: twilight, checks without time or light, hours that are always light or always dark, and local times
    that occurred twice or not at all.
    """
    window = checks.rows.select(CLOCK_COLUMNS).filter(
        pl.col("is_proactive"),
        pl.col("light").is_in(["day", "dark"]),
        pl.col("clock_bin").is_between(*MORNING_BINS) | pl.col("clock_bin").is_between(*EVENING_BINS),
        pl.col("dst_flag").is_null(),
    )
    found = cross_counts(
        window,
        [
            of_texts("team", checks.texts["team"]),
            of_texts("area", checks.texts["area"], empty=""),
            of_numbers("date", pl.col("check_date"), window["check_date"]),
            of_numbers("clock_bin", pl.col("clock_bin"), pl.Series([0, 95], dtype=CLOCK_CELLS["clock_bin"].dtype)),
            of_enum("light", pl.col("light"), v.LIGHT),
        ],
        _groups(window, checks.texts),
    )
    return CLOCK_CELLS.require(found.select(CLOCK_CELLS.names))


def group_cells(checks: Held) -> pl.DataFrame:
    """Proactive checks by circumstances, group and result (``GROUP_CELLS``)."""
    proactive = checks.rows.select(GROUP_COLUMNS).filter("is_proactive")
    found = cross_counts(
        proactive,
        [
            of_texts("team", checks.texts["team"]),
            of_numbers("month", pl.col("month"), proactive["month"]),
            of_texts("area", checks.texts["area"], empty=""),
            _or_unknown("block", "time_block", v.TIME_BLOCKS),
            Axis(pl.Series("weekend", [False, True]), _by_day(proactive, lambda day: int(day.isoweekday() >= 6))),
            _or_unknown("reason", "ground", v.GROUND_CLASSES),
        ],
        _groups(proactive, checks.texts),
        [Axis(pl.Series("hit", HITS.categories, dtype=HITS), coded_hit().code)],
        also=("searched", pl.col("is_searched").fill_null(value=False)),
    )
    return GROUP_CELLS.require(found.select(GROUP_CELLS.names))


def _or_unknown(name: str, column: str, dtype: pl.Enum) -> Axis:
    """A code, or 'unknown', in the order of the words."""
    words = sorted([*dtype.categories, "unknown"])
    places = pl.Series([words.index(word) for word in dtype.categories], dtype=pl.UInt32)
    place = pl.lit(places).gather(pl.col(column).cast(dtype).to_physical())
    return Axis(pl.Series(name, words), place.fill_null(words.index("unknown")))


def _groups(rows: pl.DataFrame, texts: Mapping[str, Sequence[str]]) -> dict[str, Groups]:
    """Group of a check, per kind; null leaves it out.

    The placebos: Tuesday and Thursday against Monday and Wednesday; odd against even months; a split by the last
    digit of the record's keyed hash, which nobody on the street can know.
    """
    groups = {kind: Groups(texts[kind], pl.col(kind)) for kind in ("age_band", "origin")}
    dtype = rows.schema["sex"]
    names = dtype.categories.to_list() if isinstance(dtype, pl.Enum) else []
    groups["sex"] = Groups(names, pl.col("sex").to_physical())
    letters = {
        PLACEBO_WEEKDAY: _by_day(rows, lambda day: {2: 0, 4: 0, 1: 1, 3: 1}.get(day.isoweekday())),
        PLACEBO_MONTH: _by_day(rows, lambda day: int(day.month % 2 == 0)),
        PLACEBO_SPLIT: pl.col("is_odd").cast(pl.UInt32),
    }
    return groups | {kind: Groups(["a", "b"], place) for kind, place in letters.items()}


def _by_day(rows: pl.DataFrame, place: Callable[[date], int | None]) -> pl.Expr:
    """Place of a record that depends on its day only: looked up, each day once."""
    days = of_numbers("date", pl.col("check_date"), rows["check_date"])
    places = pl.Series([place(day) for day in days.values], dtype=pl.UInt32)
    return pl.lit(places).gather(days.place)
