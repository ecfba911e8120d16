"""Dagster's database or the queue is away: one sentence, nothing half, and the next run makes it whole."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from meos_pipeline.defs.instance import NO_DATABASE, NO_QUEUE
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.paths import shipped
from meos_pipeline.synthetic.generate import generate
from tests.cluster.machines import PATIENCE, Cluster, cluster, until
from tests.cluster.sites import assert_same_tables, filled, pages

pytestmark = pytest.mark.slow
DISK = 74


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    generate(folder, teams=2, months=6, first_month=date(2025, 1, 1))
    return folder


@pytest.fixture
def site(exports: Path, tmp_path: Path) -> Iterator[Cluster]:
    data = filled(tmp_path / "data", exports)
    with cluster(tmp_path / "machines", data) as made:
        yield made


def start(site: Cluster, *words: str, home: Path | None = None) -> "subprocess.Popen[str]":
    environment = site.environment | ({"DAGSTER_HOME": str(home)} if home else {})
    meos = Path(sys.executable).parent / "meos"
    return subprocess.Popen(
        [meos, *words], env=environment, cwd=site.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=400 * PATIENCE)
    return process.returncode, out, err.strip()


def tree(folder: Path) -> list[str]:
    """Every file and folder but the lock of a run and the note of who has it."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.suffix != ".lock" and path.name != "run.holder"
    )


def test_what_does_not_answer_is_said_in_a_sentence_and_found_again_when_it_is_back(site):
    assert said(start(site, "services"))[0] == 0
    site.redis.close()
    assert said(start(site, "services")) == (DISK, "", NO_QUEUE)
    site.postgres.stop()
    assert said(start(site, "services")) == (DISK, "", NO_DATABASE)


def test_without_its_database_a_run_does_not_begin(site):
    before = tree(site.data)
    site.postgres.stop()
    assert said(start(site, "run")) == (DISK, "", NO_DATABASE)
    assert tree(site.data) == before
    site.postgres.start()
    code, out, err = said(start(site, "run"))
    assert code == 0, err
    assert "Published edition" in out


def test_a_database_that_goes_away_during_a_run_leaves_nothing_half_and_the_next_run_makes_the_same(
    site, exports, tmp_path
):
    tables = site.data / "tables" / "police_checks"
    run = start(site, "run")
    until("the first month", lambda: list(tables.glob("month=*/part-0.parquet")), seconds=300)
    assert run.poll() is None
    site.postgres.stop()
    code, _, err = said(run)
    assert code == DISK
    # Dagster may say on a line of its own that it could not keep a message.
    assert err.splitlines()[-1] == NO_DATABASE
    assert "Traceback" not in err
    assert not list(site.data.rglob("*.partial"))
    assert not list((site.data / "published").rglob("*.html")), "nothing was published"
    site.postgres.start()
    code, _, err = said(start(site, "run"))
    assert code == 0, err

    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(shipped("dagster_home") / "dagster.yaml", home)
    calm = filled(tmp_path / "calm", exports)
    code, _, err = said(start(site, "run", "--data", str(calm), home=home))
    assert code == 0, err
    assert_same_tables(open_workspace(site.data), open_workspace(calm))
    assert pages(open_workspace(site.data)) == pages(open_workspace(calm))
