"""The other commands, each as a person uses it."""

import csv
import importlib
import io
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from cyclopts import App
from rich.console import Console

from meos_pipeline import errors
from meos_pipeline.cli import screen
from meos_pipeline.cli.app import app
from meos_pipeline.ingest.profiles import CODE_LISTS, FIELDS, Profile
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, place, tree


def test_inspect_shows_the_mapping_and_writes_nothing(exports: DataFolder, empty: DataFolder, meos: Meos) -> None:
    source = min(exports.landing.glob("controles_*"))
    before = tree(empty.root)
    said = meos("inspect", source, "--data", empty.root)
    assert said.code == 0, said.text
    assert "basisteam_medewerker" in said.out
    assert re.search(r": \d+ rows in, \d+ accepted, 0 to quarantine", said.out)
    assert tree(empty.root) == before


def test_inspect_shows_no_value_of_a_column_about_persons(exports: DataFolder, empty: DataFolder, meos: Meos) -> None:
    source = min(exports.landing.glob("controles_*"))
    with source.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    said = meos("inspect", source, "--data", empty.root)
    personal = {row[name] for row in rows for name in ("naam", "kenteken", "persoon_id", "medewerker") if row[name]}
    assert len(personal) > 50
    assert [value for value in personal if value in said.text] == []


def test_words_between_square_brackets_reach_the_reader(exports: DataFolder, empty: DataFolder, meos: Meos) -> None:
    source = min(exports.landing.glob("controles_*"))
    lines = source.read_text(encoding="utf-8").splitlines()
    at = lines[0].split(";").index("resultaat_code")
    cells = lines[1].split(";")
    lines[1] = ";".join([*cells[:at], "NOOIT_GEZIEN", *cells[at + 1 :]])
    place(empty, "controles_x.csv", "\n".join(lines).encode())
    said = meos("inspect", empty.landing / "controles_x.csv", "--data", empty.root)
    assert said.code == 3, said.text
    assert "under [codes.results] in the source profile" in " ".join(said.out.split())


def test_withdraw_keeps_the_reason_and_takes_the_edition_from_readers(
    ran: tuple[DataFolder, Said], district: DataFolder, meos: Meos
) -> None:
    edition = re.search(r"edition (\S+)", ran[1].out)
    assert edition
    said = meos("withdraw", "2000-01-none", "--why", "test", "--data", district.root)
    assert (said.code, "Traceback" in said.text) == (76, False), said.text
    said = meos("withdraw", edition[1], "--why", "wrong team list", "--data", district.root)
    assert said.code == 0, said.text
    assert "Readers now see nothing" in said.out
    assert "wrong team list" in district.audit_log.read_text(encoding="utf-8")
    assert "nothing yet" in meos("status", "--data", district.root).out


def test_the_attack_finds_nothing_in_a_published_folder_and_refuses_an_empty_one(
    ran: tuple[DataFolder, Said], tmp_path: Path, meos: Meos
) -> None:
    edition = next((ran[0].published / "editions").iterdir())
    said = meos("attack", edition, "--canaries", ran[0].root / "truth.json")
    assert said.code == 0, said.text
    assert " 0 leaks" in said.out
    assert meos("attack", tmp_path).code != 0
    assert meos("attack", tmp_path / "nowhere").code == 2


def test_a_key_file_is_made_once_checked_and_never_overwritten(
    tmp_path: Path, meos: Meos, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.json"
    assert meos("key", "new", path).code == 0
    assert path.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    assert meos("key", "new", path).code == 78
    assert path.read_bytes() == content
    said = meos("key", "check", path)
    assert said.code == 0
    assert not re.search(r"[0-9a-f]{64}", said.text)
    assert "There was a key for 2031 already" in meos("key", "rotate", 2031, path).out
    assert "meos run' reads again only exports with records of 2061" in meos("key", "rotate", 2061, path).out
    assert "years 2010-2061." in meos("key", "check", path).out
    monkeypatch.setattr("sys.stdin", io.StringIO())
    unanswered = meos("key", "destroy", 2031, path)
    assert unanswered.code == 2
    assert "Nobody answered, so nothing was done; say it with --yes." in unanswered.err
    assert meos("key", "destroy", 2031, path, "--yes").code == 0
    assert "years 2010-2030, 2032-2061." in meos("key", "check", path).out
    path.chmod(0o644)
    assert meos("key", "check", path).code == 78


@pytest.mark.parametrize("named", ["path", "MEOS_KEYS"])
def test_commands_on_the_key_file_make_no_data_folder(
    named: str, tmp_path: Path, meos: Meos, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, data = tmp_path / "keys.json", tmp_path / "data"
    monkeypatch.setenv("MEOS_DATA", str(data))
    if named == "MEOS_KEYS":
        monkeypatch.setenv("MEOS_KEYS", str(path))
    given = [path] if named == "path" else []
    for words in (("new", *given), ("check", *given), ("rotate", 2061, *given), ("destroy", 2020, *given, "--yes")):
        said = meos("key", *words)
        assert said.code == 0, said.text
    assert sorted(item.name for item in tmp_path.iterdir()) == ["keys.json"]


def test_a_key_for_a_new_year_leaves_every_month_as_it_is(district: DataFolder, meos: Meos) -> None:
    keys = district.restricted / "fictional-keys.json"
    before = meos("run", "--plan", "--data", district.root)
    assert meos("key", "rotate", 2061, keys).code == 0
    after = meos("run", "--plan", "--data", district.root)
    assert (after.code, after.text) == (before.code, before.text)
    assert "There is no news: nothing would be made." in after.text, after.text


def test_the_rules_are_listed_explained_and_run_on_the_tables(district: DataFolder, meos: Meos) -> None:
    listed = meos("expectations", "list")
    count = re.search(r"(\d+) rules", listed.out)
    assert count
    assert int(count[1]) >= 60
    rule = re.findall(r"police_checks: (\w+)", listed.out)[0]
    explained = meos("expectations", "explain", rule)
    assert (explained.code, rule in explained.out) == (0, True)
    said = meos("expectations", "explain", "no_such_rule_at_all")
    assert said.code == 2


OWN_RULE = """
plates_are_seldom_asked_for:
  why: A rule to try.
  severity: SEVERITY
  type: expect_column_values_to_be_in_set
  kwargs: {column: result, value_set: [nothing_found], mostly: 0.99}
"""


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_a_rule_of_ones_own_is_tried_on_the_last_months_that_ended_in_counts(
    severity: str, ran: tuple[DataFolder, Said], tmp_path: Path, meos: Meos
) -> None:
    root = ran[0].root
    (tmp_path / "own.yaml").write_text(OWN_RULE.replace("SEVERITY", severity), encoding="utf-8")
    before = tree(root)
    said = meos("expectations", "try", tmp_path / "own.yaml", "--months", 2, "--data", root)
    assert said.code == 3, said.text
    checks = pl.read_parquet(ran[0].tables / "police_checks" / "*" / "*.parquet").drop_nulls("result")
    for month in (date(2025, 2, 1), date(2025, 3, 1)):
        rows = checks.filter(month=month)
        failed = rows.filter(pl.col("result").cast(pl.String) != "nothing_found").height
        line = next(line for line in said.out.splitlines() if f"{month:%Y-%m}" in line)
        assert re.findall(r"FAILED +│ +(\d+) +│ +(\d+)", line) == [(str(failed), str(rows.height))]
    assert "2025-01" not in said.out
    then = {"critical": "nothing would be counted or published", "warning": "in the report", "info": "to analysts"}
    assert then[severity] in said.out
    after = tree(root)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed <= {"restricted/audit.jsonl", "restricted/locks/audit.lock"}
    assert not set(checks["check_key"]) & set(re.findall(r"[\w-]{16,}", said.text))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("check_keys_are_unique",), 0, "check_keys_are_unique │ 2025-03"),
        (("monthly_metrics.volume_is_not_a_tenth_of_the_usual_month",), 0, "2025-03"),
        (("deployment.teams_are_slugs",), 0, "teams_are_slugs"),
        (("check_keys_are_uniqe",), 2, "did you mean"),
        (("teams_are_slugs",), 2, "Several tables have a rule 'teams_are_slugs'; choose one of"),
        (("nowhere.yaml",), 2, "'nowhere.yaml' is not there; check the path, or give the name of a rule"),
        (("own.yaml", "--table", "polce_checks"), 2, "did you mean 'police_checks'?"),
        (("own.yaml", "--table", "queries"), 2, "table 'queries' has no column 'result'"),
        (("own.yaml", "--table", "second_register"), 2, "table 'second_register' has no column 'result'"),
    ],
)
def test_what_is_tried_is_a_file_or_a_name(
    words: tuple[str, ...],
    code: int,
    told: str,
    ran: tuple[DataFolder, Said],
    tmp_path: Path,
    meos: Meos,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(OWN_RULE.replace("SEVERITY", "info"), encoding="utf-8")
    said = meos("expectations", "try", *words, "--data", ran[0].root)
    assert (said.code, told in said.text) == (code, True), said.text


def test_what_cannot_be_tried_yet_says_what_to_do(empty: DataFolder, meos: Meos) -> None:
    said = meos("expectations", "try", "check_keys_are_unique", "--data", empty.root)
    assert said.code == 2
    assert "No exports were taken in yet" in said.text


def test_a_month_that_has_not_settled_is_refused_before_any_work(district: DataFolder, meos: Meos) -> None:
    said = meos("publish", "--month", "2031-01", "--data", district.root)
    assert (said.code, "newest settled month" in said.err, said.out) == (2, True, ""), said.text


def test_purge_says_what_goes_and_asks_before_it_does(
    district: DataFolder, meos: Meos, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(district.tables)
    asked: list[str] = []
    monkeypatch.setattr("meos_pipeline.cli.care.console.input", lambda question: asked.append(question) or "no")
    assert meos("purge", "--data", district.root).code == 0
    assert len(asked) == 1
    assert tree(district.tables) == before


def test_the_generator_writes_the_same_bytes_for_the_same_seed(tmp_path: Path, meos: Meos) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        said = meos("generate", tmp_path / name, "--seed", seed, "--teams", 2, "--months", 2, "--rows", 1000)
        assert said.code == 0, said.text
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert tree(tmp_path / "a") != tree(tmp_path / "c")


def test_every_exit_code_is_in_the_help(meos: Meos) -> None:
    kinds = [
        item for item in vars(errors).values() if isinstance(item, type) and issubclass(item, errors.PipelineError)
    ]
    told = meos("--help").out
    for code in {kind.exit_code for kind in kinds} - {1}:
        assert str(code) in told, code


def test_every_command_explains_itself(meos: Meos) -> None:
    names = [name for name in app if not name.startswith("-")]
    assert {"demo", "run", "status", "inspect", "generate", "dev", "publish", "verify", "withdraw"} <= set(names)
    for name in names:
        said = meos(name, "--help")
        assert said.code == 0, name
        assert len(said.out) > 100, name


def _leaves(command: App, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in command:
        if not name.startswith("-"):
            found += _leaves(command[name], (*path, name)) or [(*path, name)]
    return found


@pytest.mark.parametrize("path", _leaves(app), ids="-".join)
def test_every_parameter_of_a_command_has_help(path: tuple[str, ...]) -> None:
    command = app
    for name in path:
        command = command[name]
    silent = [
        argument.names[0]
        for argument in command.assemble_argument_collection(parse_docstring=True)
        if not argument.parameter.help
    ]
    assert silent == []
    assert command.help


TYPED = """
                                | 0 | Gebruik: meos
    key                         | 0 | Gebruik: meos key
    nothing                     | 2 | Onbekende opdracht "nothing"
    key nothing                 | 2 | Onbekende opdracht "nothing"
    --data                      | 2 | Onbekende opdracht
    run --data                  | 2 | --data ontbreekt
    run --data=                 | 2 | --data heeft een lege waarde; vul hem in
    run --data <empty>          | 2 | --data heeft een lege waarde; vul hem in
    demo --data= --seed <empty> | 2 | --seed heeft een lege waarde; vul hem in
    run --mont 2026-08          | 2 | Bedoelt u --month?
    run twice                   | 2 | hebben geen betekenis hier: ['twice']
    map                         | 2 | Noem de export om te koppelen
    map nowhere.csv             | 2 | 'nowhere.csv' is er niet
    demo --teams four           | 2 | "four" is geen bruikbare waarde voor --teams
"""
"""What is typed | exit code | what is said."""


@pytest.mark.parametrize("row", TYPED.strip("\n").splitlines(), ids=lambda row: row.split("|")[0].strip() or "no word")
def test_what_is_typed_wrong_is_told_in_one_language_and_changes_nothing(
    row: str, meos: Meos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, code, words = (part.strip() for part in row.split("|"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEOS_LANGUAGE", "nl")
    said = meos(*("" if word == "<empty>" else word for word in typed.split()))
    assert said.code == int(code), said.text
    assert words in " ".join(said.text.split()), said.text
    assert "Did you mean" not in said.text
    assert [*tmp_path.iterdir()] == []


def test_an_empty_data_folder_says_what_to_do_first(tmp_path: Path, meos: Meos) -> None:
    said = meos("status", "--data", tmp_path / "new")
    assert said.code == 0, said.text
    assert "organisatie.csv" in said.out
    assert "landing" in said.out


def test_a_run_on_an_empty_folder_says_what_is_missing(empty: DataFolder, meos: Meos) -> None:
    said = meos("run", "--data", empty.root)
    assert (said.code, "landing" in said.text) == (2, True), said.text
    place(empty, "notes.txt", b"hello\n")
    said = meos("run", "--data", empty.root)
    assert (said.code, "notes.txt" in said.text) == (2, True), said.text


GUIDE = sorted(path.stem for path in (Path(__file__).parents[2] / "docs" / "analyst").glob("*.md"))
REFERENCES = ("data-dictionary", "messages", "expectations", "settings", "profile", "commands")


def test_the_pages_are_listed_and_each_is_shown_whole(meos: Meos) -> None:
    listed = meos("docs")
    assert listed.code == 0
    for name in (*GUIDE, *REFERENCES):
        assert re.search(rf"^  {name} +\w", listed.out, re.MULTILINE), name
        page = meos("docs", name)
        assert (page.code, page.out[:2]) == (0, "# "), name
        assert "Traceback" not in page.text


@pytest.mark.parametrize(("language", "title"), [("nl", "# De eerste export"), ("en", "# The first export")])
def test_a_page_is_shown_in_the_language_of_the_run(
    language: str, title: str, meos: Meos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEOS_LANGUAGE", language)
    said = meos("docs", "first-export")
    assert said.out.startswith(title)
    assert len(said.out.splitlines()) > 80


def test_every_key_and_every_field_of_a_profile_is_on_its_page(meos: Meos) -> None:
    page = meos("docs", "profile").out
    assert [key for key in Profile.__slots__ if f"| `{key}` | " not in page] == []
    assert [name for name in (*FIELDS, *CODE_LISTS) if f"`{name}`" not in page] == []


def test_a_page_that_is_not_there_is_named_with_the_nearest(meos: Meos) -> None:
    said = meos("docs", "troubleshoting")
    assert (said.code, "did you mean 'troubleshooting'?" in said.text) == (2, True), said.text
    assert "'meos docs' lists them" in meos("docs", "zzz").text


def test_a_command_with_two_names_is_on_the_page_of_commands_once(meos: Meos) -> None:
    page = meos("docs", "commands").out
    assert "## meos expectations try" in page
    assert "## meos expectations test" not in page
    assert len(re.findall(r"^## meos (.*)$", page, re.MULTILINE)) > 30


@pytest.mark.parametrize(("width", "is_table"), [(200, True), (100, False), (40, False)])
def test_of_a_table_that_is_wider_than_the_terminal_no_word_is_lost(
    width: int, is_table: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=width, soft_wrap=True)
    monkeypatch.setattr(screen, "console", shown)
    row = ("refused", "controles_2025-03_20250403T0700_empty.csv", "F-LEEG: there are no rows in it", "mend it and run")
    screen.table("What every file gave", ("kind", "about", "what", "next"), [row], names=("about",))
    said = shown.file.getvalue()
    assert [part for part in row if part not in " ".join(said.split())] == []
    assert ("│" in said) == is_table


@pytest.mark.parametrize(
    ("error", "said"),
    [
        # a fault of the machine                                      what a person reads: no path, no traceback
        (OSError(28, "No space left on device", "/srv/meos/x.parquet"), "'x.parquet' (No space left on device)"),
        (PermissionError(13, "Permission denied", "/srv/meos/landing"), "'landing' (Permission denied)"),
        (OSError(5, "Input/output error"), "a file (Input/output error)"),
        (TimeoutError("secret words of a library"), "a file (TimeoutError)"),
    ],
)
def test_a_failure_of_the_machine_that_nobody_foresaw_is_told_in_one_line(
    error: OSError, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    commands = importlib.import_module("meos_pipeline.cli.app")
    monkeypatch.setattr(commands, "app", failing)
    monkeypatch.setenv("MEOS_LANGUAGE", "en")
    with pytest.raises(SystemExit) as stopped:
        commands.main(["status"])
    assert stopped.value.code == errors.StorageError.exit_code
    told = f"The machine could not read or write {said}; look at space and rights, then run again\n"
    assert capsys.readouterr().err == told
