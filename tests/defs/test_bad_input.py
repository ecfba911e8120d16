"""What an analyst sees in Dagster who gives it something wrong: one sentence, nothing half, and a retry that works."""

from pathlib import Path

import dagster as dg
import pytest

from meos_pipeline.steps import publishing
from tests.defs.conftest import Site, failure_of
from tests.defs.test_sensors import another_run


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def _one_sentence(result: dg.ExecuteInProcessResult) -> str:
    """The message of the step that failed; never a list of places in the code."""
    assert not result.success
    text = failure_of(result)
    assert "Traceback" not in text
    assert 'File "' not in text
    return text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[policy\n", "'meos.toml' cannot be read as TOML"),
        ("[polcy]\nrounding_base = 5\n", "did you mean 'policy'?"),
        ("[policy]\nrounding_base = 2\n", "below its floor of 5"),
        ("\x00\xff", "'meos.toml' cannot be read as TOML"),
    ],
)
def test_settings_that_are_wrong_are_named_and_a_retry_works(site: Site, content: str, says: str) -> None:
    toml = site.folder.root / "meos.toml"
    good, before = toml.read_bytes(), tree(site.folder.published)
    toml.write_bytes(content.encode("latin-1"))
    assert says in _one_sentence(site.materialize("exports"))
    assert tree(site.folder.published) == before
    toml.write_bytes(good)
    assert site.materialize("exports").success


def test_a_key_file_that_is_missing_is_named_and_a_retry_works(site: Site) -> None:
    key = site.folder.restricted / "fictional-keys.json"
    aside = key.rename(key.with_suffix(".aside"))
    tables = tree(site.folder.tables)
    text = _one_sentence(site.materialize("exports"))
    assert "K-" in text or "key file" in text.lower()
    assert tree(site.folder.tables) == tables
    aside.rename(key)
    assert site.materialize("exports").success


def test_a_data_folder_that_cannot_be_made_is_told_in_one_sentence(site: Site) -> None:
    in_the_way = site.folder.root / "meos.toml"
    result = site.materialize("exports", workspace={"data": str(in_the_way)})
    assert "cannot be used" in _one_sentence(result)
    assert "MEOS_DATA" in failure_of(result)


def test_a_disk_that_refuses_the_lock_is_told_in_one_sentence_and_a_retry_works(site: Site) -> None:
    lock = site.folder.restricted / "run.lock"
    lock.unlink(missing_ok=True)
    lock.mkdir()
    assert "mend the rights or free space" in _one_sentence(site.materialize("exports"))
    lock.rmdir()
    assert site.materialize("exports").success


def test_a_disk_that_refuses_a_table_leaves_the_old_one_whole_and_a_retry_works(site: Site) -> None:
    folder = site.folder.tables / "police_checks" / "month=2025-02-01"
    before = tree(site.folder.tables / "police_checks")
    # A folder where the temporary file should come: the system refuses the write, also for root.
    in_the_way = folder / "part-0.parquet.made.partial"
    in_the_way.mkdir()
    text = _one_sentence(site.run("refresh_months", partition="2025-02"))
    assert "Cannot write 'part-0.parquet.made.partial' in 'month=2025-02-01'" in text
    in_the_way.rmdir()
    assert tree(site.folder.tables / "police_checks") == before
    assert site.materialize("police_checks", partition="2025-02").success


def test_a_run_that_finds_another_one_busy_says_who_and_a_retry_works(site: Site) -> None:
    with another_run(site.folder):
        text = _one_sentence(site.materialize("exports"))
    assert "'meos run' (process" in text
    assert "nothing was changed" in text
    assert site.materialize("exports").success


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"edition": {"month": "oktober"}}, "'oktober' is not a month; write it as 2026-10"),
        ({"edition": {"month": "2025-13"}}, "'2025-13' is not a month"),
        ({"edition": {"month": "2031-01"}}, "the newest settled month is"),
        ({"edition": {"teams": ["noordkade"]}}, "choose teams for a dry run only"),
        ({"edition": {"teams": ["nergens"], "dry_run": True}}, "known are noordkade"),
        ({"workspace": {"thresholds": {"rounding_base": 2}}}, "below its floor of 5"),
        ({"workspace": {"thresholds": {"records_per_unit": 20}}}, "write why under [reasons]"),
        ({"workspace": {"languages": ["xx"]}}, "'xx' in [site] is not known; known are nl, en"),
    ],
    ids=[
        "words for a month",
        "month 13",
        "far month",
        "part of an edition",
        "strange team",
        "floor",
        "no reason",
        "language",
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_one_sentence(
    site: Site, config: dict[str, dict[str, object]], says: str
) -> None:
    before = publishing.current_edition(site.space)
    assert says in _one_sentence(site.materialize("edition", **config))
    assert publishing.current_edition(site.space) == before


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"edition": {"month": 10}}, "month"),
        ({"edition": {"moth": "2025-03"}}, "moth"),
        ({"edition": {"dry_run": "perhaps"}}, "dry_run"),
        ({"workspace": {"thresholds": {"rounding_bas": 5}}}, "rounding_bas"),
    ],
)
def test_a_form_that_is_filled_in_wrong_starts_no_run(
    site: Site, config: dict[str, dict[str, object]], says: str
) -> None:
    runs = len(site.instance.get_runs())
    with pytest.raises(dg.DagsterInvalidConfigError, match=says):
        site.materialize("edition", **config)
    assert len(site.instance.get_runs()) == runs


def test_a_dry_run_of_one_team_shows_readers_nothing_and_the_analyst_everything(site: Site) -> None:
    before = tree(site.folder.published)
    assert site.materialize("edition", edition={"dry_run": True, "teams": ["noordkade"]}).success
    assert tree(site.folder.published) == before
    preview = site.folder.restricted / "preview"
    assert site.metadata("edition")["report"] == str(preview / "index.html")
    assert (preview / "noordkade" / "index.html").exists()
    assert {path.name for path in preview.iterdir() if path.is_dir()} == {"assets", "district", "noordkade"}
