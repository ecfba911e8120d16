"""MkDocs hook: pages made from code and catalogues at build time, so that nothing is written twice."""

import tomllib
from pathlib import Path
from typing import Any

import decisions_pages
import methods_pages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from meos_pipeline.cli import reference


def is_dutch(docs: Path, place: str) -> bool:
    """Tell whether a page is in Dutch: those for ambassadors, and those of analysts that have an English twin in ``en/``."""
    path = docs / place
    return place.startswith("ambassadeur/") or (path.parent / "en" / path.name).is_file()


def pages() -> dict[str, str]:
    """Every generated page: place in the site -> Markdown."""
    return methods_pages.pages() | reference.pages()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a line in the navigation for each statistic, each decision and each page another part adds."""
    nav: list[Any] = list(config.nav or [])
    docs = Path(config.docs_dir)
    for section in nav:
        (title, items), *_ = section.items()
        if title == "Methods":
            items.extend(methods_pages.navigation())
        if title == "Architecture":
            items.extend(decisions_pages.navigation(docs))
        if title == "Reference":
            items.extend(decisions_pages.beside(docs))
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for place, text in sorted(pages().items()):
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Put the layers, as import-linter enforces them, in the page on architecture."""
    if page.file.src_uri != "architecture/index.md":
        return markdown
    project = tomllib.loads((Path(config.docs_dir).parent / "pyproject.toml").read_text(encoding="utf-8"))
    layers: list[str] = project["tool"]["importlinter"]["contracts"][0]["layers"]
    return markdown.replace("LAYERS", "\n".join(["```text", *layers, "```"]), 1)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Tell browsers and screen readers which language a page is in."""
    if is_dutch(Path(config.docs_dir), page.file.src_uri):
        return output.replace('<html lang="en"', '<html lang="nl"', 1)
    return output
