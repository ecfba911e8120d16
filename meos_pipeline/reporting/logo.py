"""A site's logo, without what a drawing program wrote beside the drawing: who made it, on which computer, with what.

Of an SVG the shapes and texts stay; scripts, layers' names, descriptions and links outside go. Of a PNG the picture stays.
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from meos_pipeline.errors import TextError

SVG = "http://www.w3.org/2000/svg"
_PNG = b"\x89PNG\r\n\x1a\n"
_OF_THE_PICTURE = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs")
)
_GONE = frozenset(("script", "foreignObject", "metadata", "title", "desc"))
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Logo:
    """What stands in the header of every page."""

    name: str
    content: bytes
    texts: frozenset[str] = frozenset()
    """What is written in it, as text."""


def read_logo(path: Path) -> Logo:
    """Read a logo and leave out what is not the drawing.

    Raises:
        TextError: when the file is not what its name says, or an SVG holds a picture.
    """
    raw = path.read_bytes()
    return _png(path.name, raw) if path.suffix == ".png" else _svg(path.name, raw)


def _png(name: str, raw: bytes) -> Logo:
    """Keep the parts (chunks) that are the picture (PNG specification, section 5.3)."""
    if not raw.startswith(_PNG):
        raise TextError(f"'{name}' is not what its name says; save the logo again")
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(raw):
        length, kind = struct.unpack(">I4s", raw[at : at + 8])
        end = at + 12 + length
        if kind in _OF_THE_PICTURE:
            kept.append(raw[at:end])
        at = end
        if kind == b"IEND":
            break
    else:
        raise TextError(f"'{name}' is cut off; save the logo again")
    return Logo(name, b"".join(kept))


def _svg(name: str, raw: bytes) -> Logo:
    try:
        root = ET.fromstring(raw)  # noqa: S314 - of the site itself, and expat bounds how far entities grow
    except ET.ParseError as error:
        raise TextError(f"'{name}' is not what its name says; save the logo again") from error
    if root.tag != f"{{{SVG}}}svg":
        raise TextError(f"'{name}' is not what its name says; save the logo again")
    if any(element.tag == f"{{{SVG}}}image" for element in root.iter()):
        raise TextError(f"'{name}' holds a picture; draw it")
    _clean(root)
    ET.register_namespace("", SVG)
    written = {
        " ".join("".join(element.itertext()).split()) for element in root.iter() if element.tag == f"{{{SVG}}}text"
    }
    return Logo(name, ET.tostring(root, encoding="utf-8"), frozenset(written - {""}))


def _clean(element: "ET.Element") -> None:
    for child in list(element):
        space, _, local = str(child.tag).rpartition("}")
        if space != f"{{{SVG}" or local in _GONE:
            _take_out(element, child)
        else:
            _clean(child)
    element.attrib = _kept(element.attrib)
    if str(element.tag).endswith("}style"):
        element.text = _CSS_COMMENT.sub("", element.text or "")


def _take_out(parent: "ET.Element", child: "ET.Element") -> None:
    """Remove an element, but not the text that follows it."""
    place = list(parent).index(child)
    if child.tail and place:
        before = parent[place - 1]
        before.tail = (before.tail or "") + child.tail
    elif child.tail:
        parent.text = (parent.text or "") + child.tail
    parent.remove(child)


def _kept(attributes: dict[str, str]) -> dict[str, str]:
    """Attributes of the drawing; of links those to a part of it."""
    found = {}
    for name, value in attributes.items():
        local = name.rpartition("}")[2]
        if local == "href":
            if value.startswith("#"):
                found["href"] = value
        elif local == name and not name.startswith(("on", "data-", "aria-")):
            found[name] = value
    return found
