"""Reading HTML and SVG as an outsider: text, hover, tables, cells with a key, and what scripts hold."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import numpy as np

from meos_pipeline.attack.document import Claim, Document, Grid, Numbers, Text
from meos_pipeline.attack.parsing import cell_key, released_number

_SHAPES = frozenset(
    {
        "d",
        "points",
        "transform",
        "viewbox",
        "style",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "width",
        "height",
        "dx",
        "dy",
        "fill",
        "stroke",
        "class",
        "id",
        "stroke-width",
    }
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "td",
        "th",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "tr",
        "table",
        "section",
        "figcaption",
        "text",
        "title",
        "desc",
        "summary",
        "option",
        "caption",
        "dd",
        "dt",
        "label",
        "article",
    }
)
_JSON_START = re.compile(r'[\[{](?=\s*["{\[])')
_DATA_URI = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=]+)")
_OUTSIDE = re.compile(r"^(https?:)?//", re.IGNORECASE)
_LARGEST_SCRIPT = 3_000_000
"""Longer scripts are libraries: their bytes are searched, their code is not read as data."""


def read_markup(document: Document, where: str, source: str) -> None:
    """Take HTML, SVG or XML apart into ``document``."""
    reader = _Reader(document, where)
    reader.feed(source)
    reader.close()
    reader.finish()


def read_json(document: Document, where: str, value: object) -> None:
    """Walk a JSON value: numbers, texts, names of fields, typed arrays in base64."""
    if isinstance(value, dict):
        if {"dtype", "bdata"} <= set(value):
            _typed_array(document, where, value)
            return
        if _is_drawing(value):
            value = {**value, "data": [_without_places(trace) for trace in value["data"]]}
        for key, part in value.items():
            document.keys.append(Text(where, str(key)))
            read_json(document, f"{where}.{key}", part)
    elif isinstance(value, list):
        _list(document, where, value)
    elif isinstance(value, str):
        document.texts.append(Text(where, value))
        _data_uris(document, value)
        if "<" in value and ">" in value:
            read_markup(document, where, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        document.numbers.append(Numbers(where, [float(value)]))


def _is_drawing(value: Mapping[str, Any]) -> bool:
    """Whether a figure is laid out on a sheet: its axes are the sheet, so that x and y are places, as in a picture."""
    layout = value.get("layout")
    if not isinstance(layout, dict) or not isinstance(value.get("data"), list):
        return False
    sheet = [layout.get("width"), layout.get("height")]
    ends = [
        axis.get("range") if isinstance(axis, dict) else None for axis in (layout.get("xaxis"), layout.get("yaxis"))
    ]
    return None not in sheet and ends == [[0, sheet[0]], [sheet[1], 0]]


def _without_places(trace: object) -> object:
    return {key: part for key, part in trace.items() if key not in {"x", "y"}} if isinstance(trace, dict) else trace


def _list(document: Document, where: str, value: list[object]) -> None:
    numbers = [float(part) for part in value if isinstance(part, int | float) and not isinstance(part, bool)]
    if numbers:
        document.numbers.append(Numbers(where, numbers))
    for part in value:
        if isinstance(part, dict | list | str):
            read_json(document, where, part)


def _typed_array(document: Document, where: str, value: dict[str, object]) -> None:
    try:
        raw = base64.b64decode(str(value["bdata"]), validate=True)
        values = np.frombuffer(raw, dtype=np.dtype(str(value["dtype"]))).astype(float)
    except (binascii.Error, TypeError, ValueError):
        document.oddities.append(("UNREAD", where, "a typed array cannot be decoded"))
        return
    document.blobs.append(raw)
    document.numbers.append(Numbers(where, values.tolist()))


def _data_uris(document: Document, text: str) -> None:
    if "data:" not in text:
        return  # nearly always, and much quicker to see
    for match in _DATA_URI.finditer(text):
        try:
            content = base64.b64decode(match.group(2))
        except binascii.Error:
            continue
        document.blobs.append(content)
        if not match.group(1).startswith(("font", "image/png", "image/jpeg", "application/font")):
            document.texts.append(Text(f"data:{match.group(1)}", content.decode("utf-8", errors="replace")))


class _Reader(HTMLParser):
    def __init__(self, document: Document, where: str) -> None:
        super().__init__(convert_charrefs=True)
        self.document = document
        self.where = where
        self.words: list[str] = []
        self.script: list[str] | None = None
        self.script_type = ""
        self.stack: list[tuple[str, str | None, list[str]]] = []
        self.tables: list[tuple[list[list[str]], set[tuple[int, int]]]] = []
        self.cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._attributes(tag, given)
        if tag in _BLOCKS:
            self._flush()
        if tag in {"script", "style"}:
            self.script, self.script_type = [], given.get("type", "") if tag == "script" else "style"
        if tag == "table":
            self.tables.append(([], set()))
        elif tag == "tr" and self.tables:
            self.tables[-1][0].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1][0]:
            self.cell = []
        if tag not in _VOID:
            self.stack.append((tag, given.get("data-cell"), []))
        if "data-cell" in given and "data-n" in given:
            self._claim(given["data-cell"], given["data-n"])
        if "data-cell" in given and self.tables and self.tables[-1][0]:
            rows, mapped = self.tables[-1]
            mapped.add((len(rows) - 1, len(rows[-1])))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            name, key, words = self.stack.pop()
            if key is not None:
                self._claim(key, "".join(words))
            if name == tag:
                break
        if tag in {"script", "style"} and self.script is not None:
            self._script("".join(self.script))
            self.script = None
        if tag in {"td", "th"} and self.cell is not None and self.tables and self.tables[-1][0]:
            self.tables[-1][0][-1].append(" ".join("".join(self.cell).split()))
            self.cell = None
        if tag == "table" and self.tables:
            rows, mapped = self.tables.pop()
            self.document.grids.append(Grid(f"{self.where} table", rows, frozenset(mapped)))
        if tag in _BLOCKS:
            self._flush()

    def handle_data(self, data: str) -> None:
        if self.script is not None:
            self.script.append(data)
            return
        self.words.append(data)
        if self.cell is not None:
            self.cell.append(data)
        for _, key, words in self.stack:
            if key is not None:
                words.append(data)

    def handle_comment(self, data: str) -> None:
        self.document.texts.append(Text(f"{self.where} comment", data))
        self._json(data)

    def finish(self) -> None:
        self._flush()
        while self.stack:
            _, key, words = self.stack.pop()
            if key is not None:
                self._claim(key, "".join(words))

    def _attributes(self, tag: str, given: dict[str, str]) -> None:
        for name, value in given.items():
            place = f"{self.where} <{tag} {name}>"
            if name in {"src", "href", "action", "xlink:href"}:
                if _OUTSIDE.match(value.strip()) and not (tag == "a" and name == "href"):
                    self.document.oddities.append(("REMOTE", place, "the page fetches something from elsewhere"))
                if value.strip().lower().startswith("javascript:"):
                    self.document.oddities.append(("ACTIVE", place, "a link runs a script"))
            if name.startswith("on"):
                self.document.oddities.append(("ACTIVE", place, "an attribute runs a script"))
            if name == "data-cell":
                continue
            self.document.texts.append(Text(place, value, shape=name in _SHAPES))
            _data_uris(self.document, value)
            if name.startswith("data-"):
                self.document.keys.append(Text(place, name.removeprefix("data-").replace("-", "_")))
                self._json(value)

    def _script(self, source: str) -> None:
        if self.script_type == "style":
            _data_uris(self.document, source)
            return
        if len(source) <= _LARGEST_SCRIPT:
            self._json(source)

    def _json(self, source: str) -> None:
        decoder = json.JSONDecoder()
        position = 0
        while match := _JSON_START.search(source, position):
            try:
                value, position = decoder.raw_decode(source, match.start())
            except (json.JSONDecodeError, RecursionError):
                position = match.start() + 1
                continue
            read_json(self.document, f"{self.where} script", value)

    def _claim(self, key: str, text: str) -> None:
        parts = cell_key(key)
        if parts is None:
            self.document.oddities.append(("UNREAD", f"{self.where} data-cell", "a cell key does not have five parts"))
            return
        self.document.claims.append(Claim(self.where, parts, released_number(" ".join(text.split()))))

    def _flush(self) -> None:
        text = " ".join("".join(self.words).split())
        if text:
            self.document.texts.append(Text(f"{self.where} text", text))
        self.words = []
