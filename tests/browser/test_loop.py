"""The whole loop: counted on the page of an edition, handed in, taken in by ``meos run``, told on the next page."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from meos_pipeline.contracts.handed_in import SHEET, signed
from meos_pipeline.storage.paths import DataFolder, shipped
from tests.browser.conftest import MODES
from tests.browser.test_count import Phone
from tests.browser.test_questions import QUESTIONS, SCREEN

pytestmark = pytest.mark.slow


class Site:
    """A small fictional district, run by the command line as a person does."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root / "data")
        home = root / "home"
        home.mkdir()
        shutil.copy(shipped("dagster_home") / "dagster.yaml", home)
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        self.environment = kept | {"DAGSTER_HOME": str(home), "MEOS_LANGUAGE": "nl"}

    def meos(self, *words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "meos_pipeline.cli", *words, "--data", str(self.folder.root)]
        done = subprocess.run(command, check=False, env=self.environment, capture_output=True, text=True, timeout=1500)
        return done.returncode, done.stdout + done.stderr

    @property
    def edition(self) -> Path:
        return max((self.folder.published / "editions").iterdir(), key=lambda path: path.stat().st_mtime_ns)

    def page(self, team: str) -> str:
        return (self.edition / team / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("loop"))
    code, said = made.meos("demo", "--teams", "2", "--months", "15")
    assert code == 0, said
    return made


@pytest.mark.parametrize("name", ["index.html", "index_en.html"])
def test_on_a_phone_every_page_of_the_demo_is_short_and_answers_within_three_screens(
    browser: Browser, site: Site, name: str
) -> None:
    """A month that is provisional, news of counting and long names are in the demo and not in a made-up edition."""
    context = browser.new_context(**MODES["phone"])
    for path in sorted(site.edition.glob(f"*/{name}")):
        if path.parent.name == "district":
            continue
        page = context.new_page()
        page.goto(path.as_uri())
        words, height = page.evaluate(
            "() => [document.querySelector('main').innerText.split(/\\s+/).length, document.documentElement.scrollHeight]"
        )
        buttons = page.locator("#nu .btns").bounding_box()
        places = {q: page.locator(q).first.bounding_box()["y"] / SCREEN for q, _ in QUESTIONS.values()}
        assert {q: at for q, at in places.items() if at > 3} == {}, path.parent.name
        assert (words <= 900, height <= 7 * SCREEN) == (True, True), (path.parent.name, words, height)
        assert buttons["y"] + buttons["height"] <= SCREEN, path.parent.name
        assert path.stat().st_size <= 150_000
        page.close()
    context.close()


def _coverage(text: str) -> list[str]:
    """Every sentence of a page that tells how many of 100 checks are in MEOS."""
    words = re.sub(r"<[^>]+>", " ", text)
    return re.findall(r"[Vv]an de 100 controles[^.]*\.", " ".join(words.split()))


def test_from_the_counting_page_to_the_sentence_in_the_next_edition(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    team = "noordkade"
    before, first = _coverage(site.page(team)), site.edition
    assert before
    phone = Phone(browser, site.edition / team / "telmee.html")
    for day in ("2025-07-03", "2025-08-12", "2025-09-20"):
        phone.page.locator("#date").fill(day)
        phone.tap("[data-count=nn]", times=12)
        phone.tap("#done", "#save")
    content = phone.hand_in()
    assert phone.said == []
    phone.context.close()
    (site.folder.landing / "telblad_noordkade.csv").write_bytes(content)
    hostile = dict.fromkeys(SHEET.columns, "1") | {
        "datum": f"{date(2025, 7, 1):%d-%m-%Y}", "basisteam": team, "dienst": "<script>alert('gotcha')</script>",
        "blok": "", "gewicht": "", "kenmerk": "", "stand": "valid",
    }  # fmt: skip
    (site.folder.landing / "telblad_hostile.csv").write_text(
        f"{SHEET.header}\n{signed(SHEET, hostile)}\n{signed(SHEET, hostile | {'dienst': 'flex', 'basisteam': 'elders'})}\n"
    )
    code, said = site.meos("run")
    assert code == 3, said
    assert "R-INLEVER-VELD" in said
    assert "R-INLEVER-TEAM" in said
    assert site.edition != first
    assert _coverage(site.page(team)) != before, "36 checks that nobody registered lower the coverage on the page"
    for path in site.edition.rglob("*"):
        if path.is_file():
            assert b"gotcha" not in path.read_bytes()
            assert b"2025-07-03" not in path.read_bytes() or path.name.startswith("cells"), path
    assert "gotcha" not in said
    again = (site.folder.landing / "telblad_once_more.csv").write_bytes(content)
    assert again
    code, _ = site.meos("acknowledge", "telblad_hostile.csv", "--why", "proef")
    now = site.page(team)
    code, said = site.meos("run")
    assert code == 0, said
    assert _coverage(site.page(team)) == _coverage(now), "handed in twice counts once"
