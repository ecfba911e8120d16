"""The files beside the export, consistent with what happened in the simulated streets."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COMPANION_FILES, COMPANIONS
from meos_pipeline.contracts.handed_in import AGREEMENT, SHEET, signed
from meos_pipeline.synthetic import names
from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.encounters import MINUTES_PER_DAY, Checks
from meos_pipeline.synthetic.truth import Tally
from meos_pipeline.synthetic.words import spelled
from meos_pipeline.synthetic.world import World

SHIFTS_JOINABLE = 6
"""Shifts of a month of which some are joined."""
SHEETS_PER_MONTH, SHEETS_AROUND = 2, 4
"""Sheets of an ordinary month, and of one in the half year before or after the agreement on recording begins."""
MISSED = 0.12
"""Chance that nobody counts in a month."""
PAGE_MONTHS = 6
"""Newest months of which sheets come from the counting page; those before were typed over from paper."""
MOST_ON_A_SHEET = 12
DAYTIME = {"age_band": (0.8, 0.95, 1.3, 1.15, 1.05, 1.0, 0.95, 0.8), "sex": (1.0, 1.0, 1.0), "origin": (1.0, 1.1, 1.0)}


class Companions:
    """Collects what the companion files tell, month after month."""

    def __init__(self, world: World, *, origin: bool) -> None:
        """Start with no months."""
        self.world, self.origin = world, origin
        self._slugs = pl.Enum(list(world.slugs))
        self._samples: list[pl.DataFrame] = []
        self._second: list[pl.DataFrame] = []
        self._queries: list[pl.DataFrame] = []
        self._origins: list[pl.DataFrame] = []

    def add(self, month: int, teams: range, checks: Checks, rng: np.random.Generator) -> None:
        """Add the true checks of some teams in one month."""
        n = len(checks)
        frame = pl.DataFrame(
            {
                "team": spelled(checks.team, self._slugs),
                "day": checks.minute // MINUTES_PER_DAY,
                "result": checks.hit,
                "registered": checks.registered,
                "second": rng.random(n) < np.where(checks.hit, w.SECOND_REGISTER[1], w.SECOND_REGISTER[0]),
                "order": rng.random(n),
            }
        ).filter(pl.Series(checks.proactive))
        self._samples.append(self._joined(month, self._sample(month, teams, frame, rng)))
        first = self.world.months[month]
        self._second.append(
            frame.group_by("team", has_result="result")
            .agg(in_second=pl.col("second").sum(), in_both=(pl.col("second") & pl.col("registered")).sum())
            .select(pl.lit(first).alias("month"), pl.all())
        )
        made = np.bincount(checks.team, minlength=self.world.teams)
        for subject, per_check, history in (("PERSOON", 0.9, 0.12), ("KENTEKEN", 1.4, 0.09)):
            queries = np.array([rng.poisson(made[team] * per_check) for team in teams])
            self._queries.append(
                pl.DataFrame(
                    {
                        "month": [first] * len(teams),
                        "team": [self.world.slugs[team] for team in teams],
                        "subject": subject,
                        "queries": queries,
                        "with_history": rng.binomial(queries, history),
                    }
                )
            )

    def add_origins(self, month: int, checks: Checks, origin: np.ndarray) -> None:
        """Add the origins of those in registered checks, for the statistics office's table."""
        chosen = checks.registered
        counts = pl.DataFrame(
            {
                "team": spelled(checks.team[chosen], self._slugs),
                "origin": spelled(origin[checks.person[chosen]], pl.Enum(w.ORIGINS)),
            }
        )
        year = self.world.months[month].year
        self._origins.append(counts.group_by("team", "origin").agg(n=pl.len()).with_columns(year=pl.lit(year)))

    def _sample(self, month: int, teams: range, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        first = self.world.months[month]
        length = (names.next_month(first) - first).days
        start = (first - self.world.months[0]).days
        picked = [
            (self.world.slugs[team], start + int(day), sheet_size)
            for team in teams
            for day, sheet_size in zip(
                np.sort(rng.permutation(length)[:SHIFTS_JOINABLE]),
                rng.integers(6, MOST_ON_A_SHEET + 1, SHIFTS_JOINABLE).tolist(),
                strict=True,
            )
        ]
        shifts = pl.DataFrame(picked, schema={"team": self._slugs, "day": pl.Int64, "most": pl.Int64}, orient="row")
        seen = (
            frame.join(shifts, on=["team", "day"])
            .with_columns(rank=pl.col("order").rank("ordinal").over("team", "day"))
            .filter(pl.col("rank") <= pl.col("most"))
            .group_by("team", "day")
            .agg(
                observed=pl.len(),
                registered=pl.col("registered").sum(),
                with_result=pl.col("result").sum(),
                with_result_registered=(pl.col("registered") & pl.col("result")).sum(),
            )
        )
        return (
            shifts.select("team", "day")
            .join(seen, on=["team", "day"], how="left")
            .with_columns(pl.exclude("team", "day").fill_null(0))
            .select(
                (pl.lit(self.world.months[0]) + pl.duration(days="day")).alias("sample_date"),
                "team",
                pl.lit(1).alias("sheet"),
                "observed",
                "registered",
                "with_result",
                "with_result_registered",
                shift_kind=pl.lit(None, dtype=v.SHIFT_KINDS),
                block=pl.lit(None, dtype=v.SHIFT_BLOCKS),
                weight=pl.lit(None, dtype=pl.Float64),
            )
        )

    def _joined(self, month: int, sample: pl.DataFrame) -> pl.DataFrame:
        """Keep the shifts that somebody joined, with the kind and part of the shift; draws of its own, so that no check moves."""
        world = self.world
        kept = []
        for slug, own in sample.group_by("team", maintain_order=True):
            team = world.slugs.index(str(slug[0]))
            rng = np.random.default_rng([world.seed, 5, month, team])
            is_near = team == world.action_team and abs(month - world.action_month) <= PAGE_MONTHS
            number = SHEETS_AROUND if is_near else SHEETS_PER_MONTH
            is_missed = rng.random() < MISSED or team == world.uncounted_team
            places = sorted(rng.permutation(own.height)[: 0 if is_missed else number].tolist())
            kinds, blocks = (rng.choice(of.categories.to_list(), own.height) for of in (v.SHIFT_KINDS, v.SHIFT_BLOCKS))
            kept.append(
                own.with_columns(
                    pl.Series("shift_kind", kinds, dtype=v.SHIFT_KINDS),
                    pl.Series("block", blocks, dtype=v.SHIFT_BLOCKS),
                )[places]
            )
        return pl.concat(kept)

    def write(self, target: Path, tally: Tally, rng: np.random.Generator) -> None:
        """Write every companion file into ``target``."""
        tables = {
            "organisation": self._organisation(),
            "deployment": self._deployment(),
            "queries": pl.concat(self._queries),
            "coverage_sample": self._typed_sheets(),
            "second_register": pl.concat(self._second),
            "team_actions": self._actions(),
            "breaks": self._breaks(),
            "complaints": self._complaints(tally, rng),
            "activities": self._activities(rng),
            "population": self._population(),
        }
        if self.origin:
            tables["origin_table"] = self._origin_table()
        contracts = {table.name: table for table in COMPANIONS}
        for name, frame in tables.items():
            contract = contracts[name]
            dutch = frame.select(
                _as_dutch(pl.col(column.name), column.dtype).alias(column.source_name) for column in contract.columns
            )
            dutch.sort(
                [c.source_name for c in contract.columns if c.name in contract.key and c.dtype != pl.Date()]
                if name != "organisation"
                else ["basisteam_code", "wijk_code"],
                maintain_order=True,
            ).write_csv(target / COMPANION_FILES[name], separator=";")
        self._hand_in(target)

    def _typed_sheets(self) -> pl.DataFrame:
        """Sheets on paper that the analyst typed over."""
        return pl.concat(self._samples).filter(pl.col("sample_date") < self._first_of_page)

    @property
    def _first_of_page(self) -> date:
        return self.world.months[max(0, len(self.world.months) - PAGE_MONTHS)]

    def _hand_in(self, target: Path) -> None:
        """Write files as the counting page makes them: a file of sheets per team and month, and two of agreements.

        One team hands its sheets of the month before in once more, and corrects one: each still counts once.
        """
        world = self.world
        sheets = pl.concat(self._samples).filter(pl.col("sample_date") >= self._first_of_page)
        marked = sheets.with_columns(month=pl.col("sample_date").dt.month_start()).with_row_index("mark")
        for (slug, month), own in marked.sort("team", "sample_date").group_by("team", "month", maintain_order=True):
            rows = [_sheet_line(row) for row in own.iter_rows(named=True)]
            if slug == world.slugs[world.action_team]:
                before = marked.filter(pl.col("team") == slug, pl.col("month").dt.offset_by("1mo") == month)
                rows += [_sheet_line(row) for row in before.iter_rows(named=True)]
                rows += [_sheet_line(row, version=2) for row in before.head(1).iter_rows(named=True)]
            name = f"telblad_{slug}_{names.next_month(month):%Y-%m-%d}.csv"
            (target / name).write_bytes("\r\n".join([SHEET.header, *rows, ""]).encode())
        for number, team in enumerate((world.unmoved_team, world.young_team)):
            row = self._agreed()[number]
            name = f"afspraak_{world.slugs[team]}_{names.next_month(world.months[-1]):%Y-%m-%d}.csv"
            (target / name).write_bytes("\r\n".join([AGREEMENT.header, signed(AGREEMENT, row), ""]).encode())

    def _agreed(self) -> tuple[dict[str, str], dict[str, str]]:
        """Agreements from the page: one that was looked back on and adjusted, and one that began in the last month."""
        world = self.world
        last = world.months[-1]
        started = world.months[max(0, world.action_month - 2)]
        rows = (
            (world.unmoved_team, "profile", "dossier", started, last + timedelta(days=9), "adjusted", 2),
            (world.young_team, "register", "coverage_no_result", last, last + timedelta(days=122), "running", 1),
        )
        return tuple(
            {
                "actie_id": f"{world.slugs[team][:4]}-{starts:%Y%m%d}-{number:04x}",
                "basisteam": world.slugs[team],
                "soort": way,
                "doel": aim,
                "van": f"{starts:%d-%m-%Y}",
                "terugkijken": f"{look_back:%d-%m-%Y}",
                "stand": state,
                "hulp": "nee",
                "versie": str(version),
            }
            for number, (team, way, aim, starts, look_back, state, version) in enumerate(rows)
        )  # type: ignore[return-value]

    def _organisation(self) -> pl.DataFrame:
        world = self.world
        since = date(min(2020, world.months[0].year - 1), 1, 1)
        rows = [
            (
                world.slugs[team],
                world.names[team],
                names.DISTRICT,
                names.REGIONAL_UNIT,
                code,
                names.area_name(team, place),
                since,
                None,
                "|".join(names.spellings(world.names[team])),
                None,
                round(float(world.latitude[team]), 4),
                round(float(world.longitude[team]), 4),
            )
            for team in range(world.teams)
            for place, code in enumerate(names.area_codes(team, w.AREAS_PER_TEAM))
        ]
        contract = next(table for table in COMPANIONS if table.name == "organisation")
        return pl.DataFrame(rows, schema=contract.schema, orient="row")

    def _each_month(self) -> pl.DataFrame:
        return pl.DataFrame({"month": self.world.months}).join(pl.DataFrame({"team": self.world.slugs}), how="cross")

    def _deployment(self) -> pl.DataFrame:
        return self._each_month().with_columns(
            shifts=pl.Series(self.world.shifts.T.ravel()),
            officers=pl.Series(np.tile(self.world.officers, len(self.world.months))),
        )

    def _actions(self) -> pl.DataFrame:
        world = self.world
        return pl.DataFrame(
            {
                "action_id": ["A-1", "A-2"],
                "team": [world.slugs[world.action_team], world.slugs[world.training_team]],
                "kind": ["agreement", "training"],
                "way": ["register", "explain"],
                "aim": ["coverage_no_result", "explained"],
                "starts": [world.months[world.action_month], world.months[world.training_month]],
                "ends": pl.Series([None, names.next_month(world.months[world.training_month])], dtype=pl.Date),
                "look_back": pl.Series([names.next_month(world.months[-1]) + timedelta(days=31), None], dtype=pl.Date),
                "state": ["running", "running"],
                "help": [False, False],
                "version": [1, 1],
            }
        )

    def _breaks(self) -> pl.DataFrame:
        first = self.world.months[self.world.break_month]
        return pl.DataFrame({"break_date": [first], "scope": ["all"], "title": ["Nieuwe versie van de app (6.0)"]})

    def _complaints(self, tally: Tally, rng: np.random.Generator) -> pl.DataFrame:
        complaints = rng.poisson(np.minimum(tally.counts["checks"].T.ravel() / 400, 50))
        conduct = rng.binomial(complaints, 0.5)
        return self._each_month().with_columns(
            complaints=pl.Series(complaints),
            conduct=pl.Series(conduct),
            discrimination=pl.Series(rng.binomial(complaints - conduct, 0.4)),
        )

    def _activities(self, rng: np.random.Generator) -> pl.DataFrame:
        times = self._each_month().join(pl.DataFrame({"activity": list(v.ACTIVITY_SOURCE)}), how="cross")
        return times.with_columns(times=pl.Series(rng.poisson(0.7, times.height))).filter(pl.col("times") > 0)

    def _population(self) -> pl.DataFrame:
        world = self.world
        shares = {"age_band": (w.AGES, w.AGE_SHARES), "sex": (w.SEXES[:2], (0.5, 0.5))}
        rows = []
        for team in range(world.teams):
            kinds = dict(shares)
            if self.origin:
                kinds["origin"] = (w.ORIGINS, tuple(world.origin_shares[team].tolist()))
            for place, code in enumerate(names.area_codes(team, w.AREAS_PER_TEAM)):
                people = int(world.residents[team, place])
                for kind, (groups, share) in kinds.items():
                    for group, part, by_day, street in zip(groups, share, DAYTIME[kind], w.STREET[kind], strict=False):
                        for year in sorted({month.year for month in world.months}):
                            count = people * part
                            rows.append((code, "residents", kind, group, year, round(count)))
                            rows.append((code, "daytime", kind, group, year, round(count * by_day)))
                            rows.append((code, "suspects", kind, group, year, round(count * street * 0.02)))
        schema = ["area", "benchmark", "group_kind", "group", "year", "people"]
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _origin_table(self) -> pl.DataFrame:
        world = self.world
        residents = world.residents.sum(axis=1)
        people = pl.DataFrame(
            [
                (world.slugs[team], origin, 5 * round(float(residents[team] * world.origin_shares[team, place]) / 5))
                for team in range(world.teams)
                for place, origin in enumerate(w.ORIGINS)
            ],
            schema={"team": self._slugs, "origin": pl.Enum(w.ORIGINS), "residents": pl.Int64},
            orient="row",
        )
        counted = pl.concat(self._origins).group_by("team", "year", "origin").agg(checked=pl.col("n").sum())
        rounded = pl.col("checked").cast(pl.Float64).truediv(5).round().mul(5).cast(pl.Int64)
        return counted.with_columns(rounded.alias("checked")).join(people, on=["team", "origin"])


def _as_dutch(column: pl.Expr, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if dtype == pl.Date():
        return column.dt.strftime("%d-%m-%Y")
    if dtype == pl.Boolean():
        return pl.when(column).then(pl.lit("J")).otherwise(pl.lit("N"))
    return column


def _sheet_line(row: Mapping[str, Any], *, version: int = 1) -> str:
    """A line as the counting page writes it."""
    values = {name: "" if row.get(name) is None else str(row[name]) for name in SHEET.columns.values()}
    values |= {
        "sample_date": f"{row['sample_date']:%d-%m-%Y}",
        "mark": f"{row['mark']:08x}",
        "version": str(version),
        "stand": "valid",
    }
    return signed(SHEET, {column: values[name] for column, name in SHEET.columns.items()})
