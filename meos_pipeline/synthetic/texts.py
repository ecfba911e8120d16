"""Free text as officers might type it, now and then with a name, number or plate in it: what must never get out."""

import numpy as np
import polars as pl

from meos_pipeline.synthetic.people import Ints
from meos_pipeline.synthetic.words import flags, spelled

PLANTED_SHARE = 0.01
"""Share of remarks that hold a person's name, number or plate."""
_KINDS = ("name", "number", "plate")
NUMBER, NAMED = 2, (1, 3)
"""Marks of remarks with a person's number, and with a name."""
_REMARKS = (
    "",
    "reed slingerend",
    "stond lang stil bij de ingang van het park",
    "voertuig zonder verlichting, bestuurder aangesproken",
    "past bij signalement uit de briefing",
    "keek weg bij het zien van de auto",
    "op bekende plek, laat op de avond",
    "nvt",
    "zie mutatie",
    "algemene verkeerscontrole; geen bijzonderheden",
    "liep heen en weer tussen geparkeerde auto's",
    'zei: "ik woon hier" en gaf vriendelijk antwoord',
)
_SHARES = (0.42, 0.08, 0.06, 0.06, 0.06, 0.04, 0.07, 0.04, 0.05, 0.06, 0.04, 0.02)
_OUTCOMES = ("", "bon uitgeschreven", "overgedragen aan de noodhulp", "niets aangetroffen", "gesprek gevoerd")
_OUTCOME_SHARES = (0.80, 0.05, 0.05, 0.05, 0.05)
DOCUMENT_SHARE = 1 / 100
DOCUMENT_SERIES = "XD"
"""Document numbers start with this; no Dutch document does."""


def remarks(rng: np.random.Generator, n: int) -> tuple[pl.Series, Ints]:
    """Return remarks, and per row 0 or the number of the sentence that takes an identifier."""
    planted = np.where(rng.random(n) < PLANTED_SHARE, rng.integers(1, 1 + len(_KINDS), n), 0)
    return spelled(_kinds(rng, n, _SHARES), pl.Enum(_REMARKS)).cast(pl.String), planted


def with_identifiers(words: tuple[pl.Series, Ints], identifier: dict[str, pl.Expr]) -> pl.Expr:
    """Return the remarks, the planted ones with the name, number or plate of the person checked."""
    said, planted = words
    kind = pl.lit(spelled(planted, pl.Enum(["none", *_KINDS])))
    number = identifier["number"].cast(pl.String)
    named = pl.concat_str(pl.lit("betreft "), identifier["name"], pl.lit(", bekend van eerder"))
    numbered = pl.concat_str(pl.lit("bsn "), number, pl.lit(" nagetrokken"))
    plated = pl.concat_str(pl.lit("reed in "), identifier["plate"], pl.lit("; eigenaar "), identifier["name"])
    text = pl.when(kind == "name").then(named).when(kind == "number").then(numbered).when(kind == "plate").then(plated)
    return text.otherwise(pl.lit(said)).replace("", None)


def outcome_remarks(rng: np.random.Generator, n: int, number: Ints) -> tuple[pl.Expr, list[str]]:
    """Return remarks on results, and the document numbers in them (one remark in a hundred holds one)."""
    said = spelled(_kinds(rng, n, _OUTCOME_SHARES), pl.Enum(_OUTCOMES)).cast(pl.String)
    planted = rng.random(n) < DOCUMENT_SHARE
    document = pl.concat_str(
        pl.lit(DOCUMENT_SERIES), pl.lit(pl.Series(number * 7 % 10_000_000)).cast(pl.String).str.zfill(7)
    )
    numbers = pl.select(document).to_series().filter(pl.Series(planted)).to_list()
    remark = pl.when(flags(planted)).then(pl.lit("document ") + document).otherwise(pl.lit(said))
    return remark.replace("", None), numbers


def _kinds(rng: np.random.Generator, n: int, shares: tuple[float, ...]) -> Ints:
    return np.minimum(np.searchsorted(np.cumsum(shares), rng.random(n), side="right"), len(shares) - 1)
