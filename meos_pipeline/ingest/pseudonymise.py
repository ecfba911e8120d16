"""Numbers of people, vehicles and records become keyed pseudonyms, normalised first.

HMAC-SHA256 cut to 128 bits (a collision among 10^8 numbers has a chance of 1.5e-23), with a key per calendar
year of the check and purpose. A plan that holds a key is never serialised, shown or logged.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add

import polars as pl
import polars_hash as plh

from meos_pipeline.contracts.identifiers import PLATE_FORMS, USUAL_PLATE
from meos_pipeline.ingest.forms import Schema, by_form
from meos_pipeline.ingest.issues import ISSUES, code
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.numbers import is_placeholder, officer_number, record_number
from meos_pipeline.ingest.texts import MISSING, cleaned, is_excel_error, present

_HEX_DIGITS = 32
_SCIENTIFIC = r"(?i)^\d[.,]?\d*e[+-]?\d+$"
_DUTCH_PLATE = "|".join(form.replace("X", "[A-Z]").replace("9", r"\d") for form in PLATE_FORMS)


def keyed(number: pl.Expr, key: bytes) -> pl.Expr:
    """Pseudonym under one key; null stays null."""
    return number.map_batches(lambda texts: _hmac(texts, key), return_dtype=pl.String, is_elementwise=True)


def keyed_by_year(number: pl.Expr, year: pl.Expr, keys: Keys, purpose: str) -> pl.Expr:
    """Pseudonym under the key of the check's calendar year; null without a key for that year."""

    def pseudonyms(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest()
        years = [found for found in frame["year"].unique().to_list() if found in keys.years]
        if len(years) == 1 and frame["year"].null_count() == 0 and frame["year"].n_unique() == 1:
            return _hmac(frame["number"], keys.of_year(years[0], purpose))
        made = [
            _hmac(
                frame.select(pl.when(pl.col("year") == found).then("number").alias("number"))["number"],
                keys.of_year(found, purpose),
            ).alias(str(found))
            for found in years
        ]
        if not made:
            return pl.Series("number", [None] * frame.height, dtype=pl.String)
        return pl.DataFrame(made).select(pl.coalesce(pl.all()).alias("number"))["number"]

    return pl.struct(number.alias("number"), year.alias("year")).map_batches(
        pseudonyms, return_dtype=pl.String, is_elementwise=True
    )


RECORD_SCHEMA: Schema = {"number": pl.String(), "issue": ISSUES}
USUAL_RECORD = r"^(?:[A-Z]{1,4}[0-9]{4,24}|[1-9][0-9]{3,23})$"
"""Capitals and digits without a zero before them: already in the one form, and no word for 'nothing here'."""


def records(text: pl.Expr) -> pl.Expr:
    """Struct of ``number`` and ``issue`` of each record number; capitals and digits take a short way."""
    return by_form(text, USUAL_RECORD, usual_record, careful_record, RECORD_SCHEMA)


def usual_record(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read capitals and digits; no number at all is an issue."""
    issue = pl.when(text.is_null()).then(code("R-SLEUTEL-LEEG")).otherwise(pl.lit(None, dtype=ISSUES))
    return {"number": text, "issue": issue}


def careful_record(text: pl.Expr, *, is_made: bool = False) -> dict[str, pl.Expr]:
    """Read record numbers in any form, and give each its one form (see ``record_number``).

    Args:
        text: The cells as they are.
        is_made: Whether we made the number of other columns: then it stands as it is.
    """
    number = text if is_made else record_number(text)
    issue = (
        pl.when(number.is_null() | number.str.to_lowercase().is_in(MISSING).fill_null(value=True))
        .then(code("R-SLEUTEL-LEEG"))
        .when(is_excel_error(number))
        .then(code("R-EXCELFOUT"))
        .when(number.str.contains(r"^\d+(?:[.,]\d+E[+-]?|E[+-])\d+$"))
        .then(code("R-SLEUTEL-LEEG"))
        .when(number != text)
        .then(code("W-SLEUTEL-VORM"))
        .otherwise(pl.lit(None, dtype=ISSUES))
    )
    return {"number": number, "issue": issue}


def plain_number(text: pl.Expr) -> pl.Expr:
    """Number of a person or officer without blanks, case and the '.0' of a spreadsheet; null when empty or lossy."""
    number = present(text).str.to_uppercase().str.replace(r"^(\d+)\.0$", "$1")
    return pl.when(~number.str.contains(_SCIENTIFIC) & ~is_excel_error(number)).then(number)


def own_number(text: pl.Expr) -> pl.Expr:
    """Number of a person in the source's own numbering, in one form: zeros before digits alone go."""
    return plain_number(text).str.replace(r"^0+(\d+)$", "$1")


def number_issue(text: pl.Expr) -> pl.Expr:
    """Why a number of a person or officer cannot be used."""
    return (
        pl.when(is_excel_error(text))
        .then(code("R-EXCELFOUT"))
        .when(cleaned(text).str.contains(_SCIENTIFIC))
        .then(code("R-BSN_WETENSCHAPPELIJK"))
        .otherwise(pl.lit(None, dtype=ISSUES))
    )


def person_number(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Number of a person, and its issue: eight or nine digits are a BSN and must pass its test, others stand."""
    plain = own_number(text)
    # With its zeros: a number that begins with two is a citizen's as well.
    is_citizen = plain_number(text).str.replace_all(r"[ .\-]", "").str.contains(r"^\d{8,9}$").fill_null(value=False)
    citizen, issue = citizen_number(text)
    number = pl.when(is_citizen).then(pl.format("bsn|{}", citizen)).otherwise(pl.format("id|{}", plain))
    return number, pl.when(is_citizen).then(issue).otherwise(number_issue(text))


def is_citizen_number(text: pl.Expr) -> pl.Expr:
    """Whether a cell of nine digits passes the 11-test of the BSN."""
    clean = cleaned(text)
    return _passes_test(pl.when(clean.str.contains(USUAL_PERSON)).then(clean).cast(pl.Int32, strict=False)).fill_null(
        value=False
    )


def citizen_number(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """BSN of nine digits that passes the 11-test, and the issue when there is none.

    Eight digits get the zero that a spreadsheet lost. The weights are 9 to 2 and -1; the sum is a multiple
    of 11 and not 0 (domain rule of the Dutch citizen service number).
    """
    plain = present(text).str.replace(r"^(\d+)[.,]0$", "$1").str.replace_all(r"[ .\-]", "")
    padded = pl.when(plain.str.contains(r"^\d{8,9}$")).then(plain.str.zfill(9))
    total = pl.sum_horizontal(
        padded.str.slice(place, 1).cast(pl.Int32, strict=False) * weight for place, weight in enumerate(_WEIGHTS)
    )
    is_right = padded.is_not_null() & (total % 11 == 0) & (padded.cast(pl.Int64, strict=False) > 0)
    issue = (
        pl.when(is_excel_error(text))
        .then(code("R-EXCELFOUT"))
        .when(cleaned(text).str.contains(_SCIENTIFIC))
        .then(code("R-BSN_WETENSCHAPPELIJK"))
        .when(plain.is_not_null() & ~is_right.fill_null(value=False))
        .then(code("R-BSN_ELFPROEF"))
        .when(is_right & (plain.str.len_bytes() == 8))
        .then(code("W-BSN-NUL"))
        .otherwise(pl.lit(None, dtype=ISSUES))
    )
    return pl.when(is_right).then(padded), issue


_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
PERSON_SCHEMA: Schema = {"number": pl.String(), "issue": ISSUES}
USUAL_PERSON = r"^[0-9]{9}$"


def people(text: pl.Expr, *, are_citizens: bool = True, placeholders: tuple[str, ...] = ()) -> pl.Expr:
    """Struct of ``number`` and ``issue`` of each person; nine digits take a short way.

    Args:
        text: The cells as they are.
        are_citizens: Whether eight or nine digits are a BSN; otherwise the source has a numbering of its own.
        placeholders: Words of the source for nobody.
    """

    def usual(cells: pl.Expr) -> dict[str, pl.Expr]:
        return _unlinked(cells, "person", usual_person(cells) if are_citizens else own_person(cells), placeholders)

    def careful(cells: pl.Expr) -> dict[str, pl.Expr]:
        return _unlinked(cells, "person", careful_person(cells) if are_citizens else own_person(cells), placeholders)

    return by_form(text, USUAL_PERSON, usual, careful, PERSON_SCHEMA)


def own_person(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read numbers of the source's own numbering."""
    return {"number": pl.format("id|{}", own_number(text)), "issue": number_issue(text)}


def _unlinked(
    text: pl.Expr, kind: str, read: Mapping[str, pl.Expr], placeholders: tuple[str, ...]
) -> dict[str, pl.Expr]:
    """Leave out numbers that stand for nobody, and tell."""
    nobody = is_placeholder(text, kind, placeholders)
    return {
        "number": pl.when(~nobody).then(read["number"]),
        "issue": pl.when(nobody).then(code("W-PLAATSHOUDER")).otherwise(read["issue"]),
    }


def usual_person(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read numbers of nine digits."""
    is_right = _passes_test(text.cast(pl.Int32, strict=False))
    issue = pl.when(text.is_not_null() & ~is_right).then(code("R-BSN_ELFPROEF")).otherwise(pl.lit(None, dtype=ISSUES))
    return {"number": pl.when(is_right).then(pl.lit("bsn|") + text), "issue": issue}


def _passes_test(value: pl.Expr) -> pl.Expr:
    digits = (value // 10 ** (8 - place) % 10 for place in range(9))
    total = reduce(add, (digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)))
    is_right: pl.Expr = (total % 11 == 0) & (value > 0)
    return is_right


def careful_person(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read numbers in any form."""
    number, issue = person_number(text)
    return {"number": number, "issue": issue}


_SEVERAL = r"(?i)^\s*([^,;/&+|]*?\d{2,})\s*(?:[,;/&+|]|\ben\b|\band\b)\s*[^,;/&+|\d]*\d{2,}"
"""Numbers of several officers in one cell; '139,0' is one, and so is 'MW/139'."""


def officers(text: pl.Expr, *, placeholders: tuple[str, ...] = ()) -> pl.Expr:
    """Struct of ``number``, ``is_misplaced`` and ``is_nobody`` of each officer.

    A citizen's number in the officer's column is no officer, and neither is an account of a system. Of several in one
    cell the first counts: a pair would be one officer more to hide among.
    """
    text = pl.coalesce(text.str.extract(_SEVERAL, 1), text)
    is_misplaced = is_citizen_number(text)
    nobody = is_placeholder(text, "officer", placeholders)
    return pl.struct(
        pl.when(~is_misplaced & ~nobody).then(officer_number(plain_number(text))).alias("number"),
        is_misplaced.alias("is_misplaced"),
        nobody.alias("is_nobody"),
    )


PLATE_SCHEMA: Schema = {"number": pl.String(), "issue": ISSUES}


def plates(text: pl.Expr, *, placeholders: tuple[str, ...] = ()) -> pl.Expr:
    """Struct of ``number`` and ``issue`` of each plate, as ``plate`` reads them; usual plates take a short way."""

    def careful(cells: pl.Expr) -> dict[str, pl.Expr]:
        return _unlinked(cells, "plate", careful_plate(cells), placeholders)

    return by_form(text, USUAL_PLATE, usual_plate, careful, PLATE_SCHEMA)


def usual_plate(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read plates in the usual Dutch form."""
    number = pl.lit("NL:") + text.str.replace_all("-", "", literal=True)
    return {"number": number, "issue": pl.lit(None, dtype=ISSUES)}


def careful_plate(text: pl.Expr) -> dict[str, pl.Expr]:
    """Read plates in any form."""
    number, issue = plate(text)
    return {"number": number, "issue": issue}


def plate(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Plate as 'NL:AB12CD' or 'XX:…' (any other), and its issue.

    A plate such as 8-MRT-12 that a spreadsheet turned into the eighth of March 2012 is turned back: day and
    year give the digits, and only March looks like plate letters.
    """
    clean = present(text).str.to_uppercase()
    as_day = clean.str.extract(r"^((?:\d{4}-03-\d{2}|\d{1,2}[-/]0?3[-/]\d{4})(?:[ T]00:00(?::00)?)?)$", 1)
    day_of = as_day.str.extract(r"^\d{4}-03-(\d{2})", 1).fill_null(as_day.str.extract(r"^(\d{1,2})[-/]", 1))
    year_of = as_day.str.extract(r"^(\d{4})-", 1).fill_null(as_day.str.extract(r"[-/](\d{4})", 1))
    digits = (
        day_of.cast(pl.Int32, strict=False).cast(pl.String),
        (year_of.cast(pl.Int32, strict=False) % 100).cast(pl.String),
    )
    restored = pl.format("{}MRT{}", *digits)
    plain = restored.fill_null(clean.str.replace_all(r"[^A-Z0-9]", ""))
    is_form = plain.str.contains(r"^[A-Z0-9]{2,9}$") & ~plain.str.contains(r"^\d{9}$") & (clean.str.len_chars() <= 24)
    is_error = is_excel_error(clean)
    is_dutch = plain.str.contains(f"^(?:{_DUTCH_PLATE})$")
    number = pl.when(is_form & ~is_error).then(
        pl.when(is_dutch).then(pl.format("NL:{}", plain)).otherwise(pl.format("XX:{}", plain))
    )
    issue = (
        pl.when(is_error)
        .then(code("R-EXCELFOUT"))
        .when(clean.is_not_null() & ~is_form)
        .then(code("R-KENTEKEN-VORM"))
        .when(as_day.is_not_null() | cleaned(text).str.contains(r"^\d{1,2}-mrt-\d{1,2}$"))
        .then(code("W-KENTEKEN-DATUM"))
        .when(clean.is_not_null() & ~is_dutch)
        .then(code("W-KENTEKEN-BUITENLAND"))
        .otherwise(pl.lit(None, dtype=ISSUES))
    )
    return number, issue


def numbers_of(text: pl.Expr) -> list[tuple[str, str, pl.Expr]]:
    """Every number that a text could be in an export: purpose of its key, column of its pseudonym, and its one form."""
    return [
        ("person", "person_key", people(text).struct.field("number")),
        ("person", "person_key", own_person(text)["number"]),
        ("document", "person_key", plain_number(text)),
        ("vehicle", "vehicle_key", plates(text).struct.field("number")),
        ("officer", "officer_key", officers(text).struct.field("number")),
    ]


def _hmac(texts: pl.Series, key: bytes) -> pl.Series:
    frame = texts.to_frame("number").lazy()
    hashed: Callable[..., pl.Expr] = plh.col("number").chash.hmac_sha256
    return frame.select(hashed(key=key.hex()).str.head(_HEX_DIGITS)).collect()["number"]
