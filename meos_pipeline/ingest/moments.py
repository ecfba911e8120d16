"""When: day, clock, duty day and delay of a check."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest import grammar
from meos_pipeline.ingest.forms import Schema, by_form
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.keys import POSSIBLE
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.pseudonymise import keyed
from meos_pipeline.ingest.texts import cleaned, is_excel_error, present

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_DUTY_DAY_STARTS = 7 * 60
_NONE = pl.lit(None, dtype=ISSUES)
_MINUTE = pl.Int16()


def add_moment(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add day, clock and delay columns, with issues for date, time and entry."""
    is_moment = "datetime" in have
    source = pl.col("datetime" if is_moment else "date")
    rows = rows.with_columns(
        by_value({"text": source}, _DateRules(door, is_moment=is_moment), _DATE_SCHEMA).alias("_date")
    ).with_columns(
        fields_of(
            "_date",
            {"day": "check_date", "minute": "_minute", "has_zone": "_has_zone", "issue": issue_column("date")},
        )
    )
    if "time" in have:
        rows = _add_time(rows, door)
    # 24:00 is midnight of the next day.
    at_end = (pl.col("_minute") == grammar.LAST_MINUTE).fill_null(value=False)
    rows = rows.with_columns(
        pl.when(at_end).then(pl.col("check_date") + pl.duration(days=1)).otherwise("check_date").alias("check_date"),
        pl.when(at_end).then(0).otherwise("_minute").cast(_MINUTE).alias("_minute"),
    )
    rows = _add_clock_change(rows, door)
    minute = pl.col("_minute")
    rows = rows.with_columns(
        (minute // 60).cast(pl.Int8).alias("hour"),
        (minute // 15).cast(pl.Int8).alias("clock_bin"),
        (minute // 240).cast(pl.UInt8).cat.to(v.TIME_BLOCKS).alias("time_block"),
        pl.when(minute == 0)
        .then(0)
        .when(minute % 60 == 0)
        .then(1)
        .when(minute % 5 == 0)
        .then(2)
        .when(minute.is_not_null())
        .then(3)
        .cast(pl.UInt8)
        .cat.to(v.MINUTE_CLASSES)
        .alias("minute_class"),
        pl.when(minute < _DUTY_DAY_STARTS)
        .then(pl.col("check_date") - pl.duration(days=1))
        .otherwise("check_date")
        .alias("duty_date"),
    )
    return _add_entry(rows, door) if "entered_at" in have else rows


def _add_time(rows: pl.LazyFrame, door: "Door") -> pl.LazyFrame:
    """Read the column of times, and set it beside a time in the cell of the day."""
    rules = _TimeRules(door.grammar)
    rows = rows.with_columns(
        by_value({"text": pl.col("time")}, rules, _TIME_SCHEMA, memory=door.memory, name=("time", door.grammar)).alias(
            "_time"
        )
    )
    names = ["check_date", "_minute", "_has_zone", "_time"]
    put = _Together(door.zone)
    return (
        rows.with_columns(
            pl.struct(names)
            .map_batches(put, return_dtype=pl.Struct(dict(_TOGETHER)), is_elementwise=True)
            .alias("_together")
        )
        .with_columns(fields_of("_together", {"day": "check_date", "minute": "_minute", "issue": issue_column("time")}))
        .drop("_together", "_time")
    )


def _add_clock_change(rows: pl.LazyFrame, door: "Door") -> pl.LazyFrame:
    """Flag local times that occur twice or not at all; the latter count an hour later."""
    changes = _ClockChanges(ZoneInfo(door.zone))
    schema = {"kind": v.DST_FLAGS, "from": pl.Int16(), "until": pl.Int16()}
    rows = rows.with_columns(
        by_value({"day": pl.col("check_date")}, changes, schema, memory=door.memory, name="clock_change").alias(
            "_change"
        )
    )
    change = pl.col("_change").struct
    is_inside = (pl.col("_minute") >= change.field("from")) & (pl.col("_minute") < change.field("until"))
    flag = pl.when(is_inside).then(change.field("kind"))
    later = pl.when((flag == "missing").fill_null(value=False)).then(60).otherwise(0)
    return rows.with_columns(
        flag.alias("dst_flag"),
        (pl.col("_minute") + later).cast(pl.Int16).alias("_minute"),
        pl.when(flag == "missing").then(code("W-ZOMERTIJD")).otherwise(_NONE).alias(issue_column("clock_change")),
    )


def _add_entry(rows: pl.LazyFrame, door: "Door") -> pl.LazyFrame:
    rows = rows.with_columns(entered_moment(pl.col("entered_at"), door.grammar).alias("_entered"))
    moment, is_given = (pl.col("_entered").struct.field(name) for name in ("moment", "is_given"))
    checked = pl.col("check_date").cast(pl.Datetime("us")) + pl.duration(minutes=pl.col("_minute"))
    delay = (moment - checked).dt.total_minutes()
    is_possible = delay.is_between(-60, 2**31 - 1)
    secret = door.keys.lasting_key("record")
    columns = [
        pl.when(is_possible).then(delay.clip(lower_bound=0)).cast(pl.Int32).alias("entry_delay_minutes"),
        pl.when(is_given & (moment.is_null() | ~is_possible.fill_null(value=True)))
        .then(code("R-INVOER"))
        .otherwise(_NONE)
        .alias(issue_column("entered_at")),
    ]
    if "officer" in rows.collect_schema():
        # A tag that is equal for the same officer and minute, and can be made only with the key: the minute stays out.
        officer = by_value(
            {"text": pl.col("officer")},
            _OfficerTags(secret),
            {"tag": pl.UInt64()},
            memory=door.memory,
            name="officer_tag",
        ).struct.field("tag")
        tag = pl.struct(officer, moment.dt.epoch("s") // 60).hash(int.from_bytes(secret[:8], "big"))
        columns.append(pl.when(moment.is_not_null() & officer.is_not_null()).then(tag).alias("batch_tag"))
    return rows.with_columns(columns)


class _OfficerTags:
    """Officers as keyed numbers that last for one run."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        pseudonym = keyed(present(pl.col("text")), self.secret)
        return distinct.select(pseudonym.str.head(16).str.to_integer(base=16, dtype=pl.UInt64).alias("tag"))


USUAL_MOMENT = r"^[0-9]{2}-[0-9]{2}-[0-9]{4} [0-9]{2}:[0-9]{2}$"
MOMENT_SCHEMA: Schema = {"moment": pl.Datetime("us"), "is_given": pl.Boolean()}


def entered_moment(text: pl.Expr, rules: Grammar) -> pl.Expr:
    """Struct of the ``moment`` of entry and whether one is given; the usual Dutch form takes a short way."""
    is_day_first = next((form for form in rules.forms if form != "iso"), "") == "day-month-year"
    usual = USUAL_MOMENT if is_day_first else "^$"
    return by_form(text, usual, usual_moment, lambda cell: careful_moment(cell, rules), MOMENT_SCHEMA)


def usual_moment(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read moments written as 24-11-2024 23:05."""
    return {
        "moment": text.str.to_datetime("%d-%m-%Y %H:%M", strict=False),
        "is_given": text.is_not_null() & (text != ""),
    }


def careful_moment(cell: pl.Expr, rules: Grammar) -> dict[str, pl.Expr]:
    """Read moments in any form of the grammar; a day alone is no moment."""
    text = present(cell)
    read = grammar.moment(text, rules).struct
    return {
        "moment": read.field("day").cast(pl.Datetime("us")) + pl.duration(minutes=read.field("minute")),
        "is_given": text.is_not_null(),
    }


_DATE_SCHEMA: Schema = {"day": pl.Date(), "minute": _MINUTE, "has_zone": pl.Boolean(), "issue": ISSUES}
_TIME_SCHEMA: Schema = {"minute": _MINUTE, "day": pl.Date(), "offset": pl.Int16(), "issue": ISSUES}
_TOGETHER: Schema = {"day": pl.Date(), "minute": _MINUTE, "issue": ISSUES}


class _DateRules:
    """Rules for the day of a check, at one export's time."""

    def __init__(self, door: "Door", *, is_moment: bool) -> None:
        self.grammar = door.grammar
        self.is_moment = is_moment
        self.last = door.exported_at.astimezone(ZoneInfo(door.zone)).date()
        self.first = _years_before(self.last, door.settings.policy.oldest_record_years)
        self.warned = _years_before(self.last, door.settings.policy.warn_record_years)
        self.period = door.period
        self.years = sorted(door.keys.years)

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = cleaned(pl.col("text"))
        read = distinct.lazy().with_columns(
            text.alias("_clean"),
            grammar.moment(text, self.grammar, is_day=not self.is_moment).alias("_read"),
        )
        text, found = pl.col("_clean"), pl.col("_read").struct.field("day")
        read = read.with_columns(grammar.only_turned(text, found, self.grammar).alias("_turned"))
        only_day_first, is_double = grammar.slash_reading(text)
        is_slash = text.str.contains("/", literal=True) & (pl.lit(value="day-month-year" in self.grammar.forms))
        issue = (
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when("_turned")
            .then(code("R-DATUM-MAAND"))
            .when(present(pl.col("text")).is_null())
            .then(code("R-DATUM-LEEG"))
            .when(found.is_null() | ~found.dt.year().is_between(POSSIBLE[0], POSSIBLE[-1]))
            .then(code("R-DATUM"))
            .when(found > self.last)
            .then(code("R-TOEKOMST"))
            .when(found < self.first)
            .then(code("R-TE-OUD"))
        )
        issue = issue.when(~found.dt.year().is_in(self.years)).then(code("R-SLEUTELJAAR"))
        if self.period is not None:
            issue = issue.when(~found.is_between(*self.period)).then(code("R-PERIODE"))
        issue_of = (
            issue.when(is_slash & only_day_first)
            .then(code("W-DATUM-DAG"))
            .when(is_slash & is_double)
            .then(code("W-DATUM-TWEE"))
            .when(pl.col("_read").struct.field("is_serial"))
            .then(code("W-EXCELDATUM"))
            .when(found < self.warned)
            .then(code("W-OUDER-DAN-JAAR"))
            .otherwise(_NONE)
        )
        # A day that cannot be makes no month: one typing mistake would open a month without records.
        usable = found.dt.year().is_between(POSSIBLE[0], POSSIBLE[-1]) & found.is_between(self.first, self.last)
        return read.select(
            pl.when(usable).then(found).alias("day"),
            pl.col("_read").struct.field("minute"),
            pl.col("_read").struct.field("has_zone"),
            issue_of.alias("issue"),
        ).collect()


class _TimeRules:
    """Rules for the time of a check."""

    def __init__(self, rules: Grammar) -> None:
        self.grammar = rules

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        read = distinct.select(present(pl.col("text")).alias("text")).with_columns(
            grammar.time(pl.col("text"), self.grammar).struct.unnest()
        )
        text, found = pl.col("text"), pl.col("minute")
        issue = (
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(text.is_not_null() & found.is_null())
            .then(code("R-TIJD"))
            .when(found == grammar.LAST_MINUTE)
            .then(code("W-TIJD-24"))
            .otherwise(_NONE)
        )
        return read.select("minute", "day", "offset", issue.alias("issue"))


class _Together:
    """The time in its own column beside a time, day or zone in another cell: they agree, or it is told.

    A moment with a zone in the cell of the day is a moment in full: it counts, also where the column of times says
    something else. Without a zone nobody can tell which of two times is right: then neither counts.
    """

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def __call__(self, batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest().unnest("_time", separator=".")
        day, minute, other = pl.col("check_date"), pl.col("_time.minute"), pl.col("_minute")
        if all(frame[name].null_count() == frame.height for name in ("_minute", "_time.day", "_time.offset")):
            return frame.select(
                pl.struct(day.alias("day"), minute.alias("minute"), pl.col("_time.issue").alias("issue"))
            ).to_series()
        local = grammar.local_moment(day, minute, pl.col("_time.offset"), self.zone)
        has_offset = pl.col("_time.offset").is_not_null()
        made = frame.select(
            pl.when(has_offset & minute.is_not_null()).then(local.dt.date()).otherwise(day).alias("day"),
            pl.when(has_offset)
            .then(local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute())
            .otherwise(minute)
            .cast(_MINUTE)
            .alias("minute"),
            other.alias("other"),
            pl.col("_has_zone").alias("is_full"),
            (pl.col("_time.day") != day).fill_null(value=False).alias("is_other_day"),
            pl.col("_time.issue").alias("issue"),
        )
        differs = (pl.col("minute") != pl.col("other")).fill_null(value=False)
        is_full = pl.col("is_full").fill_null(value=False) & pl.col("other").is_not_null()
        return made.select(
            pl.struct(
                "day",
                pl.when(is_full)
                .then("other")
                .when(differs | pl.col("is_other_day"))
                .then(None)
                .otherwise(pl.coalesce("minute", "other"))
                .cast(_MINUTE)
                .alias("minute"),
                pl.when(differs & is_full)
                .then(code("W-TIJD-ANDERS"))
                .when(differs | pl.col("is_other_day"))
                .then(code("R-TIJD"))
                .otherwise("issue")
                .alias("issue"),
            )
        ).to_series()


class _ClockChanges:
    """Minutes of a day that the clock shows twice or skips."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.known: dict[date | None, tuple[str | None, int | None, int | None]] = {None: (None, None, None)}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        rows = [self._of(found) for found in distinct["day"]]
        return pl.DataFrame(
            rows, orient="row", schema={"kind": pl.String, "from": pl.Int16, "until": pl.Int16}
        ).with_columns(pl.col("kind").cast(v.DST_FLAGS))

    def _of(self, found: date | None) -> tuple[str | None, int | None, int | None]:
        if found not in self.known:
            self.known[found] = self._find(found)
        return self.known[found]

    def _find(self, found: date | None) -> tuple[str | None, int | None, int | None]:
        if found is None:
            return None, None, None
        midnight = datetime(found.year, found.month, found.day, tzinfo=self.zone)
        before, after = midnight.utcoffset(), (midnight + timedelta(days=1)).utcoffset()
        if before is None or after is None or before == after:
            return None, None, None
        kind = "missing" if after > before else "double"
        hits = [
            minute
            for minute in range(grammar.LAST_MINUTE)
            if (moment := midnight + timedelta(minutes=minute)).utcoffset() != moment.replace(fold=1).utcoffset()
        ]
        return (kind, hits[0], hits[-1] + 1) if hits else (None, None, None)


def _years_before(moment: date, years: int) -> date:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year - years, day=28)
