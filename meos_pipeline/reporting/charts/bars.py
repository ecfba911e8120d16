"""Counts or shares below each other. A suppressed count stays visible as a dashed stub of one fixed length."""

from typing import Any

from meos_pipeline.reporting.charts.axes import linear, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.plotly import base_layout, colour, escaped, hover, trace
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.spec import Bars, Scale, State
from meos_pipeline.reporting.words import Words

_ROW, _TOP = 36, 6
_STUB = 12


def draw(chart: Bars, width: float, words: Words) -> str:
    """Draw one bar per row with its number at the end."""
    left = 230 if width > NARROW else 130
    height = _TOP * 2 + _ROW * len(chart.marks)
    canvas = Canvas(width, height)
    highest = 1.0 if chart.scale is Scale.SHARE else max((m.value or 0 for m in chart.marks), default=1) or 1
    x = linear(0, highest, left + 12, width - (64 if width > NARROW else 52))
    canvas.line(left + 12, _TOP, left + 12, height - _TOP, "soft")
    for index, mark in enumerate(chart.marks):
        middle = _TOP + _ROW * (index + 0.5)
        canvas.lines(left, middle, wrapped(mark.label, left - 6, words.notation.language, most=2), anchor="end")
        if mark.value is None:
            canvas.rect(left + 12, middle - 10, _STUB, 20, "paper", edge="soft", dash="3 2")
            text = mark.note or words(f"charts/states/{mark.state}")
            canvas.text(
                left + 32, middle + 5, wrapped(text, width - left - 36, words.notation.language, most=1)[0], role="soft"
            )
            continue
        role = "signal" if mark.state is State.SIGNAL else "own"
        if chart.scale is Scale.SHARE:
            canvas.rect(left + 12, middle - 11, x(1) - left - 12, 22, "outer")
        canvas.rect(left + 12, middle - 11, max(x(mark.value) - left - 12, 1), 22, role)
        at = x(1) if chart.scale is Scale.SHARE else x(mark.value)
        canvas.text(at + 8, middle + 5, written(mark.value, chart.scale, words), bold=True, role=role)
        if mark.state is State.SIGNAL:
            canvas.diamond(left + 26, middle, "paper", size=5)
    return canvas.svg(f"{chart.key}-{int(width)}", chart.title, chart.description)


def figure(chart: Bars, words: Words) -> dict[str, Any]:
    """The same chart for Plotly; a suppressed bar is absent, never zero."""
    texts = [
        f"{escaped(m.label)}: "
        + escaped(
            written(m.value, chart.scale, words) if m.value is not None else m.note or words(f"charts/states/{m.state}")
        )
        for m in chart.marks
    ]
    rows = list(range(len(chart.marks)))
    data = [
        trace(
            "bar",
            orientation="h",
            x=[m.value for m in chart.marks],
            y=rows,
            textposition="none",
            marker={"color": [colour("signal" if m.state is State.SIGNAL else "own") for m in chart.marks]},
            **hover(texts),
        )
    ]
    layout = base_layout(height=60 + _ROW * len(rows))
    layout["yaxis"] |= {
        "tickvals": rows,
        "ticktext": [escaped(m.label) for m in chart.marks],
        "range": [len(rows) - 0.4, -0.6],
    }
    layout["xaxis"] |= {"tickformat": ".0%", "range": [0, 1]} if chart.scale is Scale.SHARE else {"rangemode": "tozero"}
    return {"data": data, "layout": layout}
