"""Navigation lines for Markdown that other parts of the project write: decisions, and pages beside this guide."""

from pathlib import Path


def navigation(docs: Path) -> list[dict[str, str]]:
    """One line per decision record, in order."""
    return [
        {_title(path): f"decisions/{path.name}"}
        for path in sorted((docs / "decisions").glob("*.md"))
        if path.name != "README.md"
    ]


def beside(docs: Path) -> list[dict[str, str]]:
    """One line per page in the root of ``docs`` other than the start page."""
    return [{_title(path): path.name} for path in sorted(docs.glob("*.md")) if path.name != "index.md"]


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return first.removeprefix("#").strip() or path.stem
