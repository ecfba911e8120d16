"""The A4 for the meeting: what the month was, one chart, two details, questions, and a line to write on."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from meos_pipeline.reporting import trust
from meos_pipeline.reporting.charts.draw import draw_svg
from meos_pipeline.reporting.pages import frame, render
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections import actions, headline, in_short, questions
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Chart, Forest, Trend
from meos_pipeline.reporting.words import Words


@dataclass(frozen=True, slots=True)
class Room:
    """How much goes on the page."""

    rows: int
    questions: int
    chart_width: float


_SIDE_WIDTH = 440.0
ROOMS = (Room(6, 3, 680.0), Room(4, 3, 780.0), Room(3, 3, 860.0), Room(3, 2, 980.0), Room(0, 2, 980.0))
"""From full to sparse: the first that fits on one page is taken. A wider drawing is a flatter one."""


def a4_html(report: Report, house: House, blocks: list[Block], *, room: Room = ROOMS[0], css: str = "") -> str:
    """The page as HTML; with ``css`` it stands alone, ready for a PDF."""
    words = report.words
    charts = [chart for block in blocks for chart in block.charts]
    main = next(
        (c for key in ("accountability-", "use-") for c in charts if isinstance(c, Trend) and c.key.startswith(key)),
        None,
    )
    values: dict[str, Any] = frame(report.publishable, words, house, root="../") | {
        "title": words("a4/title", team=report.team_name, month=words.notation.month(report.month)),
        "heading": words("team/title", team=report.team_name),
        "meta": [words.notation.month(report.month), words("a4/for")],
        "lines": in_short.lines(report),
        "tiles": headline.tiles(report),
        "main": {"spec": main, "picture": picture(main, room.chart_width, words, bool(css))} if main else None,
        "sides": [side for side in (_reasons(report, charts, room, bool(css)), _before_after(report)) if side],
        "agreement": actions.agreement_sentence(report),
        "questions": questions.questions(report)[: room.questions],
        "inline_css": css,
        "small": str(report.publishable.policy.smallest_shown_count),
    }
    values.pop("symbols")
    return render("a4.html.j2", values)


def picture(chart: Chart, width: float, words: Words, for_pdf: bool) -> str:
    """The chart; in a PDF its whole description is its title, for that is what becomes the alternative text."""
    svg = draw_svg(chart, width, words)
    if not for_pdf:
        return svg
    start, end = svg.index("<desc"), svg.index("</desc>") + len("</desc>")
    description = svg[svg.index(">", start) + 1 : end - len("</desc>")]
    without = svg[:start] + svg[end:]
    return without.replace("</title>", f". {description}</title>", 1)


def _reasons(report: Report, charts: list[Chart], room: Room, for_pdf: bool) -> dict[str, Any] | None:
    """Yield for the reasons with most released checks, in alphabetical order: never the highest or the lowest."""
    chart = next((c for c in charts if isinstance(c, Forest) and c.key == "effectiveness-reason"), None)
    if chart is None or not room.rows:
        return None
    known = sorted((m for m in chart.marks if m.value is not None), key=lambda m: (-(m.x or 0.0), m.label))
    shown = sorted(known[: room.rows], key=lambda m: m.label)
    short = dataclasses.replace(chart, marks=tuple(shown))
    return {
        "heading": chart.title,
        "picture": picture(short, _SIDE_WIDTH, report.words, for_pdf),
        "caption": chart.caption,
        "table": None,
        "sentences": [_coverage_note(report)],
    }


def _coverage_note(report: Report) -> str:
    """A yield never stands without its coverage, also here."""
    return trust.coverage_sentence(report)


def _before_after(report: Report) -> dict[str, Any] | None:
    chart = actions.before_after(report)
    if chart is None:
        return None
    return {"heading": chart.title, "picture": "", "caption": "", "table": chart.table, "sentences": [chart.table.note]}
