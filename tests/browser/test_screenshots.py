"""Pictures in the documentation are of every kind of page, small, and made by a program anyone can run again."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.screenshots import COUNTING, FOLDER, MOST_BYTES, TOP, take, take_counting, wanted
from tests.browser.terminal import PICTURES


def _pages(folder: Path) -> set[str]:
    return {re.sub(r"_\d+$", "", path.stem) for path in folder.glob("*.png")}


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_every_kind_of_page_has_its_pictures_and_each_is_small() -> None:
    assert {name for name in _pages(FOLDER) if not name.startswith("dagster_")} == {
        TOP,
        *(name for _, _, name in wanted()),
        *(f"{name}_phone" for name in COUNTING),
        *PICTURES,
    }
    assert [p.name for p in FOLDER.glob("*.png") if p.stat().st_size > MOST_BYTES] == []
    assert _size(FOLDER / f"{TOP}.png")[1] < _size(FOLDER / "team_report_desktop.png")[1]


def test_pictures_keep_the_colour_of_a_signal() -> None:
    with Image.open(FOLDER / f"{TOP}.png") as picture:
        colours = picture.convert("RGB").getcolors(1 << 24)
    assert any(red > 150 and green < 90 and blue < 60 for _, (red, green, blue) in colours)


@pytest.mark.slow
def test_the_program_makes_the_same_pictures_again(browser: Browser, edition: Path, tmp_path: Path) -> None:
    """By name and width; letters differ between machines."""
    take(browser, edition, tmp_path)
    take_counting(browser, edition, tmp_path)
    assert {p.name for p in tmp_path.glob("*.png")} == {
        p.name for p in FOLDER.glob("*.png") if not p.name.startswith(("dagster_", "terminal_"))
    }
    for path in tmp_path.glob("*.png"):
        assert _size(path)[0] == _size(FOLDER / path.name)[0]
