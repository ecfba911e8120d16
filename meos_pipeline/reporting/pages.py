"""From blocks to pages: Jinja2 with escaping on and no undefined names, under a strict content policy."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.charts.draw import draw_svg, plotly_figure
from meos_pipeline.reporting.charts.plotly import figure_json
from meos_pipeline.reporting.charts.style import NARROW, WIDE
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Chart
from meos_pipeline.reporting.words import Words

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "img-src 'self' data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
)
"""The hash is that of the empty text: Plotly adds one empty style element and fills it by script."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with its pictures."""

    spec: Chart
    wide: str
    narrow: str
    figure: str


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
    """Draw a chart in both widths and as a figure."""
    wide, narrow = (_lean(draw_svg(chart, width, words)) for width in (WIDE, NARROW))
    return Drawn(chart, wide, narrow, figure_json(plotly_figure(chart, words)))


_ROLE = re.compile(r'(<[^>]*class="([^"]*)"[^>]*>)')


def _lean(svg: str) -> str:
    """On a page the style sheet colours the roles: their colours need not stand in every element."""

    def without(match: re.Match[str]) -> str:
        element, classes = match.group(1), match.group(2)
        for letter, attribute in (("f", "fill"), ("s", "stroke")):
            if any(name.startswith(f"{letter}-") for name in classes.split()):
                element = re.sub(rf' {attribute}="#[0-9A-Fa-f]{{6}}"', "", element, count=1)
        return element

    return _ROLE.sub(without, svg)


def drawn_blocks(blocks: Sequence[Block], words: Words) -> dict[str, list[Drawn]]:
    """All charts of all blocks."""
    return {block.name: [drawn(chart, words) for chart in block.charts] for block in blocks}


def figures_name(language: str, page: str = "figures") -> str:
    """Name of the script with the figures of a page."""
    return f"{page}_{language}.js"


def figures_js(charts: Mapping[str, Sequence[Drawn]]) -> str:
    """The figures as a script of data: loaded together with Plotly, so that the page itself stays small.

    A page opened from a file share may not fetch JSON; a script it may.
    """
    parts = ",".join(f"{json.dumps(d.spec.key)}:{d.figure}" for drawn_ in charts.values() for d in drawn_)
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
        "fictional": site.fictional,
        "contact": site.contact,
        "statement": "toegankelijkheid.html" if words.language == "nl" else "accessibility.html",
        "fingerprint": publishable.fingerprint,
        "made_on": words.notation.day(publishable.made_on),
    }


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template; lines without text are dropped, so pages stay small and readable."""
    text = environment().get_template(template).render(values)
    return "\n".join(line for line in (raw.strip() for raw in text.splitlines()) if line) + "\n"
