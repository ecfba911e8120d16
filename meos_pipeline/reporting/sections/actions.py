"""Actions and agreements: what was done, and what the series shows around it. Never that the one made the other."""

from meos_pipeline.reporting.agreements import agreements_of
from meos_pipeline.reporting.measures import (
    label_text,
    margin_text,
    scale_of,
    state_of,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, Cell, Dumbbell, Mark, Scale, State, Table


def build(report: Report) -> Block:
    """The log, and what the series show before and after each action."""
    words = report.words
    log = [
        " ".join(
            (
                report.say("actions/entry", what=words.capital(a.title(words)), day=words.notation.day(a.starts)),
                *a.told(report.publishable.made_on, words),
            )
        )
        for a in agreements_of(report.publishable, report.team)
    ]
    chart = before_after(report)
    effect = _effect_table(report)
    notes = (report.say("actions/no_proof"),) if chart or effect else ()
    return Block(
        name="actions",
        heading=report.say("actions/heading"),
        sentences=() if log else (report.say("actions/none"),),
        items=tuple(log),
        charts=(chart,) if chart else (),
        tables=effect,
        notes=notes,
    )


def _pairs(report: Report) -> list[tuple[str, Finding, Finding]]:
    found = report.results.all("action_effect", series=None)
    pairs: dict[str, dict[str, Finding]] = {}
    for finding in (f for f in found if f.series):
        pairs.setdefault(finding.stratum, {})[finding.series] = finding
    return [(s, p["before"], p["after"]) for s, p in sorted(pairs.items()) if {"before", "after"} <= set(p)]


def before_after(report: Report) -> Dumbbell | None:
    """Before and after the newest action, per measure; ``None`` without such findings."""
    pairs = _pairs(report)
    if not pairs:
        return None
    words = report.words
    rows, marks = [], []
    for stratum, before, after in pairs:
        name = _named(report, before)
        both = before.is_shown and after.is_shown
        marks.append(
            Mark(
                label=name,
                value=after.estimate if both else None,
                other=before.estimate if both else None,
                state=state_of(after),
                note="" if both else words("charts/states/too_few"),
            )
        )
        rows.append(
            (
                Cell(text=name, is_header=True),
                *(_value(f, report) for f in (before, after)),
                _effect_of(report, stratum),
            )
        )
    table = Table(
        key="actions-before_after",
        caption=report.say("actions/before_after/table"),
        rows=tuple(rows),
        columns=tuple(words(f"page/columns/{c}") for c in ("measure", "before", "after", "verdict")),
        numeric=frozenset({1, 2}),
        note=report.say("actions/no_proof"),
    )
    first, last = pairs[0][1], pairs[0][2]
    return Dumbbell(
        key="actions-before_after",
        title=report.say("actions/before_after/title"),
        marks=tuple(marks),
        table=table,
        description=report.say("actions/before_after/description"),
        how_to_read=words("charts/dumbbell/how"),
        caption=report.say(
            "actions/before_after/caption",
            before=words.notation.period(first.period_start, first.period_end),
            after=words.notation.period(last.period_start, last.period_end),
        ),
        before=words("page/columns/before"),
        after=words("page/columns/after"),
        scale=Scale.SHARE if all(scale_of(p[1]) is Scale.SHARE for p in pairs) else Scale.NUMBER,
    )


def _effect_of(report: Report, stratum: str) -> Cell:
    """What trend, season and other teams leave of the change: without that a before and after says nothing."""
    words = report.words
    found = [f for f in report.results.all("action_effect", stratum=stratum) if not f.series]
    if not found or not found[-1].is_shown:
        waiting = found and found[-1].details().get("judged_from")
        text = label_text(found[-1], words) if waiting else why_silent(found[-1] if found else None, words)
        return Cell(text=text, state=state_of(found[-1] if found else None))
    return Cell(text=label_text(found[-1], words), state=state_of(found[-1]))


def _value(finding: Finding, report: Report) -> Cell:
    if not finding.is_shown:
        return Cell(text="–", state=State.TOO_FEW)
    return Cell(text=value_text(finding, report.words), value=finding.estimate)


def _effect_table(report: Report) -> tuple[Table, ...]:
    words = report.words
    found = [_or_coverage(report, f) for f in report.results.all("action_effect")]
    if not found:
        return ()
    rows = tuple(
        (
            Cell(text=_named(report, f), is_header=True),
            Cell(text=value_text(f, words), value=f.estimate) if f.is_shown else Cell(text="–", state=State.TOO_FEW),
            Cell(text=margin_text(f, words) if f.is_shown else why_silent(f, words)),
            Cell(text=label_text(f, words), state=state_of(f)),
        )
        for f in found
    )
    return (
        Table(
            key="actions-effect",
            caption=report.say("actions/effect"),
            rows=rows,
            numeric=frozenset({1}),
            columns=tuple(words(f"page/columns/{c}") for c in ("action", "value", "margin", "verdict")),
        ),
    )


def _or_coverage(report: Report, finding: Finding) -> Finding:
    """Of an action on coverage what became of coverage: its own series says only that coverage tells."""
    change = report.results.all("coverage_change", stratum=finding.stratum)
    return change[-1] if finding.label_reason == "told_by_coverage" and change else finding


def _named(report: Report, finding: Finding) -> str:
    code = finding.kind[1] or finding.stratum or finding.group
    titles = {a.action_id: a.title(report.words) for a in agreements_of(report.publishable, report.team)}
    return report.words.capital(titles.get(code) or report.words.code("measure", code))


SECTION = Section("actions", build)
