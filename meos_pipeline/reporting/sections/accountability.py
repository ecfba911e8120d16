"""Can we explain each check? Ground, file, explanation to the citizen, complaints."""

from meos_pipeline.reporting.measures import caveats, measure_table, trend
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block
from meos_pipeline.reporting.yearly import yearly_table

MEASURES = tuple(
    (name, "", "")
    for name in (
        "dossier_complete",
        "objective_ground",
        "explanation_given",
        "ground_plausibility",
        "debriefed",
        "reason_text_usable",
        "complaints_per_1000",
    )
)
YEARLY = ("dossier_complete", "objective_ground", "explanation_given")


def build(report: Report) -> Block:
    """Complete files over the months, and what else makes a check explainable."""
    results = report.results
    chart = trend(report, "dossier_complete", "accountability")
    return Block(
        name="accountability",
        heading=report.say("accountability/heading"),
        charts=(chart,) if chart else (),
        tables=(measure_table(report, "accountability", MEASURES), *yearly_table(report, "accountability", YEARLY)),
        notes=(
            report.say("accountability/reference"),
            *caveats([results.rolling(m[0]) for m in MEASURES], report.words),
        ),
        terms=("ground", "dossier", "margin"),
    )


SECTION = Section("accountability", build)
