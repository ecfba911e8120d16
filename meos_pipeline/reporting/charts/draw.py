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
from meos_pipeline.reporting.charts.canvas import Canvas
from meos_pipeline.reporting.charts.live import figure_of
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
    return _drawing(chart, width, words).svg(f"{chart.key}-{int(width)}", chart.title, chart.description)


def plotly_figure(chart: Chart, width: float, words: Words) -> dict[str, Any]:
    """Return the same drawing as data and layout for Plotly, as plain dictionaries."""
    return figure_of(_drawing(chart, width, words))


def _drawing(chart: Chart, width: float, words: Words) -> Canvas:
    drawing: Canvas = _KINDS[type(chart)].draw(chart, width, words)
    return drawing
