"""A data folder with the small district's organisation list."""

from pathlib import Path

import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import new_folder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An empty data folder with an organisation list."""
    return new_folder(tmp_path)
