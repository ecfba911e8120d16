"""A sheet to draw on: SVG with presentation attributes only, everything escaped, ids from the chart's name.

No ``style`` attributes (the page's policy forbids them), no scripts, no links. Classes let the page's
style sheet recolour roles in dark mode and in forced colours. Shapes of one look that follow each other become one
element, and text lies above all shapes, grouped by look: a page carries dozens of pictures, twice.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from meos_pipeline.reporting.charts.lettering import text_width, wrapped
from meos_pipeline.reporting.charts.strokes import Point, number, polyline
from meos_pipeline.reporting.charts.style import FONT, FONT_SIZE, ROLES
from meos_pipeline.reporting.spec import State

__all__ = ["Canvas", "text_width", "wrapped"]
Look = Mapping[str, float | str]


class Canvas:
    """Collects shapes and text; coordinates are pixels from the top left."""

    def __init__(self, width: float, height: float) -> None:
        """Start an empty sheet."""
        self.width = width
        self.height = height
        self._shapes: list[tuple[Look, str]] = []
        """Look of a path and its data."""
        self._texts: dict[str, tuple[Look, list[tuple[float, float, str]]]] = {}
        self.targets: list[tuple[float, float, str]] = []
        """What a reader may point at in the live figure: place, and value with its margin and number of checks."""

    def target(self, x: float, y: float, text: str) -> None:
        """Give a value its text for who points at it; nothing is drawn."""
        self.targets.append((x, y, text))

    def line(self, x1: float, y1: float, x2: float, y2: float, role: str, *, width: float = 1, dash: str = "") -> None:
        """Draw a straight line."""
        self.path([(x1, y1), (x2, y2)], role, width=width, dash=dash)

    def path(self, points: Sequence[Point], role: str, *, width: float = 2.5, dash: str = "") -> None:
        """Draw an open line through points."""
        self._stroke(polyline(points), role, width, dash)

    def area(self, points: Sequence[Point], role: str, *, edge: str = "") -> None:
        """Fill a closed shape."""
        self._path(f"{polyline(points)}Z", {"fill": role, "stroke": edge})

    def rect(
        self, x: float, y: float, width: float, height: float, role: str, *, edge: str = "", dash: str = ""
    ) -> None:
        """Draw a box; with a heat colour as role it keeps that colour in dark mode."""
        self.boxes([(x, y, width, height)], role, edge=edge, dash=dash)

    def boxes(
        self, boxes: Sequence[tuple[float, float, float, float]], fill: str, *, edge: str = "", dash: str = ""
    ) -> None:
        """Draw boxes (x, y, width, height) of one colour."""
        steps = "".join(f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h{number(-w)}z" for x, y, w, h in boxes)
        if boxes:
            self._path(steps, {"fill": fill, "stroke": edge, "stroke-dasharray": dash})

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        role: str = "text",
        bold: bool = False,
        size: float = FONT_SIZE,
    ) -> None:
        """Write one line."""
        look = {
            "fill": role,
            "text-anchor": "" if anchor == "start" else anchor,
            "font-weight": 700 if bold else "",
            "font-size": size if size != FONT_SIZE else "",
        }
        self._texts.setdefault(_attributes(look), (look, []))[1].append((x, y, text))

    def lines(self, x: float, y: float, lines: Sequence[str], *, anchor: str = "start", role: str = "text") -> None:
        """Write several lines, the block centred on ``y``."""
        top = y - (len(lines) - 1) * FONT_SIZE * 0.55
        for index, line in enumerate(lines):
            self.text(x, top + index * FONT_SIZE * 1.1 + FONT_SIZE * 0.35, line, anchor=anchor, role=role)

    def ink(self, x: float, y: float, text: str, *, white: bool, bold: bool = False, size: float = FONT_SIZE) -> None:
        """Write a number on a heat colour: black or white, the same in dark mode."""
        self.text(x, y, text, anchor="middle", role="#FFFFFF" if white else "#1A1A1A", bold=bold, size=size)

    def mark(self, x: float, y: float, state: State, *, size: float = 5.5) -> None:
        """Draw the shape of a state: dot, diamond, dashed ring, cross, crossed box, dashed box."""
        if state is State.ORDINARY:
            self.dots([(x, y)], size=size)
        elif state is State.SIGNAL:
            self.diamond(x, y, "signal", size=size * 1.45)
        elif state is State.SMALL:
            self.rect(x - size, y - size, 2 * size, 2 * size, "paper", edge="soft", dash="2 2")
        elif state is State.NOT_YET:
            self.ring(x, y, size=size * 0.9, role="own", width=1.6, dash="2.2 1.4")
        elif state is State.NOT_IN_SOURCE:
            arm = size * 0.9
            self.rect(x - arm, y - arm, 2 * arm, 2 * arm, "paper", edge="soft")
            self.path([(x - arm, y + arm), (x + arm, y - arm)], "soft", width=1.5)
        else:
            arm = size * 0.8
            cross = [((x - arm, y - arm), (x + arm, y + arm)), ((x - arm, y + arm), (x + arm, y - arm))]
            for stroke in cross:
                self.path(stroke, "soft", width=2)

    def dots(self, points: Sequence[Point], *, size: float) -> None:
        """Draw ordinary values: filled dots, as the ends of strokes of no length."""
        steps = "".join(f"M{number(x)} {number(y)}h.01" for x, y in points)
        look: Look = {"fill": "none", "stroke": "own", "stroke-width": 2 * size, "stroke-linecap": "round"}
        self._path(steps, look)

    def ring(
        self, x: float, y: float, *, size: float = 5, role: str = "other", width: float = 2, dash: str = ""
    ) -> None:
        """Draw an open ring: something to compare with; dashed, a value that nobody judged yet."""
        self._path(
            _round(x, y, size), {"fill": "paper", "stroke": role, "stroke-width": width, "stroke-dasharray": dash}
        )

    def disc(self, x: float, y: float, role: str, *, size: float) -> None:
        """Draw a plain filled circle: the badge of an action."""
        self._path(_round(x, y, size), {"fill": role})

    def diamond(self, x: float, y: float, role: str, *, size: float = 8) -> None:
        """Draw a diamond: a signal, or the reader's own team among others."""
        self.area([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], role, edge="paper")

    def outline(self, points: Sequence[Point], role: str) -> None:
        """Draw a dashed closed shape: a suppressed area."""
        self._path(f"{polyline(points)}Z", {"fill": "paper", "stroke": role, "stroke-dasharray": "2 3"})

    def svg(self, key: str, title: str, description: str) -> str:
        """Close the sheet: one image with a name and a description."""
        shapes = "".join(f'<path{_attributes(look)} d="{data}"/>' for look, data in self.shapes())
        texts = "".join(_written_texts(look, texts) for look, (_, texts) in self._texts.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(self.width)} {number(self.height)}" '
            f'width="{number(self.width)}" height="{number(self.height)}" role="img" '
            f"aria-labelledby={quoteattr(f'{key}-t {key}-d')} font-family={quoteattr(FONT)} "
            f'font-size="{FONT_SIZE}"><title id={quoteattr(f"{key}-t")}>{escape(title)}</title>'
            f"<desc id={quoteattr(f'{key}-d')}>{escape(description)}</desc>{shapes}{texts}</svg>"
        )

    def _stroke(self, data: str, role: str, width: float, dash: str) -> None:
        look = {"fill": "none", "stroke": role, "stroke-width": width if width != 1 else "", "stroke-dasharray": dash}
        self._path(data, look)

    def _path(self, data: str, look: Look) -> None:
        self._shapes.append((look, data))

    def texts(self) -> list[tuple[Look, list[tuple[float, float, str]]]]:
        """Texts by their look: place and words."""
        return list(self._texts.values())

    def shapes(self) -> list[tuple[Look, str]]:
        """Shapes in the order in which they were drawn; neighbours of one look are one path."""
        merged: list[tuple[Look, str]] = []
        for look, data in self._shapes:
            if merged and merged[-1][0] == look:
                merged[-1] = (look, merged[-1][1] + data)
            else:
                merged.append((look, data))
        return merged


def _round(x: float, y: float, size: float) -> str:
    """Path data of a circle: two arcs from its leftmost point."""
    arcs = (f"a{number(size)} {number(size)} 0 1 0 {number(way * 2 * size)} 0" for way in (1, -1))
    return f"M{number(x - size)} {number(y)}{''.join(arcs)}"


def _written_texts(look: str, texts: Sequence[tuple[float, float, str]]) -> str:
    """Texts of one look: a group, or one element when there is one."""
    own = look if len(texts) == 1 else ""
    written = "".join(f'<text{own} x="{number(x)}" y="{number(y)}">{escape(text)}</text>' for x, y, text in texts)
    return written if own or len(texts) == 1 else f"<g{look}>{written}</g>"


def _attributes(look: Look) -> str:
    """Attributes of a look, roles as class and as colour: the class for the page, the colour for a picture alone."""
    written: list[str] = []
    classes: list[str] = []
    for name, value in look.items():
        if value == "":
            continue
        if name in {"fill", "stroke"} and value in ROLES:
            classes.append(f"{name[0]}-{value}")
            written.append(f'{name}="{ROLES[str(value)]}"')
        else:
            written.append(f"{name}={quoteattr(value if isinstance(value, str) else number(value))}")
    return "".join(f" {part}" for part in ([f'class="{" ".join(classes)}"'] if classes else []) + written)
