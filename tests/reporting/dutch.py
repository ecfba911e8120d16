"""An edition in Dutch alone, without PDFs and tables to take along: for tests that read a sentence of a page."""

from pathlib import Path
from typing import Any

import pytest

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting import render


def render_dutch(made: Publishable, folder: Path, **options: Any) -> None:
    """Render by the same way as a whole edition, in a quarter of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "LANGUAGES", ("nl",))
        patch.setattr(render, "one_page", lambda *_, **__: b"")
        patch.setattr(render, "write_downloads", lambda *_: [])
        render.render_edition(made, folder, **options)
