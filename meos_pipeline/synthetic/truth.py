"""What was planted, beside the files in which it must be found back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.storage.durable import write_bytes
from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.encounters import Checks
from meos_pipeline.synthetic.people import People, full_names, person_numbers, plates
from meos_pipeline.synthetic.records import IDENTIFIERS_PER_KIND, Identifiers
from meos_pipeline.synthetic.world import Floats, World

_COUNTS = (
    "checks",
    "registered",
    "proactive",
    "proactive_registered",
    "with_result",
    "with_result_registered",
    "strict",
    "strict_registered",
    "repeats",
    "repeats_registered",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One kind of trap in one file."""

    code: str
    """Number in the catalogue of bad input (B01-B98), or a trap of the domain list."""
    kind: str
    file: str
    count: int
    """Rows, or 1 for a whole file."""
    verdict: str
    """F file refused, Q row in quarantine, W accepted with a warning, D duplicate or superseded, A accepted."""
    expected: str
    """Message code that the pipeline should give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything planted by one run of the generator. Results are H1-H3 ("with_result") or H1 ("strict")."""

    seed: int
    first_month: date
    months: int
    rows: int
    """Rows written in all clean files."""
    undelivered: int
    """Checks entered after the last export."""
    files: Mapping[str, int]
    """Rows per export file, before traps."""
    teams: Sequence[Mapping[str, Any]]
    """Per team: what holds for it in all months."""
    team_months: Sequence[Mapping[str, Any]]
    """Per team and month of the check: true counts; all but ``checks`` and ``registered`` are of proactive checks."""
    groups: Sequence[Mapping[str, Any]]
    """Per group: planted disparity, and what follows from it for each comparison."""
    team_groups: Sequence[Mapping[str, Any]]
    """Per team and group: log odds of the group among its checks, over those of the mean team. No team selects a
    group more than another does: what differs is who is on its streets."""
    effects: Mapping[str, Any]
    """Action, training without effect, break, season, follow-ups, second register."""
    canaries: Mapping[str, Sequence[str]]
    """Identifiers that are in the exports and may be nowhere else."""
    defects: Sequence[Defect] = field(default_factory=tuple)

    def team_month(self, team: str, month: date) -> Mapping[str, Any]:
        """Return the true counts of one team in one month."""
        wanted = month.isoformat()
        return next(row for row in self.team_months if row["team"] == team and row["month"] == wanted)

    def write(self, path: Path) -> None:
        """Write the truth as JSON."""
        document = asdict(self) | {"first_month": self.first_month.isoformat()}
        write_bytes(path, json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True).encode())


class Tally:
    """Adds up what happened, per team and month."""

    def __init__(self, world: World) -> None:
        """Start at nothing."""
        self.world = world
        self.counts: dict[str, npt.NDArray[np.int64]] = {
            name: np.zeros((world.teams, len(world.months)), dtype=np.int64) for name in _COUNTS
        }

    def add(self, month: int, checks: Checks) -> None:
        """Add the checks of one month."""
        flags = {
            "checks": np.ones(len(checks), dtype=bool),
            "proactive": checks.proactive,
            "with_result": checks.proactive & checks.hit,
            "strict": checks.proactive & checks.strict,
            "repeats": checks.proactive & checks.repeat,
        }
        names = {"checks": "registered"} | {name: f"{name}_registered" for name in flags if name != "checks"}
        for name, flag in flags.items():
            for column, chosen in ((name, flag), (names[name], flag & checks.registered)):
                self.counts[column][:, month] += np.bincount(checks.team[chosen], minlength=self.world.teams)

    def rows(self) -> list[dict[str, Any]]:
        """Return the counts as records, in order of team and month."""
        return [
            {"team": slug, "month": month.isoformat()}
            | {name: int(values[team, number]) for name, values in self.counts.items()}
            for team, slug in enumerate(self.world.slugs)
            for number, month in enumerate(self.world.months)
        ]


def canaries_of(world: World, written: Identifiers) -> dict[str, list[str]]:
    """Return identifiers that occur in the exports: people in remarks first, then those in columns."""
    person = _first(written.numbered, written.people)
    named = _first(written.named, written.people)
    vehicle = np.unique(np.concatenate(written.vehicles))
    return {
        "names": pl.select(full_names(named)).to_series().unique().sort().to_list() if len(named) else [],
        "bsns": [str(number) for number in person_numbers(person)],
        "plates": pl.select(plates(vehicle)).to_series().to_list() if len(vehicle) else [],
        "officer_numbers": [f"MW{number + 1:06d}" for number in range(min(int(world.officers.sum()), 200))],
        "document_numbers": sorted(written.documents),
    }


def _first(first: Sequence[npt.NDArray[np.int64]], others: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.int64]:
    leading = np.unique(np.concatenate(first))
    return np.concatenate([leading, np.setdiff1d(np.concatenate(others), leading)])[:IDENTIFIERS_PER_KIND]


def team_truths(world: World, tally: Tally) -> list[dict[str, Any]]:
    """Return per team what was planted and how it came out over all months."""
    counts = {name: values.sum(axis=1) for name, values in tally.counts.items()}
    truths = []
    for team, slug in enumerate(world.slugs):
        total = {name: int(values[team]) for name, values in counts.items()}
        without = total["proactive"] - total["with_result"]
        without_registered = total["proactive_registered"] - total["with_result_registered"]
        truths.append(
            {
                "team": slug,
                "name": world.names[team],
                "officers": int(world.officers[team]),
                "threshold": float(world.threshold[team]),
                "register_log_odds_without_result": float(world.register_without[team]),
                "register_log_odds_with_result": float(world.register_with[team]),
                "registered_share_with_result": _share(total["with_result_registered"], total["with_result"]),
                "registered_share_without_result": _share(without_registered, without),
                "coverage": _share(total["proactive_registered"], total["proactive"]),
                "yield_strict": _share(total["strict"], total["proactive"]),
                "yield_broad": _share(total["with_result"], total["proactive"]),
                "registered_yield_strict": _share(total["strict_registered"], total["proactive_registered"]),
                "registered_yield_broad": _share(total["with_result_registered"], total["proactive_registered"]),
                "repeat_share": _share(total["repeats"], total["proactive"]),
                "explained_share": float(w.expit(world.explained)[team]),
            }
        )
    return truths


def group_truths(world: World, people: People) -> list[dict[str, Any]]:
    """Return per group the planted disparity and the comparisons that follow from the law, over all teams.

    ``log_odds_check``: log odds ratio of being checked, given an encounter by daylight, against the reference group.
    ``log_ratio_residents``: log ratio of checks per resident against the reference (selection and time on the street).
    ``log_odds_daylight``: log odds ratio of the group among those checked, daylight against dark.
    ``yield_broad``: chance that a first check has a result.
    """
    met = people.presence * _encounters(world, people)[:, None]
    checked = [met * people.chance[:, :, light] for light in (0, 1)]
    found = checked[0] * people.hit[:, :, 0] + checked[1] * people.hit[:, :, 1]
    truths = []
    for kind, (member, groups, reference) in _kinds().items():
        residents = _residents(world)[kind]

        def total(values: Floats, group: int, member: npt.NDArray[np.int64] = member) -> float:
            return float(values[:, member == group].sum())

        def odds(group: int) -> float:
            chance = total(checked[0], group) / total(met, group)
            return float(np.log(chance / (1 - chance)))

        def rate(group: int, residents: Floats = residents) -> float:
            return float(np.log((total(checked[0], group) + total(checked[1], group)) / residents[group]))

        for group, name in enumerate(groups):
            day, dark = (total(values, group) / float(values.sum()) for values in checked)
            truths.append(
                {
                    "kind": kind,
                    "group": name,
                    "reference": groups[reference],
                    "threshold_shift": w.THRESHOLD_SHIFT[kind][group],
                    "veil": w.VEIL[kind],
                    "log_odds_check": odds(group) - odds(reference),
                    "log_ratio_residents": rate(group) - rate(reference),
                    "log_odds_daylight": float(np.log(day / (1 - day)) - np.log(dark / (1 - dark))),
                    "yield_broad": total(found, group) / (total(checked[0], group) + total(checked[1], group)),
                }
            )
    return truths


def team_group_truths(world: World, people: People) -> list[dict[str, Any]]:
    """Return per team and group the log odds among its checks (group against reference), over the mean team's."""
    light = (1 - w.DARK_SHARE, w.DARK_SHARE)
    checked = people.presence * (people.chance * np.array(light)).sum(axis=2)
    truths = []
    for kind, (member, groups, reference) in _kinds().items():
        of_reference = checked[:, member == reference].sum(axis=1)
        for group, name in enumerate(groups):
            odds = np.log(checked[:, member == group].sum(axis=1) / of_reference)
            for team, slug in enumerate(world.slugs):
                truths.append(
                    {
                        "team": slug,
                        "kind": kind,
                        "group": name,
                        "reference": groups[reference],
                        "log_odds_team": float(odds[team] - odds.mean()),
                    }
                )
    return truths


def _encounters(world: World, people: People) -> Floats:
    """Encounters per team, relative."""
    size = world.checks_per_month / world.checks_per_month.sum()
    return np.asarray(size / (people.presence * people.chance[:, :, 0]).sum(axis=1), dtype=np.float64)


def _kinds() -> dict[str, tuple[npt.NDArray[np.int64], tuple[str, ...], int]]:
    """Per kind of group: the group of each combination, the names, and the place of the reference."""
    numbers = np.arange(w.GROUPS)
    return {
        "age_band": (numbers // (len(w.SEXES) * len(w.ORIGINS)), w.AGES, 4),
        "sex": (numbers // len(w.ORIGINS) % len(w.SEXES), w.SEXES, 1),
        "origin": (numbers % len(w.ORIGINS), w.ORIGINS, 0),
    }


def _residents(world: World) -> dict[str, Floats]:
    """Shares of the groups among residents."""
    origins = np.average(world.origin_shares, axis=0, weights=world.residents.sum(axis=1))
    return {"age_band": np.array(w.AGE_SHARES), "sex": np.array(w.SEX_SHARES), "origin": np.asarray(origins)}


def effects_of(world: World) -> dict[str, Any]:
    """Return the planted effects that are not of a team or group."""
    return {
        "action": {
            "team": world.slugs[world.action_team],
            "from": world.months[world.action_month].isoformat(),
            "log_odds_registering_without_result": w.ACTION_EFFECT,
        },
        "training": {
            "team": world.slugs[world.training_team],
            "from": world.months[world.training_month].isoformat(),
            "log_odds_registering_without_result": 0.0,
        },
        "agreement_without_effect": {"team": world.slugs[world.unmoved_team], "log_odds_of_a_complete_dossier": 0.0},
        "young_agreement": {"team": world.slugs[world.young_team], "from": world.months[-1].isoformat()},
        "team_without_sheets": world.slugs[world.uncounted_team] if world.uncounted_team >= 0 else None,
        "break": {"from": world.months[world.break_month].isoformat(), "log_odds_registering": w.BREAK_EFFECT},
        "season_amplitude": w.SEASON,
        "retarget_share": w.RETARGET_SHARE,
        "retarget_mean_days": w.RETARGET_DAYS,
        "second_register_share": {"without_result": w.SECOND_REGISTER[0], "with_result": w.SECOND_REGISTER[1]},
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
