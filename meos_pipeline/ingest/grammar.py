"""One grammar for days, clock times and moments, in every format and file. It consumes all of a cell, or none of it.

A moment is a day, then perhaps a clock time, then perhaps a zone. With a zone it is converted to the local time of the
site; without one it is local. What stands in a cell beside that (a range, a remark, the name of a zone) makes the
whole cell unreadable: nobody can tell what such a part changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.ingest.forms import by_form

DATE_FORMS = ("day-month-year", "iso", "month-day-year")
LAST_MINUTE = 24 * 60
_LAST_OFFSET = 14 * 60
_MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january",
            "feb februari february",
            "mrt maa mar maart march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "aug augustus august",
            "sep sept september",
            "okt oct oktober october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = r"(?P<y1>\d{4})[-/. ](?P<m1>\d{1,2})[-/. ](?P<d1>\d{1,2})"
_PARTS = r"(?P<a>\d{1,2})[-./ ](?P<b>\d{1,2}|[a-z]{3,9}\.?)[-./ ](?P<y2>\d{4}|\d{2})"
_NAMED = r"(?P<m3>[a-z]{3,9})\.? (?P<d3>\d{1,2}),? (?P<y3>\d{4})"
_DIGITS = r"(?P<digits>\d{7,8})(?:\.0)?"
_DAY = f"(?:{_ISO}|{_PARTS}|{_NAMED}|{_DIGITS})"
_CLOCK = (
    r"(?:(?P<h>\d{1,2})[:.h](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d{1,9})?)?"
    r"|(?P<h2>\d{2})(?P<mi2>\d{2})(?P<s2>\d{2})?"
    r"|(?P<h3>\d{1,2})(?P<bare> ?(?:[ap]\.?m\.?|uur|u)))"
    r"(?: ?(?P<half>[ap])\.?m\.?)?(?: ?(?:uur|u)\.?)?"
    r"(?: ?(?P<zone>z|utc|gmt|[+-]\d{2}(?::?\d{2})?))?"
)
_MOMENT = f"^{_DAY}(?:(?:(?P<t>t)|,? +){_CLOCK})?$"
_TIME = f"^(?:{_DAY}(?:(?P<t>t)|,? +))?{_CLOCK}$"
_COMPACT_TIME = r"^(?P<hm>\d{1,4})(?:\.0)?$|^(?P<hms>\d{5,6})$"
_SERIAL = r"^(?P<whole>\d{5})(?:[.,](?P<part>\d+))?$"
_FRACTION = r"^0?[.,](?P<part>\d+)$"
_USUAL_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_USUAL_DAYS: Mapping[str, tuple[str, str]] = {
    "day-month-year": ("[0-9]{2}-[0-9]{2}-[0-9]{4}", "%d-%m-%Y"),
    "month-day-year": ("[0-9]{2}/[0-9]{2}/[0-9]{4}", "%m/%d/%Y"),
    "iso": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "%Y-%m-%d"),
}
"""How days of an order are usually written. A pattern is of ten signs: what stands behind it is a time."""
_NEVER = r"[^\s\S]"
_LONE_DIGITS = r"^(?:\d{3,4}|2[4-9]|[3-5]\d)(?:\.0)?$"
ZERO_DAYS = (
    date(1899, 12, 30),
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(1904, 1, 1),
    date(1970, 1, 1),
    date(1, 1, 1),
)
"""Days that a spreadsheet or database shows where a cell holds a time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """What the profile and the file say about days and times."""

    forms: tuple[str, ...] = ("day-month-year", "iso")
    """In which orders a day is written; year first is always understood."""
    zone: str = "Europe/Amsterdam"
    """Local time: of moments without a zone, and to which those with a zone are converted."""
    first_serial: date | None = None
    """Day number 0 of the spreadsheet; None for a file in which numbers are no days."""
    short_times: bool = False
    """Whether '5' is five past midnight: digits without a sign are HHMM that lost its zeros."""


DAY_ANSWER: Mapping[str, pl.DataType] = {
    "day": pl.Date(),
    "minute": pl.Int16(),
    "has_zone": pl.Boolean(),
    "is_serial": pl.Boolean(),
}
TIME_ANSWER: Mapping[str, pl.DataType] = {"minute": pl.Int16(), "day": pl.Date(), "offset": pl.Int16()}


def moment(text: pl.Expr, grammar: Grammar, *, is_day: bool = False) -> pl.Expr:
    """Read a day or moment: struct of ``day`` and ``minute`` in local time, ``has_zone`` and ``is_serial``.

    Args:
        text: Cleaned text.
        grammar: What the profile and the file say.
        is_day: Whether the cell should hold a day: then midnight, in whatever zone, says nothing about the time.

    Returns:
        ``day`` is null when not all of the text was understood; ``minute`` is 0 to 1440, null without a time;
        ``is_serial`` says whether it was the number of a day in a spreadsheet.
    """
    usual, written = _usual_day(grammar.forms)

    def careful(cells: pl.Expr) -> pl.Expr:
        return _one_by_one(cells, lambda batch: any_moment(batch, grammar, is_day=is_day), DAY_ANSWER)

    def quick(cells: pl.Expr) -> Mapping[str, pl.Expr]:
        day = cells.str.head(10).str.to_date(written, strict=False)
        minute = pl.when(day.is_not_null()).then(_usual_minute(cells.str.slice(11)))
        return {
            "day": day,
            "minute": pl.when(minute != 0).then(minute) if is_day else minute,
            "has_zone": pl.lit(value=False),
            "is_serial": pl.lit(value=False),
        }

    return by_form(text, usual, quick, careful, DAY_ANSWER)


def time(text: pl.Expr, grammar: Grammar) -> pl.Expr:
    """Read a clock time: struct of ``minute`` as written, the ``day`` written before it, and the ``offset`` of its zone.

    Args:
        text: Cleaned text.
        grammar: What the profile and the file say.

    Returns:
        ``minute`` is 0 to 1440, null when not all of the text was understood; ``day`` is null without one, or when it
        only stands for 'a time alone'; ``offset`` in minutes east of Greenwich, null without a zone.
    """
    nothing = pl.lit(None)

    def careful(cells: pl.Expr) -> pl.Expr:
        return _one_by_one(cells, lambda batch: any_time(batch, grammar), TIME_ANSWER)

    def quick(cells: pl.Expr) -> Mapping[str, pl.Expr]:
        return {"minute": _usual_minute(cells), "day": nothing, "offset": nothing}

    return by_form(text, f"^(?:{_USUAL_CLOCK})?$", quick, careful, TIME_ANSWER)


def _one_by_one(cells: pl.Expr, read: Callable[[pl.Series], pl.Series], schema: Mapping[str, pl.DataType]) -> pl.Expr:
    return cells.map_batches(read, return_dtype=pl.Struct(dict(schema)), is_elementwise=True)


def _usual_day(forms: tuple[str, ...]) -> tuple[str, str]:
    """Pattern and form of the usual moments; with two orders of day and month no form is read without care."""
    orders = [form for form in forms if form != "iso"] or ["iso"]
    day, written = _USUAL_DAYS[orders[0]]
    return _NEVER if len(orders) > 1 else f"^(?:{day}(?:[ T]{_USUAL_CLOCK})?)?$", written


def _usual_minute(clock: pl.Expr) -> pl.Expr:
    hour, minute = (clock.str.slice(start, 2).cast(pl.Int16, strict=False) for start in (0, 3))
    return hour * 60 + minute


def single(text: str, grammar: Grammar, *, is_day: bool = False) -> tuple[date | None, int | None, bool]:
    """Read one text: day, minute, and whether it had a zone; as ``moment``."""
    cells = pl.Series([text.strip()], dtype=pl.String)
    row = any_moment(cells, grammar, is_day=is_day).struct.unnest().row(0, named=True)
    return row["day"], row["minute"], bool(row["has_zone"])


def any_moment(cells: pl.Series, grammar: Grammar, *, is_day: bool) -> pl.Series:
    """Read days and moments of every form, as ``moment``, which reads usual ones in a shorter way."""
    frame = _matched(cells, _MOMENT, grammar)
    has_zone = pl.col("zone").is_not_null()
    has_clock = pl.any_horizontal(pl.col("h", "h2", "h3").is_not_null())
    is_right = pl.col("day").is_not_null() & (~has_clock | pl.col("minute").is_not_null())
    stays = ~has_zone | (pl.col("minute") == 0) if is_day else ~has_zone
    frame = frame.with_columns(
        (is_right & (~has_zone | pl.col("offset").is_not_null())).alias("is_right"),
        stays.alias("stays"),
        local_moment(pl.col("day"), pl.col("minute"), pl.col("offset"), grammar.zone).alias("local"),
    )
    day, minute = pl.when("stays").then("day").otherwise(pl.col("local").dt.date()), _of_day(pl.col("local"))
    frame = frame.with_columns(
        pl.when("is_right").then(day).alias("day"),
        pl.when("is_right").then(pl.when("stays").then("minute").otherwise(minute)).alias("minute"),
        pl.lit(value=False).alias("is_serial"),
    )
    if grammar.first_serial is not None:
        frame = frame.with_columns(pl.col("text").str.extract_groups(_SERIAL).struct.unnest()).with_columns(
            pl.col("whole").is_not_null().alias("is_serial")
        )
        frame = frame.with_columns(
            pl.when("is_serial").then(_serial_day(grammar.first_serial)).otherwise("day").alias("day"),
            pl.when("is_serial").then(_seconds("part") // 60).otherwise("minute").alias("minute"),
        )
    if is_day:
        frame = frame.with_columns(pl.when(pl.col("minute") != 0).then("minute").alias("minute"))
    return _answer(frame.with_columns((has_zone & ~pl.col("is_serial")).alias("has_zone")), DAY_ANSWER)


def any_time(cells: pl.Series, grammar: Grammar) -> pl.Series:
    """Read clock times of every form, as ``time``, which reads usual ones in a shorter way."""
    frame = _matched(cells, _TIME, grammar).with_columns(
        pl.col("text").str.extract_groups(_COMPACT_TIME).struct.unnest()
    )
    has_day = pl.any_horizontal(pl.col("y1", "y2", "y3", "digits").is_not_null())
    has_zone = pl.col("zone").is_not_null()
    is_right = (~has_day | pl.col("day").is_not_null()) & (~has_zone | pl.col("offset").is_not_null())
    # '0.25' is 25 past midnight to a person, and six o'clock to a spreadsheet.
    is_right &= ~pl.col("text").str.contains(_FRACTION)
    short, full = pl.col("hm").cast(pl.Int32, strict=False), pl.col("hms").cast(pl.Int32, strict=False)
    is_long = pl.col("hm").str.len_bytes() >= (1 if grammar.short_times else 3)
    frame = frame.with_columns(
        pl.when(is_right).then("minute").alias("clock"),
        pl.when(is_long & (short % 100 < 60)).then(short // 100 * 60 + short % 100).alias("short"),
        pl.when((full % 100 < 60) & (full // 100 % 100 < 60))
        .then(full // 10000 * 60 + full // 100 % 100)
        .alias("full"),
    )
    if grammar.first_serial is None:
        found = pl.coalesce("clock", "short", "full")
    else:
        # In a spreadsheet a time is a part of a day: '0.25' is six o'clock.
        frame = frame.with_columns(
            pl.col("text").str.extract_groups(_FRACTION).struct.unnest(),
            pl.col("text").str.extract_groups(_SERIAL).struct.rename_fields(["whole", "rest"]).struct.unnest(),
        )
        number = pl.coalesce(_seconds("part"), pl.when(pl.col("rest").is_not_null()).then(_seconds("rest"))) // 60
        frame = frame.with_columns(pl.coalesce(_serial_day(grammar.first_serial), "day").alias("day"))
        found = pl.coalesce(number, "clock", "short", pl.when(full >= 100_000).then("full"))
    frame = frame.with_columns(found.alias("minute"))
    return _answer(
        frame.with_columns(
            pl.when(pl.col("minute") <= LAST_MINUTE).then("minute").alias("minute"),
            pl.when(~pl.col("day").is_in(ZERO_DAYS)).then("day").alias("day"),
        ),
        TIME_ANSWER,
    )


def local_moment(day: pl.Expr, minute: pl.Expr, offset: pl.Expr, zone: str) -> pl.Expr:
    """Local time of the site of a day and minute that are ``offset`` minutes east of Greenwich."""
    return (
        (day.cast(pl.Datetime("us")) + pl.duration(minutes=minute) - pl.duration(minutes=offset))
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(zone)
    )


def _answer(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.Series:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).to_struct("answer")


def _matched(cells: pl.Series, pattern: str, grammar: Grammar) -> pl.DataFrame:
    """Groups of the pattern, and the ``day``, ``minute`` and ``offset`` that they make."""
    frame = (
        cells.cast(pl.String)
        .to_frame("text")
        .with_columns(pl.col("text").str.to_lowercase().str.extract_groups(pattern).struct.unnest())
    )
    return _with_offset(_with_minute(_with_day(frame, grammar.forms)))


def proves_short_times(text: pl.Expr) -> pl.Expr:
    """Whether a time is written in digits that can be no hour: then '5' in the same file is five past midnight."""
    return text.str.contains(_LONE_DIGITS).fill_null(value=False)


def only_turned(text: pl.Expr, day: pl.Expr, grammar: Grammar) -> pl.Expr:
    """Whether a day can be read only with day and month in another order than the profile says.

    Args:
        text: Cleaned text.
        day: What was read of it in the profile's order.
        grammar: What the profile and the file say.
    """
    turned = {"day-month-year": "month-day-year", "month-day-year": "day-month-year"}
    others = tuple(turned[form] for form in grammar.forms if form in turned) or ("day-month-year", "month-day-year")
    return (
        moment(pl.when(day.is_null()).then(text), Grammar(forms=others, zone=grammar.zone))
        .struct.field("day")
        .is_not_null()
    )


def slash_reading(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """For days with slashes: whether only day-first is possible, and whether both readings are."""
    first, second = (
        text.str.extract(r"^(\d{1,2})/(\d{1,2})/\d{2,4}", group).cast(pl.Int8, strict=False) for group in (1, 2)
    )
    return (first > 12) & (second <= 12), (first <= 12) & (second <= 12) & (first != second)


def _number(*names: str) -> pl.Expr:
    return pl.coalesce(pl.col(name).cast(pl.Int32, strict=False) for name in names)


def _with_day(frame: pl.DataFrame, forms: tuple[str, ...]) -> pl.DataFrame:
    """Add the day of the groups; null when there is no such day."""
    digits, words, year = pl.col("digits"), pl.col("b").str.strip_chars_end("."), _number("y2")
    # A number loses the zero before it: 1012014 is 01-01-2014.
    whole = digits.cast(pl.Int32, strict=False)
    is_full = digits.str.starts_with("20") & (digits.str.len_bytes() == 8)
    frame = frame.with_columns(
        _number("a").alias("_a"),
        words.cast(pl.Int32, strict=False).alias("_b"),
        words.replace_strict(_MONTHS, default=None, return_dtype=pl.Int32).alias("_named"),
        pl.when(pl.col("y2").str.len_bytes() == 2).then(year + 2000).otherwise(year).alias("_year"),
        (whole // 1_000_000).alias("_first"),
        (whole // 10_000 % 100).alias("_second"),
        (whole % 10_000).alias("_last"),
        pl.when(is_full).then(whole).alias("_full"),
        pl.col("m3").replace_strict(_MONTHS, default=None, return_dtype=pl.Int32).alias("_month"),
    )
    full = pl.col("_full")
    readings = [
        _made(_number("y1"), _number("m1"), _number("d1")),
        _made(pl.col("_year"), pl.col("_named"), pl.col("_a")),
        _made(_number("y3"), pl.col("_month"), _number("d3")),
        _made(full // 10_000, full // 100 % 100, full % 100),
    ]
    orders = {
        "day-month-year": (("_year", "_b", "_a"), ("_last", "_second", "_first")),
        "month-day-year": (("_year", "_a", "_b"), ("_last", "_first", "_second")),
    }
    readings += [_made(*map(pl.col, order)) for form in forms for order in orders.get(form, ())]
    return frame.with_columns(pl.coalesce(readings).alias("day"))


def _made(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    parts = (part.cast(pl.String).str.zfill(width) for part, width in ((year, 4), (month, 2), (day, 2)))
    return pl.concat_str(parts, separator="-").str.to_date("%Y-%m-%d", strict=False)


def _with_minute(frame: pl.DataFrame) -> pl.DataFrame:
    """Add minutes since midnight of the groups; null when there is no such time."""
    bare = pl.col("bare").str.strip_chars().str.head(1)
    frame = frame.with_columns(
        _number("h", "h2", "h3").alias("_hour"),
        _number("mi", "mi2").fill_null(0).alias("_minute"),
        _number("s", "s2").fill_null(0).alias("_second"),
        pl.coalesce("half", pl.when(bare.is_in(["a", "p"])).then(bare)).alias("_half"),
    )
    hour = pl.col("_hour")
    of_day = (
        pl.when(pl.col("_half").is_null())
        .then(hour)
        .when((pl.col("_half") == "a") & (hour <= 12))
        .then(hour % 12)
        .when((pl.col("_half") == "p") & hour.is_between(1, 12))
        .then(hour % 12 + 12)
    )
    frame = frame.with_columns((of_day * 60 + pl.col("_minute")).alias("minute"))
    is_end = (pl.col("minute") == LAST_MINUTE) & (pl.col("_second") == 0)
    is_right = pl.all_horizontal(pl.col("_minute", "_second") < 60) & ((pl.col("minute") < LAST_MINUTE) | is_end)
    return frame.with_columns(pl.when(is_right).then("minute").alias("minute"))


def _with_offset(frame: pl.DataFrame) -> pl.DataFrame:
    """Add minutes east of Greenwich of the zone; null when there is no such zone."""
    zone = pl.col("zone")
    digits = zone.str.extract(r"^[+-](\d{2}(?::?\d{2})?)$", 1).str.replace(":", "", literal=True).str.pad_end(4, "0")
    minutes = digits.str.tail(2).cast(pl.Int32, strict=False)
    size = digits.str.head(2).cast(pl.Int32, strict=False) * 60 + minutes
    # '9:05-10:00' is from nine to ten, not a time in Hawaii: only a moment in full has a zone with a minus.
    is_full = pl.coalesce("t", "s", "s2").is_not_null()
    is_right = (minutes < 60) & (size <= _LAST_OFFSET) & (is_full | ~zone.str.starts_with("-"))
    signed = pl.when(zone.str.starts_with("-")).then(-size).otherwise(size)
    return frame.with_columns(
        pl.when(zone.is_in(["z", "utc", "gmt"])).then(0).when(is_right).then(signed).alias("offset")
    )


def _of_day(local: pl.Expr) -> pl.Expr:
    return local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()


def _serial_day(first: date) -> pl.Expr:
    return pl.lit(first) + pl.duration(days=_number("whole"))


def _seconds(part: str) -> pl.Expr:
    """Seconds of the part of a day behind the sign of a number."""
    share = pl.format("0.{}", pl.col(part).fill_null("0")).cast(pl.Float64, strict=False)
    seconds = (share * 86_400).round().cast(pl.Int32)
    return pl.when(pl.col(part).is_not_null()).then(seconds)
