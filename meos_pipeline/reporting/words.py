"""Words for readers: ``reports/*.yaml``, languages side by side, with a site's own words laid over them."""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meos_pipeline.errors import SettingsError, TextError
from meos_pipeline.reporting.notation import Notation
from meos_pipeline.storage.yaml_files import read_yaml

LANGUAGES = ("nl", "en")
NOT_FOR_READERS = ("messages", "terminal")
"""Files in ``reports/`` that hold other words: messages for analysts, lines of the command line."""


def read_words(folder: Path, over: Path | None = None) -> dict[str, Any]:
    """Read every file of ``folder`` under its name; words of ``over`` replace those at the same place.

    Raises:
        TextError: when a file is no YAML, or a text lacks a language.
        SettingsError: when that is so of ``over``, the words of a site, or it has a place that does not exist.
    """
    tree = _read_folder(folder)
    if over is None or not over.is_dir():
        return _whole(tree)
    mistakes: list[str] = []
    try:
        _lay_over(tree, _read_folder(over), "", mistakes)
        if not mistakes:
            return _whole(tree)
    except TextError as error:
        raise SettingsError(str(error)) from error
    raise SettingsError("\n  - ".join([f"Words in '{over.name}' do not fit:", *mistakes]))


def _whole(tree: dict[str, Any]) -> dict[str, Any]:
    mistakes = [
        f"'/{path}' has no text in {', '.join(missing)}; add it"
        for path, leaf in leaves(tree)
        if (missing := [language for language in LANGUAGES if not str(leaf.get(language, "")).strip()])
    ]
    if mistakes:
        raise TextError("\n  - ".join(["Words are missing:", *mistakes]))
    return tree


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Walk over all texts: their place, and the text per language.

    Raises:
        TextError: at a text without languages.
    """
    for key, value in tree.items():
        here = f"{path}/{key}" if path else str(key)
        if not isinstance(value, Mapping):
            raise TextError(f"'/{here}' is no text with languages; write 'nl:' and 'en:' below it")
        if set(map(str, value)) & set(LANGUAGES):
            yield here, value
        else:
            yield from leaves(value, here)


def own_texts(over: Path | None) -> set[str]:
    """Texts of a site's own words, on one line each; where none are, none.

    Raises:
        TextError: when a file is no YAML, or a text has no language.
    """
    tree = _read_folder(over) if over is not None and over.is_dir() else {}
    return {" ".join(str(text).split()) for _, leaf in leaves(tree) for text in leaf.values()}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    tree: Mapping[str, Any]
    language: str

    @property
    def notation(self) -> Notation:
        """How numbers are written in this language."""
        return Notation(self.language)

    def has(self, path: str) -> bool:
        """Whether a text stands at that place."""
        return self._find(path) is not None

    def __call__(self, path: str, **values: str) -> str:
        """Return the text at ``path`` ('file/block/name') with the values filled in; ``{n:one|many}`` goes by number.

        Raises:
            TextError: when there is no text, or a value it names is not given.
        """
        text = self.raw(path)
        if "{" not in text:
            return text
        try:
            return _Numbered().vformat(text, (), _OnlyNames(values))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise TextError(
                f"Text at '/{path}' names a value that is not given ({error}); see its neighbours"
            ) from error

    def raw(self, path: str) -> str:
        """The text at ``path`` with its values still to be filled in.

        Raises:
            TextError: when there is no text.
        """
        leaf = self._find(path)
        if leaf is None:
            raise TextError(f"No text at '/{path}'; add it in every language")
        return str(leaf[self.language]).strip()

    def named(self, path: str) -> str:
        """A text that stands alone: a heading, a row, a headline figure. It begins with a capital."""
        return self.capital(self(path))

    @staticmethod
    def capital(text: str) -> str:
        """The text with a capital, to begin a sentence or a row."""
        return text[:1].upper() + text[1:]

    def code(self, kind: str, value: str) -> str:
        """Return the word for a coded value; a code without word (an area, a site's own code) stands for itself."""
        leaf = self._find(f"codes/{kind}/{value}")
        return str(leaf[self.language]) if leaf is not None else value

    def _find(self, path: str) -> Mapping[str, str] | None:
        node: Any = self.tree
        for part in path.split("/"):
            if not isinstance(node, Mapping) or part not in node:
                return None
            node = node[part]
        return node if isinstance(node, Mapping) and self.language in node else None


class _Numbered(string.Formatter):
    """Beside a value its noun: '{n} {n:maand|maanden}' has the first word for 1 and the second for any other number."""

    def format_field(self, value: str, format_spec: str) -> str:
        """The word that goes with a number, or the value as it is."""
        one, is_choice, many = format_spec.partition("|")
        if is_choice:
            return one if value == "1" else many
        return str(super().format_field(value, format_spec))


class _OnlyNames(dict[str, str]):
    """Values by plain name; a template cannot reach into objects since every value is text."""

    def __missing__(self, key: str) -> str:
        raise KeyError(key)


def _read_folder(folder: Path) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in NOT_FOR_READERS:
            continue
        try:
            document = read_yaml(path)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise TextError(f"'{path.name}' is no YAML ({type(error).__name__}); mend the file") from error
        if document is not None:
            tree[path.stem] = _plain_keys(document)
    return tree


def _plain_keys(node: Any) -> Any:  # noqa: ANN401 - foreign YAML
    """Keys as text: YAML reads '18-24' as text but 1 as a number and 'no' as false."""
    if not isinstance(node, Mapping):
        return node
    return {
        ("no" if key is False else "yes" if key is True else str(key)): _plain_keys(value)
        for key, value in node.items()
    }


def _lay_over(under: dict[str, Any], over: Mapping[str, Any], path: str, mistakes: list[str]) -> None:
    for key, value in over.items():
        here = f"{path}/{key}"
        if key not in under and not here.startswith("/codes"):
            mistakes.append(f"'{here}' does not exist; take its place from reports/")
        elif isinstance(value, Mapping) and isinstance(under.get(key), dict):
            _lay_over(under[key], value, here, mistakes)
        else:
            under[key] = value
