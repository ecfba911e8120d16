"""Numbers and words without a key that should make anybody suspicious."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache

from meos_pipeline.attack.document import Document, Grid, Text
from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.parsing import shown_number
from meos_pipeline.contracts.cells import OFFICER_COUNTS
from meos_pipeline.contracts.identifiers import ANY_PLATE, CITIZEN_NUMBER, passes_eleven_test
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.table import Sensitivity

_COUNT_COLUMNS = frozenset(
    [
        "n",
        "aantal",
        "aantallen",
        "count",
        "counts",
        "events",
        "n_before",
        "reference_n",
        "reference_events",
        "controles",
        "checks",
        "totaal",
        "total",
        "records",
        "number",
        "teller",
        "noemer",
        "numerator",
        "denominator",
    ]
)
_NUMBER = r"(\d{1,3}(?:[., ]\d{3})+|\d+)"
_COUNTED = re.compile(
    rf"(?<![\d.,–-]){_NUMBER}\s+(?:(?:van de|van|of the|of)\s+{_NUMBER}\s+)?(?:proactieve\s+|proactive\s+)?"
    r"(?:controles|checks|registraties|records|bevragingen|queries|medewerkers|officers|klachten|complaints)\b(?!\s+per\b)"
    rf"|(?<![\w.]){_NUMBER}\s+(?:van de|of the)\s+{_NUMBER}(?![\d,.%]|\s+(?:lijnen|lines|teams)\b)"
    rf"|\bn\s*=\s*{_NUMBER}",
    re.IGNORECASE,
)
"""Lines of a chart and teams are no records: '8 van de 9 lijnen beoordeeld' counts no checks."""
_PERCENT = re.compile(r"\d+[.,]\d{2,}\s*(?:%|procent|percent)")
_BSN = re.compile(CITIZEN_NUMBER)
_NAME = re.compile(r"\b(?=[0-9]*[a-f])(?:[0-9a-f]{12}|[0-9a-f]{16})\b")
"""The version on a page and the end of an edition's name: one in 750 holds nine digits that pass the test of a number."""
_PLATE = re.compile(rf"\b{ANY_PLATE}\b")
_PSEUDONYM = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\d[T ](?!00:00)\d\d:\d\d")
_POINT = re.compile(r"\b5[0-3]\.\d{4,}[^\d]{1,6}[3-7]\.\d{4,}\b|\b[3-7]\.\d{4,}[^\d]{1,6}5[0-3]\.\d{4,}\b")
_MAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b", re.IGNORECASE)
_TELLING = re.compile(r"\d|@|[0-9a-f]{32}")
"""Without one of these there is nothing that a pattern above or below finds."""
_PATTERNS = (
    (_PERCENT, "RATIO", "a percentage has two decimals: it is its numerator"),
    (_PLATE, "PERSONAL", "a licence plate is there"),
    (_PSEUDONYM, "PERSONAL", "a pseudonym (32 hex digits) is there"),
    (_MOMENT, "TIME", "a moment to the minute is there"),
    (_POINT, "PLACE", "coordinates of a place are there"),
)
_MODEL_KEYS = frozenset(
    [
        "covariance",
        "cov",
        "vcov",
        "standard_error",
        "std_err",
        "stderr",
        "se",
        "bse",
        "log_likelihood",
        "loglik",
        "llf",
        "aic",
        "bic",
        "deviance",
        "residuals",
        "fitted",
        "information_matrix",
        "score",
        "p_value",
    ]
)
_PERSONAL_KEYS = frozenset(
    {
        column.name
        for table in (POLICE_CHECKS, OFFICER_COUNTS)
        for column in table.columns
        if column.sensitivity is Sensitivity.PERSONAL
    }
    | {
        "bsn",
        "kenteken",
        "medewerker",
        "persoon_id",
        "geboortedatum",
        "naam",
        "voornaam",
        "achternaam",
        "officer_id",
        "n_exact",
        "n_true",
        "export_id",
        "license_plate",
        "birth_date",
    }
)
_EXTREME_KEYS = frozenset({"min", "max", "median", "first_check", "last_check", "q1", "q3", "lowerfence", "upperfence"})
_LARGEST_DENOMINATOR = 20_000
_RATE = re.compile(r"\bper 1[.,]?00\d?\b[^.\d]*$", re.IGNORECASE)
"""'Per 100 diensten legden we …' is followed by a rate."""
_PER_HUNDRED = 100
"""'22 van de 100 controles' is how the pages say 22%: a share in words, not a count."""


def suspicions(
    document: Document, released: frozenset[int], *, contact: str = "", publisher: str = ""
) -> Iterator[Leak]:
    """Everything in one document that looks raw.

    Args:
        document: A published file.
        released: Released totals and sums that a share can honestly have as denominator.
        contact: An address that may be there.
        publisher: Name of the organisation, which files may give as their author.
    """
    yield from (Leak(kind, document.file, where, message) for kind, where, message in document.oddities)
    for author in document.authors:
        if author.text != publisher:
            yield Leak("HIDDEN", document.file, author.where, "the file names who made it")
    for grid in document.grids:
        yield from _grid(document, grid)
    for text in document.texts:
        yield from _text(document, text, contact)
    for key in document.keys:
        yield from _key(document, key)
    for numbers in document.numbers:
        if any(_raw_share(value, released) for value in numbers.values):
            yield Leak("RATIO", document.file, numbers.where, "a share is a fraction that released counts cannot give")
        whole = [value for value in numbers.values if value == int(value)] if _finite(numbers.values) else []
        if _counts_among(numbers.where, whole, len(numbers.values)):
            yield Leak("RAW", document.file, numbers.where, "a list of whole numbers is not in multiples of 5")


def _grid(document: Document, grid: Grid) -> Iterator[Leak]:
    header = [value.strip().lower() for value in grid.rows[0]] if grid.rows else []
    columns = {place for place, name in enumerate(header) if name in _COUNT_COLUMNS}
    for number, row in enumerate(grid.rows[1:], start=1):
        for place in columns:
            if place >= len(row) or (number, place) in grid.mapped:
                continue
            value = shown_number(row[place])
            if value is not None and value % 5:
                yield Leak("RAW", document.file, f"{grid.where} row {number + 1}", "a count is not a multiple of 5")


def _text(document: Document, text: Text, contact: str) -> Iterator[Leak]:
    if text.shape:
        return
    yield from (Leak(kind, document.file, text.where, message) for kind, message in _said(text.text, contact))


@lru_cache(maxsize=50_000)
def _said(words: str, contact: str) -> tuple[tuple[str, str], ...]:
    """Kind of leak and message of each thing that looks raw; the same words stand on many pages and in many cells."""
    if not _TELLING.search(words):
        return ()
    return tuple(_raw_in(words, contact))


def _raw_in(words: str, contact: str) -> Iterator[tuple[str, str]]:
    for match in _COUNTED.finditer(words):
        values = [shown_number(part) for part in match.groups() if part]
        if _PER_HUNDRED in values[1:] or _RATE.search(words[: match.start()]):
            continue
        if any(value is not None and value % 5 for value in values):
            yield "RAW", "a sentence holds a count that is not a multiple of 5"
            break
    if any(passes_eleven_test(match.group()) for match in _BSN.finditer(_NAME.sub(" ", words))):
        yield "PERSONAL", "a number passes the check of a citizen service number"
    if any(match.group() != contact for match in _MAIL.finditer(words)):
        yield "PERSONAL", "a mail address is there"
    for pattern, kind, message in _PATTERNS:
        if pattern.search(words):
            yield kind, message


def _key(document: Document, key: Text) -> Iterator[Leak]:
    name = key.text.strip().lower()
    if name in _PERSONAL_KEYS or name.endswith("_key"):
        yield Leak("PERSONAL", document.file, key.where, f"there is a field or column '{name}'")
    if name in _MODEL_KEYS:
        yield Leak("MODEL", document.file, key.where, f"there is a field '{name}': a model can be inverted with it")
    if name in _EXTREME_KEYS and not key.where.endswith((".layout", ".config")):
        yield Leak(
            "RAW", document.file, key.where, f"there is a field '{name}': extremes are single records", certain=False
        )


def _raw_share(value: float, released: frozenset[int]) -> bool:
    """A fraction that no released sums give, neither as a share nor as the difference or ratio of two shares.

    Released sums are ``5 t``, so a share of them has a denominator that divides some ``t``, and a difference or
    ratio of two shares one that divides a product of two.
    """
    if not 0 < value < 1 or round(value, 3) == value:
        return False
    fraction = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    if abs(float(fraction) - value) > 1e-13 or fraction.denominator <= 20:  # noqa: PLR2004 - chance
        return False
    common = {math.gcd(fraction.denominator, total // 5) for total in released}
    return not any(one * two % fraction.denominator == 0 for one in common for two in common)


def _counts_among(where: str, whole: list[float], size: int) -> bool:
    """Charts of counts: whole numbers, some above 12 (not months), most with a remainder."""
    if len(whole) < max(3, size) or max(whole) <= 31 or "layout" in where or "margin" in where:  # noqa: PLR2004
        return False
    return sum(value % 5 != 0 for value in whole) > len(whole) / 2 and not _steady(whole)


def _steady(values: list[float]) -> bool:
    """Years and other even steps are axes, not counts."""
    steps = {later - earlier for earlier, later in itertools.pairwise(values)}
    return len(steps) == 1


def _finite(values: Iterable[float]) -> bool:
    return all(value == value and abs(value) != float("inf") for value in values)  # noqa: PLR0124 - not a number
