"""The results as Markdown: one table per topic and size, with ratios against our own figure."""

from collections.abc import Sequence
from itertools import groupby

from benchmarks.case import Measured

_ROLES = {"floor": 0, "ours": 1, "rival": 2}


def markdown(measured: Sequence[Measured], left_out: Sequence[str], machine: Sequence[str], mode: str) -> str:
    """Return the whole page."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `python -m benchmarks.run --{mode}`. Medians of the runs; every run is a process of its own and the",
        "cases of a topic take turns. *CPU* counts all threads; *peak* is the largest memory of the process. A ratio is",
        "a case divided by ours: above 1, ours is cheaper. Absolute times are of this machine; ratios are what to",
        "compare.",
        "",
        *[f"- {line}" for line in machine],
        "",
    ]
    ordered = sorted(measured, key=lambda m: (m.topic, m.rows, _ROLES[m.role]))
    for (topic, rows), group in groupby(ordered, key=lambda m: (m.topic, m.rows)):
        lines += ["", f"## {topic}, {_rows(rows)}", "", *_table(list(group))]
    if left_out:
        lines += ["", "## Not run", "", *[f"- {reason}" for reason in left_out]]
    return "\n".join(lines) + "\n"


def _table(group: Sequence[Measured]) -> list[str]:
    ours = next((m for m in group if m.role == "ours"), None)
    lines = [
        "| case | wall s | CPU s | peak MB | CPU ratio | memory ratio | runs | facts |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for m in group:
        cpu = f"{m.cpu_seconds / ours.cpu_seconds:.2f}" if ours else ""
        peak = f"{m.peak_mb / ours.peak_mb:.2f}" if ours else ""
        facts = ", ".join(f"{name} {_fact(value)}" for name, value in m.facts.items())
        name = f"**{m.name}**" if m.role == "ours" else f"{m.name} ({m.role})"
        lines.append(
            f"| {name} | {m.wall_seconds:.2f} | {m.cpu_seconds:.2f} | {m.peak_mb:,.0f} | {cpu} | {peak} | {m.runs} "
            f"| {facts} |"
        )
    return lines


def _rows(rows: int) -> str:
    if rows == 0:
        return "any size"
    return f"{rows / 1e6:g} million rows" if rows >= 100_000 else f"{rows:,} rows"


def _fact(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
