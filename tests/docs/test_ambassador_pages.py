"""Pages in Dutch, of ambassadors and of analysts: plain Dutch; and a sheet whose boxes are the columns of the sample file."""

import re
from pathlib import Path

import pytest

from meos_pipeline.contracts.companions import COVERAGE_SAMPLE

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs/ambassadeur").glob("*.md"))
ANALYST = sorted(PAGES[0].parents[1] / "analyst" / path.name for path in PAGES[0].parents[1].glob("analyst/en/*.md"))
SHEET = (PAGES[0].parent / "steekproefblad.html").read_text(encoding="utf-8")
DIFFICULT = (
    "significant",
    "betrouwbaarheidsinterval",
    "variatie",
    "geregistreerd",
    "standaarddeviatie",
    "correlatie",
    "teneinde",
    "middels",
    "dientengevolge",
    "staandehouding",
)


def _sentences(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^(#.*|\|.*|!!!.*)$", ".", text, flags=re.MULTILINE)
    text = re.sub(r"^\s*(?:[-*]|\d+\.)\s+", ". ", text, flags=re.MULTILINE)
    text = re.sub(r"[*`_\"]", "", text)
    return [
        s for s in (" ".join(part.split()) for part in re.split(r"[.?!:;](?:\s|$)|\n\n", text)) if len(s.split()) > 1
    ]


@pytest.mark.parametrize("page", [*PAGES, *ANALYST], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_sentences_are_short(page):
    lengths = [len(sentence.split()) for sentence in _sentences(page)]
    longest = max(_sentences(page), key=lambda sentence: len(sentence.split()))
    assert len(longest.split()) <= 20, longest
    assert sum(lengths) / len(lengths) <= 12


@pytest.mark.parametrize("page", [*PAGES, *ANALYST], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_difficult_words_are_left_out(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL).lower()
    assert [word for word in DIFFICULT if re.search(rf"\b{word}\b", text)] == []


def test_the_sheet_asks_exactly_what_the_sample_file_holds():
    asked = re.findall(r"<code>(\w+)</code>", SHEET)
    # The weight comes from the draw; nobody writes it on a sheet.
    assert sorted(asked) == sorted({column.source_name for column in COVERAGE_SAMPLE.columns} - {"gewicht"})


def test_the_example_in_the_guide_is_a_line_of_the_sample_file():
    text = (PAGES[0].parent / "tellen.md").read_text(encoding="utf-8")
    header, line = re.search(r"```text\n(.*?)\n(.*?)\n```", text).groups()
    assert header.split(";") == [column.source_name for column in COVERAGE_SAMPLE.columns]
    seen, registered, hits, registered_hits = map(int, line.split(";")[3:7])
    assert registered <= seen >= hits >= registered_hits <= registered


def test_the_sheet_fetches_nothing():
    assert "://" not in SHEET


def test_the_sheet_is_one_page():
    weasyprint = pytest.importorskip("weasyprint")
    assert len(weasyprint.HTML(string=SHEET).render().pages) == 1


def test_the_guide_explains_each_verdict_and_each_term_that_the_reports_have():
    import yaml

    reports = PAGES[0].parents[2] / "reports"
    labels = yaml.safe_load((reports / "codes.yaml").read_text(encoding="utf-8"))["label"]
    figures = (PAGES[0].parent / "figuren.md").read_text(encoding="utf-8")
    table = figures.split("{ #verdicts }", 1)[1].split("\n## ", 1)[0]
    told = {word.strip() for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) for word in row.split(",")}
    told |= set(re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE))
    assert {words["nl"] for words in labels.values()} - told == set()
    guide = " ".join(page.read_text(encoding="utf-8").lower() for page in PAGES)
    glossary = yaml.safe_load((reports / "glossary.yaml").read_text(encoding="utf-8"))
    assert [words["name"]["nl"] for words in glossary.values() if words["name"]["nl"] not in guide] == []


def test_buttons_and_headings_that_the_guide_names_are_on_the_pages():
    import yaml

    folder = PAGES[0].parents[2] / "reports"
    page = yaml.safe_load((folder / "page.yaml").read_text(encoding="utf-8"))
    now = yaml.safe_load((folder / "now.yaml").read_text(encoding="utf-8"))
    count = yaml.safe_load((folder / "count.yaml").read_text(encoding="utf-8"))
    guide = (PAGES[0].parent / "index.md").read_text(encoding="utf-8")
    named = [page[key]["nl"] for key in ("downloads", "other_language", "how_to_read", "show_table")]
    named += [now["nav"][key]["nl"] for key in ("now", "questions", "all", "count")] + [now["agenda"]["heading"]["nl"]]
    assert [words for words in named if words not in guide] == []
    told = "".join(
        (PAGES[0].parent / f"{name}.md").read_text(encoding="utf-8") for name in ("tellen", "afspraak", "privacy")
    )
    buttons = [count[key]["nl"] for key in ("undo", "done", "save", "hand_in", "aim", "look_back")]
    buttons.append(count["script"]["wipe"]["nl"])
    buttons += [count["script"][key]["nl"] for key in ("correct", "withdraw", "state")]
    assert [words for words in buttons if words.lower() not in " ".join(told.split()).lower()] == []


def test_the_six_weeks_of_the_guide_are_those_of_the_policy():
    from meos_pipeline.policy import Policy

    assert "pas na zes weken" in (PAGES[0].parent / "index.md").read_text(encoding="utf-8")
    assert Policy().settlement_days == 6 * 7


def test_the_guide_tells_what_groups_are_compared_with():
    import yaml

    codes = yaml.safe_load((PAGES[0].parents[2] / "reports" / "codes.yaml").read_text(encoding="utf-8"))
    figures = (PAGES[0].parent / "figuren.md").read_text(encoding="utf-8").lower()
    assert [words["nl"] for words in codes["benchmark"].values() if words["nl"] not in figures] == []


def test_the_guide_explains_each_kind_of_figure_that_the_reports_have():
    import yaml

    charts = yaml.safe_load((PAGES[0].parents[2] / "reports/charts.yaml").read_text(encoding="utf-8"))
    kinds = {
        name for name, words in charts.items() if isinstance(words, dict) and any(k.startswith("how") for k in words)
    }
    guide = (PAGES[0].parent / "figuren.md").read_text(encoding="utf-8")
    assert len(kinds) > 5
    assert {kind for kind in kinds if f"{{ #{kind} }}" not in guide} == set()
