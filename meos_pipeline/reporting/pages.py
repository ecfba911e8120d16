"""From blocks to pages: Jinja2 with escaping on and no undefined names, under a strict content policy."""

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
OPEN_TABLES = ("differences",)


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
    return Drawn(
        chart, draw_svg(chart, WIDE, words), draw_svg(chart, NARROW, words), figure_json(plotly_figure(chart, words))
    )


def drawn_blocks(blocks: Sequence[Block], words: Words) -> dict[str, list[Drawn]]:
    """All charts of all blocks."""
    return {block.name: [drawn(chart, words) for chart in block.charts] for block in blocks}


def frame(publishable: Publishable, words: Words, house: House, *, root: str) -> dict[str, Any]:
    """What every page has: policy, organisation, foot."""
    site = publishable.site
    return {
        "language": words.language,
        "csp": CSP,
        "say": words,
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
