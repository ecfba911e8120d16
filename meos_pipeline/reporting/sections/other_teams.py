"""Our team among teams of its kind: a funnel without names, never a ranking."""

from meos_pipeline.reporting.claims import Said
from meos_pipeline.reporting.funnels import (
    chance_sentence,
    funnel_chart,
    measures_with_funnel,
    place_in_funnel,
    too_few_sentence,
)
from meos_pipeline.reporting.measures import SIGNALS, title_of
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block


def build(report: Report) -> Block:
    """One funnel per measure that has one."""
    charts, drawn = [], []
    said: list[Said] = []
    for stratum, statistic in measures_with_funnel(report.everyone):
        chart = funnel_chart(report, stratum, statistic, named=frozenset({report.team}), key="other_teams")
        if chart is None:
            continue
        charts.append(chart)
        drawn.append(stratum)
        own = report.results.newest("funnel", stratum=stratum)
        key = "silent" if own is None or not own.is_shown else "outside" if own.label in SIGNALS else "inside"
        text = report.say(f"other_teams/{key}", name=title_of(statistic, report.words))
        said.append(place_in_funnel(text, [own]) if own is not None else text)
    said += chance_sentence(report, drawn)
    if not charts:
        said.append(too_few_sentence(report))
    return Block(
        name="other_teams",
        heading=report.say("other_teams/heading"),
        sentences=tuple(said),
        charts=tuple(charts),
        notes=(report.say("other_teams/no_ranking"),),
        terms=("funnel",),
    )


SECTION = Section("other_teams", build)
