"""The only thing reporting accepts. It cannot hold a count that was not released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.corrections import Correction
from meos_pipeline.contracts.findings import FINDINGS, Label
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.succession import FORMER_TEAMS
from meos_pipeline.contracts.table import Sensitivity
from meos_pipeline.disclosure.door import Passed
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.disclosure.typed import names_of, typed_breaches
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import FLOORS, Policy
from meos_pipeline.settings import Site
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import UNEXPLAINED_EMPTY
from meos_pipeline.statistics.statistic import Gate

PERSONAL = frozenset(
    column.name
    for table in (POLICE_CHECKS, OFFICER_COUNTS, *COMPANIONS)
    for column in table.columns
    if column.sensitivity is Sensitivity.PERSONAL
) | {"officer", "export_id", "line", "check_date", "check_time", "check_at", "entered_at", "n_exact"}
"""Columns that no table of a publication may have, whatever is in them."""

COUNTING = ("cells", "findings", "quality", "waterfall", "changes", "withheld", "provisional")
"""Tables that say something of checks: each must be ``Passed``."""
_FIRST_MONTH = date(1900, 1, 1)
"""Earlier ones stand for 'no month' in tables of analysts."""
_COUNTS = ("events", "n", "reference_events", "reference_n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishable:
    """Everything a report may say. The constructor raises ``DisclosureError`` with every breach at once."""

    month: date
    """First day of the report month."""
    cells: pl.DataFrame
    """Released ``CELLS``."""
    findings: pl.DataFrame
    """``FINDINGS``: made from released cells, or passed by the gate of models."""
    organisation: pl.DataFrame
    """Teams and their names."""
    policy: Policy
    site: Site
    fingerprint: str
    """Identifies code, configuration and inputs."""
    made_on: date
    """Newest export date among the inputs."""
    actions: pl.DataFrame = field(default_factory=pl.DataFrame)
    breaks: pl.DataFrame = field(default_factory=pl.DataFrame)
    former: pl.DataFrame = field(default_factory=FORMER_TEAMS.empty)
    """Teams that ended, beside those that took their place."""
    quality: pl.DataFrame = field(default_factory=pl.DataFrame)
    """rule, team, month, share, n: shares in whole percents, as fractions, of released numbers of records."""
    waterfall: pl.DataFrame = field(default_factory=pl.DataFrame)
    """month, stage, n: counts as multiples of the base."""
    changes: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Released cells that differ from last month's report."""
    withheld: pl.DataFrame = field(default_factory=pl.DataFrame)
    """team, period, period_start of units that are not shown."""
    provisional: pl.DataFrame = field(default_factory=pl.DataFrame)
    """``FINDINGS`` of months after the report month that have not settled; without verdicts."""
    has_earlier: bool = False
    """Whether readers have a report of an earlier month."""
    corrections: Sequence[Correction] = ()
    """What was corrected of what readers saw, the newest first."""
    confirmed: frozenset[str] = frozenset()
    """Rules that failed in the newest month of ``quality`` and of which an analyst confirmed that it is true."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Written reason per policy field that is set below its default."""

    def __post_init__(self) -> None:
        """Refuse whatever did not come through the door."""
        breaches = [
            *self._provenance_breaches(),
            *self._policy_breaches(),
            *self._personal_breaches(),
            *self._count_breaches(),
            *self._period_breaches(),
            *self._finding_breaches(),
            *typed_breaches(self.typed()),
        ]
        if breaches:
            raise DisclosureError("\n  - ".join(["This may not be published:", *breaches]))

    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table, by name."""
        names = (
            "cells",
            "findings",
            "organisation",
            "actions",
            "breaks",
            "former",
            "quality",
            "waterfall",
            "changes",
            "withheld",
            "provisional",
        )
        return {name: getattr(self, name) for name in names}

    def typed(self) -> dict[str, set[str]]:
        """Names that people typed and readers see, by where they come from."""
        site = self.site
        return {
            "organisatie.csv": names_of(self.organisation) | names_of(self.former),
            "[site] of meos.toml": {site.organisation, site.contact, site.public_source} - {""},
        }

    def _provenance_breaches(self) -> list[str]:
        """Whatever counts people or checks is ``Passed``; lists of teams, actions and breaks count nothing."""
        return [
            f"table '{name}' did not come through the door; hand over what 'disclosure' released, as it is"
            for name in COUNTING
            if len(getattr(self, name)) and not isinstance(getattr(self, name), Passed)
        ]

    def _policy_breaches(self) -> list[str]:
        below = [name for name, floor in FLOORS.items() if getattr(self.policy, name) < floor]
        silent = [
            name
            for name in FLOORS
            if getattr(self.policy, name) < getattr(Policy(), name) and not self.reasons.get(name, "").strip()
        ]
        return [f"'{name}' is below its floor; raise it" for name in below] + [
            f"'{name}' is below its default without a written reason; write one" for name in silent
        ]

    def _personal_breaches(self) -> list[str]:
        return [
            f"table '{name}' has the column '{column}', which says something of one person or record; drop it"
            for name, table in self.tables().items()
            for column in table.columns
            if column in PERSONAL or column.endswith("_key")
        ]

    def _count_breaches(self) -> list[str]:
        base = self.policy.rounding_base
        breaches = []
        for name, table in self.tables().items():
            if name == "organisation":
                continue
            for column in table.columns:
                if column not in {*_COUNTS, "n_before", "count"}:
                    continue
                values = table[column]
                if not values.dtype.is_numeric():
                    continue
                bad = table.filter((pl.col(column) % base != 0) | (pl.col(column) < 0)).height
                if bad:
                    breaches.append(
                        f"column '{column}' of table '{name}' holds {bad} counts that are not multiples of {base}; let them pass 'disclosure.release'"
                    )
        return breaches

    def _period_breaches(self) -> list[str]:
        breaches = []
        if tuple(self.cells.columns) != CELLS.names:
            breaches.append("table 'cells' does not have the columns of its contract; hand over Release.cells")
        elif self.cells.filter(pl.col("period_start") > self.month).height:
            breaches.append("table 'cells' holds periods after the report month; release up to the month")
        if tuple(self.findings.columns) != FINDINGS.names:
            breaches.append(
                "table 'findings' does not have the columns of its contract; hand over findings as they are"
            )
        elif self.findings.filter(pl.col("period_start") > self.month).height:
            breaches.append("table 'findings' holds periods after the report month; compute them up to the month")
        if (
            not self.provisional.is_empty()
            and self.provisional.filter(
                (pl.col("period_start") <= self.month)
                | ~pl.col("label").cast(pl.String).is_in([Label.NOT_YET_JUDGED.value, *UNEXPLAINED_EMPTY])
            ).height
        ):
            breaches.append(
                "table 'provisional' holds a verdict, or a month that has settled; hand over 'provisional_findings'"
            )
        breaches += [
            f"table '{name}' holds a month that is none; leave rows without a month out"
            for name in ("quality", "waterfall")
            if "month" in (table := self.tables()[name]).columns and table.filter(pl.col("month") < _FIRST_MONTH).height
        ]
        return breaches

    def _finding_breaches(self) -> list[str]:
        if tuple(self.findings.columns) != FINDINGS.names:
            return []
        models = [name for name, statistic in all_statistics().items() if statistic.gate is Gate.MODEL]
        rows = self.findings.filter(pl.col("statistic").is_in(models))
        passed = gate(rows, self.policy)
        raw = sum(1 for mine, gated in zip(rows.iter_rows(), passed.iter_rows(), strict=True) if mine != gated)
        return [f"{raw} model findings did not pass the gate; call 'disclosure.gate'"] if raw else []
