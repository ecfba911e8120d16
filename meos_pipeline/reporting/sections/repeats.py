"""How often the same person or vehicle is checked again; never who."""

from meos_pipeline.reporting.measures import caveats, measure_table
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block


def build(report: Report) -> Block:
    """Repeats within each window, for persons and vehicles."""
    results, words = report.results, report.words
    rows = []
    for statistic in ("repeat_persons", "repeat_vehicles"):
        strata = sorted({f.stratum for f in results.all(statistic) if f.stratum}, key=lambda s: (len(s), s)) or [""]
        rows += [(statistic, stratum, "") for stratum in strata]
    others = [(name, "", "") for name in ("pair_lag_ratio", "concentration") if results.rolling(name) is not None]
    return Block(
        name="repeats",
        heading=report.say("repeats/heading"),
        tables=(measure_table(report, "repeats", (*rows, *others)),),
        notes=(report.say("repeats/note"), *caveats([results.rolling(n, stratum=s) for n, s, _ in rows], words)),
        terms=("repeat",),
    )


SECTION = Section("repeats", build)
