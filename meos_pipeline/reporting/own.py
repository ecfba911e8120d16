"""A site's own figures: one YAML file each in ``house/own/``, drawn by our charts from released figures, without code.

A file names what is shown and its title, and nothing else: numbers, margins, verdicts and small counts come from where
the figures of every page come from. What comes out of checks never stands alone: coverage and the corrected yield are put
above it, and it is not drawn as a line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.disclosure.typed import typed_breaches
from meos_pipeline.errors import SettingsError
from meos_pipeline.reporting.results import OF_ONE_PERSON
from meos_pipeline.reporting.words import LANGUAGES
from meos_pipeline.statistics.measures import charted
from meos_pipeline.storage.yaml_files import read_yaml

MOST = 12
"""Own figures of a site."""
LEADS = ("coverage", "yield_corrected")
"""What stands above whatever comes out of checks."""
OUTCOMES = ("yield_broad", "yield_strict", "yield_corrected", "zero_result_share", "related_hits", "information_only")
TOLD = (
    *OUTCOMES,
    "history_consulted",
    "registrations_per_query",
    "officers_using",
    "ground_plausibility",
    "debriefed",
    "reason_text_usable",
    "complaints_per_1000",
)
"""Measures without a line that a table may hold."""
_OF_OUTCOMES = frozenset({"result", "related_hit", "second_register"})
COUNTED = tuple(
    name
    for name, one in PARTITIONS.items()
    if name not in OF_ONE_PERSON | _OF_OUTCOMES
    and one.period != "year"
    and not any("|" in category for category in one.categories)
)
"""Partitions whose counts may be drawn: no groups of people, nothing that comes out of checks, and nothing crossed."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Kind(StrEnum):
    """How it is drawn; each kind shows one thing."""

    BARS = "bars"
    """``partition``: counts of the newest period, and of those before."""
    LINE = "line"
    """``measure``: through the months, coverage through the quarters."""
    TABLE = "table"
    """``measures``: last period, twelve months with margin, on how many, and the verdict."""


_SHOWS = {Kind.BARS: "partition", Kind.LINE: "measure", Kind.TABLE: "measures"}


def known(kind: Kind) -> tuple[str, ...]:
    """Return what a figure of this kind may show."""
    lines = ("coverage", *(measure.name for measure in charted() if measure.name not in OUTCOMES))
    return {Kind.BARS: COUNTED, Kind.LINE: lines, Kind.TABLE: (*lines, *TOLD)}[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigure:
    """One figure that a site declared."""

    name: str
    title: Mapping[str, str]
    """Per language."""
    kind: Kind
    shows: tuple[str, ...]
    """One partition or measure; several measures for a table."""


def read_own(folder: Path) -> tuple[OwnFigure, ...]:
    """Read every file of ``own/``, in order of name.

    Raises:
        SettingsError: with everything that is wrong in any of them.
    """
    paths = sorted(folder.glob("*.yaml"))
    mistakes = [f"'{path.name}' is no .yaml file; rename it" for path in _others(folder)]
    if len(paths) > MOST:
        mistakes.append(f"there are {len(paths)} own figures; keep {MOST}")
    figures = [made for path in paths if (made := _read(path, mistakes)) is not None]
    typed = {f"'own/{figure.name}.yaml'": set(figure.title.values()) for figure in figures}
    mistakes += typed_breaches(typed)
    if mistakes:
        raise SettingsError("\n  - ".join(["Own figures are not right:", *mistakes]))
    return tuple(figures)


def _others(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".yaml") if folder.is_dir() else []


def _read(path: Path, mistakes: list[str]) -> OwnFigure | None:
    """One file; what is wrong with it goes to ``mistakes``."""
    before = len(mistakes)
    if not _NAME.fullmatch(path.stem):
        mistakes.append(f"'{path.name}': use a name of small letters, digits and hyphens")
    try:
        document = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError):
        mistakes.append(f"'{path.name}' is no YAML; mend the file")
        return None
    if not isinstance(document, Mapping):
        mistakes.append(f"'{path.name}': write 'title', 'kind' and what is shown")
        return None
    kind = next((kind for kind in Kind if kind == document.get("kind")), None)
    if kind is None:
        mistakes.append(f"'{path.name}': 'kind' should be one of {', '.join(Kind)}")
    title = _title(path, document.get("title"), mistakes)
    shows = _shown(path, kind, document, mistakes) if kind is not None else ()
    if len(mistakes) > before or kind is None:
        return None
    return OwnFigure(name=path.stem, title=title, kind=kind, shows=shows)


def _title(path: Path, given: Any, mistakes: list[str]) -> dict[str, str]:  # noqa: ANN401 - foreign YAML
    if (
        not isinstance(given, Mapping)
        or set(given) != set(LANGUAGES)
        or not all(isinstance(text, str) and text.strip() for text in given.values())
    ):
        mistakes.append(f"'{path.name}': give 'title' a text in {', '.join(LANGUAGES)}")
        return {}
    if any(re.search(r"\d", text) or not text.strip()[0].isalpha() for text in given.values()):
        mistakes.append(f"'{path.name}': begin 'title' with a letter, and leave numbers to the figure")
    return {str(language): text.strip() for language, text in given.items()}


def _shown(path: Path, kind: Kind, document: Mapping[Any, Any], mistakes: list[str]) -> tuple[str, ...]:
    """What the figure shows, when the file names that and nothing else."""
    key = _SHOWS[kind]
    strange = [str(name) for name in document if name not in {"title", "kind", key}]
    if strange:
        mistakes.append(f"'{path.name}': {', '.join(sorted(strange))} is not known for kind '{kind}'; take it out")
    given = document.get(key)
    named = given if kind is Kind.TABLE and isinstance(given, list) else [given]
    shows = tuple(name for name in named if isinstance(name, str) and name in known(kind))
    if not named or len(shows) < len(named) or len(set(shows)) < len(shows):
        mistakes.append(f"'{path.name}': '{key}' should name, each once, from: {', '.join(known(kind))}")
    return shows


def with_leads(measures: tuple[str, ...]) -> tuple[str, ...]:
    """Measures of a table, below coverage and the corrected yield when one tells what comes out of checks."""
    if not set(measures) & set(OUTCOMES):
        return measures
    return (*LEADS, *(name for name in measures if name not in LEADS))
