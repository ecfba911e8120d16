"""From a specification to pictures: every kind of chart is drawn here and nowhere else."""

from typing import Any

from meos_pipeline.reporting.charts import bars, dumbbell, forest, funnel, heatmap, multiples, tiles, trend, waterfall
from meos_pipeline.reporting.spec import (
    Bars,
    Chart,
    Dumbbell,
    Forest,
    Funnel,
    Heatmap,
    Multiples,
    Tiles,
    Trend,
    Waterfall,
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
}


def draw_svg(chart: Chart, width: float, words: Words) -> str:
    """Draw the chart as SVG of that width in pixels."""
    return str(_KINDS[type(chart)].draw(chart, width, words))


def plotly_figure(chart: Chart, words: Words) -> dict[str, Any]:
    """Return data and layout of the chart for Plotly, as plain dictionaries."""
    figure: dict[str, Any] = _KINDS[type(chart)].figure(chart, words)
    return figure
