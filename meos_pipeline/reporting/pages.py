"""From blocks to pages: Jinja2 with escaping on and no undefined names, under a strict content policy."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.charts.draw import draw_svg, plotly_figure
from meos_pipeline.reporting.charts.live import figure_json
from meos_pipeline.reporting.charts.style import NARROW, WIDE
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Cell, Chart
from meos_pipeline.reporting.words import Words
from meos_pipeline.settings import Site

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "img-src 'self' data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
)
"""The hash is that of the empty text: Plotly adds one empty style element and fills it by script."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with its pictures: one for every screen, or a wide and a narrow one."""

    spec: Chart
    wide: str
    narrow: str
    figure: str
    """Its views as live figures, as JSON; empty for a picture that stays still."""


@cache
def environment() -> Environment:
    """The templates; text is escaped, an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def drawn(chart: Chart, words: Words) -> Drawn:
    """Draw a chart in both widths and as a live figure."""
    wide, narrow = (_lean(draw_svg(chart, width, words)) for width in (WIDE, NARROW))
    return Drawn(chart, wide, _named_by_wide(narrow, chart.key), live_json(chart, words, (WIDE, NARROW)))


def still(chart: Chart, words: Words, width: float = NARROW) -> Drawn:
    """Draw a chart once, for every screen; a small one, in the cell of a matrix, stays still."""
    figure = live_json(chart, words, (width, width)) if width >= NARROW else ""
    return Drawn(chart, _lean(draw_svg(chart, width, words)), "", figure)


def live_json(chart: Chart, words: Words, widths: tuple[float, float]) -> str:
    """The chart and its other views, each as a wide and a narrow figure with its table."""
    views = [(chart.own_view, chart), *chart.views]
    return figure_json(
        {
            "label": words("charts/live/steps" if chart.is_stepped else "charts/live/beside"),
            "steps": chart.is_stepped,
            "views": [
                {
                    "name": name,
                    "caption": " ".join((view.caption, *view.limits, *(_silent(view, words) if place else ()))),
                    "table": {
                        "caption": f"{name}: {view.table.caption}" if place else view.table.caption,
                        "columns": view.table.columns,
                        "rows": [[_in_text(cell, words) for cell in row] for row in view.table.rows],
                    }
                    if len(views) > 1
                    else None,
                    "wide": plotly_figure(view, widths[0], words),
                }
                | ({"narrow": plotly_figure(view, widths[1], words)} if widths[0] != widths[1] else {})
                for place, (name, view) in enumerate(views)
            ],
        }
    )


def _silent(chart: Chart, words: Words) -> tuple[str, ...]:
    """The rows that are not drawn, as the page names them below the picture."""
    return (f"{words('charts/silent')} {', '.join(chart.silent)}.",) if chart.silent else ()


def _in_text(cell: Cell, words: Words) -> str:
    """What a cell says, without the sign that the page sets before it."""
    return words(f"charts/states/{cell.state}") if cell.state and cell.text == "–" else cell.text


_ROLE = re.compile(r"<[^>]*\bclass=[^>]*>")
_COLOUR = re.compile(r' (?:fill|stroke)="(?:#[0-9A-Fa-f]{6}|none)"')
_ROOT = re.compile(r' (?:xmlns|font-family|font-size)="[^"]*"')
_NAME = re.compile(r"<title.*</desc>")


def _lean(svg: str) -> str:
    """What the page's style sheet says need not stand in every picture: letters, and the colours of roles."""
    end = svg.index(">")
    return _ROOT.sub("", svg[:end]) + _ROLE.sub(_without_colours, svg[end:])


def _without_colours(match: re.Match[str]) -> str:
    return _COLOUR.sub("", match.group())


def _named_by_wide(svg: str, key: str) -> str:
    """The narrow picture is named by the words in the wide one, so that they stand on the page once."""
    return _NAME.sub("", svg).replace(f"{key}-{NARROW}-", f"{key}-{WIDE}-")


def drawn_blocks(blocks: Sequence[Block], words: Words) -> dict[str, list[Drawn]]:
    """All charts of all blocks."""
    return {block.name: [drawn(chart, words) for chart in block.charts] for block in blocks}


def figures_name(language: str, page: str = "figures") -> str:
    """Name of the script with the figures of a page."""
    return f"{page}_{language}.js"


def figures_js(charts: Iterable[Drawn]) -> str:
    """The figures as a script of data: loaded together with Plotly, so that the page itself stays small.

    A page opened from a file share may not fetch JSON; a script it may.
    """
    parts = ",".join(f"{json.dumps(d.spec.key)}:{d.figure}" for d in charts if d.figure)
    return f"window.meosFigures={{{parts}}};\n"


def frame(publishable: Publishable, words: Words, house: House, *, root: str) -> dict[str, Any]:
    """What every page has: policy, organisation, foot."""
    site = publishable.site
    return {
        "language": words.language,
        "csp": CSP,
        "say": words,
        "symbols": True,
        "root": root,
        "site_css": bool(house.css),
        "logo": house.logo.name if house.logo else "",
        "organisation": site.organisation,
        "stamp": stamp(site, words),
        "contact": site.contact,
        "statement": "toegankelijkheid.html" if words.language == "nl" else "accessibility.html",
        "fingerprint": publishable.fingerprint,
        "made_on": words.notation.day(publishable.made_on),
    }


def stamp(site: Site, words: Words) -> str:
    """What kind of data these are, when they are no site's own: made up, or real and public."""
    if site.fictional:
        return words("page/stamp/fictional")
    return words("page/stamp/public", source=site.public_source) if site.public_source else ""


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template; lines without text are dropped, so pages stay small and readable."""
    text = environment().get_template(template).render(values)
    return "\n".join(line for line in (raw.strip() for raw in text.splitlines()) if line) + "\n"
