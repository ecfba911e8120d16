"""The page of one team: the first screen, the questions, all figures; and a page for each part of those figures."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from meos_pipeline.contracts.findings import Verdict
from meos_pipeline.reporting import count_page, first_steps
from meos_pipeline.reporting.card import Card, all_questions
from meos_pipeline.reporting.checking import require_true
from meos_pipeline.reporting.claims import Passage, margin, number
from meos_pipeline.reporting.corrected import notes
from meos_pipeline.reporting.facts import claimed, short_standing, shown
from meos_pipeline.reporting.measures import basis_cell, bearer, row_name
from meos_pipeline.reporting.now import now
from meos_pipeline.reporting.pages import Drawn, figures_js, figures_name, frame, render, still
from meos_pipeline.reporting.provisional import early_months
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Cell, Chart, State, Table
from meos_pipeline.reporting.views import beside_district

FILE_NAMES = {"nl": "index.html", "en": "index_en.html"}
QUESTIONS = "questions"
"""Name of the script with the figures of the questions."""
A4 = {"nl": "a4.html", "en": "a4_en.html"}
MAIN = (
    ("coverage", ""),
    ("coverage", "without_result"),
    ("yield_corrected", ""),
    ("dossier_complete", ""),
    ("explanation_given", ""),
    ("objective_ground", ""),
    ("timeliness", ""),
    ("registrations_per_100_shifts", ""),
)
"""Measure and series of each row of the main table."""


def part_name(part: str, language: str) -> str:
    """File of the page with all figures of a part."""
    return f"{part}{'' if language == 'nl' else '_en'}.html"


def cards_of(report: Report) -> list[Card]:
    """Every question with its answer."""
    return [question.build(report) for question in all_questions(report.words)]


def passages_of(report: Report, blocks: Sequence[Block]) -> list[Passage]:
    """All that the page of a team and the pages of its figures say, as the statement check reads it."""
    return [
        *now(report).passages(),
        *(card.passage() for card in cards_of(report)),
        *(passage for month in early_months(report) for passage in month.passages()),
        *(block.passage() for block in blocks),
    ]


def team_html(
    report: Report,
    house: House,
    blocks: Sequence[Block],
    downloads: Sequence[tuple[str, str]],
    together: Mapping[str, Chart],
) -> tuple[str, str]:
    """The page of the team, checked before it is made, and the script with its figures.

    Raises:
        PublicationError: when a sentence says what its figures do not bear.
    """
    words, language = report.words, report.words.language
    top, early = now(report), early_months(report)
    cards = beside_district(cards_of(report), together, report)
    require_true(f"{report.team}/{FILE_NAMES[language]}", passages_of(report, blocks))
    answered = [card for card in cards if card.charts or card.name in first_steps.ALWAYS]
    first = still(top.chart, words) if top.chart is not None else None
    shown_cards = [_drawn(card, report) for card in answered]
    values = _head(report, house, FILE_NAMES) | {
        "figures": figures_name(language, QUESTIONS),
        "title": words("team/page_title", team=report.team_name, month=words.notation.month(report.month)),
        "kind": "team",
        "heading": report.team_name,
        "now": top,
        "now_chart": first,
        "cards": shown_cards,
        "unanswered": [card for card in cards if card not in answered],
        "first": first_steps.box(report),
        "early": early,
        "corrected": notes(report.publishable, words),
        "signs": [(State(v.value), words(f"charts/states/{v.value}")) for v in Verdict],
        "main_table": main_table(report),
        "pages": [(block.heading, part_name(block.name, language)) for block in blocks],
        "count_page": count_page.FILE_NAMES[language],
        "a4": A4[language],
        "downloads": downloads,
    }
    drawn_ = [*([first] if first else []), *itertools.chain(*(card["figures"] for card in shown_cards))]
    return render("team.html.j2", values), figures_js(drawn_)


def part_html(report: Report, house: House, block: Block, charts: Mapping[str, list[Drawn]]) -> str:
    """The page with all figures of one part."""
    words, language = report.words, report.words.language
    names = {one: part_name(block.name, one) for one in ("nl", "en")}
    month = words.notation.month(report.month)
    values = _head(report, house, names) | {
        "figures": figures_name(language, block.name) if charts[block.name] else "",
        "title": words("team/part_title", part=block.heading, team=report.team_name, month=month),
        "heading": block.heading,
        "blocks": [block],
        "charts": charts,
        "open_tables": (block.name,),
        "downloads": [],
    }
    values["crumbs"] = [(report.team_name, FILE_NAMES[language], ""), *values["crumbs"]]
    return render("report.html.j2", values)


def main_table(report: Report) -> Table:
    """The main figures: last period, twelve months with margin, on how many, and the verdict."""
    words = report.words
    rows = []
    for measure, series in MAIN:
        newest = shown(report.results.newest(measure, series=series))
        rolling = report.results.rolling(measure, series=series)
        has = shown(rolling)
        state, text = short_standing(report, bearer(report, measure, series))
        rows.append(
            (
                Cell(text=row_name(words, measure, "", series), is_header=True),
                Cell(text=number(claimed(newest), words), value=newest.estimate) if newest else Cell(text="–"),
                Cell(text=f"{number(claimed(has), words)}{margin(claimed(has), words)}" if has else "–"),
                basis_cell(rolling, report, is_short=True),
                Cell(text=text, state=state),
            )
        )
    return Table(
        key="main",
        caption=words("now/all/caption"),
        columns=tuple(words(f"page/columns/{c}") for c in ("measure", "newest", "rolling", "basis", "verdict")),
        rows=tuple(rows),
        numeric=frozenset({1, 2}),
    )


def _head(report: Report, house: House, names: Mapping[str, str]) -> dict[str, Any]:
    words = report.words
    other = "en" if words.language == "nl" else "nl"
    return frame(report.publishable, words, house, root="../") | {
        "meta": [
            words("team/title"),
            words.notation.month(report.month),
            *report.former(),
            *report.marked(),
            *report.not_delivered(),
        ],
        "crumbs": [
            (words("page/overview"), words("index/file"), ""),
            (words("page/other_language"), names[other], other),
        ],
    }


def _drawn(card: Card, report: Report) -> dict[str, Any]:
    words = report.words
    period = card.period_text or (words.notation.period(*card.period) if card.period else "")
    link = (card.link[0], part_name(card.link[1], words.language)) if card.link else None
    return {"card": card, "figures": [still(c, words) for c in card.charts], "period": period, "link": link}
