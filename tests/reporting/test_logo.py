"""A site's logo: the drawing stays, and nothing of who made it, where, or with what reaches a reader."""

import struct
import zlib
from pathlib import Path

import pytest

from meos_pipeline.errors import TextError
from meos_pipeline.reporting.logo import read_logo

SVG = """<?xml version="1.0"?>
<!-- Jan Jansen -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" {attributes}>
  <g id="a"><path d="M0 0L9 9" fill="#154273"/></g>{inside}
</svg>"""
LEFT_OUT = {
    "file name": {"attributes": 'inkscape:export-filename="C:\\Users\\jansen\\logo.png"'},
    "maker": {"inside": "<metadata><creator>jansen</creator></metadata>"},
    "description": {"inside": "<desc>jansen</desc>"},
    "title": {"inside": "<g><title>jansen</title></g>"},
    "layer": {"attributes": 'data-name="jansen"', "inside": '<g inkscape:label="jansen"/>'},
    "comment in a style": {"inside": "<style>/* jansen */ path{{fill:red}}</style>"},
    "script": {"inside": "<script>jansen()</script>"},
    "handler": {"attributes": 'onload="jansen()"'},
    "link": {"inside": '<a href="https://jansen.example"><path d="M1 1"/></a>'},
    "of another program": {"inside": '<inkscape:page label="jansen"/>'},
}


def svg(tmp_path: Path, attributes: str = "", inside: str = "") -> Path:
    path = tmp_path / "logo.svg"
    path.write_text(SVG.format(attributes=attributes, inside=inside), encoding="utf-8")
    return path


@pytest.mark.parametrize("given", LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_not_the_drawing_is_left_out(tmp_path, given):
    content = read_logo(svg(tmp_path, **given)).content
    assert b"jansen" not in content.lower()
    assert b'<path d="M0 0L9 9" fill="#154273" />' in content


def test_what_is_drawn_stays_and_its_texts_are_told(tmp_path):
    use = '<use href="#a"/><text x="1">Politie <tspan>Noord</tspan></text> na'
    logo = read_logo(svg(tmp_path, inside=use))
    assert b'<use href="#a" />' in logo.content and b"<tspan>Noord</tspan></text> na" in logo.content
    assert logo.texts == {"Politie Noord"}
    assert read_logo(svg(tmp_path, inside=use)).content == logo.content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("logo.svg", b"<svg"),
        ("logo.svg", b"<html/>"),
        ("logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,AA"/></svg>'),
        ("logo.png", b"GIF89a"),
        ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"),
    ],
)
def test_what_is_no_logo_is_refused_in_words(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TextError, match="logo"):
        read_logo(tmp_path / name)


def test_of_a_png_the_picture_stays(tmp_path):
    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    picture = (part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), part(b"IDAT", zlib.compress(b"\0\7")))
    about = (part(b"tEXt", b"Author\0Jansen"), part(b"eXIf", b"MM\0*Jansen"), part(b"iTXt", b"XML\0Jansen"))
    path = tmp_path / "logo.png"
    start, end = b"\x89PNG\r\n\x1a\n", part(b"IEND", b"")
    path.write_bytes(b"".join([start, picture[0], *about, picture[1], end, b"Jansen after the end"]))
    assert read_logo(path).content == b"".join([start, *picture, end])
