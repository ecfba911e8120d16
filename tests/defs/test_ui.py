"""Dagster's page as an analyst uses it: a month from the page, its checks, and a broken file that says what to do."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.defs.conftest import Site, new_home, settle

pytestmark = pytest.mark.browser
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
SCREENSHOTS = os.environ.get("MEOS_SCREENSHOTS", "")
"""A folder to renew the pictures of the documentation in; empty makes none."""
BROKEN = "controles_2025-04_20250503T0600.csv"
PATIENCE_SECONDS = int(os.environ.get("MEOS_PATIENCE", "240"))
"""For a busy machine: how long a browser waits for what should come."""

_SCREEN = {"width": 1280, "height": 800}
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Ui:
    """``meos dev`` on a data folder: where its page is."""

    url: str
    folder: DataFolder
    link: str = ""
    """What was printed: it holds the token that the guard asks for."""

    def ask(self, query: str) -> Any:
        """Ask Dagster's own interface."""
        request = urllib.request.Request(
            f"{self.url}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json", "Cookie": self.cookie},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    @property
    def cookie(self) -> str:
        """What the printed link gives a browser."""
        return f"meos-token-{urlsplit(self.url).port}={self.link.partition('token=')[2]}"

    def until(self, query: str, wanted: Any) -> Any:
        """Ask until the answer is as wanted."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            said: object = "nothing"
            try:
                answer = self.ask(query)
                if wanted(answer):
                    return answer
            except urllib.error.HTTPError as error:
                said = error.code
                error.close()
            except OSError as error:
                said = error
            assert time.monotonic() < end, f"never came: {query}; last answer: {said}"
            time.sleep(0.5)  # another process is working

    def until_ran(self, job: str) -> None:
        """Wait until the first run of a job has ended, and went well."""
        query = f'{{runsOrError(filter: {{pipelineName: "{job}"}}) {{... on Runs {{results {{status}}}}}}}}'
        answer = self.until(query, lambda data: any(run["status"] in _ENDED for run in data["runsOrError"]["results"]))
        assert [run["status"] for run in answer["runsOrError"]["results"]] == ["SUCCESS"]


@pytest.fixture(scope="module")
def ui(ran: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """The page on a copy of the district, with a Dagster home that knows nothing yet."""
    root = tmp_path_factory.mktemp("ui")
    shutil.copytree(ran.folder.root, root / "data")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "DAGSTER_HOME": str(new_home(root / "home")), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "meos_pipeline.cli", "dev", "--data", str(root / "data"), "--port", str(port)]
    with (root / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            found = Ui(url, DataFolder(root / "data"), _printed_link(root / "log", url))
            try:
                found.until("{version}", bool)
            except AssertionError as never:
                said = (root / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise AssertionError(f"{never}; ended with {server.poll()}; it said:\n{said}") from None
            yield found
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_SECONDS)


def _printed_link(log: Path, url: str) -> str:
    """Read the link from what the command printed, once it is there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := re.search(rf"{url}/\?token=\S+", log.read_text(encoding="utf-8"))):
        assert time.monotonic() < end, "no link was printed"
        time.sleep(0.2)  # another process is starting
    return found[0]


@pytest.fixture(scope="module")
def page(ui: Ui) -> Iterator[Any]:
    """A browser that reaches this computer only."""
    if not CHROMIUM:
        pytest.skip("needs Chromium: sh tests/install_browser.sh")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport=_SCREEN)
        opened.set_default_timeout(PATIENCE_SECONDS * 1000)
        opened.goto(ui.link)
        opened.strange = []
        opened.on("request", lambda request: opened.strange.append(request.url) if not _is_near(request.url) else None)
        yield opened
        browser.close()


def _is_near(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def _picture(page: Any, name: str) -> None:
    if SCREENSHOTS:
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))


def test_an_analyst_makes_a_month_and_sees_its_checks(ui: Ui, page: Any) -> None:
    # The sensor takes in what lies in landing and makes the months known; before that the page asks "are you sure?".
    ui.until_ran("ingest_new_exports")
    page.goto(f"{ui.url}/locations/meos_pipeline.definitions/jobs/refresh_months")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_text("Select a partition or create one").click()
    page.get_by_text("2025-02", exact=True).first.click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Launch 1 run").click()
    ui.until_ran("refresh_months")
    page.goto(f"{ui.url}/assets/police_checks?view=checks&checkDetail=every_row_is_accounted_for")
    page.get_by_text("every_row_is_accounted_for").first.wait_for()
    page.get_by_text("Passed", exact=True).first.wait_for()


def test_an_analyst_sees_what_a_month_was_made_of(ui: Ui, page: Any) -> None:
    page.goto(f"{ui.url}/assets/police_checks?view=partitions&partition=2025-02")
    for name in ("reconciliation", "rows per month", "set aside, by reason", "trend"):
        page.get_by_text(name, exact=True).first.wait_for()
    _picture(page, "dagster_asset")


def test_the_link_to_the_validation_page_leads_to_it(ui: Ui, page: Any) -> None:
    page.goto(f"{ui.url}/assets/validation?view=partitions&partition=2025-02")
    link = page.locator("a[href*='/restricted/pages/']").first
    link.wait_for()
    page.goto(link.get_attribute("href"))
    assert "times_are_not_all_round" in page.inner_text("body")
    assert page.title()


@pytest.mark.slow
def test_a_broken_file_is_refused_by_name_and_says_what_to_do(ui: Ui, page: Any) -> None:
    (ui.folder.landing / BROKEN).write_bytes(b"")
    settle(ui.folder)
    page.goto(f"{ui.url}/assets/exports?view=checks&checkDetail=no_export_is_refused")
    page.get_by_text(f"F-LEEG: '{BROKEN}'").first.wait_for()
    _picture(page, "dagster_check")


@pytest.mark.slow
def test_the_graph_and_the_launchpad_show_what_an_analyst_needs(ui: Ui, page: Any) -> None:
    page.set_viewport_size({"width": 1900, "height": 640})  # wide, so that what each box says can be read
    page.goto(f"{ui.url}/asset-groups")
    page.get_by_text("publication").last.wait_for()
    page.keyboard.press("Alt+e")
    page.get_by_text("released_cells").first.wait_for()
    _picture(page, "dagster_graph")
    page.set_viewport_size(_SCREEN)
    page.goto(f"{ui.url}/locations/meos_pipeline.definitions/jobs/publish_month/playground")
    page.get_by_text("No missing config").wait_for()
    assert "dry_run: false" in page.inner_text("body")
    _picture(page, "dagster_launchpad")


def test_nobody_without_the_printed_link_gets_in(ui: Ui) -> None:
    for path in ("/", "/graphql?query={version}"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{ui.url}{path}", timeout=30)
        refused.value.close()
        assert refused.value.code == HTTPStatus.FORBIDDEN


def test_the_page_asks_nothing_of_the_outside(page: Any) -> None:
    assert page.strange == []
