"""Spelling of what people read, in Dutch and in English, by Hunspell with the dictionaries of the distribution.

Words that a dictionary lacks (terms of the police, of statistics, names) are in ``spelling/nl.txt`` and ``en.txt``; a word
there that is no longer needed is a mistake too.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from meos_pipeline.statistics import all_statistics

ROOT = Path(__file__).resolve().parents[2]
LISTS = Path(__file__).parent / "spelling"
DICTIONARIES = {"nl": "nl_NL", "en": "en_GB"}
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
NO_PROSE = re.compile(
    r"```.*?```|~~~.*?~~~|<style.*?</style>|<!--.*?-->|^ {4,}.*$|``.*?``|`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+|\{[^}]*\}"
    r"|&\w+;|[^\s`]*\w\.(?:md|py|csv|toml|yaml|yml|json|html|pdf|xlsx|txt|whl)\b|[^\s`()\[\]{}]*[_/\\][^\s`()\[\]{}]*|--[\w-]+|'meos [^']*'"
    r"|(?<!\])\[[a-z_]+\](?![(\[:])|^!!! \w+|#[a-z][\w-]*",
    re.DOTALL | re.MULTILINE,
)


def _texts(language: str) -> Iterator[tuple[str, str]]:
    """Place and text of everything that is read in a language."""
    guide, analyst = ROOT / "docs/ambassadeur", ROOT / "docs/analyst"
    twins = [analyst / path.name for path in (analyst / "en").glob("*.md")]
    pages = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md")])
    for page in [*pages, guide / "steekproefblad.html"]:
        if (page.parent == guide or page in twins) == (language == "nl"):
            yield page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")
    for path in sorted((ROOT / "reports").glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        lines = (
            (document.values() if language == "nl" else document)
            if path.stem == "terminal"
            else _said(document, language)
        )
        yield path.name, "\n".join(lines)
    why = {"nl": "why_nl", "en": "why"}[language]
    for path in sorted((ROOT / "expectations").glob("*.yaml")):
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield f"expectations/{path.name}", "\n".join(rule.get(why, "") for rule in rules.values())
    for name, one in all_statistics().items():
        said = (
            (one.question_nl,)
            if language == "nl"
            else (one.question, one.estimand, one.assumptions, one.misleads, one.minimum)
        )
        yield f"statistic {name}", "\n".join(said)


def _said(tree: Any, language: str) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == language or (key not in DICTIONARIES):
                yield from _leaves(value) if key == language else _said(value, language)
    elif isinstance(tree, list):
        for item in tree:
            yield from _said(item, language)


def _leaves(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict | list):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _leaves(item)


def _words(text: str) -> set[str]:
    plain = NO_PROSE.sub(" ", text).replace("\u00ad", "").replace("*", "")
    return {word.strip("'’-") for word in WORD.findall(plain) if len(word) > 2 and not word.isupper()}


@cache
def _unknown(words: frozenset[str], language: str) -> frozenset[str]:
    done = subprocess.run(
        ["hunspell", "-d", DICTIONARIES[language], "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return frozenset(done.stdout.split()) & words


def _listed(language: str) -> list[str]:
    return (LISTS / f"{language}.txt").read_text(encoding="utf-8").split()


@pytest.fixture(scope="module", params=sorted(DICTIONARIES))
def language(request) -> str:
    if shutil.which("hunspell") is None:
        pytest.skip("hunspell is not installed; tests/install_browser.sh names the packages")
    known = subprocess.run(["hunspell", "-D"], capture_output=True, text=True, check=False, input="").stderr
    if not re.search(rf"/{DICTIONARIES[request.param]}$", known, re.MULTILINE):
        pytest.skip(f"the dictionary {DICTIONARIES[request.param]} is not installed")
    return request.param


def test_every_word_is_spelled_as_the_dictionary_or_the_list_has_it(language):
    places: dict[str, str] = {}
    for place, text in _texts(language):
        for word in _words(text):
            places.setdefault(word, place)
    assert len(places) > 1000
    listed = {word.lower() for word in _listed(language)}
    wrong = {word for word in _unknown(frozenset(places), language) if word.lower() not in listed}
    assert sorted((word, places[word]) for word in wrong) == []


def test_a_list_holds_no_word_that_nobody_needs(language):
    used = {word for _, text in _texts(language) for word in _words(text)}
    needed = {word.lower() for word in _unknown(frozenset(used), language)}
    listed = _listed(language)
    assert [word for word in listed if word.lower() not in needed] == []
    assert listed == sorted(set(listed), key=str.lower)


def test_a_mistake_is_found(language):
    slips = {"nl": "controlle vastgeleged dekking", "en": "chekcs recieved coverage"}
    assert _unknown(frozenset(_words(slips[language])), language) == set(slips[language].split()[:2])
