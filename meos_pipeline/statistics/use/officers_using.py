"""What share of officers registered at all, beside the share that chance alone would give."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.shares import share_findings, shown_from
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "officers_using"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of officer-months with a registration, and the share if all registered equally often."""
    observed = share_findings(
        tables,
        context,
        statistic=NAME,
        partition="officers",
        events=("using",),
        caveats=("beside_chance", "never_an_officer"),
    )
    if w.absent(tables["cells"], "officers"):
        return observed
    return stack([observed, *(_expected(tables["cells"], context, window) for window in w.windows(context))])


def _expected(cells: pl.DataFrame, context: Context, window: w.Window) -> pl.DataFrame:
    """Σ o·(1 - exp(-checks / o)) / Σ o over months, with o officers on duty."""
    duty = w.per_period(cells, "officers", window, {"n": ("using", "not_using")}).drop("total")
    checks = w.per_period(cells, "proactive", window, {"checks": PARTITIONS["proactive"].categories}).drop("total")
    counts = duty.join(checks, on=["team", "period_start"], how="inner").with_columns(
        expected=pl.when(pl.col("n") > 0)
        .then(pl.col("n") * (1 - (-pl.col("checks") / pl.col("n")).exp()))
        .otherwise(0.0)
    )
    summed = w.over_window(counts, context)
    return findings_of(
        summed.with_columns(
            pl.when(pl.col("n") > 0).then(pl.col("expected") / pl.col("n")).alias("estimate"),
            *shown_from(context.policy.smallest_rate_denominator),
        ),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=("beside_chance", "never_an_officer"),
        method="equal_use_poisson",
        series="expected",
        period_start=window.start,
        period_end=window.end,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What share of officers on duty registered at least one check, and what would chance give?",
    question_nl="Welk deel van de medewerkers in dienst legde minstens één controle vast, en wat zou toeval geven?",
    estimand="Share of officer-months with a registration; 'expected' is the share if all registered equally often.",
    assumptions="Checks of equal officers follow a Poisson law; hours per officer are not known and taken as equal.",
    misleads="With two checks a month 17% have none by chance: only the distance to 'expected' says something.",
    minimum="50 released officer-months; never about one officer, no group below the officer rule.",
    source="A count of officers; nothing is estimated.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
