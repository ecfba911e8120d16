"""Names that people typed and readers see: of teams and areas, of the organisation, and whom to ask.

Everything else that somebody types (reasons, titles) stays in ``restricted/``: readers get words from lists. A name must
be short, of ordinary letters, and hold no number of a person or a plate.
"""

import unicodedata
from collections.abc import Iterable, Mapping

import polars as pl

from meos_pipeline.ingest.pseudonymise import USUAL_PLATE, is_citizen_number

LONGEST = 120
"""Letters of a name."""
NAMES = ("team_name", "area_name", "district", "regional_unit", "former")
"""Columns of the list of teams, and of the teams that ended, that hold names."""
_BETWEEN_WORDS = r"[\s,;:()/]+"
_STRANGE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
"""Unicode's kinds of signs that nobody sees, among them the marks that turn the direction of text."""


def names_of(organisation: pl.DataFrame) -> set[str]:
    """Names that the list of teams gives readers."""
    columns = [name for name in NAMES if name in organisation.columns]
    return {text for name in columns for text in organisation[name].drop_nulls().unique()}


def words_of(texts: Iterable[str]) -> list[str]:
    """Words of texts that hold a digit: what could be a number of somebody."""
    split = pl.Series("text", sorted(set(texts)), dtype=pl.String).str.replace_all(_BETWEEN_WORDS, " ").str.split(" ")
    words = split.explode().drop_nulls().str.strip_chars(".").unique().sort()
    return words.filter(words.str.contains(r"\d")).to_list()


def typed_breaches(typed: Mapping[str, Iterable[str]]) -> list[str]:
    """Say which names cannot stand on a page, one sentence for each rule and place; never the name.

    Args:
        typed: Where names come from, and the names.
    """
    found = []
    for place, texts in typed.items():
        names = set(texts)
        words = pl.DataFrame({"word": words_of(names)}, schema={"word": pl.String})
        is_number = is_citizen_number(pl.col("word")).fill_null(value=False)
        is_plate = pl.col("word").str.to_uppercase().str.contains(USUAL_PLATE)
        is_strange = any(unicodedata.category(sign) in _STRANGE for name in names for sign in name)
        told = (
            (
                any(len(name) > LONGEST for name in names),
                f"a name in {place} is longer than {LONGEST} letters; shorten it",
            ),
            (is_strange, f"a name in {place} has a sign that nobody sees, or that turns the text; type it anew"),
            (
                words.filter(is_number | is_plate).height > 0,
                f"a name in {place} holds the number of a person or a plate; take it out",
            ),
        )
        found += [sentence for is_broken, sentence in told if is_broken]
    return found
