"""A site with little data: what to collect first, and what each thing will bring; nothing when all is there."""

from dataclasses import dataclass

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.facts import shown
from meos_pipeline.reporting.measures import control_points
from meos_pipeline.reporting.section import Report

ALWAYS = frozenset({"coverage", "checks_yield", "explain", "worked"})
"""Questions that keep their place when nothing can be said: what is missing is the answer."""
FEWEST_MONTHS = 7
"""With fewer months no line is judged."""
MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What to collect first."""

    heading: str
    items: tuple[str, ...]


def box(report: Report) -> Box | None:
    """The first things to collect, the most useful first."""
    results = report.results
    months = len(control_points(report, "dossier_complete")) or 1
    missing = {
        "count": shown(results.rolling("coverage")) is None,
        "export": shown(results.newest("dossier_complete")) is None,
        "months": months < FEWEST_MONTHS,
        "shifts": shown(results.newest("registrations_per_100_shifts")) is None,
        "residents": any(f.label == Label.MISSING_INPUT for f in results.all("benchmark_ratio")),
        "agreement": report.publishable.actions.is_empty(),
    }
    names = [name for name, is_missing in missing.items() if is_missing]
    if not names:
        return None
    more = report.words.notation.number(max(FEWEST_MONTHS - months, 1))
    return Box(
        heading=report.words("first_steps/heading"),
        items=tuple(report.words(f"first_steps/items/{name}", n=more) for name in names[:MOST]),
    )
