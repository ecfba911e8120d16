"""The dialogue sheet as a page and as an A4: figures of a district and a year, and three questions to talk about."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from meos_pipeline.disclosure.dialogue import Dialogue, Share
from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting.pages import environment, stamp
from meos_pipeline.reporting.pdf import STATIC, font_css, one_page
from meos_pipeline.reporting.words import Words
from meos_pipeline.settings import Site

FILE_NAMES = {"nl": "dialoogblad", "en": "dialogue_sheet"}


def write_dialogue(facts: Dialogue, languages: Mapping[str, Words], site: Site, target: Path) -> list[Path]:
    """Write the sheet in every language, as HTML and as PDF; return the files.

    Raises:
        PublicationError: when it takes more than a page.
    """
    css = (STATIC / "dialogue.css").read_text(encoding="utf-8")
    written = []
    for language, words in languages.items():
        made = one_page(dialogue_html(facts, words, site, css=font_css() + css), identifier=f"dialogue-{facts.end}")
        if made is None:
            raise PublicationError("The dialogue sheet does not fit on one page; shorten its words")
        for suffix, content in (("html", dialogue_html(facts, words, site, css=css).encode()), ("pdf", made)):
            written.append(target / f"{FILE_NAMES[language]}.{suffix}")
            written[-1].write_bytes(content)
    return written


def dialogue_html(facts: Dialogue, words: Words, site: Site, *, css: str) -> str:
    """The sheet as one self-contained page."""
    checks = words("dialogue/many/text", n=words.notation.number(facts.checks))
    parts = [
        ("what", [words("dialogue/what/text"), words("dialogue/what/reason")]),
        ("many", [checks, _told(facts.shares["coverage"], "many/coverage", "many/coverage_unknown", words)]),
        (
            "came",
            [
                _told(facts.shares["yield_corrected"], "came/yield", "came/yield_unknown", words),
                words("dialogue/came/not"),
            ],
        ),
        (
            "told",
            [
                _told(facts.shares["explanation_given"], "told/text", "told/unknown", words),
                words("dialogue/told/right"),
            ],
        ),
        ("unknown", [words(f"dialogue/unknown/{name}") for name in ("fair", "felt", "margin")]),
    ]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return (
        environment()
        .get_template("dialogue.html.j2")
        .render(
            language=words.language,
            say=words,
            css=css,
            csp=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
            title=words("dialogue/title", district=facts.district),
            period=words.notation.period(facts.start, facts.end),
            stamp=stamp(site, words),
            parts=[(words(f"dialogue/{name}/heading"), lines) for name, lines in parts],
            foot=words("dialogue/foot", organisation=site.organisation),
        )
    )


def _told(share: Share | None, known: str, unknown: str, words: Words) -> str:
    if share is None:
        return words(f"dialogue/{unknown}")
    return words(f"dialogue/{known}", value=str(share.value), low=str(share.low), high=str(share.high))
