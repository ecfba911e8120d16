"""Areas as hexagons, or as the site's own planar shapes. Plotly's maps ask the network, so there are none."""

import math

from meos_pipeline.reporting.charts.axes import written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.style import HEAT, HEAT_DARK_TEXT_STEPS, NARROW, heat_step
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Mark, Scale, State, Tiles
from meos_pipeline.reporting.words import Words

Point = tuple[float, float]
_LEGEND = 30
_SIZES = (13.0, 11.5, 10.5)


def draw(chart: Tiles, width: float, words: Words) -> Canvas:
    """Draw each area with its name and number; suppressed areas are dashed."""
    outlines, centres, height, room = _shapes(chart, width) if chart.shapes else _hexagons(chart, width)
    canvas = Canvas(width, height + _LEGEND)
    highest = max((m.value or 0 for m in chart.marks), default=0)
    for mark, outline, (x, y) in zip(chart.marks, outlines, centres, strict=True):
        _tile(canvas, mark, outline, (x, y), highest, room, words)
        canvas.target(x, y, mark_told(mark, words, scale=Scale.NUMBER))
    canvas.rect(4, height + 8, 24, 14, "paper", edge="other", dash="2 3")
    canvas.text(36, height + 20, words("charts/states/small"), role="soft")
    return canvas


def _tile(
    canvas: Canvas, mark: Mark, outline: list[Point], centre: Point, highest: float, room: float, words: Words
) -> None:
    x, y = centre
    size, label = _name(mark.label, room, words.notation.language)
    # A name on two lines begins higher, and its number stands lower.
    places = list(zip(label, (y - 3,) if len(label) == 1 else (y - 11, y + 3), strict=True))
    under = y + 15 if len(label) == 1 else y + 20
    if mark.value is None:
        canvas.outline(outline, "other")
        for line, at in places:
            canvas.text(x, at, line, anchor="middle", role="soft", size=size)
        canvas.text(x, under, "<10" if mark.state is State.SMALL else "–", anchor="middle", role="soft", size=size)
        return
    step = heat_step(mark.value, highest)
    canvas.area(outline, HEAT[step])
    white = step >= HEAT_DARK_TEXT_STEPS
    for line, at in places:
        canvas.ink(x, at, line, white=white, size=size)
    canvas.ink(x, under, written(mark.value, Scale.NUMBER, words), white=white, bold=True)


def _name(label: str, room: float, language: str) -> tuple[float, list[str]]:
    """The largest letters in which the name stands whole on at most two lines, and those lines."""
    for size in _SIZES:
        lines = wrapped(label, room, language, size=size, most=2)
        if not lines[-1].endswith("…"):
            break
    return size, lines


def _hexagons(chart: Tiles, width: float) -> tuple[list[list[Point]], list[Point], float, float]:
    columns = max((c for _, c in chart.places), default=0) + 1
    rows = max((r for r, _ in chart.places), default=0) + 1
    wide = min(96.0 if width > NARROW else 76.0, (width - 8) / (columns + 0.5))
    side = wide / math.sqrt(3)
    centres = [(4 + wide * (c + 0.5 + 0.5 * (r % 2)), 4 + side + r * side * 1.5) for r, c in chart.places]
    corners = [(math.cos(math.pi / 6 + k * math.pi / 3), math.sin(math.pi / 6 + k * math.pi / 3)) for k in range(6)]
    outlines = [[(x + (side - 2) * dx, y + (side - 2) * dy) for dx, dy in corners] for x, y in centres]
    return outlines, centres, 8 + side * 2 + (rows - 1) * side * 1.5, wide - 10


def _shapes(chart: Tiles, width: float) -> tuple[list[list[Point]], list[Point], float, float]:
    xs = [x for shape in chart.shapes for x, _ in shape]
    ys = [y for shape in chart.shapes for _, y in shape]
    scale = (width - 8) / max(max(xs) - min(xs), 1e-9)
    outlines = [[(4 + (x - min(xs)) * scale, 4 + (max(ys) - y) * scale) for x, y in shape] for shape in chart.shapes]
    centres = [(sum(x for x, _ in o) / len(o), sum(y for _, y in o) / len(o)) for o in outlines]
    return outlines, centres, 8 + (max(ys) - min(ys)) * scale, 60.0
