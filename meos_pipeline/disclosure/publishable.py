"""The only thing a report may be made from: released cells, gated findings, and public facts."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.settings import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishable:
    """One edition's contents, behind the door."""

    month: date
    cells: pl.DataFrame
    findings: pl.DataFrame
    organisation: pl.DataFrame
    actions: pl.DataFrame
    breaks: pl.DataFrame
    quality: pl.DataFrame
    waterfall: pl.DataFrame
    changes: pl.DataFrame
    policy: Policy = field(default_factory=Policy)
    reasons: dict[str, str] = field(default_factory=dict)
    site: Site = field(default_factory=Site)
    fingerprint: str = ""
    made_on: date = date(2000, 1, 1)
