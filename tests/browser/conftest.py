"""A made-up edition in a real browser: Chromium from the distribution, cut off from every network."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from meos_pipeline.reporting.quality_page import render_quality_page
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.browser.exact import exact_tables
from tests.reporting.conftest import twelve_teams
from tests.reporting.fixture import publishable

TEAM = "team-noordkade"
PAGES = {
    "team": f"{TEAM}/index.html",
    "team in English": f"{TEAM}/index_en.html",
    "A4": f"{TEAM}/a4.html",
    "reports of a team": f"{TEAM}/rapporten.html",
    "district": "district/index.html",
    "district figures": "district/cijfers.html",
    "team figures": f"{TEAM}/use.html",
    "data quality": "district/kwaliteit.html",
    "exact data quality": "restricted/kwaliteit.html",
    "way in": "index.html",
    "statement": "assets/toegankelijkheid.html",
}
"""One page of every kind, below the edition's folder."""
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
}
SHORT = {"team", "district", "way in", "A4"}
EVERYWHERE = [
    pytest.param(
        name,
        mode,
        id=f"{name}, {mode}",
        marks=[] if mode == "light" or name in SHORT else [pytest.mark.slow],
    )
    for name in PAGES
    for mode in MODES
]
"""Every page in every mode; the light one, and the pages that most people open, without being asked for slow tests."""
UNFOLD = "() => document.querySelectorAll('details').forEach(d => { d.open = true; })"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)


@dataclass(slots=True)
class Visit:
    """A page, and everything it did that a reader does not see."""

    page: Page
    asked: list[str] = field(default_factory=list)
    """Every address it asked for."""
    said: list[str] = field(default_factory=list)
    """Errors on the console, and exceptions."""
    dialogs: list[str] = field(default_factory=list)

    def go_live(self) -> None:
        """Make every figure live, as its button does, and wait until they are."""
        self.page.evaluate(UNFOLD)
        self.page.evaluate("() => document.querySelectorAll('button.go-live').forEach(b => b.click())")
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.live')].every(e => e.querySelector('.main-svg'))"
        )


class Reader:
    """Opens pages of an edition in a mode: 'light', 'dark', 'phone', or settings of its own."""

    def __init__(self, browser: Browser, root: Path) -> None:
        self.browser, self.root = browser, root
        self._contexts: list[BrowserContext] = []
        self._shared: dict[tuple[str, ...], Visit] = {}

    def look(self, path: str, mode: str = "light", **settings: Any) -> Visit:
        """Open a page with everything unfolded, once for all tests that only look at it."""
        return self._share("look", path, mode, lambda visit: visit.page.evaluate(UNFOLD), settings)

    def folded(self, path: str, mode: str = "light", **settings: Any) -> Visit:
        """Open a page as it comes, once for all tests that only look at it."""
        return self._share("folded", path, mode, lambda _: None, settings)

    def live(self, path: str) -> Visit:
        """Open a page with every figure live, once for all tests that only look at it."""
        return self._share("live", path, "light", Visit.go_live, {})

    def _share(
        self, how: str, path: str, mode: str, prepare: Callable[[Visit], object], settings: dict[str, Any]
    ) -> Visit:
        key = (how, path, mode, repr(sorted(settings.items())))
        if key not in self._shared:
            visit = self.open(path, mode, **settings)
            self._contexts.remove(visit.page.context)
            prepare(visit)
            self._shared[key] = visit
        return self._shared[key]

    def open(self, path: str, mode: str = "light", **settings: Any) -> Visit:
        """Open a page; whatever is not a file of the edition is refused and noted."""
        context = self.browser.new_context(**(MODES[mode] | settings))
        self._contexts.append(context)
        visit = Visit(context.new_page())

        def decide(route: Route) -> None:
            address = route.request.url
            visit.asked.append(address)
            if address.startswith(self.root.as_uri()):
                route.continue_()
            else:
                route.abort()

        context.route("**/*", decide)
        visit.page.on("console", lambda m: visit.said.append(m.text) if m.type == "error" else None)
        visit.page.on("pageerror", lambda error: visit.said.append(str(error)))

        def dismiss(dialog: Any) -> None:
            visit.dialogs.append(dialog.message)
            dialog.dismiss()

        visit.page.on("dialog", dismiss)
        visit.page.goto((self.root / path).as_uri(), wait_until="load")
        return visit

    def close(self) -> None:
        """Close every page that was opened for one test."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the distribution; without it these tests are skipped and say what to install.

    For these tests alone: while Playwright runs, its event loop is in the way of Dagster's.
    """
    found = next((p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))), None)
    if found is None:
        pytest.skip("Chromium is not installed; run tests/install_browser.sh")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve teams, so that there is a funnel; and the analysts' page with exact tables."""
    root = tmp_path_factory.mktemp("browser") / "edition"
    shutil.copytree(twelve_teams(tmp_path_factory), root)
    made = publishable(teams=12)
    words = Words(read_words(shipped("reports")), "nl")
    render_quality_page(
        exact_tables(), root / "restricted" / "kwaliteit.html", publishable=made, words=words, root="../"
    )
    return root


@pytest.fixture(scope="module")
def library(browser: Browser, edition: Path) -> Reader:
    """One reader for all tests, so that pages that are only looked at are opened once."""
    return Reader(browser, edition)


@pytest.fixture
def reader(library: Reader) -> Iterator[Reader]:
    """The reader; what it opened for this test is closed afterwards."""
    yield library
    library.close()
