"""The district on one page: a matrix of teams by what matters, in alphabetical order and on one scale, never a ranking."""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting import count_page
from meos_pipeline.reporting.agreements import (
    Agreement,
    agreements_of,
    agreements_to_lead,
    before_and_after,
    effect_of,
    last_agreement,
)
from meos_pipeline.reporting.card import answer
from meos_pipeline.reporting.cards.checks_yield import yield_bar
from meos_pipeline.reporting.checking import require_true
from meos_pipeline.reporting.claims import Claim, Passage, Period, Said, say
from meos_pipeline.reporting.corrected import notes
from meos_pipeline.reporting.downloads import tables_of, write_downloads
from meos_pipeline.reporting.facts import (
    absent,
    claimed,
    course_of_measure,
    no_signal,
    quarters,
    short_standing,
    shown,
    standing,
)
from meos_pipeline.reporting.measures import bearer, control_points, state_of
from meos_pipeline.reporting.pages import Drawn, drawn_blocks, figures_js, figures_name, frame, render, still
from meos_pipeline.reporting.provisional import early_months
from meos_pipeline.reporting.quality_page import write_quality
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections import differences
from meos_pipeline.reporting.sections.about import definitions, thresholds, waterfall
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Course, State
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.trends import funnels_block, trends_block
from meos_pipeline.reporting.words import Words

FILE_NAMES = {"nl": "index.html", "en": "index_en.html"}
FIGURES = {"nl": "cijfers.html", "en": "figures.html"}
COLUMNS = ("coverage", "yield_corrected", "dossier_complete", "explanation_given")
BRIDGED = "no_sheets_in_quarter"
"""Reason of a quarter in which nobody counted along."""
SPARK = 150.0
_SPANS = {"coverage": (0.0, 1.0), "dossier_complete": (0.0, 1.0), "explanation_given": (0.0, 1.0)}
MOST_QUARTERS = 4
"""Quarters that are looked at for a team that did not count along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One cell of the matrix: a number with its margin, its verdict, and a line or bar."""

    said: Said
    standing: tuple[State, str]
    picture: Drawn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One team: its cells, its agreement and how that stands."""

    team: str
    name: str
    entries: tuple[Entry, ...]
    agreement: tuple[Said, ...]
    standing: tuple[State, str]


def write_district(
    publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House, folder: Path
) -> None:
    """Write the matrix, the page with all figures of the district, and the page on the quality of the data.

    Raises:
        PublicationError: when a sentence says what its figures do not bear.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = district_report(publishable, everyone, words, house)
    reports = [team_report(team, name, publishable, everyone, words, house) for team, name in teams_of(publishable)]
    columns = [_column(name, reports) for name in COLUMNS]
    rows = rows_of(reports)
    head = headline(report, reports)
    early = early_months(report)
    blocks = blocks_of(report)
    require_true("district", passages_of(report, reports, blocks))
    charts = drawn_blocks(blocks, words)
    taken = write_downloads([*(month.table for month in early), *tables_of(blocks)], report, folder)
    _write(folder / figures_name(words.language), figures_js(itertools.chain(*charts.values())))
    language = words.language
    values = _head(report, house, FILE_NAMES) | {
        "title": words("district/title", organisation=publishable.site.organisation),
        "kind": "team district",
        "heading": publishable.site.organisation,
        "headline": head,
        "early": early,
        "corrected": notes(publishable, words),
        "columns": [
            (words(f"district/columns/{name}"), text) for name, (text, _) in zip(COLUMNS, columns, strict=True)
        ],
        "rows": rows,
        "has_bands": any(_usual(one, name) for one in reports for name in COLUMNS),
        "page": FILE_NAMES[language],
        "help": wants_help(report, reports),
        "uncounted": uncounted(report, reports),
        "pages": [
            (words("district/all_figures"), FIGURES[language]),
            (words("district/count"), count_page.FILE_NAMES[language]),
            (words("quality/title"), f"{'quality' if language == 'en' else 'kwaliteit'}.html"),
            *taken,
        ],
    }
    _write(folder / FILE_NAMES[language], render("district.html.j2", values))
    values = _head(report, house, FIGURES) | {
        "title": words("district/all_title", organisation=publishable.site.organisation),
        "heading": words("district/all_figures"),
        "blocks": blocks,
        "charts": charts,
        "open_tables": (),
        "downloads": [],
    }
    values["crumbs"] = [(publishable.site.organisation, FILE_NAMES[language], ""), *values["crumbs"]]
    _write(folder / FIGURES[language], render("report.html.j2", values))
    write_quality(report, house, folder)


def blocks_of(report: Report) -> list[Block]:
    """All figures of the district."""
    return [funnels_block(report), trends_block(report), differences.build(report), _about(report)]


def passages_of(report: Report, reports: Sequence[Report], blocks: Sequence[Block]) -> list[Passage]:
    """All that the pages of the district say, as the statement check reads it.

    The matrix is read by column, with the yield beside its coverage, and each agreement by itself.
    """
    columns = [_column(name, reports) for name in COLUMNS]
    of_column = [
        tuple(_said(one, name, period)[1] for one in reports)
        for name, (_, period) in zip(COLUMNS, columns, strict=True)
    ]
    return [
        Passage(name="headline", sentences=headline(report, reports)),
        Passage(name="coverage and yield", sentences=(*of_column[0], *of_column[1]), period=columns[0][1]),
        *(
            Passage(name=name, sentences=said, period=period)
            for name, said, (_, period) in tuple(zip(COLUMNS, of_column, columns, strict=True))[2:]
        ),
        *(Passage(name=f"agreement of {one.team}", sentences=_agreed(one)) for one in reports),
        *(passage for month in early_months(report) for passage in month.passages()),
        *(block.passage() for block in blocks),
    ]


def headline(report: Report, reports: Sequence[Report]) -> tuple[Said, ...]:
    """How many teams have an agreement that was seen to change something, and how many lines were judged."""
    words, number = report.words, report.words.notation.number
    found = [one for one in reports if changed(one)]
    names = ", ".join(one.team_name for one in found)
    key = "changed" if found else "not_changed"
    said: list[Said] = [words(f"district/headline/{key}", teams=names)]
    of_month = [one for one in reports if judged(one)]
    unlike = ", ".join(one.team_name for one in of_month if has_signal(one))
    if unlike:
        said.append(words("district/headline/signal", teams=unlike, month=words.notation.month_name(report.month)))
    elif of_month:
        key = "judged" if len(of_month) < len(reports) else "judged_all"
        extra = {"n": number(len(of_month)), "teams": number(len(reports))}
        point = next(f for one in of_month for f in _points_of_month(one))
        said.append(say(words, f"district/headline/{key}", extra, s=no_signal(point, len(of_month))))
    else:
        said.append(words("district/headline/not_judged"))
    return tuple(said)


def changed(report: Report) -> bool:
    """Whether the newest agreement on which there is anything to say was judged to have changed something."""
    effects = (effect_of(report, agreed) for agreed in agreements_to_lead(report.publishable, report.team))
    effect = next((found for found in effects if found is not None), None)
    return effect is not None and standing(report, effect)[0] is State.SIGNAL


def judged(report: Report) -> bool:
    """Whether any line of the team was judged for the month."""
    return bool({State.ORDINARY, State.SIGNAL} & _of_month(report))


def has_signal(report: Report) -> bool:
    """Whether any line of the team was unlike usual in the month."""
    return State.SIGNAL in _of_month(report)


def _of_month(report: Report) -> set[State]:
    return {state_of(f) for f in _points_of_month(report)}


def _points_of_month(report: Report) -> list[Finding]:
    return [f for f in report.results.all("control_chart", series="point") if f.period_start == report.month]


def rows_of(reports: Sequence[Report]) -> list[Row]:
    """The matrix: a row per team, each column over the one period that its head prints."""
    periods = [_column(name, reports)[1] for name in COLUMNS]
    return [_row(one, periods) for one in reports]


def _row(report: Report, periods: Sequence[Period | None]) -> Row:
    agreed = last_agreement(report.publishable, report.team)
    effect = effect_of(report, agreed) if agreed is not None else None
    if agreed is None:
        state = (State.TOO_FEW, report.words("district/no_agreement"))
    else:
        state = standing(report, effect) if effect else (State.NOT_YET, report.words("charts/states/not_yet"))
    return Row(
        team=report.team,
        name=report.team_name,
        entries=tuple(_entry(report, name, period) for name, period in zip(COLUMNS, periods, strict=True)),
        agreement=_agreed(report),
        standing=state,
    )


def _entry(report: Report, measure: str, period: Period | None) -> Entry:
    """The figure of the window, with a line on the scale that all teams share, or the bar of its yield."""
    found, said = _said(report, measure, period)
    if measure == "yield_corrected":
        bar = yield_bar(report, f"yield-{report.team}")
        picture = still(bar, report.words, SPARK) if bar is not None else None
    else:
        line = course_of_measure(report, f"{measure}-{report.team}", measure)
        picture = still(_spark(report, line, measure), report.words, SPARK) if line is not None else None
    bears = bearer(report, measure) if shown(found) else found
    return Entry(said=said, standing=short_standing(report, bears), picture=picture)


def _said(report: Report, measure: str, period: Period | None) -> tuple[Finding | None, Said]:
    """The figure of the column's period, and what its cell says."""
    found = report.results.rolling(measure)
    if found is not None and found.is_shown and (found.period_start, found.period_end) != period:
        found = None
    claim: Claim = claimed(found) if found is not None else absent(report, measure)
    return found, say(report.words, f"district/cell/{'number' if claim.value is not None else 'none'}", s=claim)


def _spark(report: Report, line: Course, measure: str) -> Course:
    """The line without words, on the scale of the column, with the band of what is usual where a chart has one."""
    return dataclasses.replace(line, is_small=True, extent=_SPANS.get(measure), band=_usual(report, measure))


def _usual(report: Report, measure: str) -> tuple[float, float] | None:
    """Between what the newest month usually lies; nothing of a chart that is drawn only."""
    last = control_points(report, measure)[-1:]
    edges = [
        f.estimate
        for series in ("low", "high")
        for f in report.results.all("control_chart", stratum=f"measure={measure}", series=series)
        if last and f.period_start == last[0].period_start and f.estimate is not None
    ]
    return (edges[0], edges[1]) if len(edges) == 2 else None  # noqa: PLR2004 - low and high


def _agreed(report: Report) -> tuple[Said, ...]:
    agreed = last_agreement(report.publishable, report.team)
    return _agreement(report, agreed) if agreed is not None else ()


def _agreement(report: Report, agreed: Agreement) -> tuple[Said, ...]:
    words = report.words
    extra = {
        "what": words.capital(agreed.title(words)),
        "since": words.notation.day(agreed.starts),
        "state": words(f"codes/agreement_state/{agreed.state}"),
    }
    today = report.publishable.made_on
    said: list[Said] = []
    if agreed.state == "running" and agreed.ends is not None and agreed.ends < today:
        said.append(words("district/agreement/ended", **extra, until=words.notation.day(agreed.ends)))
    elif agreed.state == "running" and agreed.begins_after(today):
        said.append(words("district/agreement/ahead", **extra))
    else:
        said.append(words("district/agreement/what", **extra))
    said += agreed.looking_back(today, words)
    if agreed.wants_help:
        said.append(words("district/agreement/help"))
    sides = before_and_after(report, agreed)
    return (*said, sides) if sides is not None else tuple(said)


def _column(measure: str, reports: Sequence[Report]) -> tuple[str, Period | None]:
    """The period of a column, which its head prints; teams without that period have no number in it."""
    found = [f for one in reports if (f := shown(one.results.rolling(measure))) is not None]
    if not found:
        return "", None
    newest = max(found, key=lambda f: f.period_end)
    period = (newest.period_start, newest.period_end)
    return reports[0].words.notation.short_period(*period), period


def wants_help(report: Report, reports: Sequence[Report]) -> tuple[str, ...]:
    """Teams that asked for help, and teams without an agreement: those may want to be asked."""
    words = report.words
    asked = [one.team_name for one in reports if any(a.wants_help for a in agreements_of(one.publishable, one.team))]
    without = [one.team_name for one in reports if last_agreement(one.publishable, one.team) is None]
    said = [words("district/help/asked", teams=", ".join(asked))] if asked else [words("district/help/nobody")]
    if without:
        said.append(words("district/help/without", teams=", ".join(without)))
    return tuple(said)


def uncounted(report: Report, reports: Sequence[Report]) -> tuple[str, ...]:
    """Teams and quarters without enough counts, quarters that are alike together; never how often somebody counted."""
    words = report.words
    found = {one.team_name: quarters(one.results, "coverage", "without_result") for one in reports}
    counted = {
        name: {f.period_start for f in of if f.is_shown and f.label_reason != BRIDGED} for name, of in found.items()
    }
    if not any(counted.values()):
        return (str(answer(report, "coverage/absent", all=absent(report, "coverage"))),)
    ends = dict(sorted({(f.period_start, f.period_end) for of in found.values() for f in of})[-MOST_QUARTERS:])
    said = []
    for missing, alike in itertools.groupby(
        ends, lambda start: [n for n, starts in counted.items() if start not in starts]
    ):
        if missing:
            starts = list(alike)
            period = words.notation.period(starts[0], ends[starts[-1]])
            said.append(words("district/uncounted/in", period=period, teams=", ".join(missing)))
    return tuple(said) or (words("district/uncounted/nowhere"),)


def _head(report: Report, house: House, names: dict[str, str]) -> dict[str, Any]:
    words = report.words
    other = "en" if words.language == "nl" else "nl"
    return frame(report.publishable, words, house, root="../") | {
        "meta": [
            words("team/title"),
            words.notation.month(report.month),
            words("district/only_for"),
            *report.marked(),
            *report.not_delivered(),
        ],
        "crumbs": [
            (words("page/overview"), f"../{FILE_NAMES[words.language]}", ""),
            (words("page/other_language"), names[other], other),
        ],
        "figures": figures_name(words.language),
    }


def _about(report: Report) -> Block:
    chart = waterfall(report)
    return Block(
        name="about",
        heading=report.words("team/sections/about/heading"),
        charts=(chart,) if chart else (),
        tables=(thresholds(report), definitions(report)),
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
