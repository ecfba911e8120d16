"""Plants bad input."""

from collections.abc import Sequence
from pathlib import Path

from meos_pipeline.synthetic.truth import Defect


def plant(target: Path, files: Sequence[str], *, seed: int) -> tuple[Defect, ...]:
    """Plant."""
    raise NotImplementedError
