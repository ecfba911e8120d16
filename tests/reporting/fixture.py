"""A made-up district, ready to publish: every label, every state, an action, a break, hostile names on request."""

import json
import math
import random
from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS, PARTITIONS, PERIODS
from meos_pipeline.contracts.companions import TEAM_ACTIONS
from meos_pipeline.contracts.findings import FINDINGS, Unit
from meos_pipeline.disclosure.door import passed
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Site
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.statistic import Gate

MONTH, EARLY = date(2026, 10, 1), date(2026, 11, 1)
NAMES = (
    "Noordkade",
    "Havenkwartier",
    "Molenbeek",
    "Zuidpolder",
    "Stationsgebied",
    "Ooststad",
    "De Linden",
    "Westerpark",
    "Kanaaleiland",
    "Lage Weide",
    "Rivierdorpen",
    "Heidestad",
)
SHARES = {
    "dossier_complete": ("dossier", 0.66),
    "objective_ground": ("ground", 0.74),
    "explanation_given": ("explained", 0.71),
    "zero_result_share": ("result", 0.38),
    "timeliness": ("timeliness", 0.83),
    "history_consulted": ("queried_before", 0.55),
    "yield_strict": ("result", 0.11),
    "yield_broad": ("result", 0.31),
    "related_hits": ("related_hit", 0.19),
    "information_only": ("result", 0.06),
    "ground_plausibility": ("basis_plausible", 0.93),
    "debriefed": ("debriefed", 0.12),
    "reason_text_usable": ("reason_text", 0.58),
    "warning_heeded": ("warning", 0.40),
}
QUALITY = {
    "explanations_are_mostly_usable": 0.4,
    "legal_bases_are_mostly_recorded": 0.11,
    "areas_are_mostly_recorded": 0.04,
    "times_are_mostly_recorded": 0.0,
    "check_keys_are_hashes": 0.0,
    "only_vehicles_have_a_kind_of_vehicle": 0.02,
}
"""Part of the records that breaks each rule."""
CHARTED = ("registrations_per_100_shifts", "dossier_complete", "explanation_given", "objective_ground")


def months(count: int, last: date = MONTH) -> list[date]:
    """That many first days of months, the last one last."""
    index = last.year * 12 + last.month - 1
    return [date(i // 12, i % 12 + 1, 1) for i in range(index - count + 1, index + 1)]


def month_end(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def five(x: float) -> int:
    return max(0, round(x / 5) * 5)


def publishable(
    *,
    teams: int = 4,
    with_sample: bool = True,
    fictional: bool = True,
    title: str = "Nieuwe versie van de app",
    name: str = "",
    cell: int | None = None,
    settings: Policy | None = None,
) -> Publishable:
    """A district of that many teams over 24 months.

    Args:
        teams: Number of teams.
        with_sample: Whether ambassadors counted on the street.
        fictional: Whether pages say so.
        title: Title of the break.
        name: Name of the first team, in place of its own.
        cell: Released count of one small cell (area W05 of the first team).
        settings: Policy.
    """
    policy = settings or Policy()
    slugs = [f"team-{n.lower().replace(' ', '-')}" for n in (NAMES * 20)[:teams]]
    slugs = [s if slugs.index(s) == i else f"{s}-{i}" for i, s in enumerate(slugs)]
    names = [f"Team {n}" for n in (NAMES * 20)[:teams]]
    if name:
        names[0] = name
    maker = _Maker(slugs, policy, with_sample=with_sample, cell=cell)
    return Publishable(
        month=MONTH,
        cells=passed(maker.cells()),
        findings=passed(_gated(maker.findings())),
        organisation=pl.DataFrame({"team": slugs, "team_name": names, "district": ["Waterland"] * teams}),
        actions=pl.DataFrame(
            {
                "action_id": ["A1", "A2"],
                "team": [slugs[0], slugs[0]],
                "kind": ["agreement", "training"],
                "way": ["register", "vr"],
                "aim": ["dossier", None],
                "starts": [date(2026, 2, 1), date(2026, 7, 1)],
                "ends": [None, None],
                "look_back": [date(2026, 11, 1), None],
                "state": ["running", "running"],
                "help": [False, False],
                "version": [1, 1],
            },
            schema=TEAM_ACTIONS.schema,
        ),
        breaks=pl.DataFrame({"break_date": [date(2025, 6, 1)], "scope": ["all"], "title": [title]}),
        quality=passed(
            pl.DataFrame(
                [
                    {
                        "rule": rule,
                        "team": team,
                        "month": MONTH,
                        "share": round(five(400 * share * (1 + 0.1 * (i % 5))) / 400, 2),
                        "n": 400,
                    }
                    for rule, share in QUALITY.items()
                    for i, team in enumerate(("", *slugs))
                ]
            )
        ),
        waterfall=passed(
            pl.DataFrame(
                {
                    "month": [MONTH] * 5,
                    "stage": ["rows_in", "accepted", "quarantined", "deleted", "out_of_period"],
                    "n": [1870, 1790, 55, 5, 20],
                }
            )
        ),
        changes=passed(
            pl.DataFrame(
                {"team": [slugs[0]], "period": ["month"], "period_start": [date(2026, 8, 1)], "partition": ["dossier"]}
            )
        ),
        provisional=passed(_early(slugs, maker.sizes)),
        policy=policy,
        site=Site(organisation="District Waterland", fictional=fictional, contact="analyse@waterland.example"),
        fingerprint="4f2a9c0e",
        made_on=date(2026, 11, 3),
    )


def _early(slugs: list[str], sizes: dict[str, int]) -> pl.DataFrame:
    """The month after the report month, as provisional: a count with what is to come, and one share."""
    dates = json.dumps({"seen_on": "2026-12-08", "final_on": "2027-01-11"})
    rows = []
    for team, n in (*sizes.items(), ("", sum(sizes.values()))):
        same = {"team": team, "period_start": EARLY, "period_end": month_end(EARLY), "label": "not_yet_judged"}
        told = {"n": five(n), "estimate": five(n * 1.03), "lower": five(n), "upper": five(n * 1.1)}
        if n < 50:
            told = {"label": "too_few", "label_reason": "smallest_denominator"}
        rows.append(same | {"stratum": "measure=registrations", "unit": "count"} | told)
        if n >= 50:
            share = {"n": five(n), "estimate": 0.62, "lower": 0.54, "upper": 0.7}
            rows.append(same | {"stratum": "measure=explanation_given", "unit": "share"} | share)
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None), statistic="provisional", unit=Unit.COUNT, detail=dates
    )


class _Maker:
    def __init__(self, slugs: list[str], policy: Policy, *, with_sample: bool, cell: int | None) -> None:
        self.slugs, self.policy, self.with_sample, self.cell = slugs, policy, with_sample, cell
        self.random = random.Random(20261125)
        self.sizes = {s: 90 + 37 * (i % 7) + (0 if i != 3 else -70) for i, s in enumerate(slugs)}

    def cells(self) -> pl.DataFrame:
        rows: list[tuple[str, str, date, str, str, int]] = []
        for team in self.slugs:
            size = self.sizes[team]
            for month in months(24):
                wave = size * (1 + 0.12 * math.sin(month.month))
                for partition, weights in _MONTHLY.items():
                    for category, weight in zip(PARTITIONS[partition].categories, weights, strict=True):
                        rows.append((team, "month", month, partition, category, five(wave * weight)))
            for start in (date(2026, 4, 1), date(2026, 7, 1)):
                rows += self._quarter(team, start, size * 3)
        return pl.DataFrame(rows, schema=dict(CELLS.schema) | {"period": pl.String()}, orient="row").with_columns(
            pl.col("period").cast(PERIODS)
        )

    def _quarter(self, team: str, start: date, size: float) -> Iterable[tuple[str, str, date, str, str, int]]:
        for day in range(1, 8):
            for b, block in enumerate(v.TIME_BLOCKS.categories):
                weight = (0.008, 0.004, 0.014, 0.022, 0.040, 0.052)[b] * (1.6 if day in (5, 6) else 1)
                yield team, "quarter", start, "weekday_block", f"{day}|{block}", five(size * weight)
        for kind, weight in zip(
            PARTITIONS["shift_kind"].categories, (0.45, 0.2, 0.1, 0.12, 0.05, 0.02, 0.02, 0.04), strict=True
        ):
            yield team, "quarter", start, "shift_kind", kind, five(size * weight)
        for area in range(1, 15):
            n = five(size * 0.12 * abs(math.sin(area * 1.7)))
            if self.cell is not None and team == self.slugs[0] and area == 5:
                n = self.cell
            yield team, "quarter", start, "area", f"W{area:02d}", n

    def findings(self) -> pl.DataFrame:
        rows = [row for team in (*self.slugs, "") for row in self._team(team)]
        frame = pl.DataFrame(
            [_BLANK | row for row in rows],
            schema={n: pl.String() if n in {"label", "unit"} else FINDINGS[n].dtype for n in FINDINGS.names},
            orient="row",
        )
        return frame.with_columns(
            pl.col("label").cast(FINDINGS["label"].dtype), pl.col("unit").cast(FINDINGS["unit"].dtype)
        ).select(FINDINGS.names)

    def _team(self, team: str) -> Iterable[dict[str, object]]:
        size = self.sizes.get(team, sum(self.sizes.values()))
        index = self.slugs.index(team) if team else 0
        few = size < 100 and team != ""
        for statistic, (_, base) in SHARES.items():
            share = min(0.98, base * (1 + 0.05 * ((index % 5) - 2)))
            for start, n in ((MONTH, five(size)), (date(2025, 11, 1), five(size * 12))):
                small = n < self.policy.smallest_rate_denominator
                yield _share(statistic, team, start, share, n, label="too_few" if small else "described")
        yield _rate(team, MONTH, size / 4.1, size)
        yield _rate(team, date(2025, 11, 1), size / 4.0, size * 12)
        for field, share in (
            ("reason", 0.88),
            ("legal_basis", 0.79),
            ("result", 0.93),
            ("explained", 0.52),
            ("time", 0.99),
            ("area", 0.71),
        ):
            yield _share("completeness", team, date(2025, 11, 1), share, five(size * 12), stratum=f"field={field}")
        for statistic in ("repeat_persons", "repeat_vehicles"):
            for days, share in ((30, 0.06), (90, 0.11)):
                found = _share(
                    statistic,
                    team,
                    date(2025, 11, 1),
                    share,
                    five(size * 11),
                    stratum=f"window={days}",
                    label="too_few" if few else "described",
                )
                yield found | {"caveats": ["registered_repeats_only"]}
        yield from self._sample(team)
        yield from self._strata(team, size)
        for statistic in ("officers_using", "complaints_per_1000"):
            yield {
                "statistic": statistic,
                "team": team,
                "period_start": date(2025, 11, 1),
                "period_end": month_end(MONTH),
                "unit": "share",
                "label": "missing_input",
                "label_reason": "inzet_maand.csv" if statistic == "officers_using" else "klachten_maand.csv",
            }
        for activity, times in (("ride_along", 15), ("virtual_reality", 5), ("dialogue", 0)):
            yield {
                "statistic": "ambassador_activities",
                "team": team,
                "period_start": date(2025, 11, 1),
                "period_end": month_end(MONTH),
                "stratum": f"activity={activity}",
                "unit": "count",
                "estimate": float(times),
                "events": times,
                "n": times,
                "label": "described",
            }
        if team:
            yield from self._charts(team, size, index)
            yield from self._funnel(team, size, index)
            yield from self._disparity(team, index)
        else:
            yield from self._district()
        yield from self._yearly(team)
        if index == 0 and team:
            for series, share in (("before", 0.58), ("after", 0.69)):
                yield _share(
                    "action_effect",
                    team,
                    date(2025, 8, 1) if series == "before" else date(2026, 2, 1),
                    share,
                    300,
                    stratum="action=A1",
                    series=series,
                    end=date(2026, 1, 31) if series == "before" else date(2026, 7, 31),
                )

    def _sample(self, team: str) -> Iterable[dict[str, object]]:
        """Coverage and the yield that follows from it: of four quarters, and coverage of eight quarters apart."""
        start, end = date(2025, 10, 1), date(2026, 9, 30)
        if not self.with_sample:
            for statistic in ("coverage", "yield_corrected", "coverage_direction"):
                yield {
                    "statistic": statistic,
                    "team": team,
                    "period_start": start,
                    "period_end": end,
                    "unit": "share",
                    "label": "missing_input",
                    "label_reason": "steekproef_dekking.csv",
                }
            return
        for series, share, n in (("", 0.62, 130), ("with_result", 0.86, 50), ("without_result", 0.47, 80)):
            yield _modelled("coverage", team, start, share, n, series=series, end=end)
        for i in range(8):
            month = 10 + 3 * i
            first = date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
            last = month_end(date(2024 + (month + 1) // 12, (month + 1) % 12 + 1, 1))
            yield _modelled("coverage", team, first, 0.36 + 0.02 * i, 40, series="without_result", end=last)
        for series, value in (("", 0.20), ("recorded", 0.31), ("watched", 0.22)):
            yield _modelled("yield_corrected", team, start, value, 1500, series=series, end=end)
        outer = _modelled("yield_corrected", team, start, 0.4, 1500, series="outer", end=end)
        yield outer | {"estimate": None, "lower": 0.14, "upper": 0.57}
        yield _modelled("coverage_direction", team, start, 0.99, 130, end=end, label="signal_high")

    def _strata(self, team: str, size: float) -> Iterable[dict[str, object]]:
        for i, reason in enumerate((*v.REASONS.categories.to_list(), "unknown")):
            n = five(size * 12 * 0.3 / (i + 1.5))
            share = 0.18 + 0.09 * (i % 5)
            yield _share(
                "yield_by_reason",
                team,
                date(2025, 10, 1),
                share,
                n,
                stratum=f"reason={reason}",
                end=date(2026, 9, 30),
                label="described" if n >= 50 else "too_few",
            )
        for i, block in enumerate(v.TIME_BLOCKS.categories):
            yield _share(
                "yield_by_block",
                team,
                date(2025, 10, 1),
                0.24 + 0.03 * i,
                five(size * 1.6),
                stratum=f"block={block}",
                end=date(2026, 9, 30),
            )

    def _charts(self, team: str, size: float, index: int) -> Iterable[dict[str, object]]:
        for name in CHARTED:
            rate = name == "registrations_per_100_shifts"
            centre = (
                size / 4
                if rate
                else {"dossier_complete": 0.62, "explanation_given": 0.71, "objective_ground": 0.74}[name]
            )
            spread = centre * 0.16 if rate else 0.13
            for i, month in enumerate(months(24)):
                value = (
                    centre
                    + spread * 0.55 * math.sin(i * 1.9 + index)
                    + (spread * 1.2 if i in (17, 18) and index == 0 else 0)
                )
                label = (
                    "signal_high" if value > centre + spread else "signal_low" if value < centre - spread else "usual"
                )
                same = {
                    "statistic": "control_chart",
                    "team": team,
                    "period_start": month,
                    "period_end": month_end(month),
                    "stratum": f"measure={name}",
                    "unit": "per_100_shifts" if rate else "share",
                    "n": five(size),
                    "events": five(size * 0.6),
                }
                silent = index == 0 and i == 9
                yield same | {
                    "series": "point",
                    "estimate": None if silent else value,
                    "label": "too_few" if silent else label,
                }
                for series, at in (("centre", centre), ("low", max(0.0, centre - spread)), ("high", centre + spread)):
                    yield same | {"series": series, "estimate": at, "label": "described"}

    def _funnel(self, team: str, size: float, index: int) -> Iterable[dict[str, object]]:
        enough = len(self.slugs) >= self.policy.fewest_funnel_teams
        for name, centre in (("dossier_complete", 0.66), ("yield_broad", 0.31)):
            n = five(size * 12)
            width = 1.4 / math.sqrt(n) + 0.04
            value = centre + width * 0.8 * math.sin(index * 2.3) - (0.19 if index == 5 else 0)
            outside = abs(value - centre) > width * 1.6
            label = ("signal_low" if value < centre else "signal_high") if outside else "usual"
            yield _share(
                "funnel",
                team,
                date(2025, 11, 1),
                value,
                n,
                stratum=f"measure={name}",
                label=label if enough else "described",
            )
            if enough:
                for series, at in (
                    ("centre", centre),
                    ("limit95_low", centre - width),
                    ("limit95_high", centre + width),
                    ("limit998_low", centre - 1.6 * width),
                    ("limit998_high", centre + 1.6 * width),
                ):
                    yield _share("funnel", team, date(2025, 11, 1), at, n, stratum=f"measure={name}", series=series)

    def _yearly(self, team: str) -> Iterable[dict[str, object]]:
        for measure, ratio, label in (
            ("registrations_per_100_shifts", 1.1, "undecided"),
            ("zero_result_share", 0.98, "no_relevant_difference"),
            ("timeliness", None, "too_few"),
            ("yield_broad", 0.9, "undecided"),
            ("yield_strict", None, "too_few"),
            ("dossier_complete", 1.4, "clearly_higher"),
            ("objective_ground", 1.0, "no_relevant_difference"),
        ):
            yield {
                "statistic": "trend",
                "team": team,
                "period_start": date(2024, 11, 1),
                "period_end": month_end(MONTH),
                "stratum": f"measure={measure}",
                "reference": "a_year_before",
                "unit": "ratio",
                "label": label,
                "estimate": ratio,
                "lower": ratio / 1.2 if ratio else None,
                "upper": ratio * 1.2 if ratio else None,
                "events": 400,
                "n": 2400,
                "label_reason": "" if ratio else "mean_too_small",
                "caveats": ["no_causal_claim"],
                "detail": json.dumps({"months": 24}),
            }

    def _district(self) -> Iterable[dict[str, object]]:
        """All teams together: the test that only they allow, places, and groups that cannot matter."""
        year = {"team": "", "period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31), "unit": "ratio"}
        for benchmark, label, ratio in (("residents", "signal_high", 1.6), ("suspects", "undecided", 1.05)):
            yield year | {
                "statistic": "robust_test",
                "stratum": f"benchmark={benchmark}",
                "group": "age_band=18-24",
                "estimate": ratio,
                "reference": "age_band=35-44",
                "lower": ratio / 1.1,
                "upper": ratio * 1.1,
                "events": 2800,
                "n": 25000,
                "label": label,
                "label_reason": "both_agree" if label == "signal_high" else "tests_do_not_agree",
                "caveats": ["bar_or_information", "silence_says_nothing", "not_why"],
                "detail": json.dumps({"tipping_registration": 1.4}),
            }
        yield year | {
            "statistic": "area_level",
            "stratum": "exposure=residents",
            "group": "age_band=12-17",
            "reference": "ten_points",
            "label": "not_comparable",
            "label_reason": "areas_alike",
            "events": 14655,
            "n": 7035,
            "caveats": ["ecological", "deployment_follows_incidents", "selective_registration"],
        }
        for sham in ("placebo_month", "placebo_split"):
            yield year | {"statistic": "robust_test_placebo", "group": f"{sham}=a", "label": "usual"}

    def _disparity(self, team: str, index: int) -> Iterable[dict[str, object]]:
        end = date(2025, 12, 31)
        labels = ("clearly_higher", "indication_higher", "no_relevant_difference", "undecided", "too_few")
        for i, group in enumerate(("12-17", "18-24", "35-44", "45-54", "65+")):
            label = labels[(i + index) % 5]
            ratio = {
                "clearly_higher": 1.8,
                "indication_higher": 1.35,
                "no_relevant_difference": 1.02,
                "undecided": 1.1,
                "too_few": None,
            }[label]
            wide = {
                "clearly_higher": 1.25,
                "indication_higher": 1.3,
                "no_relevant_difference": 1.12,
                "undecided": 1.5,
                "too_few": 1.0,
            }[label]
            yield {
                "statistic": "benchmark_ratio",
                "team": team,
                "period_start": date(2025, 1, 1),
                "period_end": end,
                "unit": "ratio",
                "stratum": "benchmark=residents",
                "group": f"age_band={group}",
                "reference": "age_band=25-34",
                "estimate": ratio,
                "lower": ratio / wide if ratio else None,
                "upper": ratio * wide if ratio else None,
                "events": 60,
                "n": 2000,
                "reference_events": 120,
                "reference_n": 5000,
                "label": label,
                "label_reason": "" if ratio else "smallest_ratio_events",
                "caveats": ["benchmark_not_street", "selective_registration", "not_why"],
                "detail": json.dumps({"tipping": ratio, "tipping_registration": ratio}),
            }
        for series, value in (("", 1.0), ("lowest", 1.2), ("highest", 2.3)):
            yield {
                "statistic": "multiverse",
                "team": team,
                "period_start": date(2025, 1, 1),
                "period_end": end,
                "group": "age_band=18-24",
                "reference": "age_band=25-34",
                "series": series,
                "unit": "ratio" if series else "share",
                "estimate": value,
                "events": 60,
                "n": 2000,
                "label": "described",
                "detail": json.dumps({"specifications": 162, "same_side": 162}),
            }
        yield {
            "statistic": "veil_of_darkness",
            "team": team,
            "period_start": date(2025, 1, 1),
            "period_end": end,
            "unit": "ratio",
            "group": "sex=male",
            "reference": "sex=female",
            "estimate": 1.06,
            "lower": 0.9,
            "upper": 1.25,
            "events": 200,
            "n": 400,
            "label": "undecided",
            "caveats": ["street_lighting", "null_is_no_proof", "not_why"],
        }
        yield {
            "statistic": "outcome_gap",
            "team": team,
            "period_start": date(2025, 1, 1),
            "period_end": end,
            "unit": "difference",
            "stratum": "hit=broad",
            "group": "age_band=18-24",
            "reference": "age_band=25-34",
            "estimate": -0.04,
            "lower": -0.09,
            "upper": 0.01,
            "events": 40,
            "n": 200,
            "label": "described",
            "caveats": ["inframarginal", "not_why"],
        }
        yield {
            "statistic": "internal_benchmark",
            "team": team,
            "period_start": date(2025, 1, 1),
            "period_end": end,
            "unit": "ratio",
            "group": "age_band=18-24",
            "label": "withheld",
            "label_reason": "gate",
        }


_MONTHLY: dict[str, tuple[float, ...]] = {
    "proactive": (1.0, 0.28, 0.03),
    "result": (0.11, 0.08, 0.12, 0.15, 0.04, 0.06, 0.38, 0.06),
    "dossier": (0.66, 0.34),
    "explained": (0.5, 0.2, 0.3),
}
_BLANK: dict[str, object] = {
    "version": 1,
    "method": "fixture",
    "stratum": "",
    "group": "",
    "reference": "",
    "series": "",
    "estimate": None,
    "lower": None,
    "upper": None,
    "events": None,
    "n": None,
    "reference_events": None,
    "reference_n": None,
    "label_reason": "",
    "caveats": [],
    "needed": None,
    "detail": "{}",
}


def _modelled(*given: object, **named: object) -> dict[str, object]:
    """A share of a model, on enough sheets for its gate."""
    return _share(*given, **named) | {"detail": '{"residual_dof": 40}'}  # type: ignore[arg-type]


def _share(
    statistic: str,
    team: str,
    start: date,
    share: float,
    n: int,
    *,
    stratum: str = "",
    series: str = "",
    end: date | None = None,
    label: str = "described",
) -> dict[str, object]:
    silent = label in {"too_few", "withheld"}
    half = 1.96 * math.sqrt(max(share * (1 - share), 0.001) / max(n, 5)) + 0.01
    return {
        "statistic": statistic,
        "team": team,
        "period_start": start,
        "period_end": end or month_end(MONTH),
        "stratum": stratum,
        "series": series,
        "unit": "share",
        "estimate": None if silent else share,
        "lower": None if silent else max(0.0, share - half),
        "upper": None if silent else min(1.0, share + half),
        "events": five(share * n),
        "n": n,
        "label": label,
        "label_reason": "smallest_denominator" if silent else "",
    }


def _rate(team: str, start: date, value: float, n: float) -> dict[str, object]:
    return {
        "statistic": "registrations_per_100_shifts",
        "team": team,
        "period_start": start,
        "period_end": month_end(MONTH),
        "unit": "per_100_shifts",
        "estimate": value,
        "lower": value * 0.88,
        "upper": value * 1.13,
        "events": five(n),
        "n": five(n * 4),
        "label": "described",
        "caveats": ["more_is_not_better", "registration_not_behaviour"],
    }


def _gated(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings as they leave the door: those of models passed the gate."""
    models = [name for name, statistic in all_statistics().items() if statistic.gate is Gate.MODEL]
    is_model = pl.col("statistic").is_in(models)
    return pl.concat([findings.filter(~is_model), gate(findings.filter(is_model), Policy())]).sort(FINDINGS.key)
