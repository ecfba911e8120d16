import json
from dataclasses import replace

import pytest

from meos_pipeline.errors import DisclosureError, PublicationError
from meos_pipeline.publication import Facts, current, editions, publish, verify, withdraw
from meos_pipeline.publication.pointer import INDEX, _patiently, pointed
from meos_pipeline.publication.withdraw import require_withdrawable
from meos_pipeline.storage.durable import StorageError
from meos_pipeline.storage.paths import DataFolder

FACTS = Facts(month="2026-10", configuration="c", code_version="1", key_check="k")


@pytest.fixture
def data(tmp_path):
    return DataFolder(tmp_path).make()


def build_of(text: str, **facts):
    def build(folder):
        (folder / "noord").mkdir()
        (folder / "noord" / "index.html").write_text(text, encoding="utf-8")
        (folder / "index.html").write_text("district", encoding="utf-8")
        return replace(FACTS, **facts)

    return build


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_files_and_facts_give_the_same_edition_on_another_machine(tmp_path):
    one, two = DataFolder(tmp_path / "one").make(), DataFolder(tmp_path / "two").make()
    assert publish(one, build_of("x"), audit_mac="1") == publish(two, build_of("x"), audit_mac="2")
    assert tree(current(one).folder) == tree(current(two).folder)


def test_another_byte_or_another_setting_gives_another_edition(data):
    names = {
        publish(data, build_of("x")),
        publish(data, build_of("y")),
        publish(data, build_of("x", configuration="d")),
        publish(data, build_of("x", key_check="other")),
        publish(data, build_of("x", month="2026-09")),
    }
    assert len(names) == 5


def test_the_manifest_says_what_readers_can_check_and_nothing_of_the_inputs(data):
    name = publish(data, build_of("x"), audit_mac="ff")
    manifest = verify(data, name).manifest
    assert set(manifest) == {"format", "month", "configuration", "code_version", "key_check", "checks", "files"}
    assert set(manifest["files"]) == {"index.html", "noord/index.html"}
    assert json.loads((data.published / "seals" / f"{name}.json").read_text())["audit_mac"] == "ff"


def test_publishing_again_leaves_the_edition_alone(data):
    name = publish(data, build_of("x"), audit_mac="1")
    before = {path: path.stat().st_mtime_ns for path in current(data).folder.rglob("*")}
    assert publish(data, build_of("x"), audit_mac="2") == name
    assert {path: path.stat().st_mtime_ns for path in current(data).folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "noord" / "index.html").write_text("z"), "'noord/index.html' was changed"),
        (lambda folder: (folder / "noord" / "index.html").unlink(), "'noord/index.html' is missing"),
        (lambda folder: (folder / "more.txt").write_text(""), "'more.txt' does not belong"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "manifest was changed"),
        (lambda folder: (folder / "manifest.json").unlink(), "cannot be read as a whole"),
        (lambda folder: (folder / "link").symlink_to("index.html"), "not a finished, ordinary file"),
    ],
)
def test_verify_sees_every_damage_and_publishing_again_repairs_it(data, damage, message):
    name = publish(data, build_of("x"))
    damage(current(data).folder)
    with pytest.raises(PublicationError, match=message):
        verify(data, name)
    assert publish(data, build_of("x")) == name
    assert verify(data, name).name == name


def test_a_lost_or_broken_pointer_leads_to_the_newest_whole_edition(data):
    publish(data, build_of("old", month="2026-09"))
    name = publish(data, build_of("new"))
    for text in ("", "rubbish", "../../etc", "2026-10-0000000000000000"):
        (data.published / "CURRENT").write_text(text)
        assert current(data).name == name
    (data.published / "CURRENT").unlink()
    assert current(data).name == name


def test_a_damaged_edition_is_passed_over_for_the_one_before_it(data):
    old = publish(data, build_of("old", month="2026-09"))
    publish(data, build_of("new"))
    (current(data).folder / "index.html").write_text("z")
    assert current(data).name == old


def test_a_leak_stops_the_publication_and_leaves_nothing(data):
    name = publish(data, build_of("x"))
    with pytest.raises(DisclosureError, match="would leak"):
        publish(data, build_of("y"), inspect=lambda folder: [f"{sorted(p.name for p in folder.iterdir())}"])
    assert editions(data) == [name]
    assert pointed(data) == name
    assert not list(data.published.rglob("*.partial"))


def test_a_build_that_fails_leaves_nothing(data):
    def build(folder):
        (folder / "x").write_text("x")
        raise PublicationError("no words")

    with pytest.raises(PublicationError, match="no words"):
        publish(data, build)
    assert not list(data.published.rglob("*.partial"))


def test_an_empty_edition_or_a_strange_month_is_refused(data):
    with pytest.raises(PublicationError, match="no files"):
        publish(data, lambda _: FACTS)
    with pytest.raises(PublicationError, match="2026-10"):
        publish(data, build_of("x", month="oktober"))


def test_old_editions_go_by_policy_and_the_current_one_never(data):
    for month in range(1, 7):
        name = publish(data, build_of("x", month=f"2026-0{month}"), keep=3)
    assert [edition[:7] for edition in editions(data)] == ["2026-04", "2026-05", "2026-06"]
    old = publish(data, build_of("x", month="2025-01"), keep=2)
    assert old in editions(data)
    assert name in editions(data)


def test_withdrawing_leads_readers_to_the_edition_before_and_says_so_without_the_reason(data):
    one = publish(data, build_of("x", month="2026-08"))
    two = publish(data, build_of("x", month="2026-09"))
    assert withdraw(data, two) == one
    assert editions(data) == [one]
    assert f"editions/{one}/" in (data.published / INDEX).read_text()
    record = json.loads((data.published / "withdrawn" / f"{two}.json").read_text())
    assert record == {"edition": two, "instead": one}
    assert withdraw(data, one) is None
    assert not (data.published / INDEX).exists()
    with pytest.raises(PublicationError, match="no whole edition"):
        current(data)


def test_withdrawing_an_old_edition_leaves_readers_where_they_are(data):
    one = publish(data, build_of("x", month="2026-08"))
    two = publish(data, build_of("x", month="2026-09"))
    assert withdraw(data, one) == two


def test_a_withdrawal_needs_a_reason_and_an_edition(data):
    name = publish(data, build_of("x"))
    with pytest.raises(PublicationError, match="--why"):
        require_withdrawable(data, name, "  ")
    with pytest.raises(PublicationError, match="no such edition"):
        require_withdrawable(data, "2026-10-0000000000000000", "x")
    with pytest.raises(PublicationError, match="no such edition"):
        require_withdrawable(data, "../landing", "x")


def test_the_page_for_browsers_leads_to_the_current_edition_without_scripts(data):
    name = publish(data, build_of("x"))
    page = (data.published / INDEX).read_text()
    assert f'url=editions/{name}/index.html"' in page
    assert "<script" not in page


def test_a_pointer_that_someone_has_open_on_windows_is_tried_again(tmp_path, monkeypatch):
    """os.replace fails with a PermissionError there; Linux cannot show that, so the call is replaced."""
    tries = []

    def refuse_twice(path, content):
        tries.append(content)
        if len(tries) < 3:
            raise StorageError("x") from PermissionError(5, "in use")
        path.write_text(content)

    monkeypatch.setattr("meos_pipeline.publication.pointer.write_text", refuse_twice)
    pauses = []
    _patiently(tmp_path / "CURRENT", "a\n", pause=pauses.append)
    assert (tmp_path / "CURRENT").read_text() == "a\n"
    assert len(pauses) == 2
