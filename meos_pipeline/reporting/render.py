"""One edition: every page of every team, from what may be published and nothing else."""

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting import district, index, statement
from meos_pipeline.reporting.a4 import PDF_NAMES, a4_html
from meos_pipeline.reporting.agreements import agreements_to_look_back
from meos_pipeline.reporting.codes import require_words
from meos_pipeline.reporting.count_page import write_count_pages
from meos_pipeline.reporting.downloads import cells_csv, tables_of, write_downloads
from meos_pipeline.reporting.pages import drawn_blocks, figures_js, figures_name
from meos_pipeline.reporting.pdf import STATIC, font_css, one_page, require_library
from meos_pipeline.reporting.provisional import counted_early, early_months
from meos_pipeline.reporting.results import TeamResults, results_by_team
from meos_pipeline.reporting.section import Report, all_sections
from meos_pipeline.reporting.shift_plan import ShiftPlan
from meos_pipeline.reporting.site import House, read_house
from meos_pipeline.reporting.spec import Block, Chart
from meos_pipeline.reporting.team_page import A4, FILE_NAMES, QUESTIONS, cards_of, part_html, part_name, team_html
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.views import beside_district
from meos_pipeline.reporting.words import LANGUAGES, Words, read_words
from meos_pipeline.storage.paths import shipped

ASSETS = ("report.css", "a4.css", "report.js", "live.js", "plotly-cartesian.min.js", "plotly-LICENSE.txt")


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
    plan: ShiftPlan = ShiftPlan(),  # noqa: B008 - nothing in it can change
    advance: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write all pages below ``target``: a folder per team, ``district/``, ``assets/`` and the way in.

    Args:
        publishable: What may be published.
        target: An empty or absent folder.
        house: A site's own words, logo and colours (see ``reporting.site``).
        earlier: Editions that the index of a team leads to.
        plan: Shifts of the coming month that were drawn for teams to join, and the sheets to aim for.
        advance: Called with a team's slug when its pages are written.

    Returns:
        Every file written, in a fixed order.

    Raises:
        PublicationError: when a team's slug cannot be a folder name, or the A4 cannot be made or fit on one page.
        TextError: when a word is missing, also that of a caveat or reason that a finding carries.
        SettingsError: when a figure that the site declared is not right.
    """
    require_library()
    own = read_house(house)
    tree = read_words(shipped("reports"), own.words)
    languages = {language: Words(tree, language) for language in LANGUAGES}
    require_words(publishable.findings, languages["nl"])
    everyone = results_by_team(publishable)
    together = {language: _charts_together(publishable, everyone, words, own) for language, words in languages.items()}
    write_assets(target / "assets", own)
    for words in languages.values():
        statement.write_statement(publishable, words, own, target / "assets")
    for team, name in teams_of(publishable):
        _write_team(team, name, publishable, everyone, languages, own, target / team, earlier, plan.of(team), together)
        advance(team)
    # Which shift of which team somebody may join is for that team (decision 0041).
    _write_count_pages(target / "district", teams_of(publishable), publishable, languages, plan.of())
    for words in languages.values():
        district.write_district(publishable, everyone, words, own, target / "district")
        index.write_way_in(publishable, everyone, words, own, target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def blocks_of(report: Report) -> list[Block]:
    """All sections that have something to tell."""
    return [block for section in all_sections(report.words) if (block := section.build(report)) is not None]


def _charts_together(
    publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House
) -> dict[str, Chart]:
    """Figures of all teams together by their keys, to lay beside those of a team; none where there is one team."""
    if len(teams_of(publishable)) == 1:
        return {}
    report = district_report(publishable, everyone, words, house)
    cards = [card for card in cards_of(report) if card.name != "other_teams"]
    charts = [*(block.charts for block in blocks_of(report)), *(card.charts for card in cards)]
    return {chart.key: chart for chart in itertools.chain(*charts)}


def _write_team(
    team: str,
    name: str,
    publishable: Publishable,
    everyone: dict[str, TeamResults],
    languages: dict[str, Words],
    house: House,
    folder: Path,
    earlier: Sequence[Earlier],
    plan: ShiftPlan,
    together: Mapping[str, Mapping[str, Chart]],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language, words in languages.items():
        report = dataclasses.replace(team_report(team, name, publishable, everyone, words, house), drawn=plan.drawn)
        blocks = blocks_of(report)
        early = [month.table for month in early_months(report)]
        taken = write_downloads([*early, *tables_of(blocks, cards_of(report))], report, folder)
        blocks = beside_district(blocks, together[language], report)
        charts = drawn_blocks(blocks, words)
        for block in blocks:
            if charts[block.name]:
                _write(folder / figures_name(language, block.name), figures_js(charts[block.name]))
            _write(folder / part_name(block.name, language), part_html(report, house, block, charts))
        _write_a4(report, house, folder)
        downloads = [
            (words("downloads/a4"), PDF_NAMES[language]),
            *taken,
            (words("downloads/cells"), "cells.csv"),
        ]
        page, figures = team_html(report, house, blocks, downloads, together[language])
        _write(folder / FILE_NAMES[language], page)
        _write(folder / figures_name(language, QUESTIONS), figures)
        index.write_team_index(report, house, folder, list(_earlier(earlier)))
    _write_count_pages(folder, [(team, name)], publishable, languages, plan)
    counts = [c for rows in everyone.get(team, TeamResults(team, {}, {})).counts.values() for c in rows]
    counted = [f for f in counted_early(publishable) if f.team == team]
    (folder / "cells.csv").write_bytes(cells_csv(counts, publishable, counted))


def _write_count_pages(
    folder: Path,
    teams: Sequence[tuple[str, str]],
    publishable: Publishable,
    languages: Mapping[str, Words],
    plan: ShiftPlan,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    slugs = [slug for slug, _ in teams]
    agreements = [row for slug in slugs for row in agreements_to_look_back(publishable.actions, slug)]
    write_count_pages(
        folder,
        teams,
        languages,
        FILE_NAMES,
        agreements=agreements,
        plan=plan,
        site=publishable.site,
        made_on=publishable.made_on,
    )


def _earlier(earlier: Sequence[Earlier]) -> Iterator[tuple[date, str]]:
    for edition in sorted(earlier, key=lambda e: e.month, reverse=True):
        yield edition.month, edition.edition


def _write_a4(report: Report, house: House, folder: Path) -> None:
    """Write the sheet for the meeting, for a browser and as PDF.

    Raises:
        PublicationError: when it takes more than a page.
    """
    language = report.words.language
    css = font_css() + (STATIC / "a4.css").read_text(encoding="utf-8")
    identifier = f"{report.publishable.fingerprint}-{report.team}-{language}"
    for with_previous in (True, False):
        made = one_page(a4_html(report, house, css=css, with_previous=with_previous), identifier=identifier)
        if made is not None:
            break
    else:
        raise PublicationError(f"The A4 of '{report.team}' does not fit on one page; shorten its words")
    (folder / PDF_NAMES[language]).write_bytes(made)
    _write(folder / A4[language], a4_html(report, house, with_previous=with_previous))


def write_assets(folder: Path, house: House | None = None) -> None:
    """Write style sheets, scripts and what a site adds, which all pages share."""
    house = house or House()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ASSETS:
        shutil.copyfile(STATIC / name, folder / name)
    if house.css:
        _write(folder / "site.css", house.css)
    if house.logo:
        (folder / house.logo.name).write_bytes(house.logo.content)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
