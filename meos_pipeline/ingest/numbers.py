"""One form for each number, however it was written, and what only looks like a number: placeholders.

A number loses or gains form on its way: zeros go in a spreadsheet, '.0' comes in a data frame, a domain stands before
an account. Placeholders ('GEEN', '00-00-00', 'ANONIEM', 'SYSTEEM') are words for nobody: they link nothing.
"""

import polars as pl

from meos_pipeline.ingest.texts import cleaned

_NOBODY = (
    "GEEN",
    "ONB",
    "ONBEKEND",
    "BEKEND",
    "NB",
    "NVT",
    "NN",
    "ANONIEM",
    "ANONYMOUS",
    "TEST",
    "DUMMY",
    "FICTIEF",
    "ZONDER",
    "NO",
    "NONE",
    "UNKNOWN",
    "NULL",
    "WEIGERT",
    "GEWEIGERD",
)
_WORDS = {
    "person": (*_NOBODY, "PERSOON", "VERDACHTE", "BESTUURDER", "JOHN", "DOE"),
    "plate": (
        *_NOBODY,
        "GEENKENTEKEN",
        "NOPLATE",
        "PLATE",
        "KENTEKEN",
        "FIETS",
        "EBIKE",
        "SCOOTER",
        "BROMFIETS",
        "SNORFIETS",
        "FATBIKE",
        "VOETGANGER",
        "LOPEND",
        "AUTO",
        "ONLEESBAAR",
    ),
    "officer": (
        *_NOBODY,
        "SYSTEEM",
        "SYSTEM",
        "SYS",
        "IMPORT",
        "ADMIN",
        "BEHEER",
        "BATCH",
        "MIGRATIE",
        "CONVERSIE",
        "SERVICE",
        "SVC",
        "ROBOT",
        "API",
        "INTERFACE",
        "KOPPELING",
    ),
}
"""Words that stand for nobody, alone or beside other signs ('SVC_IMPORT', 'TEST-01')."""
_REPEATED = "|".join(f"{sign}{{4,}}" for sign in "123456789")
_DIGITS = {
    "person": rf"^(?:0+|9{{3,}}|(?:{_REPEATED})0?|123456789)$",
    "plate": r"^(?:[0X?.\- ]+|9+|1{4,}|[A-Z]+)$",
    "officer": r"^(?:9{4,}|X+|-+)$",
}
"""Forms that stand for nobody. A plate of letters alone is a word: plates have digits."""
_SEPARATORS = r"[\s._/\\'\-]+"


def record_number(text: pl.Expr) -> pl.Expr:
    """Number of a record in one form: capitals, without '.0', thousands points and separators after a letter.

    Zeros before a number of digits alone go: a spreadsheet takes them. Separators between digits stay, as one hyphen:
    they may divide a team or a year from a counter.
    """
    number = cleaned(text).str.strip_chars_start("'").str.strip_chars().str.to_uppercase()
    number = number.str.replace(r"^(\d+)[.,]0+$", "$1")
    thousands = number.str.contains(r"^[1-9]\d{0,2}(?:\.\d{3})+$")
    number = pl.when(thousands).then(number.str.replace_all(".", "", literal=True)).otherwise(number)
    number = number.str.replace_all(_SEPARATORS, "-").str.replace_all(r"([A-Z])-+([A-Z0-9])", "$1$2")
    return number.str.replace(r"^0+(\d+)$", "$1")


def officer_number(text: pl.Expr) -> pl.Expr:
    """Number of an officer in one form: without domain, separators, letters before it and leading zeros.

    Where two officers would share this form they are counted as one: a limit that protects officers errs to that side.
    """
    number = text.str.to_uppercase().str.replace(r"^.*[\\/]", "").str.replace(r"@.*$", "")
    number = number.str.replace(r"^(\d+)[.,]0+$", "$1").str.replace_all(_SEPARATORS, "")
    return number.str.replace(r"^[A-Z]{0,6}0*(\d+)$", "$1")


def is_placeholder(text: pl.Expr, kind: str, own: tuple[str, ...] = ()) -> pl.Expr:
    """Whether a number stands for nobody.

    Args:
        text: The cells.
        kind: person, plate or officer.
        own: Further words of the source, as the profile gives them.
    """
    upper = cleaned(text).str.to_uppercase()
    words = "|".join(_WORDS[kind])
    plain = upper.str.replace_all(_SEPARATORS, "")
    is_word = upper.str.contains(rf"(?:^|[^A-Z])(?:{words})(?:[^A-Z]|$)") | plain.is_in(_WORDS[kind])
    if kind == "plate":
        # A sentence with the number of a person in it stands for somebody: it is told as no plate.
        is_word &= ~plain.str.contains(r"\d{8}")
    is_own = upper.is_in([word.upper() for word in own]) if own else pl.lit(value=False)
    return (is_word | plain.str.contains(_DIGITS[kind]) | is_own).fill_null(value=False)
