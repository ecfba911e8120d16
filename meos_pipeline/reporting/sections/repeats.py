"""How often the same person or vehicle is checked again; never who."""

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.measures import caveats, margin_text, measure_table, name_of, value_text, why_silent
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block


def build(report: Report) -> Block:
    """Repeats within each window, for persons and vehicles."""
    results, words = report.results, report.words
    rows = []
    for statistic in ("repeat_persons", "repeat_vehicles"):
        strata = sorted({f.stratum for f in results.all(statistic) if f.stratum}, key=lambda s: (len(s), s)) or [""]
        rows += [(statistic, stratum, "") for stratum in strata]
    above = [("repeat_excess", "", part) for part in ("seen", "chance", "")]
    others = [row for row in (*above, ("concentration", "", "")) if results.rolling(row[0], series=row[2]) is not None]
    return Block(
        name="repeats",
        heading=report.say("repeats/heading"),
        sentences=above_chance(report),
        tables=(measure_table(report, "repeats", (*rows, *others)),),
        notes=(report.say("repeats/note"), *caveats([results.rolling(n, stratum=s) for n, s, _ in rows], words)),
        terms=("repeat",),
    )


def above_chance(report: Report) -> tuple[str, ...]:
    """Repeats within a month, what chance gives, and the difference with its margin; nothing where it was not computed."""
    words, results = report.words, report.results
    found, seen, chance = (results.rolling("repeat_excess", series=part) for part in ("", "seen", "chance"))
    if found is None:
        return ()
    if not (found.is_shown and seen is not None and chance is not None and seen.is_shown and chance.is_shown):
        return (words("page/cannot_say", name=name_of("repeat_excess", words), reason=why_silent(found, words)),)
    text = words(
        "measures/repeat_excess/sentence",
        seen=value_text(seen, words),
        chance=value_text(chance, words),
        value=value_text(found, words),
        margin=margin_text(found, words),
        period=words.notation.period(found.period_start, found.period_end),
    )
    more = found.label == Label.SIGNAL_HIGH
    return text, words(f"measures/repeat_excess/{'more' if more else 'open'}")


SECTION = Section("repeats", build)
