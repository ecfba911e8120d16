"""Teams side by side: funnels, and the line of each team on one scale. Names in alphabetical order."""

from meos_pipeline.reporting.claims import Said, Says, Sentence
from meos_pipeline.reporting.facts import claimed, no_signal
from meos_pipeline.reporting.funnels import (
    chance_sentence,
    funnel_chart,
    measures_with_funnel,
    place_in_funnel,
    too_few_sentence,
)
from meos_pipeline.reporting.lines import Lines, lines_of
from meos_pipeline.reporting.measures import (
    SIGNALS,
    basis_cell,
    basis_of,
    label_text,
    scale_of,
    state_of,
    title_of,
    usual_text,
    value_text,
)
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Block, Cell, Moment, Multiples, Scale, State, Table


def funnels_block(report: Report) -> Block:
    """A funnel per measure that has one; only teams outside it have a name."""
    words, charts, drawn = report.words, [], []
    said: list[Said] = []
    for stratum, statistic in measures_with_funnel(report.everyone):
        outside = frozenset(
            team
            for team, results in report.everyone.items()
            if team and (f := results.newest("funnel", stratum=stratum)) is not None and f.label in SIGNALS
        )
        chart = funnel_chart(report, stratum, statistic, named=outside, key="funnels")
        if chart is not None:
            charts.append(chart)
            drawn.append(stratum)
            names = ", ".join(name for team, name in _names(report) if team in outside)
            name = title_of(statistic, words)
            text = words("district/outside", name=name, teams=names) if outside else words("district/inside", name=name)
            of_teams = (results.newest("funnel", stratum=stratum) for team, results in report.everyone.items() if team)
            said.append(place_in_funnel(text, [f for f in of_teams if f is not None and f.is_shown]))
    said += chance_sentence(report, drawn)
    if not charts:
        said = [too_few_sentence(report)]
    return Block(
        name="funnels",
        heading=words("district/funnels"),
        sentences=tuple(said),
        charts=tuple(charts),
        terms=("funnel",),
    )


def trends_block(report: Report) -> Block:
    """The line of every team, one panel each."""
    measures = report.publishable.policy.judged_charts
    charts = [c for statistic in measures if (c := _multiples(report, statistic)) is not None]
    of_teams = {team: report.everyone[team] for team, _ in _names(report) if team in report.everyone}
    found = lines_of(of_teams, measures, report.month)
    names = tuple(name for team, name in _names(report) if team in dict(found.signals))
    read = report.words(f"district/{'trends_read' if charts else 'no_trends'}")
    said = (read, _of_lines(report, found, names), *_by_chance(report))
    return Block(name="trends", heading=report.words("district/trends"), sentences=said, charts=tuple(charts))


def _of_lines(report: Report, found: Lines, names: tuple[str, ...]) -> Said:
    """The sentence on lines with its claims: each signal, or that none of the judged ones has one."""
    text = found.sentence(report.words, names)
    if not found.judged:
        return text
    of_month = {
        (team, point.kind[1]): point
        for team, results in report.everyone.items()
        for point in _points(results)
        if point.period_start == report.month
    }
    if found.signals:
        claims = {
            f"line{place}": claimed(of_month[line], says=Says.DIFFERENCE)
            for place, line in enumerate(found.signals, start=1)
        }
        return Sentence(text, claims, frozenset())
    quiet = no_signal(next(iter(of_month.values())), found.judged)
    return Sentence(text, {"lines": quiet}, frozenset())


def _by_chance(report: Report) -> list[str]:
    """How many signals ordinary months would give over all teams: the reader should expect that many."""
    of_month = [
        f
        for f in report.everyone[""].all("control_chart", series="expected_alarms")
        if f.estimate and f.lower is not None and f.upper is not None
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
                Cell(text=label_text(last, words), state=state_of(last)),
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


def _points(results: TeamResults | None, statistic: str = "") -> list[Finding]:
    """Points of the line of a measure, or of all."""
    if results is None:
        return []
    found = results.all("control_chart", series="point")
    return [f for f in found if statistic in {"", f.kind[1], f.stratum}]


def _names(report: Report) -> list[tuple[str, str]]:
    rows = report.publishable.organisation.select("team", "team_name").unique().rows()
    return sorted(rows, key=lambda r: (r[1].casefold(), r[0]))
