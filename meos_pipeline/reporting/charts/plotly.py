"""What all Plotly figures share. Plain dictionaries: no base64 arrays, no template, no text from data as markup."""

import html
import json
from collections.abc import Sequence
from typing import Any

from meos_pipeline.reporting.charts.style import ROLES


def colour(role: str) -> str:
    """A role's name; the page's script turns it into the colour of the moment (light, dark, the site's own)."""
    if role not in ROLES:
        raise KeyError(role)
    return f"role:{role}"


def escaped(text: str) -> str:
    """Text without markup: Plotly reads a small HTML of its own in labels."""
    return html.escape(text, quote=False)


def trace(kind: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - Plotly's own vocabulary
    """One trace, never in a legend."""
    return {"type": kind, "showlegend": False, **settings}


def hover(text: Sequence[str]) -> dict[str, Any]:
    """Hover text made here, shown as it is: no template that data could reach into."""
    return {"text": list(text), "hoverinfo": "text"}


def base_layout(*, height: int) -> dict[str, Any]:
    """Layout without title: the page has one."""
    axis = {"gridcolor": colour("grid"), "zeroline": False, "fixedrange": True, "automargin": True}
    return {
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 24, "b": 8},
        "paper_bgcolor": colour("paper"),
        "plot_bgcolor": colour("paper"),
        "font": {"color": colour("text"), "size": 14},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": dict(axis),
        "yaxis": dict(axis),
    }


def rounded(node: Any) -> Any:  # noqa: ANN401 - JSON
    """Numbers as coarse as the page writes them: shares in tenths of a percent. More decimals would be the counts."""
    if isinstance(node, float):
        return round(node, 3 if abs(node) < 1 else 2 if abs(node) < 10 else 1)
    if isinstance(node, dict):
        return {key: rounded(value) for key, value in node.items()}
    return [rounded(value) for value in node] if isinstance(node, list | tuple) else node


def figure_json(figure: dict[str, Any]) -> str:
    """Return the figure as JSON that is safe inside a script element."""
    text = json.dumps(rounded(figure), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("/", "\\/")
