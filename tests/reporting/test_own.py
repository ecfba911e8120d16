"""A site's own figures: declared in YAML, drawn from released figures, refused by name when they are not right."""

import re
from pathlib import Path

import pytest

from meos_pipeline.attack.outsider import attack
from meos_pipeline.errors import SettingsError
from meos_pipeline.reporting.own import COUNTED, LEADS, OUTCOMES, Kind, known, read_own, with_leads
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.sections import own
from meos_pipeline.reporting.site import House, read_house
from meos_pipeline.reporting.team_reports import team_report
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

TITLE = 'title: {nl: "Waarom controleren we?", en: "Why do we check?"}\n'
RIGHT = {
    "gronden.yaml": f"{TITLE}kind: bars\npartition: shift_kind\n",
    "uitleg.yaml": 'title: {nl: "Leggen we het <uit>?", en: "Do we <explain>?"}\nkind: line\nmeasure: explanation_given\n',
    "opbrengst.yaml": 'title: {nl: "Wat levert het op?", en: "What does it yield?"}\nkind: table\n'
    "measures: [debriefed, yield_broad]\n",
}


def folder_with(root: Path, files: dict[str, str]) -> Path:
    own_folder = root / "house" / "own"
    own_folder.mkdir(parents=True)
    for name, text in files.items():
        (own_folder / name).write_text(text, encoding="utf-8")
    return own_folder


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("own")
    folder_with(root, RIGHT)
    render_edition(publishable(teams=2), root / "out", house=root / "house")
    return root / "out"


def test_each_declared_figure_is_on_a_page_of_its_own_that_the_page_of_the_team_leads_to(edition: Path) -> None:
    team = edition / "team-noordkade"
    assert 'href="own.html"' in (team / "index.html").read_text(encoding="utf-8")
    dutch = (team / "own.html").read_text(encoding="utf-8")
    english = (team / "own_en.html").read_text(encoding="utf-8")
    assert all(text in dutch for text in ("Waarom controleren we?", "Wat levert het op?", "Noodhulp"))
    assert all(text in english for text in ("Why do we check?", "What does it yield?"))
    assert "Het district koos deze figuren" in dutch
    assert dutch.count("<figure") >= 2


def test_a_typed_title_is_text_on_the_page(edition: Path) -> None:
    page = (edition / "team-noordkade" / "own.html").read_text(encoding="utf-8")
    assert "Leggen we het &lt;uit&gt;?" in page
    assert "<uit>" not in page


def test_what_comes_out_of_checks_stands_below_coverage_and_the_corrected_yield(edition: Path) -> None:
    page = (edition / "team-noordkade" / "own.html").read_text(encoding="utf-8")
    table = page[page.index("Wat levert het op?") :]
    rows = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table)[:4]
    words = Words(read_words(shipped("reports")), "nl")
    names = [
        words(f"measures/{name}/name").lower() for name in ("coverage", "yield_corrected", "debriefed", "yield_broad")
    ]
    assert [row.lower()[:12] for row in rows] == [name[:12] for name in names]


@pytest.mark.parametrize("measure", OUTCOMES)
def test_no_outcome_is_drawn_or_told_alone(measure: str) -> None:
    assert with_leads((measure,))[:2] == LEADS
    assert measure not in known(Kind.LINE)


def test_no_partition_that_may_be_drawn_tells_outcomes_groups_or_one_person() -> None:
    assert set(COUNTED).isdisjoint({"result", "related_hit", "second_register", "activities", "sample"})
    assert [name for name in COUNTED if name.endswith(("_hit", "_block")) or "sex" in name] == []
    assert {"ground", "shift_kind", "area", "timeliness"} <= set(COUNTED)


def test_a_small_count_stays_small_and_a_team_without_a_number_says_so(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"wijken.yaml": f"{TITLE}kind: bars\npartition: area\n"})
    made = publishable(teams=2, cell=5)
    house = House(own=read_own(folder))
    words = Words(read_words(shipped("reports")), "nl")
    report = team_report("team-noordkade", "Noordkade", made, results_by_team(made), words, house)
    (chart,) = own.build(report).charts
    small = [row for row in chart.table.rows if row[1].text == "minder dan 10"]
    assert small
    assert all(cell.value is None for row in small for cell in row)
    nobody = team_report("team-x", "X", made, results_by_team(made), words, house)
    assert "geen cijfer" in str(own.build(nobody).sentences[0])


def test_the_attack_finds_nothing_that_it_does_not_find_without_them(edition: Path, tmp_path: Path) -> None:
    made = publishable(teams=2)
    render_edition(made, tmp_path / "plain")

    def told(folder: Path) -> set[str]:
        return {str(leak) for leak in attack(folder, [], contact=made.site.contact, publisher=made.site.organisation)}

    assert told(edition) <= told(tmp_path / "plain")


WRONG = {
    # what is wrong                   file            text                                                     said
    "no title": ("a.yaml", "kind: bars\npartition: ground\n", "give 'title' a text in nl, en"),
    "one language": ("a.yaml", "title: {nl: Wat}\nkind: bars\npartition: ground\n", "give 'title' a text"),
    "another language": ("a.yaml", "title: {nl: a, en: b, de: c}\nkind: bars\npartition: ground\n", "give 'title'"),
    "an empty title": ("a.yaml", "title: {nl: '', en: b}\nkind: bars\npartition: ground\n", "give 'title'"),
    "no kind": ("a.yaml", f"{TITLE}partition: ground\n", "'kind' should be one of bars, line, table"),
    "an unknown kind": ("a.yaml", f"{TITLE}kind: pie\npartition: ground\n", "'kind' should be one of"),
    "an unknown partition": ("a.yaml", f"{TITLE}kind: bars\npartition: names\n", "'partition' should name"),
    "an outcome as bars": ("a.yaml", f"{TITLE}kind: bars\npartition: result\n", "'partition' should name"),
    "groups of people": ("a.yaml", f"{TITLE}kind: bars\npartition: age_band_hit\n", "'partition' should name"),
    "one person": ("a.yaml", f"{TITLE}kind: bars\npartition: activities\n", "'partition' should name"),
    "a yield as a line": ("a.yaml", f"{TITLE}kind: line\nmeasure: yield_broad\n", "'measure' should name"),
    "no measures": ("a.yaml", f"{TITLE}kind: table\nmeasures: []\n", "'measures' should name"),
    "a measure twice": ("a.yaml", f"{TITLE}kind: table\nmeasures: [debriefed, debriefed]\n", "each once"),
    "a list as a measure": ("a.yaml", f"{TITLE}kind: line\nmeasure: [coverage]\n", "'measure' should name"),
    "a key too many": ("a.yaml", f"{TITLE}kind: bars\npartition: ground\nteam: west\n", "team is not known"),
    "a key of another kind": ("a.yaml", f"{TITLE}kind: bars\npartition: ground\nmeasure: coverage\n", "measure is not"),
    "a list": ("a.yaml", "- a\n", "write 'title', 'kind' and what is shown"),
    "nothing": ("a.yaml", "", "write 'title', 'kind' and what is shown"),
    "no YAML": ("a.yaml", "title: [", "is no YAML"),
    "an object": ("a.yaml", "!!python/object:os.system {}\n", "is no YAML"),
    "a name with capitals": (
        "A b.yaml",
        f"{TITLE}kind: bars\npartition: ground\n",
        "small letters, digits and hyphens",
    ),
    "another ending": ("a.yml", f"{TITLE}kind: bars\npartition: ground\n", "is no .yaml file"),
    "a count": (
        "a.yaml",
        'title: {nl: "Wij deden 137", en: b}\nkind: bars\npartition: ground\n',
        "leave numbers to the",
    ),
    "a formula": (
        "a.yaml",
        'title: {nl: "=SOM(A)", en: b}\nkind: bars\npartition: ground\n',
        "begin 'title' with a letter",
    ),
    "a plate": ("a.yaml", 'title: {nl: "Van AB-123-C", en: b}\nkind: bars\npartition: ground\n', "leave numbers"),
    "a citizen number": (
        "a.yaml",
        'title: {nl: "Van 111222333", en: b}\nkind: bars\npartition: ground\n',
        "leave numbers",
    ),
    "too long": ("a.yaml", f'title: {{nl: "{"w" * 121}", en: b}}\nkind: bars\npartition: ground\n', "longer than 120"),
    "a hidden sign": ("a.yaml", 'title: {nl: "a\\u202Eb", en: b}\nkind: bars\npartition: ground\n', "nobody sees"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_not_right_is_refused_by_name(what: str, tmp_path: Path) -> None:
    name, text, said = WRONG[what]
    folder = folder_with(tmp_path, {name: text})
    with pytest.raises(SettingsError) as refused:
        read_house(folder.parent)
    assert name in str(refused.value)
    assert said in str(refused.value)
    assert "111222333" not in str(refused.value)


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        {"een.yaml": "kind: pie\nx: 1\n", "twee.yaml": f"{TITLE}kind: line\nmeasure: yield_strict\n", "drie.txt": ""},
    )
    with pytest.raises(SettingsError) as refused:
        read_own(folder)
    lines = str(refused.value).splitlines()
    assert lines[0] == "Own figures are not right:"
    assert len(lines) == 5
    assert all(any(name in line for line in lines) for name in ("een.yaml", "twee.yaml", "drie.txt"))


def test_more_figures_than_a_page_bears_are_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {f"f{n}.yaml": RIGHT["gronden.yaml"] for n in range(13)})
    with pytest.raises(SettingsError, match="there are 13 own figures; keep 12"):
        read_own(folder)


def test_every_name_that_may_be_shown_has_words_and_a_house_without_figures_has_no_page(tmp_path: Path) -> None:
    tree = read_words(shipped("reports"))
    for language in ("nl", "en"):
        words = Words(tree, language)
        assert [name for name in known(Kind.TABLE) if not words.has(f"measures/{name}/name")] == []
        assert [name for name in COUNTED if not words.has(f"workbench/partition/{name}")] == []
    assert set(Kind) == {"bars", "line", "table"}
    render_edition(publishable(teams=1), tmp_path / "out")
    assert not (tmp_path / "out" / "team-noordkade" / "own.html").exists()
