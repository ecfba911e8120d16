"""Volumes that fell below a tenth and are true (a slowdown): one team warns, the district is published, and it is confirmed."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.quality.summary import read_validation
from meos_pipeline.steps.confirming import read_confirmed
from meos_pipeline.storage.audit import read_entries
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, made, settle

RULE = "volume_is_not_a_tenth_of_the_usual_month"
LOW = date(2025, 5, 1)


@pytest.fixture(scope="module")
def slowed(tmp_path_factory: pytest.TempPathFactory, meos: Meos) -> tuple[DataFolder, Said]:
    """A site of which one team all but stopped in May: 6 checks, where 90 a month are usual."""
    folder = made(tmp_path_factory.mktemp("slow") / "data", months=7, rows=1600)
    path = next(folder.landing.glob("controles_2025-05*"))
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    own = pl.col("basisteam_medewerker").str.to_lowercase().str.contains("noordkade")
    rows.filter(~own | (pl.int_range(pl.len()).over(own) < 6)).write_csv(path, separator=";")
    with (folder.root / "meos.toml").open("a") as settings:
        settings.write(f'\n[severity]\n{RULE} = "critical"\n')
    settle(folder)
    return folder, meos("run", "--data", folder.root)


def published(folder: DataFolder) -> str:
    return "".join(path.read_text() for path in (folder.root / "published").rglob("quality.html"))


def test_by_default_it_warns_and_a_site_may_let_it_stop_a_publication(slowed: tuple[DataFolder, Said]) -> None:
    from meos_pipeline.steps.rules import suites

    assert str(suites()["monthly_metrics"][RULE].severity) == "warning"
    assert slowed[1].code in {2, 3}, slowed[1].text
    assert not (slowed[0].root / "published" / "index.html").exists()
    assert "a critical rule failed" in slowed[1].text
    assert RULE in slowed[1].text
    assert LOW in read_validation(slowed[0]).filter(~pl.col("passed"), pl.col("rule") == RULE)["month"].to_list()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check_keys_are_unique", "--why", "x"), "no rule that can be confirmed"),
        ((RULE, "--why", " "), "needs a reason"),
        ((RULE, "--why", "x", "--month", "2025-01"), "did not fail there; it failed in: 2025-05"),
    ],
)
def test_only_what_failed_and_can_be_true_is_confirmed_and_with_a_reason(slowed, meos, words, said) -> None:
    answer = meos("confirm", *words, "--data", slowed[0].root)
    assert answer.code == 2
    assert said in answer.text
    assert read_confirmed(slowed[0]) == {}


def test_what_was_confirmed_stops_nothing_and_its_reason_stays_restricted(slowed, meos) -> None:
    folder = slowed[0]
    why = "a slowdown of all teams, see the newspapers"
    assert meos("confirm", RULE, "--why", why, "--data", folder.root).code == 0
    again = meos("run", "--data", folder.root)
    assert again.code == 0, again.text
    assert f"{RULE} (confirmed)" in again.text
    log = [entry for entry in read_entries(folder.audit_log) if entry["action"] == "acknowledge"]
    assert [entry["facts"] for entry in log] == [{"rule": RULE, "months": ["2025-05-01"], "why": why}]
    restricted = "".join(path.read_text() for path in (folder.restricted / "pages").glob("*.html"))
    assert why in restricted
    everything = "".join(path.read_text() for path in (folder.root / "published").rglob("*.html"))
    assert why not in everything
