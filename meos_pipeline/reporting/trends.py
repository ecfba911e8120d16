"""Teams side by side: funnels, and the line of each team on one scale. Names in alphabetical order."""

from meos_pipeline.reporting.funnels import funnel_chart, measures_with_funnel
from meos_pipeline.reporting.measures import (
    SIGNALS,
    basis_cell,
    basis_of,
    scale_of,
    state_of,
    title_of,
    usual_text,
    value_text,
)
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Block, Cell, Moment, Multiples, Scale, State, Table

FOLLOWED = ("dossier_complete", "registrations_per_100_shifts")


def funnels_block(report: Report) -> Block:
    """A funnel per measure that has one; only teams outside it have a name."""
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
    return Block(
        name="funnels",
        heading=words("district/funnels"),
        sentences=tuple(said),
        charts=tuple(charts),
        terms=("funnel",),
    )


def trends_block(report: Report) -> Block:
    """The line of every team, one panel each."""
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
                has_limits=True,
                basis=basis_of(p, report),
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
                else Cell(text="–", state=State.TOO_FEW),
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


def _points(results: TeamResults | None, statistic: str) -> list[Finding]:
    if results is None:
        return []
    return [f for f in results.all("control_chart", series="point") if f.kind[1] == statistic or f.stratum == statistic]


def _names(report: Report) -> list[tuple[str, str]]:
    rows = report.publishable.organisation.select("team", "team_name").unique().rows()
    return sorted(rows, key=lambda r: (r[1].casefold(), r[0]))
