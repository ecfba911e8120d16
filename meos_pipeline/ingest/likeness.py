"""Whether two rows under one number are versions of one check, or two checks.

A correction changes one thing of a check: its result, its time, its team. Another check differs in almost
everything that stands fast: when it was, which team, which officer, and whom it was about.
"""

import polars as pl

OLD = "_old"
"""Suffix of the columns of the earlier row."""
FAST = (
    "check_date",
    "hour",
    "team",
    "officer_key",
    "person_key",
    "vehicle_key",
    "age_band",
    "sex",
)
"""Columns that ``is_other_record`` looks at."""


def is_other_record() -> pl.Expr:
    """Whether a row (columns ``FAST``) and the earlier one (the same, with ``OLD``) are different checks.

    Four things are compared as far as both rows have them: when, which team, which officer, and whom (person or
    vehicle, else age and sex). They are different checks when all but one of these differ, and two at least.
    Pseudonyms of people are of one calendar year, so over a turn of the year they are not compared.
    """
    same_year = pl.col("check_date").dt.year() == pl.col(f"check_date{OLD}").dt.year()
    officer, person, vehicle = (
        pl.when(same_year).then(_differs(name)) for name in ("officer_key", "person_key", "vehicle_key")
    )
    # A number that everybody bears tells nobody apart: age and sex are looked at as well.
    whom = _any(person, vehicle, _differs("age_band"), _differs("sex"))
    parts = [_any(_differs("check_date"), _differs("hour")), _differs("team"), officer, whom]
    known = pl.sum_horizontal(part.is_not_null() for part in parts)
    differ = pl.sum_horizontal(part.fill_null(value=False) for part in parts)
    return (differ >= known - 1) & (differ >= 2)


def _differs(name: str) -> pl.Expr:
    """Whether a column differs; null when either row has none."""
    return pl.col(name) != pl.col(f"{name}{OLD}")


def _any(*parts: pl.Expr) -> pl.Expr:
    """Whether any part that is known is true; null when none is known."""
    said = pl.any_horizontal(part.fill_null(value=False) for part in parts)
    return pl.when(pl.any_horizontal(part.is_not_null() for part in parts)).then(said)
