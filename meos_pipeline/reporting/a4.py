"""The sheet for the meeting: what we agreed and how it went, one figure for this month's question, and room to agree."""

import dataclasses
from typing import Any

from meos_pipeline.reporting import agenda
from meos_pipeline.reporting.agreements import (
    agreements_to_lead,
    around,
    before_and_after,
    effect_of,
    last_agreement,
)
from meos_pipeline.reporting.cards import repeats
from meos_pipeline.reporting.cards.reasons import STATISTIC as REASONS
from meos_pipeline.reporting.cards.reasons import volume_yield
from meos_pipeline.reporting.cards.worked import pairs_around
from meos_pipeline.reporting.charts.draw import draw_svg
from meos_pipeline.reporting.charts.style import ROLES
from meos_pipeline.reporting.checking import require_true
from meos_pipeline.reporting.claims import Passage, Said, say
from meos_pipeline.reporting.corrected import notes
from meos_pipeline.reporting.facts import (
    a_year_before,
    claimed,
    course_of_measure,
    judged_of_month,
    of_district,
    standing,
)
from meos_pipeline.reporting.measures import bearer
from meos_pipeline.reporting.now import now
from meos_pipeline.reporting.pages import frame, render
from meos_pipeline.reporting.provisional import early_months
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Cell, Chart, Hundred, Table
from meos_pipeline.reporting.words import Words

PDF_NAMES = {"nl": "a4.pdf", "en": "a4_en.pdf"}
ACTIONS = ("virtual_reality", "profile_talk", "dialogue")
"""The three actions of the plan, to tick."""
_SIDE, _MIDDLE, _LOW = 340.0, 700.0, 620.0
_MOST_ROWS = 6


def passages_of(report: Report) -> list[Passage]:
    """All that the sheet says, as the statement check reads it: what is new stands on the page of the team alone."""
    return [
        *(passage for passage in now(report).passages() if not passage.name.startswith("news")),
        *(passage for month in early_months(report) for passage in month.passages()),
        Passage(name="agreement before", sentences=previous(report)),
        Passage(name="figure", sentences=_more(report, agenda.item(report))),
    ]


def a4_html(report: Report, house: House, *, css: str = "", with_previous: bool = True) -> str:
    """The page as HTML; with ``css`` it stands alone, ready for a PDF.

    Args:
        report: Of the team.
        house: The site's own words and colours.
        css: Styles to have in the page.
        with_previous: Whether the agreement before is told, where there is anything to tell.

    Raises:
        PublicationError: when a sentence says what its figures do not bear.
    """
    words = report.words
    top, item = now(report), agenda.item(report)
    middle = figure(report, item)
    more = _more(report, item)
    early = early_months(report)
    require_true("a4", passages_of(report))
    agreed = last_agreement(report.publishable, report.team)
    pair = pairs_around(report, agreed) if agreed is not None and agreed.measure else None
    side: Chart | None = pair or top.chart
    values: dict[str, Any] = frame(report.publishable, words, house, root="../") | {
        "title": words("a4/title", team=report.team_name, month=words.notation.month(report.month)),
        "heading": words("a4/heading", team=report.team_name),
        "month": words.notation.month(report.month),
        "corrected": notes(report.publishable, words)[:1],
        "early": [f"{month.short} {month.until}" for month in early],
        "now": top,
        "previous": previous(report) if with_previous else (),
        "side": picture(side, _SIDE, words, bool(css)) if side is not None else "",
        "side_caption": side.caption if side is not None else "",
        "item": item,
        "middle": picture(middle, _MIDDLE if isinstance(middle, Hundred) else _LOW, words, bool(css)) if middle else "",
        "more": more,
        "actions": [words(f"a4/actions/{name}") for name in ACTIONS],
        "inline_css": css,
        "base": str(report.publishable.policy.rounding_base),
    }
    values.pop("symbols")
    return render("a4.html.j2", values)


def previous(report: Report) -> tuple[Said, ...]:
    """What became of the agreement before, in figures, while the one that leads is too young to have any."""
    found = agreements_to_lead(report.publishable, report.team)
    if not found or around(report, found[0]) is not None:
        return ()
    before = next(((a, sides) for a in found[1:] if (sides := before_and_after(report, a)) is not None), None)
    if before is None:
        return ()
    agreed, sides = before
    words, effect = report.words, effect_of(report, agreed)
    state = (f"{words.capital(standing(report, effect)[1])}.",) if effect is not None else ()
    return (words("a4/previous", what=agreed.title(words)), sides, *state)


def figure(report: Report, item: agenda.Item) -> Chart | None:
    """The one figure that belongs to the question."""
    found = item.finding
    if found is not None and found.unit == "share" and found.lower is not None and found.upper is not None:
        return _hundred(report, item)
    if item.measure == REASONS:
        strata = sorted({f.stratum for f in report.results.all(REASONS) if f.stratum})
        rows = [f for s in strata if (f := report.results.rolling(REASONS, stratum=s)) is not None]
        chart = volume_yield(report, rows)
        return dataclasses.replace(chart, key="a4", marks=chart.marks[:_MOST_ROWS])
    if item.measure == repeats.ABOVE:
        return next(iter(repeats.build(report).charts), None)
    return course_of_measure(report, "a4", item.measure) if item.measure else None


def _hundred(report: Report, item: agenda.Item) -> Hundred:
    words, found = report.words, item.finding
    if found is None or found.lower is None or found.upper is None:
        raise ValueError("a figure of a hundred squares needs a share with its margin")
    low, high = words.notation.hundred(found.lower), words.notation.hundred(found.upper)
    name = words(f"measures/{found.statistic}/name")
    middle = words.notation.hundred(found.estimate or 0.0)
    title = words("charts/hundred/title", name=name)
    return Hundred(
        key="a4",
        title=title,
        description=words("charts/hundred/description", value=middle, low=low, high=high),
        caption="",
        how_to_read=words("charts/hundred/how"),
        table=Table(
            key="a4",
            caption=title,
            columns=(words("page/columns/value"), words("page/columns/margin")),
            rows=((Cell(text=middle, value=found.estimate), Cell(text=f"{low}–{high}")),),
        ),
        low=found.lower,
        high=found.upper,
        names=(
            words("charts/hundred/sure", low=low),
            words("charts/hundred/margin", low=low, high=high),
            words("charts/hundred/rest"),
        ),
    )


def _more(report: Report, item: agenda.Item) -> tuple[Said, ...]:
    """On what the figure rests, what there is to compare it with, and its verdict."""
    if item.finding is None:
        return ()
    words, found = report.words, item.finding
    said: list[Said] = [say(words, "a4/basis", s=claimed(found))]
    past, district = a_year_before(report, found), of_district(report, found)
    if past is not None and past.value is not None:
        said.append(say(words, "a4/past", s=past))
    if district is not None and district.value is not None:
        said.append(say(words, "a4/district", s=district))
    judged = judged_of_month(report, found.statistic) if found.period_start == report.month else found
    if judged is found and not found.stratum:
        judged = bearer(report, found.statistic, found.series)
    said.append(f"{words.capital(standing(report, judged)[1])}.")
    return tuple(said)


def _in_black(svg: str) -> str:
    """Own and signal colours as black: paper copies have no colour, and shapes tell states apart."""
    for role in ("own", "signal", "text"):
        svg = svg.replace(ROLES[role], "#000000")
    return svg


def picture(chart: Chart, width: float, words: Words, for_pdf: bool) -> str:
    """The chart; in a PDF its whole description is its title, for that is what becomes the alternative text."""
    svg = _in_black(draw_svg(chart, width, words))
    if not for_pdf:
        return svg
    start, end = svg.index("<desc"), svg.index("</desc>") + len("</desc>")
    description = svg[svg.index(">", start) + 1 : end - len("</desc>")]
    without = svg[:start] + svg[end:]
    return without.replace("</title>", f". {description}</title>", 1)
