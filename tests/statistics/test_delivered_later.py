"""A column that came halfway: its figures are of the months that have it, and say so; they are never 0 in the others."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.availability import NEEDED
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.statistic import Context

FIGURES = {
    "explanation_given": "explained",
    "debriefed": "debriefed",
    "timeliness": "timeliness",
    "objective_ground": "ground",
    "dossier_complete": "dossier",
    "yield_broad": "result",
    "yield_strict": "result",
    "zero_result_share": "result",
    "history_consulted": "queried_before",
    "yield_by_reason": "reason_hit",
    "yield_by_block": "block_hit",
}
LATE = "team-01"


@pytest.mark.parametrize("later", [1, 3, 6, 11, 12])
@pytest.mark.parametrize("name", list(FIGURES))
def test_a_figure_says_from_which_month_on_it_is(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, later: int
) -> None:
    tables, context = district
    cells, partition = tables["cells"], FIGURES[name]
    assert partition in NEEDED
    window = w.windows_of(partition, context)[1]
    came = w.add_months(window.start, later)
    is_lost = (pl.col("partition") == partition) & (pl.col("team") == LATE) & (pl.col("period_start") < came)
    lacking = tables | {"cells": cells.filter(~is_lost)}
    found = all_statistics()[name].compute(lacking, context)
    FINDINGS.require(found)
    own = lacking["cells"].filter(
        pl.col("partition") == partition, pl.col("team") == LATE, pl.col("period_start") <= window.end
    )
    first = own["period_start"].min()
    mine = found.filter(pl.col("team") == LATE, pl.col("estimate").is_not_null(), pl.col("series") == "")
    if first is None:
        assert mine.is_empty()
        return
    assert isinstance(first, date)
    assert mine["period_start"].min() == first
    others = found.filter(pl.col("team") != LATE, pl.col("estimate").is_not_null())
    assert others["period_start"].min() == window.start
    whole = all_statistics()[name].compute(tables, context).filter(pl.col("team") == LATE)
    same = ["statistic", "team", "stratum", "series", "period_start", "period_end"]
    assert mine["n"].max() <= whole["n"].max()  # type: ignore[operator]
    assert found.select(same).is_unique().all()
