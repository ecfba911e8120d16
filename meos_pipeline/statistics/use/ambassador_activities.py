"""What the ambassador did; a count, no claim that it worked."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "ambassador_activities"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Number of activities, in all and per kind."""
    cells, both = tables["cells"], w.windows(context)
    if reason := w.absent(cells, "activities"):
        return missing_input(
            context.teams, statistic=NAME, unit=Unit.COUNT, start=both[1].start, end=both[1].end, reason=reason
        )
    kinds = PARTITIONS["activities"].categories
    parts = []
    for window in both:
        counts = w.over_window(
            w.per_period(cells, "activities", window, {kind: (kind,) for kind in kinds}), context
        ).rename({"total": ""})
        parts.append(
            findings_of(
                counts.unpivot(["", *kinds], index=["team", "periods"], variable_name="kind", value_name="n").select(
                    "team",
                    "n",
                    pl.when(pl.col("kind") == "")
                    .then(pl.lit(""))
                    .otherwise(pl.concat_str(pl.lit("activity="), "kind"))
                    .alias("stratum"),
                    pl.col("n").alias("events"),
                    pl.when(pl.col("periods") > 0).then(pl.col("n").cast(pl.Float64)).alias("estimate"),
                    pl.when(pl.col("periods") > 0)
                    .then(pl.lit(Label.DESCRIBED.value))
                    .otherwise(pl.lit(Label.WITHHELD.value))
                    .alias("label"),
                    pl.when(pl.col("periods") > 0)
                    .then(pl.lit(""))
                    .otherwise(pl.lit("no_released_period"))
                    .alias("label_reason"),
                ),
                statistic=NAME,
                unit=Unit.COUNT,
                method="count",
                caveats=("no_causal_claim",),
                period_start=window.start,
                period_end=window.end,
            )
        )
    return stack(parts)


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What did the ambassador do?",
    question_nl="Wat heeft de ambassadeur gedaan?",
    estimand="Number of activities per kind, as logged and then rounded for release.",
    assumptions="The log is kept.",
    misleads="Small numbers are rounded to multiples of five. A change after an activity is not its effect.",
    minimum="One released period.",
    source="Counts of what was handed in; nothing is estimated.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
