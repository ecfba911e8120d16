"""Companion files in landing: which are there, what they hold, and how their rules came out."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.steps import intake, validation
from meos_pipeline.steps.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """What the companion files gave."""

    state: str
    """Hash of their bytes."""
    rules: list[validation.Told]
    """Rules about the files that are there."""
    facts: dict[str, Any] = field(default_factory=dict)


def look_at(space: Workspace) -> Companions:
    """Read the companion files and run their rules.

    Raises:
        InputError: when one cannot be read, with every mistake in every file.
    """
    from meos_pipeline.ingest.companions import read_companions

    tables = read_companions(space.folder, space.settings)
    outcomes = validation.validate_companions(space)
    broken = pl.DataFrame(
        [
            {"table": item.table, "rule": item.rule, "severity": str(item.severity), "failed": item.failed}
            for item in outcomes
            if not item.passed
        ]
    )
    return Companions(
        state=intake.companions_state(space),
        rules=validation.told_of_companions(outcomes),
        facts={
            "files": pl.DataFrame(
                {
                    "file": list(COMPANION_FILES.values()),
                    "table": list(COMPANION_FILES),
                    "rows": [tables[name].height if name in tables else None for name in COMPANION_FILES],
                }
            ),
            "rules that failed": broken if broken.height else "none",
            "teams": tables["organisation"]["team"].n_unique(),
        },
    )
