"""A sheet to draw on: SVG with presentation attributes only, everything escaped, ids from the chart's name.

No ``style`` attributes (the page's policy forbids them), no scripts, no links. Classes let the page's
style sheet recolour roles in dark mode and in forced colours.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from meos_pipeline.reporting.charts.style import FONT, FONT_SIZE, ROLES
from meos_pipeline.reporting.spec import State

_WIDE_CHARS = frozenset("MWmw%@")
_THIN_CHARS = frozenset("iljtfrI.,:;|'’ ()-–")


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Width in pixels, a little too wide on purpose: 0.3, 0.56 or 0.85 em per character."""
    return size * sum(0.85 if c in _WIDE_CHARS else 0.3 if c in _THIN_CHARS else 0.56 for c in text)


def wrapped(text: str, width: float, size: float = FONT_SIZE, most: int = 3) -> list[str]:
    """Break a label into lines that fit; the last one ends in … when it does not."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return lines


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Canvas:
    """Collects shapes; coordinates are pixels from the top left."""

    def __init__(self, width: float, height: float) -> None:
        """Start an empty sheet."""
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, role: str, *, width: float = 1, dash: str = "") -> None:
        """Draw a straight line."""
        self._add("line", role, x1=x1, y1=y1, x2=x2, y2=y2, stroke=role, stroke_width=width, stroke_dasharray=dash)

    def path(self, points: Sequence[tuple[float, float]], role: str, *, width: float = 2.5, dash: str = "") -> None:
        """Draw an open line through points."""
        steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", role, d=f"M{steps}", fill="none", stroke=role, stroke_width=width, stroke_dasharray=dash)

    def area(self, points: Sequence[tuple[float, float]], role: str, *, edge: str = "") -> None:
        """Fill a closed shape."""
        steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", role, d=f"M{steps}Z", fill=role, stroke=edge)

    def rect(
        self, x: float, y: float, width: float, height: float, role: str, *, edge: str = "", dash: str = ""
    ) -> None:
        """Draw a box; with a heat colour as role it keeps that colour in dark mode."""
        self._add("rect", role, x=x, y=y, width=width, height=height, fill=role, stroke=edge, stroke_dasharray=dash)

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
        extra = {"font_weight": 700 if bold else "", "font_size": size if size != FONT_SIZE else ""}
        self._add("text", role, body=escape(text), x=x, y=y, text_anchor="" if anchor == "start" else anchor,
                  fill=role, **extra)  # fmt: skip

    def lines(self, x: float, y: float, lines: Sequence[str], *, anchor: str = "start", role: str = "text") -> None:
        """Write several lines, the block centred on ``y``."""
        top = y - (len(lines) - 1) * FONT_SIZE * 0.55
        for index, line in enumerate(lines):
            self.text(x, top + index * FONT_SIZE * 1.1 + FONT_SIZE * 0.35, line, anchor=anchor, role=role)

    def mark(self, x: float, y: float, state: State, *, size: float = 5.5) -> None:
        """Draw the shape of a state: dot, diamond, dashed box, cross."""
        if state is State.USUAL:
            self._add("circle", "own", cx=x, cy=y, r=size, fill="own", stroke="paper", stroke_width=1.5)
        elif state is State.SIGNAL:
            reach = size * 1.45
            self.area([(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)], "signal", edge="paper")
        elif state is State.SMALL:
            self.rect(x - size, y - size, 2 * size, 2 * size, "paper", edge="soft", dash="2 2")
        else:
            arm = size * 0.8
            self.line(x - arm, y - arm, x + arm, y + arm, "soft", width=2)
            self.line(x - arm, y + arm, x + arm, y - arm, "soft", width=2)

    def dots(self, points: Sequence[tuple[float, float]], *, size: float) -> None:
        """Draw many ordinary values at once: the same dot as ``mark``, in two elements."""
        steps = "".join(f"M{_number(x)} {_number(y)}h.01" for x, y in points)
        for role, width in (("paper", 2 * size + 1.5), ("own", 2 * size)):
            self._add("path", role, d=steps, fill="none", stroke=role, stroke_width=width, stroke_linecap="round")

    def boxes(
        self, boxes: Sequence[tuple[float, float, float, float]], fill: str, *, edge: str = "", dash: str = ""
    ) -> None:
        """Draw many boxes (x, y, width, height) of one colour at once."""
        steps = "".join(f"M{_number(x)} {_number(y)}h{_number(w)}v{_number(h)}h{_number(-w)}z" for x, y, w, h in boxes)
        if boxes:
            self._add("path", "", d=steps, fill=fill, stroke=edge, stroke_dasharray=dash)

    def inks(self, numbers: Sequence[tuple[float, float, str]], *, white: bool) -> None:
        """Write many centred numbers on heat colours at once."""
        if numbers:
            texts = "".join(f'<text x="{_number(x)}" y="{_number(y)}">{escape(text)}</text>' for x, y, text in numbers)
            self._parts.append(f'<g text-anchor="middle" fill="{"#FFFFFF" if white else "#1A1A1A"}">{texts}</g>')

    def ring(self, x: float, y: float, *, size: float = 5) -> None:
        """Draw an open ring: something to compare with."""
        self._add("circle", "other", cx=x, cy=y, r=size, fill="paper", stroke="other", stroke_width=2)

    def ink(self, x: float, y: float, text: str, *, white: bool, bold: bool = False, size: float = FONT_SIZE) -> None:
        """Write a number on a heat colour: black or white, the same in dark mode."""
        self._add("text", "", body=escape(text), x=x, y=y, text_anchor="middle", fill="#FFFFFF" if white else "#1A1A1A",
                  font_weight=700 if bold else "", font_size=size if size != FONT_SIZE else "")  # fmt: skip

    def filled(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        """Fill a closed shape with a heat colour."""
        self.area(points, fill)

    def outline(self, points: Sequence[tuple[float, float]], role: str) -> None:
        """Draw a dashed closed shape: a suppressed area."""
        steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._add("path", role, d=f"M{steps}Z", fill="paper", stroke=role, stroke_dasharray="2 3")

    def disc(self, x: float, y: float, role: str, *, size: float) -> None:
        """Draw a plain filled circle: the badge of an action."""
        self._add("circle", role, cx=x, cy=y, r=size, fill=role)

    def diamond(self, x: float, y: float, role: str, *, size: float = 8) -> None:
        """Draw a diamond in any role: the reader's own team among others."""
        self.area([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], role, edge="paper")

    def svg(self, key: str, title: str, description: str) -> str:
        """Close the sheet: one image with a name and a description."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_number(self.width)} {_number(self.height)}" '
            f'width="{_number(self.width)}" height="{_number(self.height)}" role="img" '
            f"aria-labelledby={quoteattr(f'{key}-t {key}-d')} font-family={quoteattr(FONT)} "
            f'font-size="{FONT_SIZE}"><title id={quoteattr(f"{key}-t")}>{escape(title)}</title>'
            f"<desc id={quoteattr(f'{key}-d')}>{escape(description)}</desc>{''.join(self._parts)}</svg>"
        )

    def _add(self, tag: str, _role: str, *, body: str | None = None, **attributes: float | str) -> None:
        written: list[str] = []
        classes: list[str] = []
        for name, value in attributes.items():
            if value == "":
                continue
            if name in {"fill", "stroke"} and value in ROLES:
                classes.append(f"{name[0]}-{value}")
                value = ROLES[str(value)]  # noqa: PLW2901 - the role becomes its colour
            spelled = value if isinstance(value, str) else _number(value)
            written.append(f"{name.replace('_', '-')}={quoteattr(spelled)}")
        if classes:
            written.insert(0, f'class="{" ".join(classes)}"')
        end = "/>" if body is None else f">{body}</{tag}>"
        self._parts.append(f"<{tag} {' '.join(written)}{end}")
