"""One made-up edition for all tests of this folder."""

from pathlib import Path

import pytest

from meos_pipeline.reporting.render import render_edition
from tests.reporting.fixture import publishable


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve teams, so that there is a funnel."""
    folder = tmp_path_factory.mktemp("edition")
    render_edition(publishable(teams=12), folder)
    return folder
