"""One language per run. Lines are written in English where they arise, and put in the run's language when they are shown.

The language is ``MEOS_LANGUAGE`` (nl or en) when that is set, else the first of ``[site] languages``, else Dutch. Lower
layers need not know who reads: an error keeps its English words in Python, in Dagster and in tests. ``reports/terminal.yaml``
holds each line in Dutch; messages with a code are there in both languages (``messages.yaml``), whichever way they come.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from meos_pipeline.errors import SettingsError
from meos_pipeline.settings import Settings
from meos_pipeline.steps.workspace import SETTINGS_FILE
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.storage.yaml_files import read_yaml

LANGUAGES = ("nl", "en")
SIGN = re.compile(r"\{(\w+)\}")
"""A place in a line where a name, a number or another line stands."""
_ANY = {"count": r"\d+"}
"""What can stand in a place of that name; in any other, anything."""
_TYPED = {"word", "words", "option", "value", "again"}
"""Places with what somebody typed: no words of ours, even when they look the same."""


@dataclass(slots=True)
class _Chosen:
    language: str = ""
    """Empty: nobody chose, as in Python and under Dagster."""


_CHOSEN = _Chosen()


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A line with open places, and its words in the other language."""

    source: str
    begin: str
    """What the line has before its first open place: most patterns are told apart by it, and never compiled."""
    words: str


def choose(words: Sequence[str]) -> str:
    """Choose the language of this run from the environment and from the settings of the data folder that is named.

    Args:
        words: The words of the command line.

    Raises:
        SettingsError: when ``MEOS_LANGUAGE`` is neither nl nor en.
    """
    named = os.environ.get("MEOS_LANGUAGE", "").strip().lower()
    if named and named not in LANGUAGES:
        raise SettingsError("MEOS_LANGUAGE should be nl or en")
    _CHOSEN.language = named or _of_settings(_folder(words))
    return _CHOSEN.language


def chosen() -> str:
    """Return the language of this run; English for whoever calls the commands from Python."""
    return _CHOSEN.language or "en"


def language_of(settings: Settings) -> str:
    """Return the language of this run, and where nobody chose one (under Dagster) that of the site."""
    return _CHOSEN.language or settings.site.languages[0]


def of_site(text: str, settings: Settings) -> str:
    """Put text in the language of this run, and where nobody chose one (under Dagster) in that of the site."""
    return translated(text, language_of(settings))


def translated(text: str, language: str = "") -> str:
    """Put text of one or more lines in a language, that of this run when none is named.

    A line without a translation stays as it is.
    """
    return "\n".join(_line(line, language or chosen()) for line in text.split("\n"))


def named(kind: str, name: str, language: str = "") -> str:
    """Put the name of a step or source in a language. As bare words these would be taken for names of fields.

    Args:
        kind: ``step`` or ``source``.
        name: As a plan has it.
        language: That of this run when none is named.
    """
    sign = f"({kind}) "
    return translated(f"{sign}{name}", language).removeprefix(sign)


def _line(line: str, language: str) -> str:
    if not line.strip():
        return line
    body = line.strip()
    start = line.index(body)
    if body.startswith("- "):
        body, start = body.removeprefix("- "), start + 2
    return f"{line[:start]}{_body(body, language)}{line[start + len(body) :]}"


def _body(text: str, language: str) -> str:
    exact, patterns = _catalogue(language)
    if text in exact:
        return exact[text]
    for pattern in patterns:
        found = _expression(pattern.source).fullmatch(text) if text.startswith(pattern.begin) else None
        if found:
            return _filled(
                pattern.words,
                {
                    name: value or "" if name in _TYPED else _body(value or "", language)
                    for name, value in found.groupdict().items()
                },
            )
    return text


def _filled(words: str, values: Mapping[str, str]) -> str:
    if not values.get("hint", "…"):
        words = words.replace(" {hint}", "")
    return SIGN.sub(lambda sign: values[sign[1]], words)


@cache
def _catalogue(language: str) -> tuple[dict[str, str], tuple[_Pattern, ...]]:
    """Return whole lines, and lines with open places: those with most words of their own first."""
    pairs = [*(terminal().items() if language == "nl" else ()), *_coded(language)]
    exact = {source: target for source, target in pairs if not SIGN.search(source)}
    open_lines = sorted((pair for pair in pairs if SIGN.search(pair[0])), key=lambda pair: -len(SIGN.sub("", pair[0])))
    return exact, tuple(
        _Pattern(source, SIGN.split(source)[0].removesuffix(" "), target) for source, target in open_lines
    )


def terminal() -> dict[str, str]:
    """Return English line -> Dutch line, as ``terminal.yaml`` has them."""
    path = shipped("reports") / "terminal.yaml"
    lines: dict[str, str] = read_yaml(path)
    return lines


def _coded(language: str) -> list[tuple[str, str]]:
    """Messages with a code, from the other language to this one."""
    path = shipped("reports") / "messages.yaml"
    messages = read_yaml(path)
    other = "en" if language == "nl" else "nl"

    def whole(code: str, words: Mapping[str, str]) -> str:
        return " ".join(f"{code}: {words['what']} {words['do']}".split())

    def what(code: str, words: Mapping[str, str]) -> str:
        return f"{code}: {' '.join(words['what'].split())}"

    said = [(whole(code, words[other]), whole(code, words[language])) for code, words in messages.items()]
    said += [(what(code, words[other]), what(code, words[language])) for code, words in messages.items()]
    return [
        *said,
        *(
            (" ".join(words[other]["do"].split()), " ".join(words[language]["do"].split()))
            for words in messages.values()
        ),
    ]


@cache
def _expression(line: str) -> re.Pattern[str]:
    """Return the line as an expression; a name that occurs twice must have one value, and a hint may be left out."""
    parts: list[str] = []
    at, seen = 0, set[str]()
    for sign in SIGN.finditer(line):
        open_place = rf"(?P<{sign[1]}>{_ANY.get(sign[1], '.*?')})"
        parts += [re.escape(line[at : sign.start()]), f"(?P={sign[1]})" if sign[1] in seen else open_place]
        seen.add(sign[1])
        at = sign.end()
    whole = "".join([*parts, re.escape(line[at:])])
    return re.compile(whole.replace(r"\ (?P<hint>.*?)", r"(?:\ (?P<hint>.*?))??"), re.DOTALL)


def _folder(words: Sequence[str]) -> Path:
    for word, following in pairwise([*words, ""]):
        if word in ("--data", "-d") and following:
            return Path(following)
        if word.startswith("--data="):
            return Path(word.removeprefix("--data="))
    return DataFolder.of_environment().root


def _of_settings(folder: Path) -> str:
    """Return the first language of the reports; Dutch when the settings are not there or cannot be read."""
    try:
        document = tomllib.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        first = document["site"]["languages"][0]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, TypeError):
        return "nl"
    return first if first in LANGUAGES else "nl"
