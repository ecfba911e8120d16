"""Is a group checked more, beyond any ordinary error of the benchmark, and do its checks have less result?

The only finding about groups with a label that sounds like a verdict, and it is not one: it fits a lower bar as
well as poorer information about the group. Silence of this test says nothing.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.checks_placebo import hit_placebos, rate_placebos
from meos_pipeline.statistics.disparity.family import PRIMARY_METHODS
from meos_pipeline.statistics.disparity.groups import beside_reference, group_counts, team_exposure
from meos_pipeline.statistics.disparity.labelling import holm, quantile
from meos_pipeline.statistics.disparity.limits import limited, read_enough
from meos_pipeline.statistics.disparity.placebo import blocked, placebos
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.benchmark import pooled_log_ratio, tipping_factor
from meos_pipeline.statistics.methods.robust_test import RobustTest, robust_test
from meos_pipeline.statistics.methods.stratified import Pooled, risk_difference
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "robust_test"
VERSION = 1
CAVEATS = ("bar_or_information", "silence_says_nothing", "selective_registration", "not_why")

Floats = npt.NDArray[np.float64]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """One row per group, benchmark and period, all teams together; the difference in results stands beside it."""
    policy = context.policy
    counts = beside_reference(group_counts(tables, context.month), policy).filter(pl.col("known").is_not_null())
    exposure = team_exposure(tables, counts)
    keys = ["team", "period_start", "benchmark", "kind"]
    of_reference = exposure.select(*keys, reference=pl.col("group"), reference_people=pl.col("people"))
    compared = (
        counts.join(exposure, on=["team", "period_start", "kind", "group"])
        .join(of_reference, on=[*keys, "reference"])
        .sort("period_start", "kind", "group", "benchmark", "team")
    )
    parts, shams = [], []
    for of_period in compared.partition_by("period_start", "period_end", maintain_order=True):
        start, end = of_period["period_start"][0], of_period["period_end"][0]
        fires = False
        for found, unit, stratum in (
            (rate_placebos(tables["cells"], start, end, policy), Unit.RATIO, "part=rate"),
            (hit_placebos(tables["cells"], start, end, policy), Unit.DIFFERENCE, "part=result"),
        ):
            sham, fired = placebos(found, start, end, policy, unit=unit, stratum=stratum)
            fires |= fired
            shams += [] if sham is None else [sham]
        tested = [
            _Tested(group, policy)
            for group in of_period.partition_by("kind", "group", "benchmark", maintain_order=True)
        ]
        adjusted = np.minimum(holm(np.array([one.p_value for one in tested])) * PRIMARY_METHODS, 1.0)
        found_rows = [one.rows(policy, float(p_value)) for one, p_value in zip(tested, adjusted, strict=True)]
        parts += [blocked(part) for part in found_rows] if fires else found_rows
    return pl.concat(
        [
            limited(
                read_enough(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
                tables,
                context.policy,
            ),
            findings(shams, statistic=f"{NAME}_placebo", version=VERSION),
        ]
    )


class _Tested:
    """One group in one period against one benchmark: both halves of the test."""

    def __init__(self, group: pl.DataFrame, policy: Policy) -> None:
        self.group = group
        columns = {
            name: group[name].cast(pl.Float64).to_numpy()
            for name in (
                "checks",
                "reference_checks",
                "people",
                "reference_people",
                "strict",
                "known",
                "reference_strict",
                "reference_known",
            )
        }
        self.columns = columns
        with np.errstate(divide="ignore", invalid="ignore"):
            exposure = np.log(columns["people"]) - np.log(columns["reference_people"])
        self.rate, self.rate_error, _ = pooled_log_ratio(columns["checks"], columns["reference_checks"], exposure)
        self.hits: Pooled = risk_difference(hit_tables(columns))
        self.test: RobustTest = robust_test(
            self.rate, self.rate_error, self.hits.estimate, self.hits.error, tipping=policy.tipping_ratio
        )
        self.fewest = min(columns["strict"].sum(), columns["reference_strict"].sum())
        self.enough = bool(self.fewest >= policy.robust_test_hits and np.isfinite(self.rate_error))

    @property
    def p_value(self) -> float:
        """The smaller of the two directions, doubled."""
        if not self.enough:
            return np.nan
        return min(2 * min(self.test.lower_bar_for_group, self.test.lower_bar_for_reference), 1.0)

    def rows(self, policy: Policy, adjusted_p: float) -> pl.DataFrame:
        """The test (series '') and the difference in results (series 'hit_difference')."""
        z = quantile(policy)
        lower, upper = np.exp(self.rate - z * self.rate_error), np.exp(self.rate + z * self.rate_error)
        group_bar = self.test.lower_bar_for_group < self.test.lower_bar_for_reference
        label, reason = Label.UNDECIDED, "tests_do_not_agree"
        if not self.enough:
            label, reason = Label.TOO_FEW, "robust_test_hits"
        elif adjusted_p < 1 - policy.confidence_level:
            label, reason = (Label.SIGNAL_HIGH if group_bar else Label.SIGNAL_LOW), "both_agree"
        sums = {name: float(values.sum()) for name, values in self.columns.items()}
        head: dict[str, object] = {
            "period_start": self.group["period_start"][0],
            "period_end": self.group["period_end"][0],
            "stratum": f"benchmark={self.group['benchmark'][0]}",
            "group": f"{self.group['kind'][0]}={self.group['group'][0]}",
            "reference": f"{self.group['kind'][0]}={self.group['reference'][0]}",
            "method": "intersection_union",
            "caveats": CAVEATS,
        }
        odds_ratio = _odds(sums["strict"], sums["known"]) / _odds(sums["reference_strict"], sums["reference_known"])
        lacking = np.nan if self.enough else max(policy.robust_test_hits - self.fewest, 1)
        main = rows(
            1,
            **head,
            unit=Unit.RATIO.value,
            estimate=float(np.exp(self.rate)),
            lower=float(lower),
            upper=float(upper),
            events=sums["checks"],
            n=sums["people"],
            reference_events=sums["reference_checks"],
            reference_n=sums["reference_people"],
            label=label.value,
            label_reason=reason,
            needed=lacking,
            detail=details(
                1,
                p_lower_bar_for_group=self.test.lower_bar_for_group,
                p_lower_bar_for_reference=self.test.lower_bar_for_reference,
                adjusted_p=adjusted_p,
                tipping=tipping_factor(np.array([lower]), np.array([upper])),
                tipping_registration=odds_ratio,
            ),
        )
        gap, half = self.hits.estimate, z * self.hits.error
        beside = rows(
            1,
            **head,
            series="hit_difference",
            unit=Unit.DIFFERENCE.value,
            estimate=gap,
            lower=gap - half,
            upper=gap + half,
            events=sums["strict"],
            n=sums["known"],
            reference_events=sums["reference_strict"],
            reference_n=sums["reference_known"],
            label=(Label.DESCRIBED if self.enough else Label.TOO_FEW).value,
            label_reason="" if self.enough else "robust_test_hits",
            needed=lacking,
            detail=details(1, tipping_registration=odds_ratio),
        )
        factor = policy.group_registration_ratio
        band = [
            rows(
                1,
                **head,
                series=series,
                unit=Unit.DIFFERENCE.value,
                estimate=gap + _shift(sums, times),
                label=(Label.DESCRIBED if self.enough else Label.TOO_FEW).value,
                label_reason="" if self.enough else "robust_test_hits",
            )
            for series, times in (("registration_low", 1 / factor), ("registration_high", factor))
        ]
        return pl.concat([main, beside, *band], how="diagonal_relaxed")


def hit_tables(columns: Mapping[str, Floats], hit: str = "strict") -> Floats:
    """Two-by-two tables per team: group and reference, with and without a result."""
    events, total, reference_events, reference_total = (
        columns[name] for name in (hit, "known", f"reference_{hit}", "reference_known")
    )
    cells = [events, total - events, reference_events, reference_total - reference_events]
    return np.stack(cells, axis=1).reshape(-1, 2, 2)


def _odds(events: float, total: float) -> float:
    return events / (total - events) if 0 < events < total else np.nan


def _shift(sums: Mapping[str, float], times: float) -> float:
    """Change of the group's hit rate, had its checks without result been registered ``times`` as often."""
    hits, known = sums["strict"], sums["known"]
    return hits / (hits + times * (known - hits)) - hits / known if known > 0 else np.nan


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Is a group checked more often, while its checks have less result?",
    question_nl="Wordt een groep vaker gecontroleerd, terwijl die controles minder opleveren?",
    estimand="Whether both hold at once: a check rate above the reference by more than the benchmark may be off, and "
    "a lower share with a result.",
    assumptions="Risk differs between groups by a monotone likelihood ratio; officers know as much of either group.",
    misleads="Poorer information about one group gives the same picture as a lower bar; silence says nothing.",
    minimum="100 checks with a result of class H1 in both groups, all teams together.",
    source="Gaebler & Goel, A simple, statistically robust test of discrimination (2024).",
    inputs=("cells", "population", "organisation"),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
