"""How do we stand beside the district? Own figures among the others, without names and without order."""

from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.claims import Said
from meos_pipeline.reporting.facts import absent, claimed, shown
from meos_pipeline.reporting.measures import basis_cell, basis_of, title_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Beside, Cell, Mark, State, Table

MEASURES = ("coverage", "yield_corrected", "dossier_complete", "explanation_given", "objective_ground", "timeliness")
TOLD = "explanation_given"
FEWEST = 2


def build(report: Report) -> Card:
    """The reason told, ours and theirs; the figure has every measure, that of another period with its own."""
    words = report.words
    own = {m: f for m in MEASURES if (f := shown(report.results.rolling(m))) is not None}
    teams = report.publishable.organisation["team"].n_unique()
    limits = (words("cards/questions/other_teams/not"),)
    if teams < FEWEST or not own:
        key = "alone" if teams < FEWEST else "unknown"
        said: tuple[Said, ...] = (answer(report, f"other_teams/{key}", o=absent(report, "other_teams")),)
        state = State.TOO_FEW
        return Card(
            name="other_teams",
            answer=said,
            period=None,
            standing=(state, words(f"charts/states/{state}")),
            limits=limits,
        )
    first = own.get(TOLD) or next(iter(own.values()))
    others = of_others(report, first)
    extra = {"name": words(f"measures/{first.statistic}/of_hundred")}
    if others:
        whole = sorted(others)
        extra |= {"low": words.notation.hundred(whole[0]), "high": words.notation.hundred(whole[-1])}
        key = "same" if extra["low"] == extra["high"] else "range"
        key = "one" if len(others) == 1 else key
    else:
        key = "own"
    fewest = report.publishable.policy.fewest_funnel_teams
    text = words("cards/questions/other_teams/needed", fewest=str(fewest), teams=words.notation.number(teams))
    return Card(
        name="other_teams",
        answer=(answer(report, f"other_teams/{key}", extra, o=claimed(first)),),
        period=(first.period_start, first.period_end),
        standing=(State.NOT_YET, text if teams < fewest else words("charts/states/not_yet")),
        charts=(_chart(report, own, first),),
        limits=limits,
        link=(words("cards/questions/other_teams/link"), "other_teams"),
    )


def of_others(report: Report, own: Finding) -> list[float]:
    """Figures of the other teams in the same period, in whole percents and in no order that says who."""
    found = [
        f.estimate
        for team, results in report.everyone.items()
        if team and team != report.team
        for f in (results.rolling(own.statistic, stratum=own.stratum, series=own.series),)
        if f is not None and f.is_shown and f.period_end == own.period_end and f.estimate is not None
    ]
    return sorted(round(value, 2) for value in found)


def _chart(report: Report, own: dict[str, Finding], first: Finding) -> Beside:
    words = report.words
    marks, ticks, rows = [], [], []
    hundred = words.notation.hundred
    for measure, found in own.items():
        others = of_others(report, found)
        name, period = title_of(measure, words), (found.period_start, found.period_end)
        if period != (first.period_start, first.period_end):
            name = f"{name}, {words.notation.short_period(*period)}"
        marks.append(
            Mark(
                label=name,
                value=found.estimate,
                low=found.lower,
                high=found.upper,
                state=State.NOT_YET,
                basis=basis_of(found, report),
            )
        )
        ticks.append(tuple(others))
        margin = f"{hundred(found.lower or 0.0)}–{hundred(found.upper or 0.0)}"
        rows.append(
            (
                Cell(text=name, is_header=True),
                Cell(text=hundred(found.estimate or 0.0), value=found.estimate),
                Cell(text=margin),
                basis_cell(found, report),
                Cell(text=", ".join(map(hundred, others)) or "–"),
            )
        )
    title = words("charts/beside/title")
    return Beside(
        key="beside",
        title=title,
        description=words("charts/beside/description", n=words.notation.number(len(marks))),
        caption=words("charts/beside/caption"),
        how_to_read=words("charts/beside/caption"),
        table=Table(
            key="beside",
            caption=title,
            columns=tuple(words(f"page/columns/{c}") for c in ("measure", "value", "margin", "basis", "other_teams")),
            rows=tuple(rows),
            numeric=frozenset({1}),
        ),
        marks=tuple(marks),
        others=tuple(ticks),
    )


CARD = Question("other_teams", build)
