"""One made-up edition for all tests of this folder."""

from pathlib import Path

import pytest

from meos_pipeline.reporting.render import render_edition
from tests.reporting.fixture import publishable
from tests.shared import once


def twelve_teams(factory: pytest.TempPathFactory) -> Path:
    """The made-up edition, rendered once in a run of the tests. Read only."""
    return once(factory, "twelve teams", lambda folder: render_edition(publishable(teams=12), folder))


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve teams, so that there is a funnel."""
    return twelve_teams(tmp_path_factory)
