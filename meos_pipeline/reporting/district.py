"""All teams of a district side by side: one scale, names in alphabetical order, never a ranking."""

from pathlib import Path

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting import trust
from meos_pipeline.reporting.downloads import tables_of, write_downloads
from meos_pipeline.reporting.funnels import funnel_chart, measures_with_funnel
from meos_pipeline.reporting.measures import (
    SIGNALS,
    basis_cell,
    margin_text,
    scale_of,
    sentence,
    state_of,
    title_of,
    usual_text,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.methods import methods_block
from meos_pipeline.reporting.pages import drawn_blocks, figures_js, figures_name, frame, render
from meos_pipeline.reporting.quality_page import write_quality
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.about import definitions, thresholds, waterfall
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Cell, Moment, Multiples, Scale, State, Table
from meos_pipeline.reporting.words import Words

FILE_NAMES = {"nl": "index.html", "en": "index_en.html"}
SIDE_BY_SIDE = ("coverage_sample", "dossier_complete", "yield_broad")
FOLLOWED = ("dossier_complete", "registrations_per_100_shifts")


def write_district(
    publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House, folder: Path
) -> None:
    """Write the overview and the data-quality page."""
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(
        team="",
        team_name=publishable.site.organisation,
        month=publishable.month,
        words=words,
        publishable=publishable,
        results=everyone[""],
        everyone=everyone,
    )
    methods = methods_block(report)
    blocks = [
        _in_short(report),
        *_funnels(report),
        _trends(report),
        _table(report),
        *([methods] if methods else []),
        _questions(report),
        _about(report),
    ]
    other = "en" if words.language == "nl" else "nl"
    charts = drawn_blocks(blocks, words)
    taken = write_downloads(tables_of(blocks), report, folder)
    (folder / figures_name(words.language)).write_text(figures_js(charts), encoding="utf-8", newline="\n")
    values = frame(publishable, words, house, root="../") | {
        "title": words("district/title", organisation=publishable.site.organisation),
        "heading": words("district/title", organisation=publishable.site.organisation),
        "meta": [words.notation.month(publishable.month), words("district/only_for")],
        "crumbs": [
            (words("page/overview"), f"../{FILE_NAMES[words.language]}", ""),
            (words("page/other_language"), FILE_NAMES[other], other),
        ],
        "blocks": blocks,
        "charts": charts,
        "figures": figures_name(words.language),
        "open_tables": ("teams",),
        "downloads": taken,
    }
    (folder / FILE_NAMES[words.language]).write_text(render("report.html.j2", values), encoding="utf-8", newline="\n")
    write_quality(report, house, folder)


def _names(report: Report) -> list[tuple[str, str]]:
    rows = report.publishable.organisation.select("team", "team_name").unique().rows()
    return sorted(rows, key=lambda r: (r[1].casefold(), r[0]))


def _in_short(report: Report) -> Block:
    words, names = report.words, dict(_names(report))
    said = [sentence(report.results.rolling(s), s, report) for s in ("coverage_sample", "dossier_complete")]
    broad = report.results.rolling("yield_broad")
    if broad is not None and broad.is_shown:
        said.append(f"{sentence(broad, 'yield_broad', report)} {trust.bias_sentence(report)}")
    signals = sorted(
        names[team]
        for team in names
        if any(
            p.label in SIGNALS and p.period_start == report.month
            for s in FOLLOWED
            for p in _points(report.everyone.get(team), s)
        )
    )
    said.append(words("district/signals", teams=", ".join(signals)) if signals else words("district/no_signals"))
    said.append(words("district/no_ranking"))
    return Block(name="in_short", heading=words("district/in_short"), items=tuple(said))


def _points(results: TeamResults | None, statistic: str) -> list[Finding]:
    if results is None:
        return []
    return [f for f in results.all("control_chart", series="point") if f.kind[1] == statistic or f.stratum == statistic]


def _funnels(report: Report) -> list[Block]:
    words, charts, said = report.words, [], []
    for stratum, statistic in measures_with_funnel(report.everyone):
        outside = frozenset(
            team
            for team, results in report.everyone.items()
            if team and (f := results.newest("funnel", stratum=stratum)) is not None and f.label in SIGNALS
        )
        chart = funnel_chart(report, stratum, statistic, named=outside, key="funnels")
        if chart is not None:
            charts.append(chart)
            names = ", ".join(name for team, name in _names(report) if team in outside)
            name = title_of(statistic, words)
            said.append(
                words("district/outside", name=name, teams=names) if outside else words("district/inside", name=name)
            )
    if not charts:
        said = [words("team/sections/other_teams/too_few_teams", n=str(report.publishable.policy.fewest_funnel_teams))]
    return [
        Block(
            name="funnels",
            heading=words("district/funnels"),
            sentences=tuple(said),
            charts=tuple(charts),
            terms=("funnel",),
        )
    ]


def _trends(report: Report) -> Block:
    charts = [c for statistic in FOLLOWED if (c := _multiples(report, statistic)) is not None]
    said = (report.words("district/trends_read") if charts else report.words("district/no_trends"), *_by_chance(report))
    return Block(name="trends", heading=report.words("district/trends"), sentences=said, charts=tuple(charts))


def _by_chance(report: Report) -> list[str]:
    """How many signals ordinary months would give over all teams: the reader should expect that many."""
    of_month = [
        f
        for f in report.everyone[""].all("control_chart", series="expected_alarms")
        if f.estimate and f.lower is not None and f.upper is not None and f.kind[1] in FOLLOWED
    ]
    if not of_month:
        return []
    number = report.words.notation.number
    low, high = sum(f.lower or 0.0 for f in of_month), sum(f.upper or 0.0 for f in of_month)
    return [report.words("district/by_chance", low=number(low, 1), high=number(high, 1))]


def _multiples(report: Report, statistic: str) -> Multiples | None:
    words = report.words
    panels, rows, scale = [], [], Scale.SHARE
    for team, name in _names(report):
        results = report.everyone.get(team)
        points = _points(results, statistic)
        if not points or results is None:
            continue
        scale = scale_of(points[0])
        limits = {
            s: {f.period_start: f.estimate for f in results.all("control_chart", stratum=points[0].stratum, series=s)}
            for s in ("low", "high")
        }
        moments = tuple(
            Moment(
                start=p.period_start,
                value=p.estimate if p.is_shown else None,
                state=state_of(p),
                low=limits["low"].get(p.period_start),
                high=limits["high"].get(p.period_start),
            )
            for p in points
        )
        panels.append((name, moments))
        last = points[-1]
        rows.append(
            (
                Cell(text=name, is_header=True),
                Cell(text=value_text(last, words), value=last.estimate)
                if last.is_shown
                else Cell(text="–", state=State.FEW),
                basis_cell(last, report, is_short=True),
                Cell(text=usual_text(moments[-1].low, moments[-1].high, last, words)),
                Cell(text=words(f"codes/label/{last.label}"), state=state_of(last)),
            )
        )
    if not panels:
        return None
    name = title_of(statistic, words)
    table = Table(
        key=f"trends-{statistic}",
        caption=words("charts/multiples/table", name=name),
        rows=tuple(rows),
        numeric=frozenset({1}),
        columns=tuple(words(f"page/columns/{c}") for c in ("team", "newest", "basis", "usual_between", "verdict")),
    )
    return Multiples(
        key=f"trends-{statistic}",
        title=name,
        description=words("charts/multiples/description", name=name, n=str(len(panels))),
        caption=words("charts/multiples/caption", name=name),
        how_to_read=words("charts/multiples/how"),
        table=table,
        panels=tuple(panels),
        scale=scale,
    )


def _table(report: Report) -> Block:
    words = report.words
    tables = []
    for statistic in SIDE_BY_SIDE:
        rows = []
        for team, name in _names(report):
            found = report.everyone[team].rolling(statistic)
            shown = found is not None and found.is_shown
            rows.append(
                (
                    Cell(text=name, is_header=True, link=f"../{team}/{FILE_NAMES[words.language]}"),
                    Cell(text=value_text(found, words), value=found.estimate)
                    if found is not None and shown
                    else Cell(text="–", state=State.FEW),
                    Cell(text=margin_text(found, words) if found is not None and shown else why_silent(found, words)),
                    basis_cell(found, report),
                )
            )
        note = trust.bias_sentence(report) if statistic == "yield_broad" else ""
        tables.append(
            Table(
                key=f"teams-{statistic}",
                caption=words("district/table", name=title_of(statistic, words)),
                rows=tuple(rows),
                numeric=frozenset({1}),
                note=note,
                columns=tuple(words(f"page/columns/{c}") for c in ("team", "value", "margin", "basis")),
            )
        )
    return Block(
        name="teams",
        heading=words("district/per_team"),
        sentences=(words("district/alphabetical"),),
        tables=tuple(tables),
    )


def _questions(report: Report) -> Block:
    asked = tuple(report.words(f"district/questions/{key}") for key in report.words.tree["district"]["questions"])
    return Block(name="questions", heading=report.words("district/ask"), items=asked, numbered=True)


def _about(report: Report) -> Block:
    chart = waterfall(report)
    return Block(
        name="about",
        heading=report.words("team/sections/about/heading"),
        charts=(chart,) if chart else (),
        tables=(thresholds(report), definitions(report)),
    )
