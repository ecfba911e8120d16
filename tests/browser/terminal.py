"""Renew the pictures of the command line in ``docs/screenshots``: ``python -m tests.browser.terminal [FOLDER]``.

A made-up district is looked at, taken in and published, and a layout that nobody saw before is mapped, in Dutch, as an
analyst does it. What the commands print is drawn as a terminal shows it. Then look at the pictures.
"""

import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from io import StringIO
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from meos_pipeline.cli import screen
from meos_pipeline.cli.app import main
from meos_pipeline.storage.paths import DataFolder, shipped
from tests.browser.screenshots import FOLDER, parts
from tests.cli.conftest import made
from tests.cli.test_map import as_csv, checks, dutch

WIDTH = 132
"""Columns of the terminal."""
_WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""The frame of a terminal without its letters from elsewhere."""
PICTURES = ("terminal_map", "terminal_inspect", "terminal_run", "terminal_status")


class _AtItsEnd(Progress):
    """Bars as they stand when the work is done: a picture does not move."""

    def __init__(self, *columns: ProgressColumn, console: Console, disable: bool) -> None:
        """Draw only when it stops."""
        super().__init__(*columns, console=console, disable=disable, auto_refresh=False)

    def refresh(self) -> None:
        """Draw nothing in between."""


def commands(work: Path) -> dict[str, tuple[str, ...]]:
    """Make the site and the new layout, and return picture -> words that are typed, in their order."""
    folder = made(work / "data")
    (folder.landing / "controles_2025-03_20250403T0700_leeg.csv").touch()
    os.utime(folder.landing / "controles_2025-03_20250403T0700_leeg.csv", (0, 0))
    teams = {"Noord": "Noordkade", "Zuid": "Zuiderhaven"}
    rows = [dutch(check) | {"Team": teams[str(check["team"])]} for check in checks()]
    as_csv(work / "uitdraai.csv", rows, ";", "Export maart")
    first = min(folder.landing.glob("controles_*.csv")).relative_to(work)
    return {
        "terminal_map": ("map", "uitdraai.csv", "--yes", "--to", "eigen.toml"),
        "terminal_inspect": ("inspect", first.as_posix()),
        "terminal_run": ("run",),
        "terminal_status": ("status",),
    }


def draw(browser: Browser, folder: Path) -> None:
    """Run the commands and draw what they print.

    Args:
        browser: Chromium.
        folder: Where the pictures go.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        home = work / "home"
        home.mkdir()
        shutil.copy(shipped("dagster_home") / "dagster.yaml", home)
        os.environ |= {"DAGSTER_HOME": str(home), "MEOS_LANGUAGE": "nl", "MEOS_DATA": str(work / "data")}
        DataFolder(work / "data").make()
        typed = commands(work)
        os.chdir(work)
        screen.Progress = _AtItsEnd  # type: ignore[misc]
        for picture, words in typed.items():
            svg = _shown(words).replace(name, "/srv/meos/midden")
            page = browser.new_page(device_scale_factor=1)
            page.set_default_timeout(0)  # a machine that is busy with more is slow, not wrong
            page.set_content(f"<body style='margin:0'>{svg}</body>")
            box = page.locator("svg").first.bounding_box() or {}
            page.set_viewport_size({"width": int(box["width"]), "height": int(box["height"]) + 1})
            taken = page.screenshot()
            page.close()
            for part, content in parts(taken, picture).items():
                (folder / part).write_bytes(content)


def _shown(words: tuple[str, ...]) -> str:
    """Return what a command prints, as an SVG of a terminal."""
    console = Console(
        record=True,
        width=WIDTH,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        soft_wrap=False,
    )
    console.print(f"$ meos {' '.join(words)}", markup=False)
    screen.console = console
    with suppress(SystemExit):
        main(list(words))
    return console.export_svg(title="meos", theme=DEFAULT_TERMINAL_THEME, code_format=_WITHOUT_FONTS)


def _main(folder: Path) -> None:
    program = next(p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        draw(browser, folder.resolve())
        browser.close()


if __name__ == "__main__":
    _main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
