"""How many sheets a team needs, and which shifts it joins: the numbers and the draw behind ``meos plan`` and the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.companions import TEAM_ACTIONS
from meos_pipeline.contracts.draws import DRAWS
from meos_pipeline.contracts.succession import there_in
from meos_pipeline.errors import InputError
from meos_pipeline.policy import Policy
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_bytes, write_table
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.tables import read_whole

if TYPE_CHECKING:
    from meos_pipeline.reporting.shift_plan import DrawnShift, ShiftPlan

_YEAR = timedelta(days=366)
_HEAVIEST = 1000.0
"""As a sheet can carry; a rarer slot is hardly ever drawn."""
_COVERAGE = 0.5
"""Coverage without a result at which most sheets are needed; taken as long as nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Sheets of a team, and how many it needs a year."""

    team: str
    sheets: int
    """Sheets of the last year."""
    half_width: float | None
    """Half of the margin of coverage without a result now; None as long as there is none."""
    width: tuple[int, int]
    """Sheets a year for the wanted margin: at least and at most."""
    direction: int
    """Sheets a year after which a difference between the two coverages is seen with the chance of the policy."""


def needed(space: Workspace, *, within: float, teams: Sequence[str] = ()) -> list[Needed]:
    """Say per team how many sheets a year are needed for a margin, and for the direction of the error.

    Args:
        space: The workspace.
        within: Half of the margin wanted, as a share.
        teams: Slugs; all when none is named.

    Raises:
        InputError: when a team is not known.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.statistics.methods.sampling_plan import sheets_needed

    companions = read_companions(space.folder, space.settings)
    policy = space.settings.policy
    chosen = _known(companions["organisation"], teams)
    recent = _recent(companions.get("coverage_sample"))
    checks, share = _usual(recent, policy)
    margins = _margins(space)
    direction = _for_direction(checks, share, policy)
    found = []
    for team in chosen:
        own = recent.filter(pl.col("team") == team).height if recent.height else 0
        margin = margins.get(team)
        width = (
            sheets_needed(own, margin, wanted=within)
            if own and margin
            else _without_sheets(within, checks, share, policy)
        )
        found.append(Needed(team=team, sheets=own, half_width=margin, width=width, direction=direction))
    return found


def drawn(space: Workspace, month: date) -> pl.DataFrame:
    """Return the shifts that every team joins in a month; what was drawn before stands, whatever came in since.

    Returns:
        ``DRAWS``, sorted by team and turn.
    """
    from meos_pipeline.ingest.companions import read_companions

    companions = read_companions(space.folder, space.settings)
    root = space.folder.restricted / "draws"
    with one_at_a_time(space.folder, "draws"):
        path = root / f"{month:%Y-%m}.parquet"
        kept = pl.read_parquet(path) if path.exists() else DRAWS.empty()
        there = set(kept["team"])
        recorded = _recorded(space)
        made = [
            _draw(team, month, companions, recorded.get(team, {}), space.settings.policy)
            for team in _known(there_in(companions["organisation"], month), ())
            if team not in there
        ]
        if made:
            kept = DRAWS.require(pl.concat([kept, *made]).sort("team", "turn"))
            write_table(path, kept)
    return kept


def write_files(space: Workspace, month: date, *, teams: Sequence[str], to: Path) -> list[Path]:
    """Write per team a list to print and a calendar file, in every language of the site; return where they are.

    Raises:
        StorageError: when the disk refuses to write.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.reporting.shift_plan import shifts_html, shifts_ics
    from meos_pipeline.reporting.words import Words, read_words

    names = dict(read_companions(space.folder, space.settings)["organisation"].select("team", "team_name").iter_rows())
    tree = read_words(shipped("reports"))
    shifts = as_shifts(drawn(space, month))
    written = []
    for language in space.settings.site.languages:
        words = Words(tree, language)
        for team in teams:
            own = [shift for shift in shifts if shift.team == team]
            page = shifts_html(own, words, team_name=names[team], month=month)
            files = {"html": page.encode(), "ics": shifts_ics(own, words, made_on=month)}
            for suffix, content in files.items():
                written.append(to / f"{team}_{month:%Y-%m}_{language}.{suffix}")
                write_bytes(written[-1], content)
    return written


def as_shifts(draws: pl.DataFrame) -> "list[DrawnShift]":
    """Turn rows of ``DRAWS`` into what pages are made of."""
    from meos_pipeline.reporting.shift_plan import DrawnShift

    return [DrawnShift(**row) for row in draws.iter_rows(named=True)]


def plan_to_show(space: Workspace, day: date) -> "ShiftPlan":
    """Return what pages made on that day show: the shifts of its month and of the month after, and the sheets to aim for.

    How many sheets a team has is not told, nor what follows from it: who counts is a person too. So the sheets to aim for
    are those of a team with the habits of all teams together, coarsely; of the policy while fewer than two teams counted.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.reporting.shift_plan import Aim, ShiftPlan

    first, policy = day.replace(day=1), space.settings.policy
    months = (first, (first + timedelta(days=31)).replace(day=1))
    recent = _recent(read_companions(space.folder, space.settings).get("coverage_sample"))
    is_of_many = bool(recent.height) and recent["team"].n_unique() > 1
    checks, share = _usual(recent if is_of_many else pl.DataFrame(), policy)
    checks, share = float(round(checks)), round(share, 1)
    low, high = _without_sheets(policy.planner_half_width, checks, share, policy)
    return ShiftPlan(
        drawn=tuple(shift for month in months for shift in as_shifts(drawn(space, month))),
        aim=Aim(
            within=policy.planner_half_width,
            low=low,
            high=high,
            direction=_for_direction(checks, share, policy),
        ),
    )


def _draw(
    team: str,
    month: date,
    companions: Mapping[str, pl.DataFrame],
    recorded: Mapping[tuple[int, str], float],
    policy: Policy,
) -> pl.DataFrame:
    from meos_pipeline.statistics.methods.sampling_plan import draw_shifts
    from meos_pipeline.statistics.methods.shift_calendar import calendar

    number = sheets_asked(companions.get("team_actions", TEAM_ACTIONS.empty()), team, month, policy)
    shifts = draw_shifts(calendar(month, recorded), number=number, reserves=number, team=team, month=month)
    rows = [
        (team, shift.day, shift.block, shift.is_reserve, turn, round(min(shift.weight, _HEAVIEST), 1))
        for turn, shift in enumerate(shifts, start=1)
    ]
    return pl.DataFrame(rows, schema=DRAWS.schema, orient="row")


def sheets_asked(actions: pl.DataFrame, team: str, month: date, policy: Policy) -> int:
    """Sheets that are asked of a team in a month: more in the half year before and after an agreement on recording begins."""
    half = timedelta(days=183)
    near = actions.filter(
        pl.col("team") == team,
        pl.col("aim").cast(pl.String) == "coverage_no_result",
        pl.col("starts").is_between(month - half, month + half),
    )
    return policy.sheets_a_month_agreement if near.height else policy.sheets_a_month


def _known(organisation: pl.DataFrame, teams: Sequence[str]) -> list[str]:
    known = organisation["team"].unique().sort().to_list()
    strange = sorted(set(teams) - set(known))
    if strange:
        raise InputError(f"Team {', '.join(strange)} is not in the organisation list; known are {', '.join(known)}")
    return [team for team in known if not teams or team in teams]


def _recorded(space: Workspace) -> dict[str, dict[tuple[int, str], float]]:
    """Released checks of the last four quarters, per team, weekday and four hours; empty before anything was released."""
    root = space.folder.restricted / "release"
    if not (root / "cells.parquet").exists():
        return {}
    cells = read_whole(root, "cells").filter(
        pl.col("partition") == "weekday_block", ~pl.col("category").str.contains("unknown"), pl.col("n") > 0
    )
    quarters = cells["period_start"].unique().sort().tail(4)
    found: dict[str, dict[tuple[int, str], float]] = {}
    for team, category, n in (
        cells.filter(pl.col("period_start").is_in(quarters.implode())).select("team", "category", "n").iter_rows()
    ):
        weekday, _, block = category.partition("|")
        place = (int(weekday), block)
        found.setdefault(team, {})[place] = found.get(team, {}).get(place, 0.0) + n
    return found


def _margins(space: Workspace) -> dict[str, float]:
    """Half of the margin of coverage without a result over the year, per team; empty before anything was computed."""
    root = space.folder.restricted / "release"
    if not (root / "findings.parquet").exists():
        return {}
    rows = (
        read_whole(root, "findings")
        .filter(pl.col("statistic") == "coverage", pl.col("series") == "without_result", pl.col("upper").is_not_null())
        .sort(pl.col("period_end") - pl.col("period_start"), "period_end")
        .unique("team", keep="last")
    )
    return {row["team"]: (row["upper"] - row["lower"]) / 2 for row in rows.iter_rows(named=True)}


def _recent(sample: pl.DataFrame | None) -> pl.DataFrame:
    """Sheets of the last year; none without the file."""
    if sample is None or sample.is_empty():
        return pl.DataFrame()
    sheets = sample.select("team", "sample_date", "observed", "with_result")
    return sheets.filter(pl.col("sample_date") > pl.col("sample_date").max() - _YEAR)


def _usual(sheets: pl.DataFrame, policy: Policy) -> tuple[float, float]:
    """Checks on a sheet and the share of them with a result, over all teams; those of the policy before anybody counted."""
    seen = int(sheets["observed"].sum()) if sheets.height else 0
    if not seen:
        return policy.planner_checks_per_sheet, policy.planner_share_with_result
    share = float(sheets["with_result"].sum()) / seen
    return max(1.0, seen / sheets.height), min(max(share, 0.05), 0.95)


def _for_direction(checks: float, share: float, policy: Policy) -> int:
    from meos_pipeline.statistics.methods.sampling_plan import sheets_for_direction

    return sheets_for_direction(
        *policy.planner_coverages,
        certain=policy.coverage_certain,
        power=policy.planner_power,
        share_with_result=share,
        checks_per_sheet=checks,
    )


def _without_sheets(within: float, checks: float, share: float, policy: Policy) -> tuple[int, int]:
    from meos_pipeline.statistics.methods.sampling_plan import sheets_for_width

    most = sheets_for_width(
        within,
        coverage=_COVERAGE,
        share_with_result=share,
        checks_per_sheet=checks,
        habit=policy.planner_habit_sd,
        confidence_level=policy.confidence_level,
    )
    return -(-most // 2), most
