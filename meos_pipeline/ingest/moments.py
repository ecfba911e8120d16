"""When: day, clock, duty day, delay, and the light at the check's own minute and place."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from meos_pipeline import sun
from meos_pipeline.contracts import values as v
from meos_pipeline.ingest.forms import Schema, by_form
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.pseudonymise import keyed
from meos_pipeline.ingest.texts import cleaned, day, is_excel_error, is_serial, minutes, present, slash_reading

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_DUTY_DAY_STARTS = 7 * 60
_DAY_MINUTES = 24 * 60
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_NONE = pl.lit(None, dtype=ISSUES)
_SUN = ("dawn_minute", "sunrise_minute", "sunset_minute", "dusk_minute")
_PLACE_STEP = 0.05
"""Degrees: places are rounded to this for the sun, about 4 km, less than a quarter of a minute."""


def split_moment(rows: pl.LazyFrame, zone: str) -> pl.LazyFrame:
    """Turn ISO moments with an offset into local dates and times (as text)."""
    local = (
        cleaned(pl.col("datetime"))
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_zone="UTC")
        .dt.convert_time_zone(zone)
    )
    plain = pl.col("datetime")
    return rows.with_columns(
        pl.coalesce(local.dt.strftime("%Y-%m-%d"), plain.str.head(10)).alias("date"),
        pl.coalesce(local.dt.strftime("%H:%M"), plain.str.slice(11, 5)).alias("time"),
    )


def add_moment(rows: pl.LazyFrame, have: set[str], door: "Door", *, is_sheet: bool) -> pl.LazyFrame:
    """Add day, clock and delay columns, with issues for date, time and entry."""
    rows = rows.with_columns(
        by_value({"text": pl.col("date")}, _DateRules(door, is_sheet=is_sheet), _DATE_SCHEMA).alias("_date")
    ).with_columns(fields_of("_date", {"day": "check_date", "issue": issue_column("date")}))
    if "time" in have:
        rows = rows.with_columns(
            by_value(
                {"text": pl.col("time")},
                _TimeRules(is_sheet=is_sheet),
                _TIME_SCHEMA,
                memory=door.memory,
                name=("time", is_sheet),
            ).alias("_time")
        ).with_columns(fields_of("_time", {"minute": "_minute", "issue": issue_column("time")}))
    else:
        rows = rows.with_columns(pl.lit(None, dtype=pl.Int16).alias("_minute"))
    # 24:00 is midnight of the next day.
    at_end = (pl.col("_minute") == _DAY_MINUTES).fill_null(value=False)
    rows = rows.with_columns(
        pl.when(at_end).then(pl.col("check_date") + pl.duration(days=1)).otherwise("check_date").alias("check_date"),
        pl.when(at_end).then(0).otherwise("_minute").cast(pl.Int16).alias("_minute"),
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


def _add_clock_change(rows: pl.LazyFrame, door: "Door") -> pl.LazyFrame:
    """Flag local times that occur twice or not at all; the latter count an hour later."""
    changes = _ClockChanges(ZoneInfo(door.profile.time_zone or door.settings.site.time_zone))
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
    rows = rows.with_columns(
        by_form(pl.col("entered_at"), USUAL_MOMENT, usual_moment, careful_moment, MOMENT_SCHEMA).alias("_entered")
    )
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


def usual_moment(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read moments written as 24-11-2024 23:05."""
    return {"moment": text.str.to_datetime("%d-%m-%Y %H:%M", strict=False), "is_given": text.is_not_null()}


def careful_moment(cell: pl.Expr) -> dict[str, pl.Expr]:
    """Read moments in any form: ISO or day first, with or without seconds, '5-10-2024 7.05', an offset at the end."""
    text = present(cell)
    plain = text.str.replace_all(r"[./]", "-").str.replace("T", " ", literal=True)
    iso = plain.str.replace(r"^(\d{1,2})-(\d{1,2})-(\d{4})", "$3-$2-$1").str.replace(r"([+-]\d{2}:?\d{2}|Z)$", "")
    # '24-10-05 7.05' and missing seconds both occur.
    stamp = iso.str.replace(r" (\d{1,2})-(\d{2})(?:-\d{2})?$", " $1:$2").str.replace(r"(:\d{2}:\d{2})(?:-\d+)?$", "$1")
    moment = pl.coalesce(
        stamp.str.to_datetime("%Y-%m-%d %H:%M", strict=False), stamp.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
    )
    return {"moment": moment, "is_given": text.is_not_null()}


def add_light(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the light at the check's day, minute and place (its own, else its team's, else the site's)."""
    own = {"latitude", "longitude"} <= have
    centres = door.organisation.filter(pl.col("latitude").is_not_null()).unique(
        "team", keep="first", maintain_order=True
    )
    inputs = {"day": pl.col("check_date"), "team": pl.col("team")}
    if own:
        inputs |= {"latitude": _rounded(pl.col("_latitude")), "longitude": _rounded(pl.col("_longitude"))}
    # Looked up per day and place; the minute is compared row by row, for it makes nearly every row different.
    return (
        rows.with_columns(
            by_value(inputs, _SunTimes(door, centres), SUN_TIMES, memory=door.memory, name=("sun", own)).alias("_sun")
        )
        .with_columns(fields_of("_sun", {name: name for name in SUN_TIMES}))
        .with_columns(sun.light(pl.col("_minute")).alias("light"))
    )


def _rounded(degrees: pl.Expr) -> pl.Expr:
    return (degrees / _PLACE_STEP).round() * _PLACE_STEP


_DATE_SCHEMA = {"day": pl.Date(), "issue": ISSUES}
_TIME_SCHEMA = {"minute": pl.Int16(), "issue": ISSUES}


class _DateRules:
    """Rules for the day of a check, at one export's time."""

    def __init__(self, door: "Door", *, is_sheet: bool) -> None:
        self.forms = door.profile.dates
        self.is_sheet = is_sheet
        self.last = door.exported_at.astimezone(ZoneInfo(door.settings.site.time_zone)).date()
        self.first = _years_before(self.last, door.settings.policy.oldest_record_years)
        self.warned = _years_before(self.last, door.settings.policy.warn_record_years)
        self.period = door.period
        self.years = sorted(door.keys.years)

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = cleaned(pl.col("text"))
        found = day(text, self.forms, is_sheet=self.is_sheet)
        only_day_first, is_double = slash_reading(text)
        month_first = (
            text.str.contains("/", literal=True)
            & found.is_null()
            & day(text, ("month-day-year",), is_sheet=False).is_not_null()
        )
        is_slash = text.str.contains("/", literal=True) & (pl.lit(value="day-month-year" in self.forms))
        issue = (
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(month_first)
            .then(code("R-DATUM-MAAND"))
            .when(present(pl.col("text")).is_null())
            .then(code("R-DATUM-LEEG"))
            .when(found.is_null() | ~found.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR))
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
            .when(is_serial(text) & self.is_sheet)
            .then(code("W-EXCELDATUM"))
            .when(found < self.warned)
            .then(code("W-OUDER-DAN-JAAR"))
            .otherwise(_NONE)
        )
        # A day that cannot be makes no month: one typing mistake would open a month without records.
        usable = found.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR) & found.is_between(self.first, self.last)
        return distinct.select(pl.when(usable).then(found).alias("day"), issue_of.alias("issue"))


class _TimeRules:
    """Rules for the time of a check."""

    def __init__(self, *, is_sheet: bool) -> None:
        self.is_sheet = is_sheet

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        found = minutes(text, is_sheet=self.is_sheet)
        issue = (
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(text.is_not_null() & found.is_null())
            .then(code("R-TIJD"))
            .when(found == _DAY_MINUTES)
            .then(code("W-TIJD-24"))
            .otherwise(_NONE)
        )
        return distinct.select(found.alias("minute"), issue.alias("issue"))


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
            for minute in range(_DAY_MINUTES)
            if (moment := midnight + timedelta(minutes=minute)).utcoffset() != moment.replace(fold=1).utcoffset()
        ]
        return (kind, hits[0], hits[-1] + 1) if hits else (None, None, None)


SUN_TIMES: Schema = dict.fromkeys(("sunrise_minute", "sunset_minute", "dawn_minute", "dusk_minute"), pl.Float64())


class _SunTimes:
    """Sun times per day and place, calculated once for each."""

    def __init__(self, door: "Door", centres: pl.DataFrame) -> None:
        self.zone = door.profile.time_zone or door.settings.site.time_zone
        self.here = (door.settings.site.latitude, door.settings.site.longitude)
        self.centres = centres.select(
            "team",
            _rounded(pl.col("latitude")).alias("team_latitude"),
            _rounded(pl.col("longitude")).alias("team_longitude"),
        )

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        frame = distinct.with_row_index("_row")
        if "latitude" not in frame.columns:
            frame = frame.with_columns(
                pl.lit(None, dtype=pl.Float64).alias("latitude"), pl.lit(None, dtype=pl.Float64).alias("longitude")
            )
        placed = frame.join(self.centres, on="team", how="left").with_columns(
            pl.coalesce("latitude", "team_latitude", pl.lit(self.here[0])).round(4).alias("latitude"),
            pl.coalesce("longitude", "team_longitude", pl.lit(self.here[1])).round(4).alias("longitude"),
        )
        places = placed.select("latitude", "longitude").unique(maintain_order=True).with_row_index("place")
        times = sun.sun_table(placed["day"], places, self.zone)
        return (
            placed.join(places, on=["latitude", "longitude"], how="left")
            .join(times, left_on=["day", "place"], right_on=["date", "place"], how="left")
            .sort("_row")
            .select(*SUN_TIMES)
        )


def _years_before(moment: date, years: int) -> date:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year - years, day=28)
