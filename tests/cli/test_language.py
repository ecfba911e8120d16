"""A run speaks one language: each line that can be shown is in the catalogue, and none comes out half."""

import ast
import inspect
import json
import re
import shutil
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import yaml

from meos_pipeline import errors
from meos_pipeline.cli import screen
from meos_pipeline.cli.app import app
from meos_pipeline.cli.mapping import CLASSES
from meos_pipeline.contracts.availability import NEEDED
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.ingest.messages import catalogue, message
from meos_pipeline.settings import Settings
from meos_pipeline.steps import arrivals, language
from meos_pipeline.steps.language import SIGN, choose, terminal, translated
from meos_pipeline.steps.plan import Work
from meos_pipeline.storage.made import CHANGED, NEVER
from meos_pipeline.storage.paths import PACKAGE, DataFolder, shipped
from tests.cli.conftest import Meos

ERRORS = {kind.__name__ for kind in vars(errors).values() if isinstance(kind, type)} - {"TextError"}
"""Of ``reporting/words.py`` a ``TextError`` about a site's own words becomes a ``SettingsError``."""
FOR_DEVELOPERS = (
    "api.py",
    "cli/reference.py",
    "sun.py",
    "contracts/",
    "synthetic/",
    "statistics/",
    "reporting/",
    "quality/expressions.py",
    "quality/polars",
    "defs/",
    "disclosure/publishable.py",
    "disclosure/release.py",
    "disclosure/rounding.py",
    "publication/seal.py",
    "attack/",
    "ingest/messages.py:36",
)
"""Mistakes of a programmer, not of who runs it; they stay English."""
OF_A_SITE = ("reporting/site.py", "reporting/own.py", "reporting/words.py")
"""Readers of what a site wrote."""
LISTS = {"mistakes", "breaches", "found", "lines"}
"""Names under which a message gathers its breaches."""


def _template(node: ast.AST) -> str | None:
    """A text with {} for each open place; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return SIGN.sub("{}", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _texts(node: ast.AST) -> Iterator[str]:
    """Texts that an expression can give: of a choice both, of a list all, of a text with open places the whole."""
    whole = _template(node)
    if whole is not None:
        yield whole
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _texts(item)
    elif isinstance(node, ast.ListComp):
        yield from _texts(node.elt)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        yield from _texts(node.args[0])


def _shown() -> Iterator[tuple[str, str]]:
    """Every text in the code that a person at the terminal can get to see, with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{name}:{getattr(node, 'lineno', 0)}"
            if place.startswith(FOR_DEVELOPERS) and name not in OF_A_SITE:
                continue
            for text in _said_by(node, in_command=name.startswith("cli/")):
                if re.search(r"[a-z]{2}", text.replace("{}", "")) and text not in {"nl", "en"}:
                    yield place, text


def _said_by(node: ast.AST, *, in_command: bool) -> Iterator[str]:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in LISTS:
        yield from _texts(node.value)
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in ERRORS or (in_command and name in {"say", "_agreed"}):
        yield from (text for argument in node.args[:1] for text in _texts(argument))
    if in_command and name == "table":
        yield from (text for argument in node.args[:2] for text in _texts(argument))
    owner = getattr(node.func, "value", None)
    if name == "append" and isinstance(owner, ast.Name) and owner.id in LISTS:
        yield from (text for argument in node.args for text in _texts(argument))


def _help(command=app) -> Iterator[str]:
    yield " ".join(command.help.split("\n\n")[0].split()) if command is not app else ""
    for name in command:
        if not name.startswith("-"):
            yield from _help(command[name])
    if command.default_command:
        arguments = command.assemble_argument_collection(parse_docstring=True)
        yield from (argument.parameter.help for argument in arguments)
    yield from (group.name for group in command.group)


def test_each_line_that_the_code_can_show_has_dutch_words():
    known = {SIGN.sub("{}", line) for line in terminal()} | {SIGN.sub("{}", line.strip()) for line in terminal()}
    shown = {(place, text.strip()) for place, text in _shown()}
    assert len(shown) > 130
    assert sorted((place, text) for place, text in shown if text not in known) == []


def test_each_stage_of_a_run_has_dutch_words():
    assert [words for words in screen.STAGES.values() if words not in terminal()] == []


def test_what_is_not_counted_and_each_class_of_result_has_dutch_words():
    shown = {*CLASSES.values(), *(PARTITIONS[name].meaning.rstrip(".") for name in NEEDED)}
    assert sorted(shown - set(terminal())) == []


def test_help_of_each_command_and_option_has_dutch_words():
    texts = {text for text in _help() if text}
    assert len(texts) > 50
    assert sorted(text for text in texts if text not in terminal()) == []


def test_a_translation_leaves_no_name_out_and_adds_none():
    wrong = [line for line, words in terminal().items() if set(SIGN.findall(words)) - set(SIGN.findall(line))]
    assert wrong == []
    lost = [line for line, words in terminal().items() if set(SIGN.findall(line)) - set(SIGN.findall(words))]
    assert {line.split(" ")[0] for line in lost} <= {"Command", "Invalid"}, lost


def test_a_line_that_occurs_twice_in_the_catalogue_is_a_mistake():
    text = (shipped("reports") / "terminal.yaml").read_text(encoding="utf-8")
    keys = [node[0].value for node in yaml.compose(text).value]
    assert len(keys) == len(set(keys))


@pytest.fixture
def dutch(monkeypatch):
    monkeypatch.setattr(language._CHOSEN, "language", "nl")


@pytest.mark.usefixtures("dutch")
def test_a_list_of_mistakes_comes_out_in_one_language():
    said = translated(
        "'meos.toml' is not right:\n"
        "  - unknown key 'languagse' in [site]; did you mean 'languages'?\n"
        "  - 'complete' in [sources] should be true or false, is text"
    )
    assert said == (
        "'meos.toml' klopt niet:\n"
        "  - onbekende sleutel 'languagse' in [site]; bedoelt u 'languages'?\n"
        "  - 'complete' in [sources] moet true of false zijn, is tekst"
    )


def test_each_number_with_its_noun_has_dutch_words_for_one_and_for_many():
    known = terminal()
    nouns = [
        (path.name, [part.value for part in node.args[1:]])
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "counted" and path.parent.name != "defs"
    ]
    assert len(nouns) > 12
    wanted = {text for _, (one, *many) in nouns for text in (f"1 {one}", f"{{count}} {many[0] if many else one + 's'}")}
    assert wanted - {"1 file does", "{count} files do"} <= set(known)


@pytest.mark.usefixtures("dutch")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Waiting in landing: 1 file", "Wacht in landing: 1 bestand"),
        ("Waiting in landing: 0 files", "Wacht in landing: 0 bestanden"),
        ("To be erased: 1 export and 12 months of records.", "Te wissen: 1 export en 12 maanden met gegevens."),
        (
            "'x.csv': 1 row repeats the same team, month; keep one",
            "'x.csv': 1 rij herhaalt dezelfde team, month; houd er één",
        ),
        ("my holiday files", "my holiday files"),
    ],
)
def test_a_number_comes_out_with_the_noun_that_goes_with_it(said, words):
    assert translated(said) == words


@pytest.mark.usefixtures("dutch")
def test_names_of_files_are_not_translated():
    assert (
        translated("'nothing' is missing") == "'nothing' ontbreekt" or translated("'x' is missing") == "'x' ontbreekt"
    )
    assert (
        translated("Open the reports: /srv/nothing to do/index.html")
        == "Open de rapporten: /srv/nothing to do/index.html"
    )


@pytest.mark.parametrize("code", sorted(catalogue()))
@pytest.mark.parametrize(("way", "other"), [("nl", "en"), ("en", "nl")])
def test_a_message_with_a_code_comes_out_in_the_language_of_the_run(code, way, other, monkeypatch):
    facts = {"file": "a.csv", "line": 3, "column": "kolom", "columns": "x, y", "count": 12, "sha": "ab"}
    monkeypatch.setattr(language._CHOSEN, "language", way)
    assert translated(message(code, other, **facts)) == message(code, way, **facts)


def test_the_language_is_the_environments_else_the_sites_else_dutch(tmp_path, monkeypatch):
    monkeypatch.setattr(language._CHOSEN, "language", "en")
    monkeypatch.delenv("MEOS_LANGUAGE", raising=False)
    monkeypatch.setenv("MEOS_DATA", str(tmp_path / "nowhere"))
    assert choose(["status"]) == "nl"
    folder = DataFolder(tmp_path / "data").make()
    (folder.root / "meos.toml").write_text('[site]\nlanguages = ["en", "nl"]\n', encoding="utf-8")
    assert choose(["status", "--data", str(folder.root)]) == "en"
    assert choose(["status", f"--data={folder.root}"]) == "en"
    (folder.root / "meos.toml").write_text("[site", encoding="utf-8")
    assert choose(["status", "-d", str(folder.root)]) == "nl"
    monkeypatch.setenv("MEOS_LANGUAGE", "EN")
    assert choose(["status", "-d", str(folder.root)]) == "en"
    monkeypatch.setenv("MEOS_LANGUAGE", "fr")
    with pytest.raises(errors.SettingsError, match="nl or en"):
        choose([])


def test_each_step_of_a_plan_and_each_source_of_it_has_dutch_words(ran):
    made = [json.loads(path.read_text("utf-8")) for path in ran[0].restricted.rglob("made/**/*.json")]
    sources = {name for one in made for name in _sources(one)}
    assert {"records", "released counts"} <= sources
    wanted = {f"(source) {name}" for name in {*sources, NEVER, CHANGED, "new in landing"}}
    wanted |= {f"(step) {name}" for name in re.findall(r"``([a-z ]+)``", inspect.getsource(Work).split("what:")[0])}
    assert len(wanted) > 30
    assert sorted(wanted - set(terminal())) == []


def _sources(document: object) -> Iterator[str]:
    """Names of sources in what is remembered of everything that was made."""
    if isinstance(document, dict):
        if isinstance(document.get("sources"), dict):
            yield from document["sources"]
        for part in document.values():
            yield from _sources(part)
    elif isinstance(document, list):
        for part in document:
            yield from _sources(part)


HOUSE = {
    "a colour without six digits": ("colours.yaml", "own: blauw"),
    "a colour that nobody can read": ("colours.yaml", "own: '#FFFFEE'"),
    "a name that is no colour": ("colours.yaml", "owner: '#154273'"),
    "a list of colours": ("colours.yaml", "- blauw"),
    "colours that are no YAML": ("colours.yaml", "own: [1"),
    "outlines that are no GeoJSON": ("wijken.geojson", "{}"),
    "words in a place that is not there": ("words/page.yaml", "nowhere: {nl: Ja, en: Yes}"),
    "words in no language": ("words/page.yaml", "downloads: Ja"),
    "words in one language": ("words/page.yaml", "downloads: {nl: '', en: Yes}"),
    "words that are no YAML": ("words/page.yaml", "downloads: [1"),
    "a figure of no kind": ("own/a.yaml", "kind: taart"),
}
"""What a site may get wrong in its folder ``house``."""


@pytest.mark.parametrize("way", ["nl", "en"])
@pytest.mark.parametrize("mistake", HOUSE)
def test_what_is_wrong_in_the_house_stops_a_run_with_exit_code_2_in_one_language(
    mistake, way, exports, meos: Meos, monkeypatch
):
    name, text = HOUSE[mistake]
    house = exports.root / "house"
    (house / name).parent.mkdir(parents=True, exist_ok=True)
    (house / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("MEOS_LANGUAGE", way)
    try:
        said = meos("publish", "--data", exports.root)
    finally:
        shutil.rmtree(house)
    told = re.sub(r"'[^']*'", "", said.err)
    assert said.code == 2, said.text
    assert said.err.strip()
    assert (DUTCH if way == "en" else ENGLISH).findall(told) == [], said.text


@pytest.mark.parametrize("way", ["nl", "en"])
def test_what_reading_a_file_told_is_in_the_language_of_the_run_whatever_that_of_the_site(way, monkeypatch):
    monkeypatch.setattr(language._CHOSEN, "language", way)
    read = SimpleNamespace(
        file=SimpleNamespace(name="a.csv", sha="ab", is_time_known=False),
        other_days=[("noord", "W-TEAM-NAAM", 3)],
        warnings={"W-CODE-VORM": 2, "W-PLAATSHOUDER": 1},
        unknown_codes={"reasons": 2},
        unread=["x"],
        empty=(),
    )
    notices = list(arrivals._of_reading(read, language.language_of(Settings()), {}))
    assert len(notices) == 6
    told = "\n".join(translated(text) for notice in notices for text in (notice.kind, notice.what, notice.next))
    assert (DUTCH if way == "en" else ENGLISH).findall(told) == [], told


DUTCH = re.compile(r"\b(de|het|een|niet|klopt|herstel|schrijf|ontbreken|passen|bekend)\b")
ENGLISH = re.compile(r"\b(the|and|say|with|rows|put|is not|you|there)\b")


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["run"],
        ["publish"],
        ["verify"],
        ["verify", "2026"],
        ["withdraw", "2000-01-none", "--why", "x"],
        ["inspect", "nowhere.csv"],
        ["quarantine", "list"],
        ["quarantine", "explain", "R-DATUMM"],
        ["quarantine", "explain", "F-KOP-ONTBREEKT"],
        ["expectations", "list"],
        ["expectations", "explain", "nothing_here"],
        ["key", "check", "nowhere.json"],
        ["attack", "nowhere"],
        ["run", "--month", "soon"],
        ["run", "--nosuch"],
        ["runn"],
        ["inspect"],
        ["--help"],
        ["demo", "--help"],
        ["key", "destroy", "--help"],
        ["purge"],
        ["run", "--plan"],
    ],
    ids=" ".join,
)
def test_a_dutch_run_says_no_english_word(words, empty, meos: Meos, monkeypatch):
    monkeypatch.setenv("MEOS_LANGUAGE", "nl")
    takes_data = (
        words[0] not in {"expectations", "key", "attack", "runn"}
        and "--help" not in words
        and words[1:2] != ["explain"]
    )
    said = meos(*words, *(["--data", empty.root] if takes_data and words != ["inspect"] else []))
    told = re.sub(r"'[^']*'|\S*/\S*|/\S*|\"[^\"]*\"", "", said.text)
    assert said.text.strip()
    assert ENGLISH.findall(told) == [], said.text
