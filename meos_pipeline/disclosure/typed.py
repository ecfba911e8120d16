"""Names that people typed and readers see: of teams and areas, of the organisation, whom to ask, own figures and own words.

Everything else that somebody types (reasons, titles of agreements) stays in ``restricted/``: readers get words from lists. A name must
be short, of ordinary letters, and hold no number of a person or a plate. ``runs_of`` gives what could be a number, for
whoever compares it with those of the archive.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import polars as pl

from meos_pipeline.contracts.identifiers import ANY_PLATE, CITIZEN_NUMBER, passes_eleven_test

LONGEST = 120
"""Letters of a name."""
LONGEST_TEXT = 1000
"""Letters of a sentence of a site's own words, and of a reason."""
NAMES = ("team", "team_name", "area", "area_name", "district", "regional_unit", "former")
"""Columns of the list of teams, and of the teams that ended, that hold names; readers meet codes where there is none."""
MOST_WORDS = 5
"""Words that a number may be typed in: '12 34 56 782'."""
_SHORTEST = 4
"""Signs of a number: '12' in 'Team 12' is nobody's."""
_LETTERS = 3
"""Letters beside each other in a number: 'MW 1204' and 'AB-123-C', not 'Team 1204'."""
_BETWEEN_WORDS = re.compile(r"[\s,;:()/|]+")
_CITIZEN = re.compile(CITIZEN_NUMBER)
# With hyphens in any case; with blanks in capitals only: 'wijk 10 in de stad' is no plate.
_PLATE = re.compile(rf"(?<![A-Z0-9]){ANY_PLATE}(?![A-Z0-9])")
_LONG_WORD = re.compile(rf"[^\W\d_]{{{_LETTERS + 1},}}")
_STRANGE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
"""Unicode's kinds of signs that nobody sees, among them the marks that turn the direction of text."""


def names_of(organisation: pl.DataFrame) -> set[str]:
    """Names that the list of teams gives readers."""
    columns = [name for name in NAMES if name in organisation.columns]
    return {text for name in columns for text in organisation[name].drop_nulls().unique()}


def runs_of(texts: Iterable[str]) -> list[str]:
    """Words, and words beside each other, that could be somebody's number or account, each once.

    A number has a digit, four signs, and a word in it has four digits or no more than three letters beside each other:
    so 'Team 12' and 'team-12' are names, 'MW 0012' and 'AB 123 C' may be numbers. An account or a name of an officer has no
    digit and two parts ('j.jansen', 'Jan Jansen').
    """
    found = set()
    for text in set(texts):
        words = [word.strip(".'\"") for word in _BETWEEN_WORDS.split(_plain(text))]
        words = [word for word in words if word]
        for first in range(len(words)):
            for size in range(1, min(MOST_WORDS, len(words) - first) + 1):
                run = words[first : first + size]
                if _may_be_number(run) or _may_be_account(run):
                    found.add(" ".join(run))
    return sorted(found)


def _may_be_number(run: list[str]) -> bool:
    signs = sum(sign.isalnum() for word in run for sign in word)
    return (
        signs >= _SHORTEST
        and any(sign.isdecimal() for word in run for sign in word)
        and all(_digits(word) >= _SHORTEST or not _LONG_WORD.search(word) for word in run)
    )


def _may_be_account(run: list[str]) -> bool:
    joined = " ".join(run)
    parts = [part for part in re.split(r"[\W\d_]+", joined) if part]
    return 1 < len(parts) <= _LETTERS and not any(sign.isdecimal() for sign in joined)


def _digits(word: str) -> int:
    return sum(sign.isdecimal() for sign in word)


def _plain(text: str) -> str:
    """Full-width signs and every kind of hyphen and blank as the ordinary one."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in folded)


def _is_of_somebody(name: str) -> bool:
    """Whether a name holds nine digits that are a citizen's number, or what looks like a Dutch plate."""
    plain = _plain(name)
    is_citizen = any(passes_eleven_test(found.group()) for found in _CITIZEN.finditer(plain))
    return is_citizen or bool(_PLATE.search(plain.upper()) or _PLATE.search(re.sub(r"[ .·]", "-", plain)))


def typed_breaches(typed: Mapping[str, Iterable[str]], *, longest: int = LONGEST) -> list[str]:
    """Say which names cannot stand on a page, one sentence for each rule and place; never the name.

    Args:
        typed: Where names come from, and the names.
        longest: Letters that a name may have.
    """
    found = []
    for place, texts in typed.items():
        names = set(texts)
        is_strange = any(unicodedata.category(sign) in _STRANGE for name in names for sign in name)
        told = (
            (
                any(len(name) > longest for name in names),
                f"a name in {place} is longer than {longest} letters; shorten it",
            ),
            (is_strange, f"a name in {place} has a sign that nobody sees, or that turns the text; type it anew"),
            (
                any(_is_of_somebody(name) for name in names),
                f"a name in {place} holds the number of a person or a plate; take it out",
            ),
        )
        found += [sentence for is_broken, sentence in told if is_broken]
    return found
