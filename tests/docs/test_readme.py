"""The README's commands and maps are compared with the Makefile, the command line and the disk."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")]
    if path.name != "CHANGELOG.md"
)
WHOLE_LINES = re.compile(r"```(?:bash|powershell|text)\n(.*?)```", re.DOTALL)


def _tracked_folders(below: Path) -> set[str]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", str(below)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.splitlines()
    inside = [Path(name).relative_to(below.relative_to(ROOT)).parts for name in names]
    return {parts[0] for parts in inside if len(parts) > 1 and not parts[0].startswith(".")}


def _map(heading: str) -> list[str]:
    table = README.split(heading, 1)[1].split("\n\n", 1)[0]
    return [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\S+?)/`", row)]


def test_the_map_of_folders_is_the_disk():
    assert sorted(_map("| folder | holds |")) == sorted(_tracked_folders(ROOT))


def test_the_map_of_the_package_is_the_disk():
    assert sorted(_map("| in `meos_pipeline/` | does |")) == sorted(_tracked_folders(ROOT / "meos_pipeline"))


def test_the_readme_fits_one_screen_and_a_bit():
    assert len(README.splitlines()) < 110


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    spans = re.findall(r"`make ([a-z-]+)", text)
    for block in WHOLE_LINES.findall(text):
        spans += re.findall(r"^make ([a-z-]+)", block, re.MULTILINE)
    assert set(spans) <= targets


def _command_lines(text: str) -> list[list[str]]:
    spans = re.findall(r"`(?:uv run )?meos ([a-z][^`\n]*)`", text)
    for block in WHOLE_LINES.findall(text):
        spans += re.findall(r"^(?:uv run )?meos ([a-z].*)$", block, re.MULTILINE)
    return [re.split(r"\s+#|\s{2,}", span)[0].split() for span in spans]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_meos_command_that_a_page_names_exists(page):
    from meos_pipeline.cli.app import app

    unknown = []
    for words in _command_lines(page.read_text(encoding="utf-8")):
        command = app
        for word in words:
            if not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
                break
            if word not in list(command):
                if command is app or any(not name.startswith("-") for name in command):
                    unknown.append(" ".join(words))
                break
            command = command[word]
        parameters = command.assemble_argument_collection() if command is not app else []
        known = {name for argument in parameters for name in argument.names} | {"--help", "--version"}
        unknown += [f"{' '.join(words)}: {word}" for word in words if word.startswith("-") and word not in known]
    assert unknown == []


def test_the_makefile_calls_commands_that_exist():
    from meos_pipeline.cli.app import app

    called = re.findall(r"\bmeos ([a-z]+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert called
    assert set(called) <= set(app)


def test_what_windows_types_is_what_make_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pairs = {
        "sync --frozen": "uv sync --frozen",
        "meos demo --data $(DEMO)": "uv run meos demo",
        "$(call tests,not slow and not whole)": 'pytest -m "not slow and not whole"',
    }
    assert [there for there in pairs if there not in makefile] == []
    assert [here for here in pairs.values() if here not in README] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_every_file_that_a_root_page_links_to_exists(page):
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
