"""One edition: every page of every team, from what may be published and nothing else."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meos_pipeline.contracts.values import TEAM_SLUG_PATTERN
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import PublicationError
from meos_pipeline.numbered import counted
from meos_pipeline.reporting import district, index, statement
from meos_pipeline.reporting.a4 import ROOMS, Room, a4_html
from meos_pipeline.reporting.agreements import action_title
from meos_pipeline.reporting.codes import require_words
from meos_pipeline.reporting.downloads import cells_csv, tables_of, write_downloads
from meos_pipeline.reporting.pages import Drawn, drawn_blocks, figures_js, figures_name, frame, render
from meos_pipeline.reporting.pdf import STATIC, font_css, one_page, require_library
from meos_pipeline.reporting.results import TeamResults, results_by_team
from meos_pipeline.reporting.section import Report, all_sections
from meos_pipeline.reporting.site import House, read_house
from meos_pipeline.reporting.spec import Block, Flag
from meos_pipeline.reporting.words import LANGUAGES, Words, read_words
from meos_pipeline.storage.paths import shipped

ASSETS = ("report.css", "a4.css", "report.js", "plotly-cartesian.min.js", "plotly-LICENSE.txt")
FILE_NAMES = {"nl": "index.html", "en": "index_en.html"}


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier edition that a team's index may lead to."""

    month: date
    edition: str
    """Name of the edition's folder, beside this one."""


def render_edition(
    publishable: Publishable,
    target: Path,
    *,
    house: Path | None = None,
    earlier: Sequence[Earlier] = (),
    advance: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write all pages below ``target``: a folder per team, ``district/``, ``assets/`` and the way in.

    Args:
        publishable: What may be published.
        target: An empty or absent folder.
        house: A site's own words, logo and colours (see ``reporting.site``).
        earlier: Editions that the index of a team leads to.
        advance: Called with a team's slug when its pages are written.

    Returns:
        Every file written, in a fixed order.

    Raises:
        PublicationError: when a team's slug cannot be a folder name, or the A4 cannot be made or fit on one page.
        TextError: when a word is missing, also that of a caveat or reason that a finding carries.
    """
    require_library()
    own = read_house(house)
    tree = read_words(shipped("reports"), own.words)
    languages = {language: Words(tree, language) for language in LANGUAGES}
    require_words(publishable.findings, languages["nl"])
    everyone = results_by_team(publishable)
    write_assets(target / "assets", own)
    for words in languages.values():
        statement.write_statement(publishable, words, own, target / "assets")
    for team, name in teams_of(publishable):
        _write_team(team, name, publishable, everyone, languages, own, target / team, earlier)
        advance(team)
    for words in languages.values():
        district.write_district(publishable, everyone, words, own, target / "district")
        index.write_way_in(publishable, words, own, target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def teams_of(publishable: Publishable) -> list[tuple[str, str]]:
    """Slug and name of every team in the organisation list, in alphabetical order of the name.

    Raises:
        PublicationError: when a slug is no safe folder name.
    """
    rows = publishable.organisation.select("team", "team_name").unique(subset="team", keep="first").rows()
    unsafe = sum(not re.match(TEAM_SLUG_PATTERN, team) or team in {"assets", "district"} for team, _ in rows)
    if unsafe:
        raise PublicationError(
            f"{counted(unsafe, 'team has', 'teams have')} a code that cannot be a folder name; use a-z, 0-9 and '-'"
        )
    return sorted(rows, key=lambda row: (row[1].casefold(), row[0]))


def flags_of(publishable: Publishable, team: str, words: Words) -> tuple[Flag, ...]:
    """Actions of the team and breaks that touch it, numbered by day."""
    found: list[tuple[date, str, bool]] = []
    if not publishable.actions.is_empty():
        own = publishable.actions.filter(publishable.actions["team"] == team)
        found += [(row["starts"], action_title(row, words), False) for row in own.iter_rows(named=True)]
    if not publishable.breaks.is_empty():
        own = publishable.breaks.filter(publishable.breaks["scope"].is_in([team, "all"]))
        found += [(row["break_date"], row["title"], True) for row in own.iter_rows(named=True)]
    last = date(publishable.month.year, publishable.month.month, 28)
    return tuple(
        Flag(day=day, number=number, title=title, is_break=is_break)
        for number, (day, title, is_break) in enumerate(sorted(f for f in found if f[0] <= last), start=1)
    )


def team_report(
    team: str, name: str, publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House
) -> Report:
    """What one team's pages are made from."""
    return Report(
        team=team,
        team_name=name,
        month=publishable.month,
        words=words,
        publishable=publishable,
        results=everyone.get(team, TeamResults(team, {}, {})),
        everyone=everyone,
        flags=flags_of(publishable, team, words),
        shapes=house.shapes,
    )


def blocks_of(report: Report) -> list[Block]:
    """All sections that have something to tell."""
    return [block for section in all_sections(report.words) if (block := section.build(report)) is not None]


def _write_team(
    team: str,
    name: str,
    publishable: Publishable,
    everyone: dict[str, TeamResults],
    languages: dict[str, Words],
    house: House,
    folder: Path,
    earlier: Sequence[Earlier],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language, words in languages.items():
        report = team_report(team, name, publishable, everyone, words, house)
        blocks = blocks_of(report)
        taken = write_downloads(tables_of(blocks), report, folder)
        if language == "nl":
            counts = [c for rows in report.results.counts.values() for c in rows]
            (folder / "cells.csv").write_bytes(cells_csv(counts, publishable))
            _write_a4(report, house, blocks, folder)
        charts = drawn_blocks(blocks, words)
        _write(folder / figures_name(language), figures_js(charts))
        _write(folder / FILE_NAMES[language], report_html(report, house, blocks, charts, taken))
        index.write_team_index(report, house, folder, list(_earlier(earlier)))


def _earlier(earlier: Sequence[Earlier]) -> Iterator[tuple[date, str]]:
    for edition in sorted(earlier, key=lambda e: e.month, reverse=True):
        yield edition.month, edition.edition


def _write_a4(report: Report, house: House, blocks: list[Block], folder: Path) -> None:
    """Write the fullest page that fits; as a sparser one fits whenever a fuller one does, few have to be tried."""
    css = font_css() + (STATIC / "a4.css").read_text(encoding="utf-8")
    identifier = f"{report.publishable.fingerprint}-{report.team}"
    found: tuple[bytes, Room] | None = None
    fullest, sparsest = 0, len(ROOMS) - 1
    while fullest <= sparsest:
        middle = (fullest + sparsest) // 2
        made = one_page(a4_html(report, house, blocks, room=ROOMS[middle], css=css), identifier=identifier)
        if made is None:
            fullest = middle + 1
        else:
            found, sparsest = (made, ROOMS[middle]), middle - 1
    if found is None:
        raise PublicationError(f"The A4 of '{report.team}' does not fit on one page; shorten its words")
    (folder / "a4.pdf").write_bytes(found[0])
    _write(folder / "a4.html", a4_html(report, house, blocks, room=found[1]))


def report_html(
    report: Report,
    house: House,
    blocks: list[Block],
    charts: dict[str, list[Drawn]],
    taken: Sequence[tuple[str, str]] = (),
) -> str:
    """The team report as one page; ``taken`` are the words and names of the tables to take along."""
    words = report.words
    other = "en" if words.language == "nl" else "nl"
    values = frame(report.publishable, words, house, root="../") | {
        "title": words("team/page_title", team=report.team_name, month=words.notation.month(report.month)),
        "heading": words("team/title", team=report.team_name),
        "meta": [
            words.notation.month(report.month),
            words("team/only_for", team=report.team_name),
            report.publishable.site.organisation,
        ],
        "crumbs": [
            (words("page/overview"), index.FILE_NAMES[words.language], ""),
            (words("page/other_language"), FILE_NAMES[other], other),
        ],
        "blocks": blocks,
        "charts": charts,
        "figures": figures_name(words.language),
        "open_tables": (),
        "downloads": [
            (words("downloads/a4"), "a4.pdf"),
            (words("downloads/print"), "a4.html"),
            *taken,
            (words("downloads/cells"), "cells.csv"),
        ],
    }
    return render("report.html.j2", values)


def write_assets(folder: Path, house: House | None = None) -> None:
    """Write style sheets, scripts and what a site adds, which all pages share."""
    house = house or House()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ASSETS:
        shutil.copyfile(STATIC / name, folder / name)
    if house.css:
        _write(folder / "site.css", house.css)
    if house.logo:
        shutil.copyfile(house.logo, folder / house.logo.name)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
