"""The documentation site builds offline without a warning, and what it links to is there."""

import os
import posixpath
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]


class _Page(HTMLParser):
    """Anchors and links of a page, and what a browser would fetch to show it."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := found.get(name))}
        if tag == "html":
            self.language = found.get("lang") or ""
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in {"script", "img", "iframe"} and found.get("src"):
            self.fetched.append(found["src"])
        if tag == "link" and found.get("rel") not in {"canonical", "next", "prev"} and found.get("href"):
            self.fetched.append(found["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="the documentation group is not installed")
    target = tmp_path_factory.mktemp("site")
    # Not --quiet: then MkDocs does not see its own warnings, and --strict passes whatever is broken.
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.relative_to(target).as_posix(): _Page(path.read_text("utf-8")) for path in target.rglob("*.html")}


def test_every_link_and_anchor_inside_the_site_resolves(site):
    broken = []
    for name, page in site.items():
        if name == "404.html":
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (
                posixpath.normpath(f"{posixpath.dirname(name)}/{unquote(parts.path)}".lstrip("/"))
                if parts.path
                else name
            )
            target = "index.html" if target == "." else target
            if target not in site or (parts.fragment and unquote(parts.fragment) not in site[target].ids):
                broken.append(f"{name} -> {link}")
    assert broken == []


def test_no_page_fetches_anything_from_elsewhere(site):
    assert [(name, url) for name, page in site.items() for url in page.fetched if urlsplit(url).netloc] == []


def test_pages_say_in_which_language_they_are(site):
    twins = {f"analyst/{path.stem}.html" for path in (ROOT / "docs/analyst/en").glob("*.md")}
    assert {f"analyst/{name}.html" for name in ("index", "first-export", "corrections")} <= twins
    wrong = [
        name
        for name, page in site.items()
        if page.language != ("nl" if name.startswith("ambassadeur/") or name in twins else "en")
    ]
    assert wrong == []


@pytest.mark.parametrize("english", sorted((ROOT / "docs/analyst/en").glob("*.md")), ids=lambda path: path.stem)
def test_a_page_in_two_languages_has_the_same_commands_settings_chapters_and_rows(english):
    """What an analyst types, and how much there is to read, does not depend on the language."""

    def facts(path: Path) -> tuple[list[str], set[str], int, int]:
        text = path.read_text("utf-8")
        fences = "".join(re.findall(r"```.*?```", text, re.DOTALL))
        return (
            re.findall(r"^ *((?:meos|cp|robocopy|export) [a-z -]+)", fences, re.MULTILINE),
            set(re.findall(r"`([A-Z]-[A-Z-]+|[a-z]+_[a-z_]+)`", text)),
            text.count("\n## "),
            len(re.findall(r"^ *\|", text, re.MULTILINE)),
        )

    assert facts(english) == facts(english.parents[1] / english.name)


def test_each_statistic_rule_message_setting_and_command_is_on_a_page(site):
    from meos_pipeline.statistics import all_statistics

    assert {f"methods/{name}.html" for name in all_statistics()} | {"methods/appendix.html"} <= set(site)
    for page in ("data-dictionary", "messages", "expectations", "settings", "profile", "commands"):
        assert f"reference/{page}.html" in site


def test_each_measured_method_is_on_the_page_of_a_statistic(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs/generate"))
    import methods_pages

    from benchmarks.appendix import shipped_appendix

    methods = set(shipped_appendix()["method"])
    shown = {
        method
        for one in methods_pages._statistics()
        for method in methods_pages.measured(one, methods_pages._module(one))["method"]
    }
    assert methods - shown == set(), "say in methods_pages.MEASURED which function or statistic they measure"
    assert set(methods_pages.MEASURED) - methods == set(), "these are not in the appendix any more"


def test_no_paragraph_is_written_twice():
    seen: dict[str, Path] = {}
    twice = []
    for path in sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for paragraph in re.split(r"\n\s*\n", text):
            words = " ".join(paragraph.split())
            if len(words) > 200:
                if words in seen and seen[words] != path:
                    twice.append((str(seen[words]), str(path), words[:60]))
                seen[words] = path
    assert twice == []
