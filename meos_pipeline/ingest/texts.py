"""Rules for single cells, as expressions on text: what is empty, an Excel error, a number, a day, a time."""

import polars as pl

MISSING = (
    "",
    "-",
    "--",
    "?",
    "n.v.t.",
    "nvt",
    "n.v.t",
    "onbekend",
    "nb",
    "n.b.",
    "null",
    "none",
    "nan",
    "na",
    "n/a",
    "unknown",
)
"""Words for 'nothing here', in small letters."""
_EXCEL_ERROR = r"(?i)^#(n/b|n/a|waarde!|value!|verw!|ref!|deel/0!|div/0!|naam\?|name\?|getal!|num!|leeg!|null!|#+)"
INVISIBLE = r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]"
_DAY_FIRST = r"^(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4}|\d{2})(?:[ T].*)?$"
_ISO = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?$"
_COMPACT = r"^(20\d{2})(\d{2})(\d{2})$"
_SERIAL = r"^\d{5}(?:[.,]\d+)?$"
_CLOCK = r"^(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?$"
_LAST_MINUTE = 24 * 60


def cleaned(text: pl.Expr) -> pl.Expr:
    """Text without outer blanks, no-break spaces and invisible signs; full-width signs made plain."""
    return text.map_batches(_clean, return_dtype=pl.String, is_elementwise=True)


def _clean(texts: pl.Series) -> pl.Series:
    """Only texts beyond ASCII can need more than stripping, and few cells have any."""
    if texts.dtype == pl.Null:
        return texts.cast(pl.String)
    stripped = texts.str.strip_chars()
    beyond = (stripped.str.len_bytes() != stripped.str.len_chars()).arg_true()
    if beyond.is_empty():
        return stripped
    plain = stripped.gather(beyond).str.normalize("NFKC").str.replace_all(INVISIBLE, "").str.strip_chars()
    return stripped.scatter(beyond, plain)


def present(text: pl.Expr) -> pl.Expr:
    """Cleaned text; null where it is a word for 'nothing here'."""
    clean = cleaned(text)
    return pl.when(~clean.str.to_lowercase().is_in(MISSING)).then(clean)


def is_excel_error(text: pl.Expr) -> pl.Expr:
    """Whether a cell holds an error value of Excel, in Dutch or English."""
    return text.str.contains(_EXCEL_ERROR).fill_null(value=False)


def whole_number(text: pl.Expr) -> pl.Expr:
    """Whole number of '38', '38.0' or '38,0'; null for anything else."""
    return text.str.extract(r"^([+-]?\d{1,9})(?:[.,]0+)?$", 1).cast(pl.Int64, strict=False)


def decimal_number(text: pl.Expr) -> pl.Expr:
    """Number with a decimal point or comma; null for anything else."""
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def day(text: pl.Expr, forms: tuple[str, ...], *, is_sheet: bool) -> pl.Expr:
    """Date of a text in one of the profile's forms; null when it is none.

    Args:
        text: Cleaned text.
        forms: Any of day-month-year, iso, month-day-year, in order of preference.
        is_sheet: Whether Excel's serial numbers may occur (only in a spreadsheet).
    """
    readings = []
    for form in forms:
        if form == "iso":
            readings += [_day(text, _ISO, 1, 2, 3), _day(text, _COMPACT, 1, 2, 3)]
        elif form == "day-month-year":
            readings.append(_day(text, _DAY_FIRST, 3, 2, 1))
        else:
            readings.append(_day(text, _DAY_FIRST, 3, 1, 2))
    if is_sheet:
        serial = text.str.extract(f"({_SERIAL})", 1).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        readings.append(pl.date(1899, 12, 30) + pl.duration(days=serial.floor().cast(pl.Int64)))
    return pl.coalesce(readings)


def is_serial(text: pl.Expr) -> pl.Expr:
    """Whether the text looks like Excel's number of a day."""
    return text.str.contains(_SERIAL).fill_null(value=False)


def slash_reading(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """For dates with slashes: whether only day-first is possible, and whether both readings are."""
    first = text.str.extract(r"^(\d{1,2})/(\d{1,2})/\d{2,4}", 1).cast(pl.Int8, strict=False)
    second = text.str.extract(r"^(\d{1,2})/(\d{1,2})/\d{2,4}", 2).cast(pl.Int8, strict=False)
    return (first > 12) & (second <= 12), (first <= 12) & (second <= 12) & (first != second)


def minutes(text: pl.Expr, *, is_sheet: bool) -> pl.Expr:
    """Minutes since midnight, 0 to 1440, of '7:05', '07.05', '0705' or a moment that ends in a time; else null."""
    clock = text.str.replace(r"^\d{4}-\d{2}-\d{2}[T ]", "").str.replace(r"(?i)\s*uur$", "")
    parts = [clock.str.extract(_CLOCK, group).cast(pl.Int32, strict=False) for group in (1, 2)]
    compact = clock.str.extract(r"^([0-2]?\d)([0-5]\d)$", 1).cast(pl.Int32, strict=False) * 60
    compact += clock.str.extract(r"^([0-2]?\d)([0-5]\d)$", 2).cast(pl.Int32, strict=False)
    readings = [pl.when(parts[1] < 60).then(parts[0] * 60 + parts[1]), compact]
    if is_sheet:
        fraction = (
            text.str.extract(r"^(0?[.,]\d+)$", 1).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        )
        readings.append((fraction * _LAST_MINUTE).round().cast(pl.Int32))
    found = pl.coalesce(readings)
    return pl.when(found <= _LAST_MINUTE).then(found)


def _day(text: pl.Expr, pattern: str, year: int, month: int, of_month: int) -> pl.Expr:
    years = text.str.extract(pattern, year).cast(pl.Int32, strict=False)
    full = pl.when(text.str.extract(pattern, year).str.len_bytes() == 2).then(years + 2000).otherwise(years)
    months, days = (text.str.extract(pattern, group).cast(pl.Int32, strict=False) for group in (month, of_month))
    iso = pl.format(
        "{}-{}-{}",
        full.cast(pl.String).str.zfill(4),
        months.cast(pl.String).str.zfill(2),
        days.cast(pl.String).str.zfill(2),
    )
    return iso.str.to_date("%Y-%m-%d", strict=False)
