"""Open questions for the meeting, picked by rule from what the report shows. Never 'why are you low'."""

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting import trust
from meos_pipeline.reporting.measures import SIGNALS, control_points, state_of
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Block, State

MOST = 5
LOW_SHARE = 0.8
"""A share of explained or complete checks below this leads to a question about it."""


def build(report: Report) -> Block:
    """Three to five questions, each ending in something to do."""
    return Block(
        name="questions", heading=report.say("questions/heading"), items=tuple(questions(report)[:MOST]), numbered=True
    )


def questions(report: Report) -> list[str]:
    """All questions that apply, the most pressing first."""
    results = report.results
    asked = []
    found = trust.coverage(report)
    if found is None or not found.is_shown:
        asked.append("count_yourself")
    elif (found.estimate or 0) < LOW_SHARE:
        asked.append("coverage")
    if any(
        p.label in SIGNALS and p.period_start == report.month
        for s in ("registrations_per_100_shifts", "dossier_complete")
        for p in control_points(report, s)
    ):
        asked.append("signal")
    for statistic, key in (
        ("dossier_complete", "dossier"),
        ("explanation_given", "explanation"),
        ("objective_ground", "ground"),
    ):
        share = results.newest(statistic)
        if share is not None and share.is_shown and (share.estimate or 0) < LOW_SHARE:
            asked.append(key)
    if any(f.is_shown for f in results.all("yield_by_reason")):
        asked.append("reasons")
    differs = {Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER}
    if any(
        f.label in differs
        for m in ("benchmark_ratio", "internal_benchmark", "veil_of_darkness")
        for f in results.all(m)
    ):
        asked.append("groups")
    own = [results.newest("funnel", stratum=s.stratum) for s in results.all("funnel")]
    if any(state_of(f) is State.SIGNAL for f in own):
        asked.append("teams")
    asked += ["join", "agreement"]
    return [report.say(f"questions/{key}") for key in dict.fromkeys(asked)]


SECTION = Section("questions", build)
