"""How much room text takes, and how a label is broken into lines that fit it."""

from functools import cache
from typing import TYPE_CHECKING

from meos_pipeline.reporting.charts.style import FONT_SIZE

if TYPE_CHECKING:
    from pyphen import Pyphen

_WIDE_CHARS = frozenset("MWmw%@")
_THIN_CHARS = frozenset("iljtfrI.,:;|'’ ()-–")
_DICTIONARIES = {"nl": "nl_NL", "en": "en_GB"}
_FEWEST_LETTERS = 3
"""A part of a broken word has at least this many letters."""


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Width in pixels, a little too wide on purpose: 0.3, 0.56 or 0.85 em per character."""
    return size * sum(0.85 if c in _WIDE_CHARS else 0.3 if c in _THIN_CHARS else 0.56 for c in text)


def wrapped(text: str, width: float, language: str, *, size: float = FONT_SIZE, most: int = 3) -> list[str]:
    """Break a label into at most ``most`` lines that fit; when not all of it does, the last one ends in '…'."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= width:
            lines[-1] = longer
            continue
        *parts, rest = _parts(word, width, size, language)
        if not lines[-1]:
            lines.pop()
        lines += [*parts, rest]
    if len(lines) <= most:
        return lines
    rest = " ".join(lines[most - 1 :])
    # What is cut is not broken as well: 'Molenb …', never 'Molen- b …'.
    return [*lines[: most - 1], _cut(rest if "- " in text else rest.replace("- ", ""), width, size)]


def _parts(word: str, width: float, size: float, language: str) -> list[str]:
    """A word that is too long for a line, in parts with hyphens; other words as they are."""
    parts: list[str] = []
    while text_width(word, size) > width:
        places = [
            p for p in _dictionary(language).positions(word) if _FEWEST_LETTERS <= p <= len(word) - _FEWEST_LETTERS
        ]
        fitting = [p for p in places if text_width(f"{word[:p]}-", size) <= width]
        if not fitting:
            return [*parts, _cut(word, width, size)]
        parts.append(f"{word[: fitting[-1]]}-")
        word = word[fitting[-1] :]
    return [*parts, word]


def _cut(text: str, width: float, size: float) -> str:
    while text and text_width(f"{text} …", size) > width:
        text = text[:-1]
    return f"{text.rstrip(' -')} …"


@cache
def _dictionary(language: str) -> "Pyphen":
    from pyphen import Pyphen

    return Pyphen(lang=_DICTIONARIES[language])
