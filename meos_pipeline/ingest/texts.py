"""Rules for single cells, as expressions on text: what is empty, an Excel error, a number, yes or no."""

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
_YES = ("j", "ja", "y", "yes", "waar", "true", "t", "1", "x", "1.0", "1,0", "-1")
_NO = ("n", "nee", "no", "onwaar", "false", "f", "0", "0.0", "0,0")
UNSAID = ("o", "onb", "onb.")
"""Words of a yes/no cell for 'not known'."""
_GROUPED = r"^[+-]?\d{1,3}(?:[ '’]\d{3})+$|^[+-]?\d{1,3}(?:[.]\d{3}){2,}$|^[+-]?\d{1,3}(?:,\d{3}){2,}$"
_WHOLE = r"^([+-]?\d{1,9})(?:[.,](?:0{1,2}|0{4,}))?$"
_DECIMAL = r"^[+-]?\d+(?:[.,]\d+)?$"
_BOTH_SIGNS = r"^[+-]?\d{1,3}(?:[.]\d{3})+,\d+$|^[+-]?\d{1,3}(?:,\d{3})+[.]\d+$"
_DOUBTFUL = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"


def cleaned(text: pl.Expr) -> pl.Expr:
    """Text without outer blanks, no-break spaces and invisible signs; full-width signs made plain."""
    return text.map_batches(_clean, return_dtype=pl.String, is_elementwise=True)


def _clean(texts: pl.Series) -> pl.Series:
    """Only texts beyond ASCII can need more than stripping, and few cells have any."""
    if texts.dtype == pl.Null:
        return texts.cast(pl.String)
    stripped = pl.col("stripped")
    found = (
        texts.to_frame("text")
        .select(pl.col("text").str.strip_chars().alias("stripped"))
        .with_columns((stripped.str.len_bytes() != stripped.str.len_chars()).alias("is_beyond"))
    )
    if not found["is_beyond"].any():
        return found["stripped"]
    beyond = found["is_beyond"].arg_true()
    plain = found["stripped"].gather(beyond).str.normalize("NFKC").str.replace_all(INVISIBLE, "").str.strip_chars()
    return found["stripped"].scatter(beyond, plain)


def is_missing(text: pl.Expr) -> pl.Expr:
    """Whether cleaned text is a word for 'nothing here'."""
    return text.str.to_lowercase().is_in(MISSING)


def present(text: pl.Expr) -> pl.Expr:
    """Cleaned text; null where it is a word for 'nothing here'."""
    clean = cleaned(text)
    return pl.when(~is_missing(clean)).then(clean)


def is_excel_error(text: pl.Expr) -> pl.Expr:
    """Whether a cell holds an error value of Excel, in Dutch or English."""
    return text.str.contains(_EXCEL_ERROR).fill_null(value=False)


def yes_no(text: pl.Expr) -> pl.Expr:
    """True or False for words that say yes or no; null for anything else.

    -1 is how some databases write true. W is no word for yes: beside it O would say no, and alone it says 'not known'.
    """
    word = text.str.to_lowercase()
    return pl.when(word.is_in(_YES)).then(pl.lit(value=True)).when(word.is_in(_NO)).then(pl.lit(value=False))


def whole_number(text: pl.Expr) -> pl.Expr:
    """Whole number of '38', '38.0', '38,0', '12 000' or '1.234.567'; null for anything else.

    One point or comma before three digits is refused: '1.000' is a thousand in Dutch and one in English.
    """
    grouped = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(r"[ '’.,]", ""))
    return pl.coalesce(text.str.extract(_WHOLE, 1), grouped).cast(pl.Int64, strict=False)


def decimal_number(text: pl.Expr, *, is_degrees: bool = False) -> pl.Expr:
    """Number with a decimal point or comma, '1.234,5' among them; null for anything else.

    Args:
        text: Cleaned text.
        is_degrees: Degrees have no thousands; of other numbers one sign before three digits is refused.
    """
    # Of both signs the last is the decimal one, also when three digits follow it.
    last, whole = text.str.extract(r"[.,](\d+)$", 1), text.str.replace(r"[.,]\d+$", "")
    both = pl.when(text.str.contains(_BOTH_SIGNS)).then(pl.format("{}.{}", whole.str.replace_all(r"[.,]", ""), last))
    plain = pl.when(text.str.contains(_DECIMAL)).then(text.str.replace(",", ".", literal=True))
    if not is_degrees:
        plain = pl.when(~text.str.contains(_DOUBTFUL)).then(plain)
    grouped = pl.when(text.str.contains(_GROUPED)).then(text.str.replace_all(r"[ '’.,]", ""))
    return pl.coalesce(both, plain, grouped).cast(pl.Float64, strict=False)
