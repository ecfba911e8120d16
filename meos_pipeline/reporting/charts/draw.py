"""From a specification to pictures: every kind of chart is drawn here and nowhere else."""

from typing import Any

from meos_pipeline.reporting.charts import (
    bars,
    beside,
    course,
    dumbbell,
    forest,
    funnel,
    heatmap,
    hundred,
    multiples,
    pairs,
    tiles,
    trend,
    volume_yield,
    waterfall,
    yardsticks,
    yield_bar,
)
from meos_pipeline.reporting.spec import (
    Bars,
    Beside,
    Chart,
    Course,
    Dumbbell,
    Forest,
    Funnel,
    Heatmap,
    Hundred,
    Multiples,
    Pairs,
    Tiles,
    Trend,
    VolumeYield,
    Waterfall,
    Yardsticks,
    YieldBar,
)
from meos_pipeline.reporting.words import Words

_KINDS: dict[type[Chart], Any] = {
    Trend: trend,
    Funnel: funnel,
    Forest: forest,
    Dumbbell: dumbbell,
    Bars: bars,
    Heatmap: heatmap,
    Multiples: multiples,
    Tiles: tiles,
    Waterfall: waterfall,
    Course: course,
    YieldBar: yield_bar,
    VolumeYield: volume_yield,
    Yardsticks: yardsticks,
    Beside: beside,
    Pairs: pairs,
    Hundred: hundred,
}


def draw_svg(chart: Chart, width: float, words: Words) -> str:
    """Draw the chart as SVG of that width in pixels."""
    return str(_KINDS[type(chart)].draw(chart, width, words))


def has_figure(chart: Chart) -> bool:
    """Whether this kind of chart can be made live."""
    return hasattr(_KINDS[type(chart)], "figure")


def plotly_figure(chart: Chart, words: Words) -> dict[str, Any]:
    """Return data and layout of the chart for Plotly, as plain dictionaries."""
    figure: dict[str, Any] = _KINDS[type(chart)].figure(chart, words)
    return figure
