"""Which reason do we pick often, and what does it bring?"""

from meos_pipeline.contracts.findings import Label, Unit, Verdict
from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.claims import Claim, Says
from meos_pipeline.reporting.facts import absent, claimed, shown, standing
from meos_pipeline.reporting.measures import basis_of, state_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, Mark, State, Table, VolumeYield

STATISTIC = "yield_by_reason"
UNKNOWN = "unknown"


def build(report: Report) -> Card:
    """The two reasons picked most with what they bring; the figure has all, in order of number."""
    strata = sorted({f.stratum for f in report.results.all(STATISTIC) if f.stratum})
    found = [f for s in strata if (f := report.results.rolling(STATISTIC, stratum=s)) is not None]
    picked = sorted((f for f in found if f.is_shown and f.n and f.kind[1] != UNKNOWN), key=lambda f: -(f.n or 0))
    limits = (report.words("cards/questions/reasons/not"),)
    if not picked:
        too_few = (State.TOO_FEW, report.words("charts/states/too_few"))
        left_empty = [f for f in found if f.label == Label.NOT_COMPARABLE]
        first = next(iter((*left_empty, *found)), None)
        claim = claimed(first) if first is not None and not first.is_shown else absent(report, STATISTIC)
        said = (answer(report, f"reasons/{'left_empty' if left_empty else 'unknown'}", r=claim),)
        return Card(
            name="reasons",
            answer=said,
            period=None,
            standing=standing(report, first) if first is not None else too_few,
            limits=limits,
        )
    names = {f"{key}_name": report.words.code(*f.kind) for key, f in zip("ab", picked, strict=False)}
    claims: dict[str, Claim] = {}
    for key, one in zip("ab", picked, strict=False):
        claims |= {key: claimed(one), f"{key}_most": volume_claim(one)}
    without = shown(report.results.rolling("coverage", series="without_result"))
    cover = claimed(without, is_beside=True) if without is not None else absent(report, "coverage")
    return Card(
        name="reasons",
        answer=(answer(report, f"reasons/{'two' if len(names) > 1 else 'one'}", names, **claims),),
        period=(picked[0].period_start, picked[0].period_end),
        standing=standing(report, picked[0]),
        charts=(volume_yield(report, found),),
        more=(answer(report, f"reasons/{'coverage' if without is not None else 'no_coverage'}", c=cover),),
        limits=limits,
        link=(report.words("cards/questions/reasons/link"), "effectiveness"),
    )


def volume_claim(finding: Finding) -> Claim:
    """How many checks had the reason: it is said to be among the most."""
    return Claim(
        measure="volume",
        population="result_known",
        period=(finding.period_start, finding.period_end),
        verdict=Verdict.NOT_YET,
        says=Says.MOST,
        team=finding.team,
        part=finding.stratum,
        unit=Unit.COUNT,
        value=float(finding.n or 0),
        n=finding.n,
    )


def volume_yield(report: Report, found: list[Finding]) -> VolumeYield:
    """Volume beside yield; a reason of which nothing can be said keeps its row."""
    words = report.words
    small = report.publishable.policy.smallest_shown_count
    ordered = sorted(found, key=lambda f: (-(f.n or 0), f.stratum))
    marks = tuple(
        Mark(
            label=words.code(*f.kind),
            value=f.estimate if f.is_shown else None,
            low=f.lower if f.is_shown else None,
            high=f.upper if f.is_shown else None,
            x=float(f.n) if f.n is not None and (f.n == 0 or f.n >= small) else None,
            state=State.NOT_YET if f.is_shown else state_of(f),
            basis=basis_of(f, report),
        )
        for f in ordered
    )
    rows = tuple(
        (
            Cell(text=words.capital(m.label), is_header=True),
            Cell(text=words.notation.number(m.x), value=m.x)
            if m.x is not None
            else Cell(text=words("page/fewer_than", n=str(small)), state=State.SMALL),
            Cell(text=words.notation.hundred(m.value), value=m.value)
            if m.value is not None
            else Cell(text="–", state=m.state),
            Cell(
                text=f"{words.notation.hundred(m.low)}–{words.notation.hundred(m.high)}"
                if m.low is not None and m.high is not None
                else words(f"charts/states/{m.state}")
            ),
        )
        for m in marks
    )
    title = words("charts/volume_yield/title")
    return VolumeYield(
        key="reasons",
        title=title,
        description=words("charts/volume_yield/description", n=words.notation.number(len(marks))),
        caption=words("charts/volume_yield/caption"),
        how_to_read=words("charts/volume_yield/caption"),
        table=Table(
            key="reasons",
            caption=title,
            columns=tuple(words(f"page/columns/{c}") for c in ("reason", "checks", "yield", "margin")),
            rows=rows,
            numeric=frozenset({1, 2}),
        ),
        marks=marks,
        heads=(words("charts/volume_yield/often"), words("charts/volume_yield/yield")),
    )


CARD = Question("reasons", build)
