"""Messages for analysts, from one catalogue (``reports/messages.yaml``): what is wrong, and what to do.

Codes: F whole file refused · R row or field set aside · W warning · K key file · S storage · C settings.
"""

import difflib
from functools import cache
from typing import Any

from meos_pipeline.errors import ExportError, InputError, TextError
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.yaml_files import read_yaml

LANGUAGES = ("nl", "en")


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return code -> language -> {what, do}.

    Raises:
        TextError: with every code that lacks words in a language.
    """
    document: dict[str, dict[str, Any]] = read_yaml(shipped("reports") / "messages.yaml")
    missing = [
        f"{code}/{language}/{part}"
        for code, words in document.items()
        for language in LANGUAGES
        for part in ("what", "do")
        if not str((words.get(language) or {}).get(part, "")).strip()
    ]
    if missing:
        raise TextError("\n  - ".join(["messages.yaml lacks words; add them:", *missing]))
    return document


def message(code: str, language: str = "nl", **facts: object) -> str:
    """Words of a code, as ``CODE: what; what to do``. Facts are names of files and columns, lines and counts.

    Raises:
        TextError: when there is no such code.
    """
    what, do = parts(code, language, **facts)
    return f"{code}: {what} {do}"


def parts(code: str, language: str = "nl", **facts: object) -> tuple[str, str]:
    """Words of a code: what there is, and what to do; see ``message``.

    Raises:
        TextError: when the catalogue has no such code.
    """
    words = catalogue().get(code)
    if words is None:
        raise TextError(f"There is no message '{code}'; add it to messages.yaml in every language")
    chosen = words.get(language) or words["en"]
    shown = _Facts({name: str(fact) for name, fact in facts.items()})
    what, do = (" ".join(chosen[part].format_map(shown).split()) for part in ("what", "do"))
    return what, do


def explain(code: str, language: str = "nl") -> str:
    """What a code means and what to do, in words without facts.

    Raises:
        InputError: when there is no such code, with near ones.
    """
    wanted = code.strip().upper()
    if wanted not in catalogue():
        near = difflib.get_close_matches(wanted, catalogue(), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(sorted(catalogue()))}"
        raise InputError(f"There is no code '{code}'; {hint}")
    return message(wanted, language)


def refused(code: str, language: str = "nl", **facts: object) -> ExportError:
    """Make the error that refuses a whole file, with its code."""
    error = ExportError(message(code, language, **facts))
    error.code = code
    return error


class _Facts(dict[str, str]):
    """Facts of a message; one that was not given is shown as open, not as an error on top of an error."""

    def __missing__(self, key: str) -> str:
        return "" if key == "hint" else "…"
