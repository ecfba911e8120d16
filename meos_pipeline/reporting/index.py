"""The way in: one page per edition that lists the teams by name, and per team a page with its months."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.downloads import NAMES
from meos_pipeline.reporting.pages import frame, render
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Cell, Table
from meos_pipeline.reporting.words import Words

FILE_NAMES = {"nl": "rapporten.html", "en": "reports.html"}
WAY_IN = {"nl": "index.html", "en": "index_en.html"}
REPORTS = {"nl": "index.html", "en": "index_en.html"}
MOST_TOLD = 5
LEAST_TOLD = 0.01
"""A team is told of this many rules at most, and of none that fewer of its records break."""


def write_team_index(report: Report, house: House, folder: Path, earlier: list[tuple[date, str]]) -> None:
    """Write 'mijn rapporten' of one team: this month, the quality of its data, earlier months, help."""
    words = report.words
    page = REPORTS[words.language]
    month = words.notation.month(report.month)
    short = quality_lines(report)
    parts: list[dict[str, Any]] = [
        {
            "name": "new",
            "heading": words("index/new", month=month),
            "sentences": [],
            "lines": [],
            "tables": [],
            "links": [
                (words("index/report", month=month), page, words("index/report_note")),
                (words("index/a4", month=month), "a4.pdf", words("index/a4_note")),
                (words("index/figures", month=month), f"{NAMES[words.language]}.xlsx", words("index/figures_note")),
            ],
        },
        {
            "name": "quality",
            "heading": words("index/quality"),
            "links": [],
            "tables": [],
            "lines": short,
            "sentences": [words(f"index/{'quality_first' if short else 'quality_none'}")],
        },
    ]
    if earlier:
        parts.append(
            {
                "name": "earlier",
                "heading": words("index/earlier"),
                "sentences": [],
                "links": [],
                "lines": [],
                "tables": [_earlier_table(report, earlier, page)],
            }
        )
    parts.append(
        {
            "name": "help",
            "heading": words("index/help"),
            "sentences": [],
            "lines": [],
            "tables": [],
            "links": [
                (words("index/how"), f"{page}#about", ""),
                (words("index/talk"), f"{page}#questions", ""),
            ],
        }
    )
    other = "en" if words.language == "nl" else "nl"
    values = frame(report.publishable, words, house, root="../") | {
        "title": words("index/title", team=report.team_name),
        "heading": words("index/title", team=report.team_name),
        "meta": [words("team/only_for", team=report.team_name), report.publishable.site.organisation],
        "crumbs": [(words("page/other_language"), FILE_NAMES[other], other)],
        "paragraphs": [words("index/not_yours")],
        "parts": parts,
    }
    (folder / FILE_NAMES[words.language]).write_text(render("list.html.j2", values), encoding="utf-8", newline="\n")


def quality_lines(report: Report) -> list[str]:
    """Where this team's records fell short of the rules this month, the largest part first; only what it can mend."""
    words, quality = report.words, report.publishable.quality
    if quality.is_empty():
        return []
    told = list(words.tree["quality"]["for_teams"])
    own = (
        quality.filter(
            pl.col("team") == report.team,
            pl.col("month") == report.month,
            pl.col("rule").is_in(told),
            pl.col("share") >= LEAST_TOLD,
        )
        .sort(pl.col("share"), pl.col("rule"), descending=[True, False])
        .head(MOST_TOLD)
    )
    return [
        words(f"quality/for_teams/{rule}", hundred=words.notation.number(share * 100))
        for rule, share in own.select("rule", "share").iter_rows()
    ]


def _earlier_table(report: Report, earlier: list[tuple[date, str]], page: str) -> Table:
    words = report.words
    rows = tuple(
        (
            Cell(text=words.notation.month(month), is_header=True),
            Cell(
                text=words("index/report", month=words.notation.month(month)),
                link=f"../../{edition}/{report.team}/{page}",
            ),
            Cell(
                text=words("index/a4", month=words.notation.month(month)), link=f"../../{edition}/{report.team}/a4.pdf"
            ),
        )
        for month, edition in earlier
    )
    return Table(
        key="index-earlier",
        caption=report.team_name,
        rows=rows,
        columns=tuple(words(f"page/columns/{c}") for c in ("month", "report", "a4")),
    )


def write_way_in(publishable: Publishable, words: Words, house: House, target: Path) -> None:
    """Write the edition's own index: teams by name. Rights on folders decide who can open what."""
    teams = sorted(publishable.organisation.select("team_name", "team").unique().rows(), key=lambda r: r[0].casefold())
    month = words.notation.month(publishable.month)
    other = "en" if words.language == "nl" else "nl"
    values = frame(publishable, words, house, root="") | {
        "title": words("index/way_in", month=month),
        "heading": words("index/way_in", month=month),
        "meta": [publishable.site.organisation, words("index/alphabetical")],
        "crumbs": [(words("page/other_language"), WAY_IN[other], other)],
        "paragraphs": [words("index/rights")],
        "parts": [
            {
                "name": "teams",
                "heading": words("index/teams"),
                "sentences": [],
                "lines": [],
                "tables": [],
                "links": [(name, f"{team}/{FILE_NAMES[words.language]}", "") for name, team in teams],
            },
            {
                "name": "district",
                "heading": words("index/district"),
                "sentences": [],
                "lines": [],
                "tables": [],
                "links": [
                    (
                        words("district/title", organisation=publishable.site.organisation),
                        f"district/{WAY_IN[words.language]}",
                        words("index/district_note"),
                    ),
                    (
                        words("quality/title"),
                        f"district/{'quality' if words.language == 'en' else 'kwaliteit'}.html",
                        words("index/quality_note"),
                    ),
                ],
            },
        ],
    }
    (target / WAY_IN[words.language]).write_text(render("list.html.j2", values), encoding="utf-8", newline="\n")
