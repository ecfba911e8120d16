"""The A4 as PDF/UA: one page, tagged, without network, the same bytes for the same input."""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from meos_pipeline.errors import PublicationError

STATIC = Path(__file__).parent / "static"
_FONTS = {400: "source-sans-3-latin-400-normal.woff", 700: "source-sans-3-latin-700-normal.woff"}


def require_library() -> None:
    """Check, before a page is made, that WeasyPrint finds the libraries of the system that it needs.

    Raises:
        PublicationError: when it does not; an edition without its A4 would not be whole.
    """
    try:
        importlib.import_module("weasyprint")
    except (OSError, ImportError) as error:
        raise PublicationError(
            f"The A4 cannot be made: WeasyPrint does not find the library Pango ({type(error).__name__}). Install it, "
            "as the page on installing says, then run again"
        ) from error


def font_css() -> str:
    """Font faces by name only; the bytes come from ``_fetcher``."""
    return "".join(
        f'@font-face{{font-family:"Source Sans 3";font-weight:{weight};src:url("font:///{name}")}}'
        for weight, name in _FONTS.items()
    )


def pages_of(html: str) -> int:
    """Number of pages the document takes."""
    return len(_document(html).pages)


def write_pdf(html: str, path: Path, *, identifier: str) -> bool:
    """Write the page as PDF/UA-1; return whether it fits on one page, and write nothing when it does not."""
    made = one_page(html, identifier=identifier)
    if made is not None:
        path.write_bytes(made)
    return made is not None


def one_page(html: str, *, identifier: str) -> bytes | None:
    """Return the page as PDF/UA-1, or nothing when it takes more than one page."""
    from weasyprint import HTML

    pages = 0

    def finish(document: Any, pdf: Any) -> None:  # noqa: ANN401 - WeasyPrint's own types
        nonlocal pages
        pages = len(document.pages)
        _scope_headers(pdf)

    with _clock_stopped():
        made: bytes = HTML(string=html, url_fetcher=_fetcher(), base_url="page:///").write_pdf(
            font_config=_fonts(),
            pdf_variant="pdf/ua-1",
            finisher=finish,
            pdf_identifier=identifier.encode(),
            full_fonts=False,
        )
    return made if pages == 1 else None


@contextmanager
def _clock_stopped() -> Iterator[None]:
    """Give fontTools, which writes the time of conversion into each font, one moment for ever."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = "946684800"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def _document(html: str) -> Any:  # noqa: ANN401
    from weasyprint import HTML

    with _clock_stopped():
        return HTML(string=html, url_fetcher=_fetcher(), base_url="page:///").render(font_config=_fonts())


@cache
def _fonts() -> Any:  # noqa: ANN401
    """One font configuration for all pages: making it costs more than a page."""
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _fetcher() -> Any:  # noqa: ANN401
    """Hands out our own fonts; everything else, from the net or the disk, is refused."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ANN401, ARG002
            name = url.removeprefix("font:///")
            if name not in _FONTS.values():
                raise ValueError("The A4 fetches nothing but its own fonts")
            return URLFetcherResponse(url, (STATIC / "fonts" / name).read_bytes(), {"Content-Type": "font/woff"})

    return OwnFonts()


def _scope_headers(pdf: Any) -> None:  # noqa: ANN401
    """Give every header cell its scope, which WeasyPrint leaves out."""
    import pydyf

    by_number = {o.number: o for o in pdf.objects if hasattr(o, "number")}

    def parent(item: Any) -> Any:  # noqa: ANN401
        reference = item["P"]
        text = reference.decode() if isinstance(reference, bytes) else str(reference)
        return by_number[int(text.split()[0])]

    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":
            section = parent(parent(item)).get("S")
            scope = "/Column" if section == "/THead" else "/Row"
            item["A"] = pydyf.Dictionary({"O": "/Table", "Scope": scope})
