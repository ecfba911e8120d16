"""A column or file that came halfway, or went: figures are of the months that have it, and say so; never 0 in others."""

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


@pytest.mark.parametrize("months", [1, 3, 11, 12])
@pytest.mark.parametrize("name", list(FIGURES))
def test_no_figure_begins_before_the_first_month_of_the_district(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, months: int
) -> None:
    """A site that has one month does not read 'december 2023 – november 2024'."""
    tables, context = district
    window = w.windows_of(FIGURES[name], context)[1]
    first = w.add_months(window.start, window.periods - months) if window.periods == 12 else window.start
    young = tables | {"cells": tables["cells"].filter(pl.col("period_start") >= first)}
    found = all_statistics()[name].compute(young, context).filter(pl.col("estimate").is_not_null())
    assert found.is_empty() or found["period_start"].min() == first


RATES = {
    "registrations_per_100_shifts": "shifts",
    "registrations_per_query": "queries",
    "complaints_per_1000": "complaints",
}
"""Rate -> the companion file that may come halfway or go."""


@pytest.mark.parametrize("first", [0, 1, 5, 11])
@pytest.mark.parametrize("last", [11, 10, 7])
@pytest.mark.parametrize("name", list(RATES))
def test_a_rate_is_of_the_months_that_its_file_has_and_says_which(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, first: int, last: int
) -> None:
    tables, context = district
    cells, partition = tables["cells"], RATES[name]
    window = w.windows_of(partition, context)[1]
    begin, end = w.add_months(window.start, first), w.add_months(window.start, last)
    is_lost = (pl.col("partition") == partition) & ~pl.col("period_start").is_between(begin, end)
    found = all_statistics()[name].compute(tables | {"cells": cells.filter(~is_lost)}, context)
    FINDINGS.require(found)
    month = w.windows_of(partition, context)[0]
    shown = found.filter(pl.col("estimate").is_not_null())
    if first > last:
        assert shown.is_empty()
        return
    told = set(shown.select("period_start", "period_end").rows())
    assert told <= {(begin, w.last_day(end)), (month.start, month.end)}
    assert (begin, w.last_day(end)) in told
    if last < 11:
        gone = found.filter(pl.col("period_end") == month.end, pl.col("team") != "")
        assert set(gone["label"]) == {"missing_input"}
        assert set(gone["label_reason"]) <= {"inzet_maand.csv", "bevragingen_maand.csv", "klachten_maand.csv"}


def test_months_before_a_file_of_complaints_are_no_months_without_complaints(
    district: tuple[dict[str, pl.DataFrame], Context],
) -> None:
    tables, context = district
    cells, whole = tables["cells"], all_statistics()["complaints_per_1000"]
    window = w.windows_of("complaints", context)[1]
    came = w.add_months(window.start, 6)
    late = cells.filter((pl.col("partition") != "complaints") | (pl.col("period_start") >= came))
    everything = late.filter(pl.col("period_start") >= came)
    of_half, of_those = (
        whole.compute(tables | {"cells": some}, context)
        .filter(pl.col("period_start") == came)
        .select("team", "n", "estimate")
        for some in (late, everything)
    )
    if not of_those.is_empty():
        assert of_half.equals(of_those)
    assert of_half.height > 0


@pytest.mark.parametrize(("first", "last"), [(0, 11), (4, 11), (0, 7), (3, 8)])
@pytest.mark.parametrize("name", ["funnel", "team_comparison"])
def test_a_team_beside_others_says_of_which_months_its_figure_is(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, first: int, last: int
) -> None:
    tables, context = district
    cells = tables["cells"]
    window = w.windows_of("explained", context)[1]
    begin, end = w.add_months(window.start, first), w.add_months(window.start, last)
    is_lost = (
        (pl.col("partition") == "explained") & (pl.col("team") == LATE) & ~pl.col("period_start").is_between(begin, end)
    )
    found = all_statistics()[name].compute(tables | {"cells": cells.filter(~is_lost)}, context)
    FINDINGS.require(found)
    told = found.filter(stratum="measure=explanation_given")
    assert set(told.filter(team=LATE).select("period_start", "period_end").rows()) == {(begin, w.last_day(end))}
    others = told.filter(pl.col("team") != LATE).select("period_start", "period_end")
    assert set(others.rows()) == {(window.start, window.end)}


@pytest.mark.parametrize("name", ["explanation_given", "debriefed", "yield_strict"])
def test_a_share_whose_column_went_says_when(district: tuple[dict[str, pl.DataFrame], Context], name: str) -> None:
    tables, context = district
    partition = FIGURES[name]
    window = w.windows_of(partition, context)[1]
    last = w.add_months(window.start, 8)
    is_lost = (pl.col("partition") == partition) & (pl.col("team") == LATE) & (pl.col("period_start") > last)
    lacking = tables | {"cells": tables["cells"].filter(~is_lost)}
    found = all_statistics()[name].compute(lacking, context)
    FINDINGS.require(found)
    mine = found.filter(pl.col("team") == LATE, pl.col("estimate").is_not_null())
    assert set(mine["period_end"]) == {w.last_day(last)}
