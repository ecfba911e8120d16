"""Where the numbers come from: rows, breaks, what changed, every threshold, every definition with its version."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import polars as pl

from meos_pipeline.reporting.measures import name_of
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, Cell, Mark, State, Table, Waterfall

LISTS = {"reference_sex": "sex", "reference_age_band": "age_band", "reference_origin": "origin"}
"""Settings that are a code, with the list that has its words."""
RECEIVED, COUNTED = "rows_in", "accepted"
"""First and last stage of the waterfall; the others are what fell away."""


def build(report: Report) -> Block:
    """How the counts are protected, the row waterfall, breaks, changes, thresholds, definitions."""
    policy = report.publishable.policy
    said = (
        report.say("about/rounded", base=str(policy.rounding_base), small=str(policy.smallest_shown_count)),
        report.say("about/settled", days=str(policy.settlement_days)),
        report.say("about/registered"),
    )
    breaks = tuple(report.say("about/break", day=report.words.notation.day(f.day)) for f in report.flags if f.is_break)
    chart = waterfall(report)
    return Block(
        name="about",
        heading=report.say("about/heading"),
        sentences=said,
        items=(*report.former(), *breaks),
        charts=(chart,) if chart else (),
        tables=(*_changes(report), thresholds(report), definitions(report)),
        terms=("rounded", "break"),
    )


def waterfall(report: Report) -> Waterfall | None:
    """What came in, what fell away, and what counts, for all teams together; a step that took nothing is only in the table."""
    frame = report.publishable.waterfall
    if frame.is_empty():
        return None
    small = report.publishable.policy.smallest_shown_count
    words = report.words
    newest = frame.filter(frame["month"] == frame["month"].max())
    counted = {row["stage"]: row["n"] for row in newest.iter_rows(named=True)}
    left = float(counted.get(RECEIVED, 0))
    steps: list[Mark] = []
    for stage in sorted(counted, key=lambda s: (s == COUNTED, s != RECEIVED)):
        n = counted[stage]
        taken = stage not in {RECEIVED, COUNTED}
        left -= n if taken else 0
        state = State.SMALL if 0 < n < small else State.ORDINARY
        steps.append(
            Mark(
                label=words.code("stage", stage),
                value=None if state is State.SMALL else n,
                state=state,
                other=max(left, 0.0) if taken else 0.0,
                is_own=not taken,
            )
        )
    rows = tuple(
        (
            Cell(text=s.label, is_header=True),
            Cell(text=words.notation.number(s.value), value=s.value)
            if s.value is not None
            else Cell(text=words("page/fewer_than", n=str(small)), state=State.SMALL),
        )
        for s in steps
    )
    table = Table(
        key="about-waterfall",
        caption=report.say("about/waterfall/table"),
        rows=rows,
        numeric=frozenset({1}),
        columns=(words("page/columns/stage"), words("page/columns/records")),
    )
    month = newest["month"][0]
    return Waterfall(
        key="about-waterfall",
        title=report.say("about/waterfall/title"),
        description=report.say("about/waterfall/description"),
        caption=report.say("about/waterfall/caption", month=words.notation.month(month)),
        how_to_read=words("charts/waterfall/how"),
        table=table,
        steps=tuple(s for s in steps if s.is_own or s.value != 0),
    )


def _changes(report: Report) -> tuple[Table, ...]:
    """What the ledger says is shown otherwise than in the report of the month before."""
    frame = report.publishable.changes
    if frame.is_empty():
        return ()
    own = (
        frame.filter(pl.col("team") == report.team)
        .with_columns(pl.col("period").cast(pl.String))
        .group_by("partition", "period", "period_start")
        .agg(differing=pl.len())
        .sort("period_start", "period", "partition")
    )
    if own.is_empty():
        return ()
    words = report.words
    rows = tuple(
        (
            Cell(text=words.code("partition", partition), is_header=True),
            Cell(text=words.notation.period(start, _last_day(start, period))),
            Cell(text=words.notation.number(differing), value=differing),
        )
        for partition, period, start, differing in own.rows()
    )
    return (
        Table(
            key="about-changes",
            caption=report.say("about/changes"),
            rows=rows,
            numeric=frozenset({2}),
            columns=tuple(words(f"page/columns/{c}") for c in ("measure", "period", "differing")),
        ),
    )


def _last_day(start: date, period: str) -> date:
    months = start.year * 12 + start.month - 1 + {"month": 1, "quarter": 3, "year": 12}[period]
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def thresholds(report: Report) -> Table:
    """Every number that people decided, as it was for this edition."""
    words, policy, reasons = report.words, report.publishable.policy, report.publishable.reasons
    rows = tuple(
        (
            Cell(text=words.code("policy", f.name), is_header=True),
            Cell(text=_plain(getattr(policy, f.name), report, LISTS.get(f.name, ""))),
            # What somebody typed stays in settings and audit: readers are told that it is there.
            Cell(text=words("page/reason_on_record") if f.name in reasons else ""),
        )
        for f in dataclasses.fields(policy)
    )
    return Table(
        key="about-thresholds",
        caption=report.say("about/thresholds"),
        rows=rows,
        numeric=frozenset({1}),
        columns=tuple(words(f"page/columns/{c}") for c in ("threshold", "value", "reason_why")),
    )


def _plain(value: Any, report: Report, kind: str = "") -> str:  # noqa: ANN401 - any field of the policy
    """A setting as it is read; one from a list of codes in its words."""
    if kind:
        return report.words.code(kind, str(value))
    if isinstance(value, tuple):
        return f" {report.words('page/and')} ".join(_plain(v, report) for v in value)
    if isinstance(value, float):
        return report.words.notation.number(value, 0 if value == int(value) else 2)
    return name_of(value, report.words) if report.words.has(f"measures/{value}/name") else str(value)


def definitions(report: Report) -> Table:
    """Every measure in this report: what it counts, and the version of its definition."""
    words = report.words
    versions = {n: f[0].version for n, f in report.results.findings.items() if f}
    rows = tuple(
        (
            Cell(text=words.named(f"measures/{n}/name"), is_header=True),
            Cell(text=words(f"measures/{n}/definition")),
            Cell(text=str(v)),
        )
        for n, v in sorted(versions.items())
        if words.has(f"measures/{n}/name")
    )
    return Table(
        key="about-definitions",
        caption=report.say("about/definitions"),
        rows=rows,
        numeric=frozenset({2}),
        columns=tuple(words(f"page/columns/{c}") for c in ("measure", "definition", "version")),
    )


SECTION = Section("about", build)
