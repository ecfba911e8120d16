"""Renew the pictures in ``docs/screenshots``: ``python -m tests.browser.screenshots [FOLDER]``.

Every kind of page of a made-up district: on a desktop, on a phone and in the dark, the A4 as it is printed. Then look
at them: a picture that nobody looked at proves nothing.
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from meos_pipeline.reporting.quality_page import render_quality_page
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.browser.conftest import PAGES, TEAM
from tests.browser.exact import exact_tables
from tests.reporting.fixture import publishable

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
MOST_BYTES = 199_000
NAMES = {
    "team": "team_report",
    "district": "district",
    "reports of a team": "my_reports",
    "data quality": "data_quality",
    "exact data quality": "analyst_quality",
    "way in": "way_in",
    "statement": "statement",
    "A4": "a4",
}
MODES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 960, "height": 1100}},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"viewport": {"width": 960, "height": 800}, "color_scheme": "dark"},
}
MOST_PIXELS = 4000
PAGE_OF_TOP, TOP = "team_report_desktop", "team_report_top"
"""The page of which the first window full is a picture of its own, for the README."""
_COLOURS = (64, 40, 24)
COUNTING = ("count", "count_check", "count_kept", "count_agreement")
"""Steps of the counting page, on a phone, with a few checks counted."""
NOW = "2026-11-30T15:00:00"


def wanted() -> list[tuple[str, str, str]]:
    """(page, mode, name of the picture); the A4 looks the same everywhere. The counting page is taken apart."""
    return [
        (page, mode, f"{name}_{mode}" if page != "A4" else name)
        for page, name in NAMES.items()
        for mode in (MODES if page != "A4" else ("desktop",))
    ]


def parts(picture: bytes, name: str) -> dict[str, bytes]:
    """Cut a long picture into parts of at most ``MOST_PIXELS`` high, by name; each with as many colours as fit."""
    whole = Image.open(BytesIO(picture)).convert("RGB")
    tops = range(0, whole.height, MOST_PIXELS)
    names = [name] if len(tops) == 1 else [f"{name}_{number}" for number in range(1, len(tops) + 1)]
    return {
        f"{part}.png": _small(whole.crop((0, top, whole.width, min(top + MOST_PIXELS, whole.height))))
        for part, top in zip(names, tops, strict=True)
    }


def _small(picture: Image.Image) -> bytes:
    for colours in _COLOURS:
        out = BytesIO()
        picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError(f"A picture of {picture.width} by {picture.height} does not fit in {MOST_BYTES} bytes")


def take(browser: Browser, edition: Path, folder: Path) -> None:
    """Take every picture of an edition, stills only, so that it is the same each time."""
    folder.mkdir(parents=True, exist_ok=True)
    for _, _, name in wanted():
        for old in folder.glob(f"{name}*.png"):
            old.unlink()
    for page, mode, name in wanted():
        context = browser.new_context(java_script_enabled=False, **MODES[mode])
        tab = context.new_page()
        tab.goto((edition / PAGES[page]).resolve().as_uri())
        for part, picture in parts(tab.screenshot(full_page=True), name).items():
            (folder / part).write_bytes(picture)
        if name == PAGE_OF_TOP:
            (folder / f"{TOP}.png").write_bytes(parts(tab.screenshot(), TOP)[f"{TOP}.png"])
        context.close()


def take_counting(browser: Browser, edition: Path, folder: Path) -> None:
    """Take a picture of each step of the counting page: the only one that needs its script."""
    context = browser.new_context(has_touch=True, is_mobile=True, **MODES["phone"])
    tab = context.new_page()
    tab.clock.set_fixed_time(NOW)
    tab.goto((edition / TEAM / "telmee.html").resolve().as_uri())
    for cell, times in {"rm": 2, "nm": 4, "nn": 3}.items():
        for _ in range(times):
            tab.locator(f"[data-count={cell}]").tap()
    steps = dict(zip(COUNTING, ("", "#done", "#save", "#tab-agree"), strict=True))
    for name, button in steps.items():
        if button:
            tab.locator(button).tap()
        picture = tab.screenshot(full_page=name != "count")
        (folder / f"{name}_phone.png").write_bytes(parts(picture, name)[f"{name}.png"])
    context.close()


def main() -> None:
    """Make an edition and take its pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    program = next(p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name)))
    with tempfile.TemporaryDirectory() as aside, sync_playwright() as playwright:
        edition, made = Path(aside), publishable(teams=12)
        render_edition(made, edition)
        words = Words(read_words(shipped("reports")), "nl")
        render_quality_page(
            exact_tables(), edition / PAGES["exact data quality"], publishable=made, words=words, root="../"
        )
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        )
        take(browser, edition, folder)
        take_counting(browser, edition, folder)
        browser.close()


if __name__ == "__main__":
    main()
