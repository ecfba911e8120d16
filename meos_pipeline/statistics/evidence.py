"""One posterior per district: sheets, recorded counts and a second register, over one aligned window.

Coverage, corrected yield, direction and change all read the same draws, so they cannot contradict each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.methods.evidence import (
    Direction,
    Recorded,
    Totals,
    Watched,
    direction,
    quantities,
)
from meos_pipeline.statistics.methods.evidence_grid import Prior, Sheets, Whole, draw_paths
from meos_pipeline.statistics.methods.proportion import Floats, rounding_variance, shrunk
from meos_pipeline.statistics.methods.sampling_plan import block_weights, happened_per_block, likelihood_weights
from meos_pipeline.statistics.methods.shift_calendar import expected
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.walk import Walk, walk_in

DRAWS = 1_000
WITH_RESULT = ("H1", "H2", "H3")
WITHOUT_RESULT = ("H4", "H5", "information_only", "nothing_found")
REGISTER = ("result_both", "result_second_only", "no_result_both", "no_result_second_only")
INPUTS = ("cells", "coverage_sample")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamEvidence:
    """What is known of one team: draws as observed, draws with watching taken off, and what they rest on."""

    seen: Watched
    unwatched: Watched
    walk: Walk
    sheets_by_step: Whole
    """Number of sheets per step of the walk."""
    sheets: tuple[int, ...]
    """Number of sheets per quarter."""
    seen_with: int
    """Checks with a result seen in the window."""
    seen_without: int
    recorded: int
    """Recorded checks with a known result in the window, as released."""
    left_empty: int
    """Recorded checks in the window whose result was left empty, as released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """All teams that somebody counted with, over the same quarters."""

    quarters: tuple[date, ...]
    """First days; the last one ends the window."""
    first: int
    """Place of the first quarter of the window."""
    teams: Mapping[str, TeamEvidence]
    """Teams with at least one sheet in the window."""
    habit: float
    """Posterior mean of the spread between sheets, on the logit scale."""

    @property
    def start(self) -> date:
        """First day of the window."""
        return self.quarters[self.first]

    @property
    def end(self) -> date:
        """Last day of the window."""
        return w.last_day(w.add_months(self.quarters[-1], 2))

    def window(self, team: str, *, unwatched: bool = False) -> Totals:
        """Draws of a team's window; of all teams together for ''."""
        parts = [self._of(name, unwatched=unwatched) for name in self._chosen(team)]
        return sum(parts[1:], start=parts[0])

    def bounds(self, team: str, *, unwatched: bool = False) -> tuple[Totals, Totals]:
        """Draws of the window with every result that was left empty taken for none, and for a result."""
        made = []
        for with_result in (False, True):
            parts = [
                self._of(name, unwatched=unwatched).filled(self.teams[name].left_empty, with_result=with_result)
                for name in self._chosen(team)
            ]
            made.append(sum(parts[1:], start=parts[0]))
        return made[0], made[1]

    def _chosen(self, team: str) -> list[str]:
        return [team] if team else list(self.teams)

    def _of(self, team: str, *, unwatched: bool) -> Totals:
        one = self.teams[team]
        return (one.unwatched if unwatched else one.seen).window(self.first, len(self.quarters) - 1)

    def rests_on(self, team: str) -> tuple[int, int, int, int]:
        """Checks seen with and without a result, recorded checks, and sheets, in the window."""
        chosen = [self.teams[name] for name in self._chosen(team)]
        return (
            sum(one.seen_with for one in chosen),
            sum(one.seen_without for one in chosen),
            sum(one.recorded for one in chosen),
            sum(sum(one.sheets[self.first :]) for one in chosen),
        )

    def left_empty(self, team: str) -> float:
        """Share of the recorded checks in the window whose result was left empty."""
        chosen = [self.teams[name] for name in self._chosen(team)]
        empty = sum(one.left_empty for one in chosen)
        return empty / max(empty + sum(one.recorded for one in chosen), 1)

    def is_enough(self, context: Context) -> bool:
        """Whether enough checks with and without a result were seen in the district to say anything."""
        seen_with, seen_without, _, _ = self.rests_on("")
        return min(seen_with, seen_without) >= context.policy.smallest_shown_count

    def certain(self, context: Context) -> float:
        """Probability from which a direction is said: higher where few teams were counted."""
        policy = context.policy
        few = len(self.teams) < policy.coverage_few_teams
        return policy.coverage_certain_few_teams if few else policy.coverage_certain

    def direction(self, team: str, context: Context, *, unwatched: bool = False) -> Direction:
        """Which way the recorded yield of the team errs."""
        return direction(
            self.window(team, unwatched=unwatched),
            certain=self.certain(context),
            alike_ratio=context.policy.coverage_alike_ratio,
            alike=context.policy.coverage_certain,
        )


_KNOWN: list[tuple[object, District | None]] = []
"""The newest posterior and what it was made from: four statistics ask for the same one."""


def district_of(tables: Mapping[str, pl.DataFrame], context: Context) -> District | None:
    """Draws of all teams; ``None`` when no complete quarter has both sheets and recorded results.

    Args:
        tables: Released ``cells``, exact ``coverage_sample``; ``team_actions`` and ``breaks`` where they are.
        context: Report month, teams, policy.
    """
    read = ("cells", "coverage_sample", "team_actions", "breaks")
    key = (context, tuple(hash_of(tables[name]) if name in tables else None for name in read))
    if not _KNOWN or _KNOWN[0][0] != key:
        _KNOWN[:] = [(key, _district_of(tables, context))]
    return _KNOWN[0][1]


def hash_of(frame: pl.DataFrame) -> tuple[int, int]:
    """Hash of the rows of a table, in any order, and their number."""
    return (int(frame.hash_rows(seed=1).sum() or 0) if frame.height else 0), frame.height


def _district_of(tables: Mapping[str, pl.DataFrame], context: Context) -> District | None:
    recorded = _recorded(tables["cells"], context)
    sheets = _sheets(tables["coverage_sample"], recorded, context)
    quarters = _quarters(recorded, sheets, context)
    if not quarters:
        return None
    first = max(0, len(quarters) - context.policy.coverage_window_quarters)
    place = {quarter: number for number, quarter in enumerate(quarters)}
    sheets = sheets.filter(pl.col("quarter").is_in(list(quarters)))
    inside = sheets.filter(pl.col("quarter") >= quarters[first])
    names = inside["team"].unique().sort().to_list()
    if not names:
        return None
    registers = _registers(tables["cells"], quarters[first:], context)
    blocks = _per_block(tables["cells"], quarters, context)
    walks = {team: walk_in(tables, team, quarters) for team in names}
    middle = quarters[(first + len(quarters)) // 2]
    given = [
        _given(sheets.filter(pl.col("team") == team), walk, registers.get(team), middle, blocks.get(team, {}))
        for team, walk in walks.items()
    ]
    prior = Prior(gate=context.policy.agreement_step_sd, register=context.policy.register_log_odds)
    paths, habit = draw_paths(given, len(quarters), prior=prior, draws=DRAWS, seed=context.policy.seed)
    noise = rounding_variance(context.policy.rounding_base)
    found = {}
    for number, (team, own, drawn) in enumerate(zip(names, given, paths, strict=True)):
        counts = _per_quarter(recorded.filter(pl.col("team") == team), place, noise)
        seed = context.policy.seed + 1 + number
        mine = inside.filter(pl.col("team") == team)
        lengths, share = walks[team].lengths, context.policy.observer_share
        by_step = np.bincount(own.quarter, minlength=len(lengths))
        found[team] = TeamEvidence(
            seen=quantities(drawn, counts, observer_share=0.0, seed=seed, lengths=lengths),
            unwatched=quantities(drawn, counts, observer_share=share, seed=seed, lengths=lengths),
            walk=walks[team],
            sheets_by_step=by_step,
            sheets=tuple((by_step @ (lengths > 0)).tolist()),
            seen_with=int(mine["seen_with"].sum()),
            seen_without=int(mine["seen_without"].sum()),
            recorded=int((counts.with_result + counts.without_result)[first:].sum()),
            left_empty=_left_empty(recorded.filter(pl.col("team") == team, pl.col("quarter").is_in(quarters[first:]))),
        )
    return District(quarters=tuple(quarters), first=first, teams=found, habit=habit)


def _recorded(cells: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Released checks with and without a result: team, month, quarter, with_result, without_result."""
    window = w.Window(date.min, w.last_day(context.month), 1)
    sums = {"with_result": WITH_RESULT, "without_result": WITHOUT_RESULT, "left_empty": ("unknown",)}
    return (
        w.per_period(cells, "result", window, sums)
        .filter(pl.col("team").is_in(list(context.teams)), pl.col("with_result") + pl.col("without_result") > 0)
        .select("team", "with_result", "without_result", "left_empty", month="period_start")
        .with_columns(quarter=pl.col("month").dt.truncate("1q"))
    )


def _left_empty(recorded: pl.DataFrame) -> int:
    return int(recorded["left_empty"].sum())


def _sheets(table: pl.DataFrame, recorded: pl.DataFrame, context: Context) -> pl.DataFrame:
    """One row per sheet with a check on it, of months whose recorded counts are known.

    A month without recorded counts leaves numerator and window alike.
    """
    block = pl.col("block").cast(pl.String) if "block" in table.columns else pl.lit(None, pl.String)
    return (
        table.filter(
            pl.col("team").is_in(list(context.teams)),
            pl.col("observed") > 0,
            pl.col("registered") <= pl.col("observed"),
        )
        .select(
            "team",
            month=pl.col("sample_date").dt.truncate("1mo"),
            quarter=pl.col("sample_date").dt.truncate("1q"),
            seen_with="with_result",
            recorded_with="with_result_registered",
            seen_without=pl.col("observed") - pl.col("with_result"),
            recorded_without=pl.col("registered") - pl.col("with_result_registered"),
            block=block,
            day="sample_date",
        )
        .join(recorded.select("team", "month"), on=["team", "month"], how="semi")
        .sort(pl.all())
    )


def _quarters(recorded: pl.DataFrame, sheets: pl.DataFrame, context: Context) -> list[date]:
    """Quarters in a row, at most two windows, up to the newest complete one that has both sheets and results."""
    end = w.quarter_start(w.add_months(context.month, 1))
    both = sheets.filter(pl.col("quarter") < end)["quarter"]
    known = recorded.filter(pl.col("quarter") < end)["quarter"]
    if both.is_empty() or known.is_empty():
        return []
    last, first = both.max(), known.min()
    assert isinstance(last, date)  # noqa: S101 - not empty
    assert isinstance(first, date)  # noqa: S101
    most = 2 * context.policy.coverage_window_quarters
    back = [w.add_months(last, -3 * number) for number in range(most)]
    return sorted(quarter for quarter in back if quarter >= first)


def _registers(
    cells: pl.DataFrame, quarters: Sequence[date], context: Context
) -> dict[str, tuple[float, float, float, float]]:
    """Per team, checks in the second register and of these in MEOS, with and without a result, over the window."""
    window = w.Window(quarters[0], w.last_day(w.add_months(quarters[-1], 2)), len(quarters))
    counts = w.per_period(cells, "second_register", window, {name: (name,) for name in REGISTER})
    summed = counts.group_by("team").agg(pl.col(REGISTER).sum(), periods=pl.len()).sort("team")
    found = {}
    for row in summed.iter_rows(named=True):
        noise = rounding_variance(context.policy.rounding_base) * row["periods"]
        both, only, both0, only0 = (float(row[name]) for name in REGISTER)
        if min(both + only, both0 + only0) >= context.policy.smallest_shown_count:
            (hit, miss), (hit0, miss0) = shrunk((both, only), noise), shrunk((both0, only0), noise)
            found[row["team"]] = (hit + miss, hit, hit0 + miss0, hit0)
    return found


def _given(
    sheets: pl.DataFrame,
    walk: Walk,
    register: tuple[float, float, float, float] | None,
    middle: date,
    recorded: Mapping[str, float],
) -> Sheets:
    counts = {name: sheets[name].to_numpy().astype(np.int64) for name in _SHEET_COUNTS}
    return Sheets(
        quarter=walk.step_of(sheets["day"]),
        weight=_weights(sheets, recorded),
        register=register,
        register_quarter=walk.begins.index(middle),
        gates=walk.gates,
        lengths=walk.lengths,
        **counts,
    )


def _weights(sheets: pl.DataFrame, recorded: Mapping[str, float]) -> Floats:
    """Exponents of the sheets: those of a block that was joined too rarely count for more."""
    blocks = sheets["block"].to_list()
    seen = (sheets["seen_with"] + sheets["seen_without"]).to_numpy()
    in_meos = (sheets["recorded_with"] + sheets["recorded_without"]).to_numpy()
    return likelihood_weights(block_weights(blocks, seen, happened_per_block(recorded, blocks, seen, in_meos)))


def _per_block(cells: pl.DataFrame, quarters: Sequence[date], context: Context) -> dict[str, dict[str, float]]:
    """Recorded checks per team and part of the day in which a shift begins."""
    counts = cells.filter(
        pl.col("partition") == "weekday_block",
        pl.col("period_start").is_between(quarters[0], quarters[-1]),
        pl.col("team").is_in(list(context.teams)),
        ~pl.col("category").str.contains("unknown"),
    )
    found: dict[str, dict[tuple[int, str], float]] = {}
    for team, category, n in counts.group_by("team", "category").agg(pl.col("n").sum()).sort("team", "category").rows():
        weekday, _, block = category.partition("|")
        found.setdefault(team, {})[int(weekday), block] = float(n)
    return {team: _per_shift(recorded) for team, recorded in found.items()}


def _per_shift(recorded: Mapping[tuple[int, str], float]) -> dict[str, float]:
    total: dict[str, float] = {}
    for (_, block), checks in expected(recorded).items():
        total[block] = total.get(block, 0.0) + checks
    return total


_SHEET_COUNTS = ("seen_with", "recorded_with", "seen_without", "recorded_without")


def _per_quarter(recorded: pl.DataFrame, place: Mapping[date, int], noise: float) -> Recorded:
    """Sums per quarter; each month brings its own rounding to either count."""
    totals: dict[str, Floats] = {name: np.zeros(len(place)) for name in ("with_result", "without_result", "noise")}
    for row in recorded.filter(pl.col("quarter").is_in(list(place))).iter_rows(named=True):
        at = place[row["quarter"]]
        totals["with_result"][at] += row["with_result"]
        totals["without_result"][at] += row["without_result"]
        totals["noise"][at] += noise
    return Recorded(**totals)
