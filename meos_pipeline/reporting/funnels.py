"""Funnels of all teams: rounded before anyone draws, so that the page's source tells no more than the picture."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.reporting.claims import Says, Sentence, claim_of
from meos_pipeline.reporting.facts import POPULATION
from meos_pipeline.reporting.measures import basis_of, scale_of, state_of, title_of, value_text
from meos_pipeline.reporting.results import Finding, TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Band, Cell, Funnel, Mark, Table

FEWEST_DRAWN = 8
"""With fewer teams only the band is drawn, not the others."""
_PARTS = {
    "inner_low": "limit95_low",
    "inner_high": "limit95_high",
    "outer_low": "limit998_low",
    "outer_high": "limit998_high",
}


def measures_with_funnel(everyone: Mapping[str, TeamResults]) -> list[tuple[str, str]]:
    """(stratum, statistic) of each funnel there is, in a fixed order."""
    strata = {f.stratum for results in everyone.values() for f in results.all("funnel", series="")}
    return [(stratum, stratum.partition("=")[2] or stratum) for stratum in sorted(strata) if stratum]


def funnel_chart(report: Report, stratum: str, statistic: str, *, named: frozenset[str], key: str) -> Funnel | None:
    """All teams around their common centre; only ``named`` teams get a name, others only a ring."""
    names = dict(report.publishable.organisation.select("team", "team_name").iter_rows())
    found = {t: r.newest("funnel", stratum=stratum) for t, r in report.everyone.items() if t}
    shown = {t: f for t, f in found.items() if f is not None and f.is_shown and f.n}
    bands = _bands(report, stratum, shown)
    if not bands:
        return None
    centre = _centre(report, stratum, shown)
    own_only = len(shown) < FEWEST_DRAWN
    marks = tuple(
        Mark(
            label=names.get(t, t) if t in named else "",
            value=_rounded(f, own=t in named),
            x=_volume(f),
            state=state_of(f),
            is_named=t in named,
            low=f.lower if t in named else None,
            high=f.upper if t in named else None,
            basis=basis_of(f, report) if t in named else "",
        )
        for t, f in sorted(shown.items(), key=lambda item: (_volume(item[1]), item[1].estimate or 0))
        if t in named or not own_only
    )
    words = report.words
    name = title_of(statistic, words)
    first = next(iter(shown.values()))
    rows = tuple(
        (
            Cell(text=names.get(t, t), is_header=True),
            Cell(text=value_text(f, words), value=f.estimate),
            Cell(text=words.notation.number(_volume(f)), value=_volume(f)),
            Cell(text=words(f"codes/label/{f.label}"), state=state_of(f)),
        )
        for t, f in sorted(shown.items())
        if t in named
    )
    table = Table(
        key=f"{key}-{statistic}",
        caption=words("charts/funnel/table", name=name),
        rows=rows,
        numeric=frozenset({1, 2}),
        columns=tuple(words(f"page/columns/{c}") for c in ("team", "value", "checks", "verdict")),
        note=words("charts/funnel/centre", value=value_text(first, words, centre)),
    )
    return Funnel(
        key=f"{key}-{statistic}",
        title=words(f"charts/funnel/title{'' if report.team else '_all'}", name=name),
        marks=marks,
        bands=bands,
        description=words("charts/funnel/description", name=name, n=str(len(shown))),
        table=table,
        centre=centre,
        caption=words(
            "charts/funnel/caption",
            name=name,
            period=words.notation.period(
                min(f.period_start for f in shown.values()), max(f.period_end for f in shown.values())
            ),
        ),
        how_to_read=words("charts/funnel/how"),
        axis=words("charts/funnel/axis"),
        scale=scale_of(first),
    )


def place_in_funnel(text: str, found: Sequence[Finding]) -> Sentence:
    """Words that say which of these teams lie outside a funnel, or that none does."""
    claims = {}
    for place, finding in enumerate(found, start=1):
        measure = finding.kind[1] or finding.stratum
        claim = claim_of(finding, POPULATION.get(measure, "proactive"), measure="funnel")
        says = {Verdict.SIGNAL: Says.DIFFERENCE, Verdict.ORDINARY: Says.NO_SIGNAL}.get(claim.verdict, Says.STATE)
        claims[f"f{place}"] = dataclasses.replace(claim, says=says, n=1 if says is Says.NO_SIGNAL else claim.n)
    return Sentence(text, claims, frozenset(claims))


def too_few_sentence(report: Report) -> str:
    """Why there is no funnel: how many teams have checks enough for one, which may be fewer than there are teams."""
    strata = {f.stratum for results in report.everyone.values() for f in results.all("funnel", series="")}
    shown = [
        sum((f := results.newest("funnel", stratum=stratum)) is not None and f.is_shown for results in _teams(report))
        for stratum in strata
    ]
    fewest = str(report.publishable.policy.fewest_funnel_teams)
    return report.words("team/sections/other_teams/too_few_teams", n=fewest, shown=str(max(shown, default=0)))


def _teams(report: Report) -> list[TeamResults]:
    return [report.everyone[team] for team in sorted(report.everyone) if team]


def chance_sentence(report: Report, strata: Sequence[str]) -> tuple[str, ...]:
    """How often ordinary teams as these would put any team outside any of these funnels."""
    chances = []
    for stratum in strata:
        found = (results.newest("funnel", stratum=stratum) for results in _teams(report))
        told = (f.details().get("any_by_chance") for f in found if f is not None)
        chances += [float(chance) for chance in told if chance is not None][:1]
    if not chances:
        return ()
    hundred = report.words.notation.of_hundred(1 - math.prod(1 - chance for chance in chances))
    return (report.words("charts/funnel/by_chance", hundred=hundred),)


def _centre(report: Report, stratum: str, shown: Mapping[str, Finding]) -> float:
    everyone = report.everyone[""]
    for series in ("centre", "expected", ""):
        found = everyone.newest("funnel", stratum=stratum, series=series)
        if found is not None and found.estimate is not None:
            return found.estimate
    for team in sorted(shown):
        centre = report.everyone[team].newest("funnel", stratum=stratum, series="centre")
        if centre is not None and centre.estimate is not None:
            return centre.estimate
    values = sorted(f.estimate or 0.0 for f in shown.values())
    return values[len(values) // 2]


def _bands(report: Report, stratum: str, shown: Mapping[str, Finding]) -> tuple[Band, ...]:
    """Limits at each team's volume, smooth because they depend on the volume alone."""
    bands: dict[float, Band] = {}
    for team, finding in shown.items():
        parts = {p: report.everyone[team].newest("funnel", stratum=stratum, series=s) for p, s in _PARTS.items()}
        values = {p: f.estimate for p, f in parts.items() if f is not None and f.estimate is not None}
        if len(values) == len(_PARTS):
            bands[_volume(finding)] = Band(x=_volume(finding), **values)
    return tuple(bands[x] for x in sorted(bands))


def _volume(finding: Finding) -> float:
    """Volume with two significant digits: enough for a place on the axis, too rough to recognise a team."""
    n = float(finding.n or 1)
    digits = max(0, len(str(int(n))) - 2)
    return float(round(n, -digits))


def _rounded(finding: Finding, *, own: bool) -> float:
    value = finding.estimate or 0.0
    if own:
        return value
    return round(value, 2) if finding.unit in {Unit.SHARE, Unit.RATIO} else float(round(value))
