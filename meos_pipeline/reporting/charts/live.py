"""A drawing as a Plotly figure: the same shapes and words as the still picture, and a text for each value pointed at.

There is one drawing of each kind of chart. The still picture and the live figure are two ways to write it down, so
nothing can be in the one and not in the other: no value, label, margin, hatch, break, row without a value or axis.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from meos_pipeline.reporting.charts.canvas import Canvas, Look
from meos_pipeline.reporting.charts.style import FONT_SIZE, ROLES

_STEP = re.compile(r"([MLHVhvlaZz])([^MLHVhvlaZz]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_ROUND = 0.5523
"""How far the handles of a Bezier curve lie from its ends for a quarter of a circle, in radii."""
_MIDDLE = 0.35
"""From the line that letters stand on to their middle, in sizes of the letters."""
_ANCHORS = {"": "middle right", "middle": "middle center", "end": "middle left"}


def figure_of(canvas: Canvas) -> dict[str, Any]:
    """Return data and layout for Plotly, in pixels of the drawing from the top left; plain dictionaries.

    Colours are names of roles ('role:own'): the page's script gives them the colour of the moment.
    """
    shapes = [shape for look, data in canvas.shapes() for shape in _shapes(look, data)]
    data = [_words(look, texts) for look, texts in canvas.texts()]
    return {
        "data": [*data, _targets(canvas)],
        "layout": {
            "width": canvas.width,
            "height": canvas.height,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": _colour("text"), "size": FONT_SIZE},
            "hovermode": "closest",
            "hoverlabel": {
                "align": "left",
                "bgcolor": _colour("paper"),
                "bordercolor": _colour("text"),
                "font": {"color": _colour("text"), "size": FONT_SIZE},
            },
            "dragmode": False,
            "showlegend": False,
            "xaxis": {"range": [0, canvas.width], "visible": False, "fixedrange": True},
            "yaxis": {"range": [canvas.height, 0], "visible": False, "fixedrange": True},
            "shapes": shapes,
        },
    }


def escaped(text: str) -> str:
    """Text without markup: Plotly reads a small HTML of its own in texts."""
    return html.escape(text, quote=False)


def figure_json(figure: Mapping[str, Any]) -> str:
    """Return the figure as JSON that is safe inside a script element."""
    text = json.dumps(_rounded(figure), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("/", "\\/")


def _rounded(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Coordinates as coarse as in the picture: more decimals would be the counts behind a share."""
    if isinstance(node, float):
        return round(node, 1)
    if isinstance(node, Mapping):
        return {key: _rounded(value) for key, value in node.items()}
    return [_rounded(value) for value in node] if isinstance(node, list | tuple) else node


def _colour(role: float | str) -> str:
    return f"role:{role}" if role in ROLES else str(role)


def _shapes(look: Look, data: str) -> Iterator[dict[str, Any]]:
    """A path of the picture as shapes of Plotly, which knows absolute steps only and no round ends of lines."""
    width = float(look.get("stroke-width") or 1)
    stroke, fill = look.get("stroke") or "none", look.get("fill") or "none"
    if look.get("stroke-linecap"):
        centres = [points[0] for points in _subpaths(data)]
        path = "".join(_circle(float(x), float(y), width / 2) for _, x, y in centres)
        yield _shape(path, fill=str(stroke))
        return
    path = "".join(" ".join(map(_written, points)) for points in _subpaths(data))
    dash = "px,".join(str(look.get("stroke-dasharray") or "").split())
    yield _shape(path, fill=str(fill), stroke=str(stroke), width=width, dash=f"{dash}px" if dash else "solid")


def _shape(path: str, *, fill: str, stroke: str = "none", width: float = 0, dash: str = "solid") -> dict[str, Any]:
    drawn = stroke != "none"
    return {
        "type": "path",
        "path": path,
        "layer": "below",
        "fillcolor": "rgba(0,0,0,0)" if fill == "none" else _colour(fill),
        "line": {"color": _colour(stroke), "width": width, "dash": dash} if drawn else {"width": 0},
    }


def _written(step: tuple[Any, ...]) -> str:
    return f"{step[0]}{' '.join(f'{value:.1f}' for value in step[1:])}"


def _circle(x: float, y: float, radius: float) -> str:
    return " ".join(map(_written, [("M", x - radius, y), *_curves(x, y, radius), ("Z",)]))


def _curves(x: float, y: float, r: float) -> Iterator[tuple[Any, ...]]:
    """Four quarters of a circle from its leftmost point."""
    k = r * _ROUND
    yield ("C", x - r, y - k, x - k, y - r, x, y - r)
    yield ("C", x + k, y - r, x + r, y - k, x + r, y)
    yield ("C", x + r, y + k, x + k, y + r, x, y + r)
    yield ("C", x - k, y + r, x - r, y + k, x - r, y)


def _subpaths(data: str) -> Iterator[list[tuple[Any, ...]]]:
    """Absolute steps of each closed or open line in path data as the canvas writes it."""
    steps: list[tuple[Any, ...]] = []
    x = y = 0.0
    for letter, rest in _STEP.findall(data):
        numbers = [float(n) for n in _NUMBER.findall(rest)]
        if letter == "M" and steps:
            yield steps
            steps = []
        if letter in "Zz":
            steps.append(("Z",))
            continue
        if letter == "a":
            # The canvas draws a whole circle as two arcs from its leftmost point; the second adds nothing here.
            radius = numbers[0]
            if numbers[5] > 0:
                steps.extend(_curves(x + radius, y, radius))
            continue
        x, y = _reached(letter, numbers, x, y)
        steps.append(("M" if letter == "M" else "L", x, y))
    if steps:
        yield steps


def _reached(letter: str, numbers: list[float], x: float, y: float) -> tuple[float, float]:
    match letter:
        case "H":
            return numbers[0], y
        case "V":
            return x, numbers[0]
        case "h":
            return x + numbers[0], y
        case "v":
            return x, y + numbers[0]
        case _:
            return numbers[0], numbers[1]


def _words(look: Look, texts: list[tuple[float, float, str]]) -> dict[str, Any]:
    """Words of one look as one trace."""
    size = float(look.get("font-size") or FONT_SIZE)
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, _, _ in texts],
        "y": [y - size * _MIDDLE for _, y, _ in texts],
        "text": [escaped(t) for _, _, t in texts],
        "textposition": _ANCHORS[str(look.get("text-anchor") or "")],
        "textfont": {
            "color": _colour(look.get("fill") or "text"),
            "size": size,
            "weight": int(look.get("font-weight") or 400),
        },
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def _targets(canvas: Canvas) -> dict[str, Any]:
    """What a reader can point at, or reach with the arrow keys."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "values",
        "x": [x for x, _, _ in canvas.targets],
        "y": [y for _, y, _ in canvas.targets],
        "text": [escaped(text).replace("\n", "<br>") for _, _, text in canvas.targets],
        "hoverinfo": "text",
        "marker": {"size": 22, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
    }
