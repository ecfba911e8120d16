"""The accessibility statement: what the pages meet, how that is tested, and whom to tell."""

from pathlib import Path

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.pages import frame, render
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.words import Words

FILE_NAMES = {"nl": "toegankelijkheid.html", "en": "accessibility.html"}


def write_statement(publishable: Publishable, words: Words, house: House, folder: Path) -> None:
    """Write the statement beside the shared files, in the words' language."""
    other = "en" if words.language == "nl" else "nl"
    parts = [
        {
            "name": name,
            "heading": words(f"accessibility/parts/{name}/heading"),
            "links": [],
            "tables": [],
            "lines": [],
            "sentences": [words(f"accessibility/parts/{name}/text")],
        }
        for name in words.tree["accessibility"]["parts"]
    ]
    values = frame(publishable, words, house, root="../") | {
        "title": words("accessibility/title"),
        "heading": words("accessibility/title"),
        "meta": [publishable.site.organisation],
        "crumbs": [(words("page/other_language"), FILE_NAMES[other], other)],
        "paragraphs": [words("accessibility/first")],
        "parts": parts,
    }
    (folder / FILE_NAMES[words.language]).write_text(render("list.html.j2", values), encoding="utf-8", newline="\n")
