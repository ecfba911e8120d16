"""Who was checked: age band, under fourteen or not, and origin where the law allows it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest import grammar
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import Parse, by_value, fields_of
from meos_pipeline.ingest.profiles import Profile, normal_code
from meos_pipeline.ingest.texts import cleaned, is_excel_error, present, whole_number

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_OLDEST = 120
_IDENTITY_AGE = 14
_FEWEST_BORN, _MOST_BORN = 15, 0.03
"""Records, and share of the file, from which on one day of birth is what a form fills in: a day has one in 27,000."""
_LOOKED_AT = 500_000
"""Rows in which is looked for what a form fills in."""
_FEWEST_OLD, _MOST_OLD, _NEARLY_HUNDRED = 5, 0.01, 97
"""Records, and share of the file, from which on an age of 97 or more is what a form fills in."""
_SHORT_YEAR = r"^\d{1,2}[-./ ](?:\d{1,2}|[A-Za-z]{3,9}\.?)[-./ ]\d{2}$"
_NONE = pl.lit(None, dtype=ISSUES)


def add_person_traits(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add age band and under fourteen on the day of the check; origin only when its legal basis is configured."""
    bands: list[pl.Expr] = []
    young: list[pl.Expr] = []
    names = door.profile.age_bands
    schema = {"band": pl.Enum(names), "young": pl.Boolean(), "issue": ISSUES}
    kinds: dict[str, Parse] = {
        "birth_date": _BirthDateRules(names, door.grammar),
        "age": _AgeRules(names),
        "birth_year": _BirthYearRules(names),
    }
    for name, rules in kinds.items():
        if name in have:
            inputs = {"text": pl.col(name)} if name == "age" else {"text": pl.col(name), "day": pl.col("check_date")}
            rows = rows.with_columns(
                by_value(inputs, rules, schema, memory=door.memory, name=(name, names, door.grammar)).alias("_band")
            ).with_columns(
                fields_of("_band", {"band": f"_band_{name}", "young": f"_young_{name}", "issue": issue_column(name)})
            )
            bands.append(pl.col(f"_band_{name}"))
            young.append(pl.col(f"_young_{name}"))
    if "age_range" in have:
        given = pl.col("age_range").cast(pl.String())
        bands.append(given)
        young.append(given.replace_strict(_young_bands(names), default=None, return_dtype=pl.Boolean))
    columns = [
        pl.coalesce(band.cast(pl.String) for band in bands).alias("age_band"),
        pl.coalesce(young).alias("is_under_fourteen"),
    ]
    is_lawful = bool(door.settings.groups.origin_legal_basis) and "origin" in door.settings.groups.kinds
    origin = (
        by_value(
            {"text": pl.col("origin")},
            _OriginRules(door.profile),
            {"origin": pl.String()},
            memory=door.memory,
            name="origin",
        ).struct.field("origin")
        if "origin" in have and is_lawful
        else pl.lit(None, dtype=pl.String)
    )
    return rows.with_columns(*(columns if bands else []), origin.alias("origin"))


class _OriginRules:
    """Origins in one form; the profile may put several words in one group."""

    def __init__(self, profile: Profile) -> None:
        self.groups = {normal_code(text): value for text, value in profile.codes.get("origin", {}).items()}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        texts = distinct.select(cleaned(pl.col("text")).alias("text"), present(pl.col("text")).alias("present"))
        found = [
            self.groups.get(normal_code(text or ""), shown) or None
            for text, shown in texts.select("text", "present").iter_rows()
        ]
        return pl.DataFrame(
            {"origin": [v.origin_form(text) if text else None for text in found]}, schema={"origin": pl.String}
        )


def without_made_up_ages(rows: pl.LazyFrame) -> tuple[pl.LazyFrame, int]:
    """Empty the days of birth and ages that a form fills in: one day that too many have, and ages near a hundred.

    Args:
        rows: The rows as text.

    Returns:
        The rows, and how many cells were emptied among the first half million.
    """
    emptied, have = 0, rows.collect_schema()
    for name, fewest, share in (("birth_date", _FEWEST_BORN, _MOST_BORN), ("age", _FEWEST_OLD, _MOST_OLD)):
        if name not in have:
            continue
        text = present(pl.col(name))
        counted = rows.select(text).head(_LOOKED_AT).drop_nulls().group_by(name).len().collect(engine="streaming")
        often = counted.filter(pl.col("len") >= fewest, pl.col("len") > share * pl.col("len").sum())
        if name == "age":
            # Of an age above the oldest none is read: it is not understood.
            often = often.filter(whole_number(pl.col(name)).is_between(_NEARLY_HUNDRED, _OLDEST))
        if often.height:
            emptied += int(often["len"].sum())
            made_up = pl.lit(often[name]).implode()
            rows = rows.with_columns(pl.when(~text.is_in(made_up).fill_null(value=False)).then(name).alias(name))
    return rows, emptied


def _young_bands(names: Sequence[str]) -> dict[str, bool]:
    """Bands that lie wholly below, or wholly from, the age at which the duty to show identity begins."""
    starts = [v.band_start(name) for name in names]
    ends = [*starts[1:], _OLDEST + 1]
    return {
        name: start < _IDENTITY_AGE
        for name, start, end in zip(names, starts, ends, strict=True)
        if start >= _IDENTITY_AGE or end <= _IDENTITY_AGE
    }


def band_of(age: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """Age band of whole years, null outside 0 to 120."""
    chosen: Any = pl.when(~age.is_between(0, _OLDEST)).then(None)
    for name, following in pairwise(names):
        chosen = chosen.when(age < v.band_start(following)).then(pl.lit(name))
    banded: pl.Expr = chosen.when(age.is_not_null()).then(pl.lit(names[-1])).cast(pl.Enum(names))
    return banded


class _AgeRules:
    """Ages in whole years. Nought is what a system writes for nothing: nobody is checked in a cradle."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        read = distinct.select(present(pl.col("text")).alias("text")).with_columns(
            whole_number(pl.col("text")).replace(0, None).alias("age")
        )
        text, band = pl.col("text"), band_of(pl.col("age"), self.names)
        return read.select(
            band.alias("band"),
            _under_fourteen(pl.col("age")).alias("young"),
            _age_issue(text, band).alias("issue"),
        )


def _under_fourteen(age: pl.Expr) -> pl.Expr:
    """Whether whole years are under the age at which the duty to show identity begins; null for an impossible age."""
    return pl.when(age.is_between(0, _OLDEST)).then(age < _IDENTITY_AGE)


def _same(either: pl.Expr, other: pl.Expr) -> pl.Expr:
    """What both ages that a birth year allows agree on, else null."""
    return pl.when(either == other).then(either)


class _BirthYearRules:
    """Years of birth: two ages are possible, and what both agree on is known."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        read = distinct.with_columns(present(pl.col("text")).alias("text"))
        ages = read.with_columns((pl.col("day").dt.year() - whole_number(pl.col("text"))).alias("older"))
        text, older = pl.col("text"), pl.col("older")
        band = _same(band_of(older, self.names), band_of(older - 1, self.names))
        possible = (older >= 0) & (older <= _OLDEST)
        return ages.select(
            band.alias("band"),
            _same(_under_fourteen(older), _under_fourteen(older - 1)).alias("young"),
            pl.when(text.is_not_null() & pl.col("day").is_not_null() & ~possible.fill_null(value=False))
            .then(code("R-LEEFTIJD"))
            .otherwise(_NONE)
            .alias("issue"),
        )


class _BirthDateRules:
    """Days of birth, or only the year of it."""

    def __init__(self, names: Sequence[str], rules: grammar.Grammar) -> None:
        self.names, self.grammar = names, rules

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = pl.col("text")
        read_day = grammar.moment(text, self.grammar, is_day=True).struct.field("day")
        # Two digits of a year are of this century, unless nobody can be born then.
        is_earlier = text.str.contains(_SHORT_YEAR) & (read_day > pl.col("day"))
        read = distinct.with_columns(present(text).alias("text")).with_columns(
            pl.when(is_earlier).then(read_day.dt.offset_by("-100y")).otherwise(read_day).alias("born"),
            pl.coalesce(text.str.extract(form, 1) for form in (r"^(\d{4})-00-00$", r"^00-00-(\d{4})$"))
            .cast(pl.Int32)
            .alias("only_year"),
        )
        day, born = pl.col("day").dt, pl.col("born").dt
        # Not 100 times the month: months are numbers of one byte.
        had_birthday = (day.month() > born.month()) | ((day.month() == born.month()) & (day.day() >= born.day()))
        ages = read.with_columns(
            (day.year() - born.year() - pl.when(had_birthday).then(0).otherwise(1)).alias("exact"),
            (day.year() - pl.col("only_year")).alias("older"),
        )
        exact, older = pl.col("exact"), pl.col("older")
        of_year = _same(band_of(older, self.names), band_of(older - 1, self.names))
        return ages.select(
            pl.coalesce(band_of(exact, self.names), of_year).alias("band"),
            pl.coalesce(_under_fourteen(exact), _same(_under_fourteen(older), _under_fourteen(older - 1))).alias(
                "young"
            ),
            pl.when(pl.col("only_year").is_not_null())
            .then(code("W-GEBDATUM"))
            .otherwise(_age_issue(text, band_of(exact, self.names)))
            .alias("issue"),
        )


def _age_issue(text: pl.Expr, band: pl.Expr) -> pl.Expr:
    return (
        pl.when(is_excel_error(text))
        .then(code("R-EXCELFOUT"))
        .when(text.is_not_null() & band.is_null())
        .then(code("R-LEEFTIJD"))
        .otherwise(_NONE)
    )
