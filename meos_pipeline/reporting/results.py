"""What one team's report may know: its released counts and findings, ready to be looked up."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.contracts.findings import UNSHOWN, Label
from meos_pipeline.disclosure.publishable import Publishable

OF_ONE_PERSON = frozenset({"activities", "sample"})
"""Partitions that count what the ambassador did: one person's work, which nobody takes along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the findings, as in its contract."""

    statistic: str
    version: int
    method: str
    team: str
    period_start: date
    period_end: date
    stratum: str
    group: str
    reference: str
    series: str
    unit: str
    estimate: float | None
    lower: float | None
    upper: float | None
    events: int | None
    n: int | None
    reference_events: int | None
    reference_n: int | None
    label: str
    label_reason: str
    caveats: tuple[str, ...]
    needed: int | None
    detail: str

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to show."""
        return self.estimate is not None and self.label not in UNSHOWN

    @property
    def days(self) -> int:
        """Length of its period in days."""
        return (self.period_end - self.period_start).days + 1

    @property
    def kind(self) -> tuple[str, str]:
        """Name and value of the stratum: ('field', 'reason') for 'field=reason'."""
        name, _, value = self.stratum.partition("=")
        return name, value

    def details(self) -> Mapping[str, Any]:
        """What the method adds."""
        return dict(json.loads(self.detail or "{}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One released cell."""

    team: str
    period: str
    period_start: date
    partition: str
    category: str
    n: int
    is_small: bool
    """Above 0 and below the smallest shown count: readers see '<10', and ``n`` is 0 here, whatever the number."""

    @property
    def reference(self) -> str:
        """Where the number comes from, as the attack program and the page's ``data-cell`` spell it."""
        return "|".join((self.team, self.period, self.period_start.isoformat(), self.partition, self.category))


@dataclass(frozen=True, slots=True)
class TeamResults:
    """Released counts and findings of one team ('' for all teams together)."""

    team: str
    findings: Mapping[str, tuple[Finding, ...]]
    counts: Mapping[str, tuple[Count, ...]]

    def all(
        self, statistic: str, *, stratum: str | None = None, series: str | None = "", group: str | None = None
    ) -> list[Finding]:
        """Findings of a statistic, oldest first; ``None`` takes any value of that column."""
        return [
            finding
            for finding in self.findings.get(statistic, ())
            if (stratum is None or finding.stratum == stratum)
            and (series is None or finding.series == series)
            and (group is None or finding.group == group)
        ]

    def newest(self, statistic: str, *, stratum: str | None = "", series: str = "", group: str = "") -> Finding | None:
        """The shortest period that ends last: the report month, or the last quarter or year."""
        found = self.all(statistic, stratum=stratum, series=series, group=group)
        return min(found, key=lambda f: (-f.period_end.toordinal(), f.days)) if found else None

    def rolling(self, statistic: str, *, stratum: str | None = "", series: str = "", group: str = "") -> Finding | None:
        """The longest period that ends last: the window of twelve months.

        Where a column went, the newest period says so and the window before it still tells: that one, which says when
        it ends.
        """
        found = self.all(statistic, stratum=stratum, series=series, group=group)
        last = min(found, key=lambda f: (-f.period_end.toordinal(), -f.days), default=None)
        whole = max(found, key=lambda f: (f.days, f.period_end), default=None)
        is_gone = last is not None and last.label == Label.MISSING_INPUT
        return whole if is_gone and whole is not None and whole.is_shown else last

    def at(self, partition: str, start: date) -> list[Count]:
        """All categories of a partition in the period that starts on that day."""
        return [count for count in self.counts.get(partition, ()) if count.period_start == start]

    def latest(self, partition: str) -> list[Count]:
        """All categories of a partition in its newest period."""
        counts = self.counts.get(partition, ())
        return self.at(partition, max(c.period_start for c in counts)) if counts else []

    def count(self, partition: str, category: str, start: date) -> Count | None:
        """One released cell."""
        return next((c for c in self.at(partition, start) if c.category == category), None)


def findings_in(table: pl.DataFrame) -> list[Finding]:
    """The rows of a table of findings, in a fixed order; an empty table may lack columns."""
    if table.is_empty():
        return []
    ordered = table.sort(
        "statistic", "team", "period_start", "period_end", "stratum", "group", "series", maintain_order=True
    ).with_columns(pl.col("label", "unit").cast(pl.String()))
    return [Finding(**(row | {"caveats": tuple(row["caveats"] or ())})) for row in ordered.iter_rows(named=True)]


def results_by_team(publishable: Publishable) -> dict[str, TeamResults]:
    """Findings and counts per team, '' among them, each in a fixed order."""
    findings: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings_in(publishable.findings):
        findings[finding.team][finding.statistic].append(finding)
    counts: dict[str, dict[str, list[Count]]] = defaultdict(lambda: defaultdict(list))
    small = publishable.policy.smallest_shown_count
    for row in publishable.cells.with_columns(pl.col("period").cast(pl.String())).iter_rows(named=True):
        is_small = 0 < row["n"] < small
        counts[row["team"]][row["partition"]].append(
            Count(**(row | {"n": 0 if is_small else row["n"], "is_small": is_small}))
        )
    return {
        team: TeamResults(
            team,
            {name: tuple(rows) for name, rows in findings[team].items()},
            {name: tuple(rows) for name, rows in counts[team].items()},
        )
        for team in sorted({*findings, *counts, "", *publishable.organisation["team"]})
    }
