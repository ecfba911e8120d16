"""Every mistake that real exports have, at once: the run goes on, each mistake has a reason, and every row is found."""

import json
import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, archived, made


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory, meos: Meos) -> tuple[DataFolder, Said]:
    """A district whose exports hold all traps of the generator, after one run."""
    folder = made(
        tmp_path_factory.mktemp("traps") / "data", seed=5, months=4, first=date(2024, 11, 1), rows=1500, traps=True
    )
    return folder, meos("run", "--data", folder.root)


def test_the_good_rows_are_published_and_each_refused_file_has_one_message(trapped: tuple[DataFolder, Said]) -> None:
    _, said = trapped
    assert said.code == 3, said.text
    assert "Published edition" in said.out
    refused = re.findall(r"^F-[A-Z-]+: '([^']+)'", said.out, flags=re.MULTILINE)
    assert len(refused) > 20
    assert len(refused) == len(set(refused))
    assert "Traceback" not in said.text
    assert "panicked" not in said.text


def test_every_row_of_every_file_is_accounted_for(trapped: tuple[DataFolder, Said]) -> None:
    folder, _ = trapped
    account = pl.read_parquet(folder.restricted / "reconciliation.parquet")
    files = account.filter(pl.col("scope") == "file")
    assert files["closes"].all()
    assert files["rows_in"].sum() > 1500
    for part in ("quarantined", "duplicate", "superseded", "deleted"):
        assert files[part].sum() > 0, part


def test_a_day_that_cannot_be_opens_no_month(trapped: tuple[DataFolder, Said]) -> None:
    folder, _ = trapped
    months = sorted(path.name for path in (folder.tables / "police_checks").iterdir())
    assert months[0] == "month=2024-11-01"
    assert months[-1] == "month=2025-02-01"


def test_no_planted_identifier_is_outside_landing_and_archive(trapped: tuple[DataFolder, Said]) -> None:
    folder, said = trapped
    truth = json.loads((folder.root / "truth.json").read_text(encoding="utf-8"))
    canaries = [text.encode() for text in _texts(truth["canaries"]) if len(text) > 5]
    assert len(canaries) >= 50
    parts = (folder.tables, folder.restricted, folder.published)
    files = [path for part in parts for path in part.rglob("*") if path.is_file()]
    assert len(files) > 50
    leaks = [path.relative_to(folder.root) for path in files if _holds(_content(path), canaries)]
    assert leaks == []
    assert not [canary for canary in canaries if canary.decode() in said.text]


def _holds(content: bytes, canaries: list[bytes]) -> bool:
    return any(canary in content for canary in canaries)


def _content(path: Path) -> bytes:
    """Bytes of a file; of a table its values a line each, for in Parquet two codes side by side can look like a number."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    return pl.read_parquet(path).write_ndjson().encode()


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


def test_the_canaries_would_be_seen_in_landing(trapped: tuple[DataFolder, Said]) -> None:
    folder, _ = trapped
    truth = json.loads((folder.root / "truth.json").read_text(encoding="utf-8"))
    content = b"".join(path.read_bytes() for path in archived(folder))
    assert any(text.encode() in content for text in _texts(truth["canaries"]))
