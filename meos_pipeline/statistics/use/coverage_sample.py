"""What share of the checks the ambassador saw is in MEOS, and does it depend on the result."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.methods.coverage_correction import dependence_draws
from meos_pipeline.statistics.methods.proportion import rounding_variance, shrunk
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "coverage_sample"
DRAWS = 4_000
REGISTERED = {
    "": ("result_registered", "no_result_registered"),
    "with_result": ("result_registered",),
    "without_result": ("no_result_registered",),
}
SEEN = {
    "": ("result_registered", "result_missed", "no_result_registered", "no_result_missed"),
    "with_result": ("result_registered", "result_missed"),
    "without_result": ("no_result_registered", "no_result_missed"),
}
CAVEATS = ("sample_shifts", "observed_behaviour")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Coverage overall, given a result, given none, and the ratio of the last two."""
    parts = [
        share_findings(
            tables,
            context,
            statistic=NAME,
            partition="sample",
            events=REGISTERED[series],
            among=SEEN[series],
            series=series,
            caveats=CAVEATS,
        )
        for series in REGISTERED
    ]
    if w.absent(tables["cells"], "sample"):
        return parts[0]
    return stack(
        [*parts, *(_dependence(tables["cells"], context, window) for window in w.windows_of("sample", context))]
    )


def _dependence(cells: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    """Ratio of the two coverages with an interval from draws of both (Jeffreys)."""
    names = SEEN[""]
    counts = w.over_window(w.per_period(cells, "sample", window, {name: (name,) for name in names}), context)
    tail = (1 - context.policy.confidence_level) / 2
    found = []
    for row in counts.iter_rows(named=True):
        result, other = (row[names[0]], row[names[1]]), (row[names[2]], row[names[3]])
        noise = rounding_variance(context.policy.rounding_base) * row["periods"]
        with_result, without, _ = dependence_draws(
            shrunk(result, noise), shrunk(other, noise), draws=DRAWS, seed=context.policy.seed
        )
        low, middle, high = np.quantile(with_result / without, [tail, 0.5, 1 - tail])
        smallest = min(sum(result), sum(other))
        label = Label.TOO_FEW if smallest < context.policy.smallest_shown_count else Label.DESCRIBED
        found.append(
            {
                "team": row["team"],
                "estimate": float(middle),
                "lower": float(low),
                "upper": float(high),
                "events": result[0],
                "n": sum(result),
                "reference_events": other[0],
                "reference_n": sum(other),
                "label": (Label.WITHHELD if row["periods"] == 0 else label).value,
                "label_reason": "no_released_period"
                if row["periods"] == 0
                else ("" if label == Label.DESCRIBED else "smallest_count_each_side"),
                "needed": context.policy.smallest_shown_count - smallest if label == Label.TOO_FEW else None,
            }
        )
    return findings_of(
        pl.DataFrame(found, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=CAVEATS,
        method="beta_draws",
        series="outcome_dependence",
        reference="without_result",
        period_start=window.start,
        period_end=window.end,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What share of the checks that were seen on joined shifts is in MEOS, with and without a result?",
    question_nl="Welk deel van de controles die op meegedraaide diensten zijn gezien, staat in MEOS, met en zonder resultaat?",
    estimand="Probability that a check is registered; the same given a result and given none, and their ratio.",
    assumptions="Joined shifts are like other shifts; the sheets are complete.",
    misleads="An officer who is watched registers more. Few sheets give a wide interval, and the ratio is the roughest.",
    minimum="50 released observed checks for a share; 10 with and 10 without a result for the ratio.",
    source="Wilson (1927); Jeffreys prior, Brown, Cai & DasGupta (2001).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
