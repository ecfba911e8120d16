"""A wrong mapping was published and is mended: the corrected edition stands, and readers are told what changed and why."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from meos_pipeline.contracts.values import RESULT_SOURCE
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, made

CODES = RESULT_SOURCE | {"GEEN_BIJZONDERHEDEN": "warning"}
WRONG = "\n".join(["[codes.results]", *(f'{code} = "{ours or ""}"' for code, ours in CODES.items()), ""])
WHY = "De code voor niets gevonden stond bij waarschuwing"


@dataclass(frozen=True)
class Story:
    """What was said, step by step."""

    folder: DataFolder
    editions: list[list[str]]
    published: Said
    refused: Said
    looked: Said
    corrected: Said
    again: Said
    nothing: Said
    verified: Said

    def page(self, name: str) -> str:
        return (self.folder.published / "editions" / self.editions[-1][0] / name).read_text(encoding="utf-8")


def kept(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in (folder.published / "editions").iterdir())


@pytest.fixture(scope="module")
def story(meos: Meos, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Six months with one code read wrongly, and the profile mended afterwards."""
    folder = made(tmp_path_factory.mktemp("correct") / "data", months=6, rows=2400)
    shipped = Path(__file__).parents[2] / "meos_pipeline" / "ingest" / "profiles" / "meos.toml"
    own = shipped.read_text(encoding="utf-8").replace('name = "meos"', 'name = "own"', 1)
    settings = (folder.root / "meos.toml").read_text(encoding="utf-8")
    (folder.root / "meos.toml").write_text(
        settings.replace('profile = "meos"', 'profile = "own.toml"'), encoding="utf-8"
    )
    (folder.root / "own.toml").write_text(f"{own}\n{WRONG}", encoding="utf-8")
    where = ("--data", folder.root)
    editions = []

    def said(*words: object) -> Said:
        told = meos(*words, *where)
        editions.append(kept(folder))
        return told

    published = said("run")
    (folder.root / "own.toml").write_text(own, encoding="utf-8")
    return Story(
        folder=folder,
        published=published,
        refused=said("run"),
        looked=said("correct", "--reason", "mapping", "--dry-run"),
        corrected=said("correct", "--reason", "mapping", "--why", WHY, "--yes"),
        again=said("run"),
        nothing=said("correct", "--reason", "mapping", "--yes"),
        verified=said("verify"),
        editions=editions,
    )


def test_a_mended_profile_is_no_leak_and_asks_for_a_reason(story: Story) -> None:
    assert story.published.code in {0, 3}
    assert story.refused.code == 3
    assert "would change at once, from 2025-01 to 2025-04" in story.refused.text
    assert f"Readers still see edition {story.editions[0][0]}" in story.refused.text
    assert "Since that edition changed: the profile of the source" in story.refused.text
    assert "meos correct --reason mapping" in story.refused.text
    assert "DRIFT" not in story.refused.text
    assert story.editions[1] == story.editions[0]


def test_the_analyst_sees_what_it_touches_before_anything_changes(story: Story) -> None:
    assert story.looked.code == 0
    for word in ("2025-01", "2025-04", "What the correction touches", f"Editions that go: {story.editions[0][0]}"):
        assert word in story.looked.text
    assert story.editions[2] == story.editions[0]


def test_one_act_puts_the_corrected_edition_in_the_place_of_the_false_one(story: Story) -> None:
    assert story.corrected.code == 0, story.corrected.text
    (false,), (right,) = story.editions[0], story.editions[3]
    assert right != false
    assert f"Edition {right} stands in the place of {false}" in story.corrected.text
    assert (story.folder.published / "CURRENT").read_text().strip() == right
    assert story.verified.code == 0, story.verified.text


def test_readers_are_told_what_changed_and_why_in_words_from_the_list(story: Story) -> None:
    for name in ("noordkade/index.html", "noordkade/a4.html", "district/index.html"):
        page = story.page(name)
        assert "zijn de cijfers over januari – mei 2025 gecorrigeerd." in page
        assert "Kolommen of codes van de bron waren verkeerd gelezen." in page
    assert "were corrected" in story.page("noordkade/index_en.html")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in story.folder.published.rglob("*.html")]
    assert not any(WHY in text for text in texts)


def test_the_reason_in_own_words_is_in_the_audit_log_alone(story: Story) -> None:
    entries = [json.loads(line) for line in story.folder.audit_log.read_text(encoding="utf-8").splitlines()]
    (entry,) = [entry for entry in entries if entry["action"] == "change" and "cause" in entry["facts"]]
    assert entry["facts"]["why"] == WHY
    assert entry["facts"]["gone"] == story.editions[0]
    assert not (story.folder.restricted / "correction.json").exists()
    assert WHY not in (story.folder.restricted / "corrections.json").read_text(encoding="utf-8")


def test_afterwards_there_is_no_news_and_nothing_left_to_correct(story: Story) -> None:
    assert story.again.code in {0, 3}
    assert story.editions[4] == story.editions[3]
    assert "There is no news" in story.again.text
    assert story.nothing.code == 2
    assert "No figure would change" in story.nothing.text


def test_a_reason_outside_the_list_is_refused_before_any_work(story: Story, meos: Meos) -> None:
    said = meos("correct", "--reason", "mistake", "--data", story.folder.root)
    assert said.code == 2
    assert "choose one of mapping, source, organisation, settings, software" in said.text
