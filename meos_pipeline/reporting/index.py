"""The way in: one page per edition that says per role what is new, and per team a page with its months."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting import district, provisional
from meos_pipeline.reporting.a4 import PDF_NAMES
from meos_pipeline.reporting.agreements import agreements_of, last_agreement
from meos_pipeline.reporting.cards.since_last_month import data_changes
from meos_pipeline.reporting.corrected import notes
from meos_pipeline.reporting.downloads import NAMES
from meos_pipeline.reporting.pages import frame, render
from meos_pipeline.reporting.quality_page import FILE_NAMES as QUALITY
from meos_pipeline.reporting.results import TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Cell, Table
from meos_pipeline.reporting.team_page import part_name
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
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
                (words("index/a4", month=month), PDF_NAMES[words.language], words("index/a4_note")),
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
                (words("index/how"), part_name("about", words.language), ""),
                (words("index/talk"), f"{page}#nu", ""),
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


def write_way_in(
    publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House, target: Path
) -> None:
    """Write the edition's own index: what is new, teams by name, and what is new for each role.

    Everybody can open it, so it names no figure of a team. Rights on folders decide who can open what.
    """
    report = district_report(publishable, everyone, words, house)
    reports = [team_report(team, name, publishable, everyone, words, house) for team, name in teams_of(publishable)]
    language, month = words.language, words.notation.month(publishable.month)
    other = "en" if language == "nl" else "nl"
    values = frame(publishable, words, house, root="") | {
        "title": words("index/way_in", month=month),
        "kind": "team",
        "heading": words("team/title"),
        "meta": [publishable.site.organisation, month],
        "crumbs": [(words("page/other_language"), WAY_IN[other], other)],
        "month": words.notation.month_name(publishable.month),
        "news": _news(report, reports),
        "teams": [(one.team_name, f"{one.team}/{REPORTS[language]}") for one in reports],
        "roles": [
            (name, words(f"index/roles/{name}/heading"), lines, words(f"index/roles/{name}/link"), link)
            for name, lines, link in (
                ("ambassador", _for_ambassador(report, reports), ""),
                ("leader", _for_leader(report, reports), f"district/{WAY_IN[language]}"),
                ("analyst", _for_analyst(report), f"district/{QUALITY[language]}"),
            )
        ],
    }
    (target / WAY_IN[language]).write_text(render("way_in.html.j2", values), encoding="utf-8", newline="\n")


def _news(report: Report, reports: Sequence[Report]) -> tuple[str, ...]:
    """Three sentences: on agreements, on the month, on the data."""
    words, number = report.words, report.words.notation.number
    changed = sum(district.changed(one) for one in reports)
    agreed = sum(last_agreement(one.publishable, one.team) is not None for one in reports)
    judged = sum(district.judged(one) for one in reports)
    unlike = sum(district.has_signal(one) for one in reports)
    every = len(reports)
    key = "signal" if unlike else "not_judged" if not judged else "judged" if judged < every else "judged_all"
    of = {"teams": number(len(reports))}
    return (
        words(f"index/news/{'agreed' if agreed < every else 'agreed_all'}", n=number(agreed), **of),
        words("index/news/changed", n=number(changed)) if changed else words("index/news/not_changed"),
        words(f"index/news/{key}", n=number(unlike or judged), **of),
        data_changes(report, *reports),
        *notes(report.publishable, words)[:1],
        *provisional.news(report),
    )


def _for_ambassador(report: Report, reports: Sequence[Report]) -> tuple[str, ...]:
    words = report.words
    said = [words("index/roles/ambassador/count")]
    if any(last_agreement(one.publishable, one.team) is not None for one in reports):
        said.append(words("index/roles/ambassador/look_back"))
    return tuple(said)


def _for_leader(report: Report, reports: Sequence[Report]) -> tuple[str, ...]:
    """How many teams ask for help, and how many have no agreement; the page of the district says which."""
    words, number = report.words, report.words.notation.number
    asked = sum(any(a.wants_help for a in agreements_of(one.publishable, one.team)) for one in reports)
    without = sum(last_agreement(one.publishable, one.team) is None for one in reports)
    path = "index/roles/leader"
    said = [words(f"{path}/asked", n=number(asked)) if asked else words(f"{path}/nobody")]
    return (*said, words(f"{path}/without", n=number(without))) if without else tuple(said)


def _for_analyst(report: Report) -> tuple[str, ...]:
    """How many lines came in for the newest month and how many count; and what would make pages clearer."""
    words, frame_ = report.words, report.publishable.waterfall
    said = []
    if not frame_.is_empty():
        newest = frame_.filter(pl.col("month") == pl.col("month").max())
        counted = dict(newest.select("stage", "n").iter_rows())
        small = report.publishable.policy.smallest_shown_count
        rows = {name: int(counted.get(stage, 0)) for name, stage in (("n", "rows_in"), ("kept", "accepted"))}
        if min(rows.values()) >= small:
            told = {name: words.notation.number(n) for name, n in rows.items()}
            month = words.notation.month(newest["month"][0])
            said.append(words("index/roles/analyst/rows", month=month, **told))
    if not report.areas:
        said.append(words("index/roles/analyst/areas"))
    return tuple(said)
