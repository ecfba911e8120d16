"""The guide and the reference pages in the terminal, also where only the wheel is installed."""

import difflib

from meos_pipeline.cli.screen import console, say
from meos_pipeline.errors import InputError
from meos_pipeline.steps.language import chosen
from meos_pipeline.storage.paths import shipped


def docs(name: str) -> int:
    """Show a page by its name, or list what there is.

    Raises:
        InputError: when there is no page of that name, with the nearest one.
    """
    pages = guide()
    if not name:
        say("Pages; say 'meos docs NAME' to read one:")
        for place, text in [*pages.items(), *references().items()]:
            console.print(f"  {place:<16} {title_of(text)}", markup=False)
        return 0
    pages |= references()
    if name not in pages:
        near = difflib.get_close_matches(name, pages, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'meos docs' lists them"
        raise InputError(f"There is no page '{name}'; {hint}")
    show(pages[name])
    return 0


def show(text: str) -> None:
    """Print a page; in a terminal a screen at a time."""
    from rich.markdown import Markdown

    if console.is_terminal:
        with console.pager():
            console.print(Markdown(text))
    else:
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def guide() -> dict[str, str]:
    """Name -> text of each page of the analyst's guide, in the language of this run where it is there in two."""
    folder = shipped("docs") / "analyst"
    pages = {path.stem: path for path in sorted(folder.glob("*.md"))}
    if chosen() == "en":
        pages |= {path.stem: path for path in sorted((folder / "en").glob("*.md"))}
    return {name: path.read_text(encoding="utf-8") for name, path in pages.items()}


def references() -> dict[str, str]:
    """Name -> text of each reference page, made from the code that is installed."""
    from meos_pipeline.cli.reference import pages

    return {place.removeprefix("reference/").removesuffix(".md"): text for place, text in pages().items()}


def title_of(text: str) -> str:
    """Return the title of a page."""
    return text.partition("\n")[0].removeprefix("# ")
