"""A site's own words, logo, colours and shapes of areas: files in one folder, no code.

``words/*.yaml`` replace words at the same place; ``logo.svg`` or ``logo.png`` stands in the header; ``colours.yaml``
gives ``own`` and ``top`` (and their dark versions) as hex; ``wijken.geojson`` holds outlines in RD; ``own/*.yaml`` are
figures of its own (see ``reporting.own``).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from meos_pipeline.disclosure.typed import LONGEST_TEXT, typed_breaches
from meos_pipeline.errors import SettingsError, TextError
from meos_pipeline.reporting.logo import Logo, read_logo
from meos_pipeline.reporting.own import OwnFigure, read_own
from meos_pipeline.reporting.words import own_texts
from meos_pipeline.storage.yaml_files import read_yaml

_HEX = re.compile(r"^#[0-9A-Fa-f]{6}$")
_NAMES = ("own", "top", "own_dark", "top_dark")
_LEAST_CONTRAST = 4.5
_WORDS = "own words and the logo"
MOST_BYTES = 20_000_000
Shape = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class House:
    """What a site replaces; the default replaces nothing."""

    words: Path | None = None
    logo: Logo | None = None
    css: str = ""
    shapes: Mapping[str, Shape] | None = None
    own: tuple[OwnFigure, ...] = ()
    texts: frozenset[str] = frozenset()
    """Own words, and what is written in the logo."""

    def typed(self) -> dict[str, set[str]]:
        """What people typed here and readers see, by where it stands."""
        titles = {f"'own/{figure.name}.yaml'": set(figure.title.values()) for figure in self.own}
        return titles | ({_WORDS: set(self.texts)} if self.texts else {})


def read_house(folder: Path | None) -> House:
    """Read a site's folder.

    Raises:
        SettingsError: for a colour that is not hex or cannot be read on its ground, a file that is not what it says, words
            that hold the number of a person or a plate, or a figure of its own that is not right.
    """
    if folder is None or not folder.is_dir():
        return House()
    try:
        return _read(folder)
    except TextError as error:
        raise SettingsError(str(error)) from error


def _read(folder: Path) -> House:
    logo = next((p for name in ("logo.svg", "logo.png") if (p := folder / name).is_file()), None)
    drawn = read_logo(logo) if logo else None
    texts = own_texts(folder / "words") | (drawn.texts if drawn else frozenset())
    if mistakes := typed_breaches({_WORDS: texts}, longest=LONGEST_TEXT):
        raise TextError("\n  - ".join(["Own words are not right:", *mistakes]))
    colours = folder / "colours.yaml"
    shapes = folder / "wijken.geojson"
    return House(
        words=folder / "words",
        logo=drawn,
        css=_css(_colours(colours)) if colours.is_file() else "",
        shapes=_shapes(shapes) if shapes.is_file() else None,
        own=read_own(folder / "own"),
        texts=frozenset(texts),
    )


def contrast(one: str, other: str) -> float:
    """Contrast of two hex colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]  # noqa: PLR2004 - sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _colours(path: Path) -> Mapping[str, object]:
    try:
        read = read_yaml(path) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"'{path.name}' is no YAML ({type(error).__name__}); mend the file") from error
    if not isinstance(read, Mapping):
        raise SettingsError(f"'{path.name}' holds no 'name: colour'; known are {', '.join(_NAMES)}")
    return read


def _css(colours: Mapping[str, object]) -> str:
    mistakes = [
        f"'{name}' is no colour of a site; known are {', '.join(_NAMES)}" for name in colours if name not in _NAMES
    ]
    grounds = {"own": "#FFFFFF", "top": "#FFFFFF", "own_dark": "#14181F", "top_dark": "#FFFFFF"}
    for name in filter(colours.__contains__, _NAMES):
        value = str(colours[name])
        if not _HEX.match(value):
            mistakes.append(f"'{name}' is not a colour like #154273; write six hex digits")
        elif (found := contrast(value, grounds[name])) < _LEAST_CONTRAST:
            mistakes.append(f"'{name}' has too little contrast ({found:.1f}; 4.5 is needed); take a darker colour")
    if mistakes:
        raise SettingsError("\n  - ".join(["'colours.yaml' is not right:", *mistakes]))
    light = "".join(f"--{n}:{colours[n]};" for n in ("own", "top") if n in colours)
    light += f"--link:{colours['own']};" if "own" in colours else ""
    dark = "".join(f"--{n}:{colours[f'{n}_dark']};" for n in ("own", "top") if f"{n}_dark" in colours)
    return f":root{{{light}}}\n" + (f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n" if dark else "")


def _shapes(path: Path) -> dict[str, Shape]:
    if path.stat().st_size > MOST_BYTES:
        raise SettingsError(f"'{path.name}' is larger than {MOST_BYTES} bytes; simplify the outlines")
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return {str(f["properties"]["wijk_code"]): _largest(f["geometry"]) for f in features}
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SettingsError(
            f"'{path.name}' is no GeoJSON with 'wijk_code' per feature ({type(error).__name__}); mend it"
        ) from error


def _largest(geometry: Mapping[str, object]) -> Shape:
    rings = geometry["coordinates"]
    outlines = [rings[0]] if geometry["type"] == "Polygon" else [polygon[0] for polygon in rings]  # type: ignore[index, attr-defined]
    longest = max(outlines, key=len)
    return tuple((float(x), float(y)) for x, y, *_ in longest)
