"""The A4 as PDF/UA: one page, tagged, without network, the same bytes for the same input."""

import importlib
import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from meos_pipeline.errors import PublicationError

STATIC = Path(__file__).parent / "static"
_WITHOUT_MARK = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ħ": "h", "Ħ": "H"}
"""Letters whose mark Unicode does not tell apart."""
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


@cache
def _letters() -> frozenset[int]:
    """Signs of which every face that we ship has a form."""
    from fontTools.ttLib import TTFont

    return frozenset.intersection(
        *(frozenset(TTFont(STATIC / "fonts" / name).getBestCmap()) for name in _FONTS.values())
    )


def in_our_letters(text: str) -> str:
    """Write letters that our fonts lack in their plain form (ş as s): a machine would take them from a font of its own.

    Raises:
        PublicationError: at signs without a plain form; an A4 with other fonts on each machine would be another edition.
    """
    forms = {sign: _plain(sign) for sign in set(text) if ord(sign) not in _letters() and _is_drawn(sign)}
    if strange := sorted(f"U+{ord(sign):04X}" for sign, form in forms.items() if not form):
        raise PublicationError(
            f"The A4 has no form of the signs {', '.join(strange)}; write the names of teams, areas and organisation in "
            "Latin letters, then run again"
        )
    return text.translate({ord(sign): form for sign, form in forms.items()})


def letters_written_plainly(texts: Iterable[str]) -> str:
    """Return the letters of these texts that an A4 writes in their plain form; empty when it has all of them."""
    return "".join(sorted({sign for text in texts for sign in text if _is_drawn(sign) and ord(sign) not in _letters()}))


def _is_drawn(sign: str) -> bool:
    return not sign.isspace() and not unicodedata.category(sign).startswith("C")


def _plain(sign: str) -> str:
    """Without the marks on it; empty when that is in no font of ours either."""
    parts = unicodedata.normalize("NFKD", _WITHOUT_MARK.get(sign, sign))
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return plain if plain and all(ord(part) in _letters() for part in plain) else ""


def pages_of(html: str) -> int:
    """Number of pages the document takes.

    Raises:
        PublicationError: at signs that our fonts have no form of.
    """
    return len(_document(html).pages)


def write_pdf(html: str, path: Path, *, identifier: str) -> bool:
    """Write the page as PDF/UA-1; return whether it fits on one page, and write nothing when it does not.

    Raises:
        PublicationError: at signs that our fonts have no form of.
    """
    made = one_page(html, identifier=identifier)
    if made is not None:
        path.write_bytes(made)
    return made is not None


def one_page(html: str, *, identifier: str) -> bytes | None:
    """Return the page as PDF/UA-1, or nothing when it takes more than one page.

    Raises:
        PublicationError: at signs that our fonts have no form of.
    """
    from weasyprint import HTML

    pages = 0

    def finish(document: Any, pdf: Any) -> None:  # noqa: ANN401 - WeasyPrint's own types
        nonlocal pages
        pages = len(document.pages)
        _scope_headers(pdf)

    with _clock_stopped():
        made: bytes = HTML(string=in_our_letters(html), url_fetcher=_fetcher(), base_url="page:///").write_pdf(
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
        return HTML(string=in_our_letters(html), url_fetcher=_fetcher(), base_url="page:///").render(
            font_config=_fonts()
        )


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
