"""The door to the dialogue sheet, the one page that may leave the organisation: a district and a year, and no more.

Stricter than the door of reports: no team, no group, no month; enough checks and teams that no team can be taken off
the total by somebody who knows the others; counts in coarse steps, shares in whole percents.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.windows import last_day

MEASURES = ("coverage", "yield_corrected", "explanation_given")
"""The only statistics that may be on the sheet, for all teams together."""
_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of checks in whole percents, with its margin."""

    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """All that the sheet may say."""

    district: str
    start: date
    end: date
    """Last day of the year."""
    checks: int
    """Recorded checks of the year, a multiple of ``dialogue_base``."""
    shares: dict[str, Share | None]
    """Per name of ``MEASURES``; None when it is not known."""


def dialogue_of(
    cells: pl.DataFrame, findings: pl.DataFrame, organisation: pl.DataFrame, policy: Policy, *, end: date
) -> Dialogue:
    """Take what the sheet may say from what was released.

    Args:
        cells: Released ``CELLS``.
        findings: ``FINDINGS`` of the newest settled month.
        organisation: Teams and their district.
        policy: Floors of the sheet.
        end: First day of the last month of the year.

    Raises:
        DisclosureError: with every reason why there can be no sheet.
    """
    start = date(end.year - (end.month < _MONTHS), end.month % _MONTHS + 1, 1)
    districts = organisation["district"].unique().sort().to_list()
    teams = organisation["team"].unique()
    months = cells.filter(
        pl.col("partition") == "proactive",
        pl.col("period").cast(pl.String) == "month",
        pl.col("period_start").is_between(start, end),
        pl.col("team").is_in(teams.implode()),
    )
    checks = int(months["n"].sum())
    shown = months.group_by("team").agg(pl.col("period_start").n_unique().alias("months"))
    whole = shown.filter(pl.col("months") == _MONTHS).height
    breaches = []
    if len(districts) != 1:
        breaches.append(f"the site has {len(districts)} districts; a sheet is of one")
    if teams.len() < policy.dialogue_teams:
        breaches.append(f"the district has {teams.len()} teams; {policy.dialogue_teams} are needed")
    if whole < teams.len():
        breaches.append(f"of {teams.len() - whole} teams a month of the year is not shown; wait until all are")
    if checks < policy.dialogue_checks:
        breaches.append(f"fewer than {policy.dialogue_checks} checks were recorded in the year")
    if breaches:
        raise DisclosureError("\n  - ".join(["There can be no dialogue sheet:", *breaches]))
    base = policy.dialogue_base
    return Dialogue(
        district=districts[0],
        start=start,
        end=last_day(end),
        checks=checks // base * base,
        shares={name: _share(findings, name, policy) for name in MEASURES},
    )


def _share(findings: pl.DataFrame, name: str, policy: Policy) -> Share | None:
    """The newest figure of all teams together, when its margin is narrow enough to tell."""
    rows = findings.filter(
        pl.col("statistic") == name,
        pl.col("team") == "",
        *(pl.col(column) == "" for column in ("series", "stratum", "group")),
        pl.col("estimate").is_not_null(),
        pl.col("lower").is_not_null(),
        pl.col("period_end") - pl.col("period_start") > pl.duration(days=300),
    ).sort("period_end")
    if rows.is_empty():
        return None
    row = rows.row(-1, named=True)
    low, value, high = (round(100 * row[column]) for column in ("lower", "estimate", "upper"))
    return Share(value=value, low=low, high=high) if high - low <= policy.dialogue_widest_margin else None
