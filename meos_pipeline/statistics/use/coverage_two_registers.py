"""G3 by a second register: always as a band, because registers that depend on each other fool every estimate."""

import json
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.proportion import Floats, effective_trials, rounding_variance
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "coverage_two_registers"
DRAWS = 2_000
FEWEST_BOTH, FEWEST_SECOND = 20, 50
STRATA = {
    "with_result": ("result_both", "result_second_only"),
    "without_result": ("no_result_both", "no_result_second_only"),
}
MEOS = {"with_result": ("H1", "H2", "H3"), "without_result": ("H4", "H5", "information_only", "nothing_found")}
CAVEATS = ("band_not_point", "second_register_is_selective")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Coverage by result and together, under independence ('') and under the odds ratios of the policy ('low', 'high')."""
    cells, both = tables["cells"], w.windows_of("second_register", context)
    if reason := w.absent(cells, "second_register"):
        return missing_input(
            context.teams, statistic=NAME, unit=Unit.SHARE, start=both[1].start, end=both[1].end, reason=reason
        )
    return stack([_window(cells, context, window) for window in both])


def _window(cells: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    names = [name for pair in STRATA.values() for name in pair]
    second = w.over_window(w.per_period(cells, "second_register", window, {n: (n,) for n in names}), context)
    meos = w.over_window(w.per_period(cells, "result", window, MEOS), context)
    rows = [
        found
        for counts, registered in zip(second.iter_rows(named=True), meos.iter_rows(named=True), strict=True)
        for found in _team(counts, registered, context)
    ]
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=CAVEATS,
        method="lincoln_petersen_by_result",
        period_start=window.start,
        period_end=window.end,
    )


def _team(counts: Mapping[str, int], meos: Mapping[str, int], context: Context) -> list[dict[str, object]]:
    both = {name: counts[pair[0]] for name, pair in STRATA.items()}
    second = {name: counts[pair[0]] + counts[pair[1]] for name, pair in STRATA.items()}
    same = {"team": counts["team"], "events": sum(both.values()), "n": sum(second.values())}
    short = [
        name for name in STRATA if both[name] < FEWEST_BOTH or second[name] < FEWEST_SECOND or meos[name] < both[name]
    ]
    if counts["periods"] == 0:
        return [same | {"label": Label.WITHHELD.value, "label_reason": "no_released_period"}]
    if short:
        lacking = max(max(FEWEST_SECOND - second[n], FEWEST_BOTH - both[n], 1) for n in short)
        return [same | {"label": Label.TOO_FEW.value, "label_reason": "matches_by_result", "needed": lacking}]
    noise = rounding_variance(context.policy.rounding_base) * counts["periods"]
    draws = _draws(both, second, noise, context.policy.seed)
    low, high = context.policy.coverage_dependence
    tail = (1 - context.policy.confidence_level) / 2
    found = []
    for series, odds in (("", 1.0), ("low", high), ("high", low)):
        estimate = _together({n: both[n] / second[n] for n in STRATA}, both, meos, odds)
        values = _together(draws, both, meos, odds)
        bounds = np.quantile(values, [tail, 1 - tail])
        found.append(
            same
            | {
                "series": series,
                "estimate": float(estimate),
                "lower": min(float(bounds[0]), float(estimate)),
                "upper": max(float(bounds[1]), float(estimate)),
                "detail": json.dumps({"odds_ratio": odds}),
            }
        )
    for name in STRATA:
        bounds = np.quantile(draws[name], [tail, 1 - tail])
        share = both[name] / second[name]
        found.append(
            {
                "team": counts["team"],
                "series": name,
                "estimate": share,
                "events": both[name],
                "n": second[name],
                "lower": min(float(bounds[0]), share),
                "upper": max(float(bounds[1]), share),
            }
        )
    return found


def _draws(both: Mapping[str, int], second: Mapping[str, int], noise: float, seed: int) -> dict[str, Floats]:
    random = np.random.default_rng(seed)
    drawn: dict[str, Floats] = {}
    for name in STRATA:
        effective = float(effective_trials(both[name], second[name], event_noise=noise, total_noise=noise))
        share = both[name] / second[name]
        drawn[name] = random.beta(share * effective + 0.5, (1 - share) * effective + 0.5, DRAWS)
    return drawn


def _together(
    coverage: Mapping[str, float | Floats], both: Mapping[str, int], meos: Mapping[str, int], odds: float
) -> Floats:
    """Σ MEOS / Σ N: each stratum weighs by the number of checks it stands for.

    With c = P(in MEOS | in the second), n11 matches and n1 in MEOS: in the second only are n11(1-c)/c, in
    neither ψ(n1 - n11)(1-c)/c, so N = n1 + (n11 + ψ(n1 - n11))(1-c)/c.
    """
    total = sum(meos[name] for name in STRATA)
    everything = sum(
        meos[name] + (both[name] + odds * (meos[name] - both[name])) * (1 - coverage[name]) / coverage[name]
        for name in STRATA
    )
    return np.asarray(total / everything, dtype=np.float64)


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What share of checks is in MEOS, judged by a second register?",
    question_nl="Welk deel van de controles staat in MEOS, afgemeten aan een tweede register?",
    estimand="Registered share of the checks that took place, by result and together; 'low' and 'high' are the band.",
    assumptions="Within checks with and without a result, being in one register does not depend on being in the other.",
    misleads="A diligent officer fills both: an odds ratio of 2 between the registers lifts the point by 10 points.",
    minimum="20 matches and 50 entries in the second register, with and without a result.",
    source="Chapman (1951); Seber (1982) 3.1; the band over the odds ratio is our own, see how it is computed.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
