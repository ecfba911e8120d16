"""The register of stores: what an earlier version left behind goes by itself, and nothing else does."""

from pathlib import Path

import pytest

from meos_pipeline.storage.stores import strangers, sweep

OF_0_1_0 = (
    "intake.json",
    "months/2025-01-01.json",
    "cells/states/2025-01-01.txt",
    "validation/states/2025-01-01.txt",
    "quality/months/2025-01-01.txt",
)
"""What version 0.1.0 remembered of its months, below ``restricted``."""
OF_TODAY = ("quality/months/rules-2025-01-01.parquet", "made/records/2025-01-01.json", "versions.json", "audit.jsonl")


def placed(root: Path, name: str) -> Path:
    path = root / "restricted" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}")
    return path


@pytest.mark.parametrize("name", OF_0_1_0)
def test_what_the_version_before_remembered_is_known_and_goes(tmp_path: Path, name: str) -> None:
    path = placed(tmp_path, name)
    assert strangers(tmp_path) == []
    sweep(tmp_path)
    assert not path.exists()


@pytest.mark.parametrize("name", OF_TODAY)
def test_what_is_used_today_stays(tmp_path: Path, name: str) -> None:
    path = placed(tmp_path, name)
    assert strangers(tmp_path) == []
    sweep(tmp_path)
    assert path.exists()
