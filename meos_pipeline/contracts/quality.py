"""Tables of quality: a small frame of monthly metrics, outcomes of rules, and their summary."""

import polars as pl

from meos_pipeline.contracts.table import Column, Table

SEVERITIES = pl.Enum(["critical", "warning", "info"])


def _number(name: str, meaning: str) -> Column:
    return Column(name=name, dtype=pl.Float64(), meaning=meaning, nullable=True)


def _count(name: str, meaning: str, *, nullable: bool = True) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning, nullable=nullable)


MONTHLY_METRICS = Table(
    name="monthly_metrics",
    meaning="One row per team and month: what the quality of the records can be read from. Restricted.",
    meaning_nl="Eén rij per team en maand: waaraan de kwaliteit van de vastlegging te zien is.",
    key=("team", "month"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="month", dtype=pl.Date(), meaning="First day of the month."),
        _count("checks", "Records of the month, void ones apart.", nullable=False),
        _number("usual_checks", "Median of the team's 12 earlier months; null with fewer than 3 of them."),
        _number("volume_ratio", "Records as a ratio of the usual number."),
        _count("silent_days", "Days from the last record to the end of the month."),
        _number("active_day_share", "Share of the days with a record."),
        _number("midnight_share", "Share of the recorded times that are exactly 00:00."),
        _number("whole_hour_share", "Share of the recorded times on a whole hour; 1 in 60 if times were exact."),
        _number("round_minute_share", "Share of the recorded times on a multiple of five; 1 in 5 if exact."),
        _number("top_reason_share", "Share of the most used first reason."),
        _number("top_result_share", "Share of the most used result."),
        _number("nothing_found_share", "Share of the results that say that nothing was found."),
        _number("batch_entry_share", "Share entered three or more in one minute by one officer."),
        _number(
            "shift_end_entry_share", "Share entered in the last half hour of a shift, an hour or more after the check."
        ),
        _number("median_entry_delay_minutes", "Median of minutes from check to entry."),
        _number("late_entry_share", "Share entered more than a day after the check."),
        _number("unknown_time_share", "Share without a time."),
        _number("unknown_reason_share", "Share without a reason."),
        _number("unknown_legal_basis_share", "Share without a legal basis."),
        _number("unknown_result_share", "Share without a result."),
        _number("unknown_proactive_share", "Share of which it is unknown whether the check was proactive."),
        _number("unknown_explained_share", "Share of which it is unknown whether the reason was told."),
        _number("unknown_age_share", "Share of the person checks without an age band."),
        _number("unknown_place_share", "Share without an area."),
        _number("void_share", "Share of the records that were made void."),
        _number("draft_share", "Share of the records that are still a draft."),
        _number(
            "identical_share",
            "Share of records of which an equal one exists at the same team, day and quarter of an hour.",
        ),
        _count("officers_recording", "Officers with a record; null when officers are not read."),
        _count("shifts", "Shifts worked, from deployment."),
        _count("officers", "Officers on duty, from deployment."),
        _number("checks_per_shift", "Records per shift."),
        _count("queries", "Queries in MEOS, from queries."),
        _number("query_ratio", "Queries per record."),
        _count("in_second", "Checks in the second register."),
        _count("in_both", "Checks in both registers."),
        _count("sample_observed", "Checks the ambassador saw."),
        _count("sample_registered", "Of these, registered."),
        _number("sample_coverage", "Registered as a share of seen."),
        _count("complaints", "Complaints about checks."),
    ),
)

VALIDATION = Table(
    name="validation",
    meaning="How every rule came out, per table and month. Counts only. Restricted.",
    meaning_nl="Uitkomst van elke regel, per tabel en maand.",
    key=("table", "rule", "month"),
    columns=(
        Column(name="table", dtype=pl.String(), meaning="Table."),
        Column(name="rule", dtype=pl.String(), meaning="Key of the rule."),
        Column(
            name="month", dtype=pl.Date(), meaning="Month validated; null for a table without months.", nullable=True
        ),
        Column(name="severity", dtype=SEVERITIES, meaning="What a broken rule does."),
        Column(name="passed", dtype=pl.Boolean(), meaning="The rule was met."),
        _count("checked", "Rows looked at; 1 for a rule about the table as a whole.", nullable=False),
        _count("failed", "Rows that broke it.", nullable=False),
        Column(name="share", dtype=pl.Float64(), meaning="Failed as a share of checked."),
        Column(name="exception", dtype=pl.String(), meaning="Why the rule could not be worked out; '' when it was."),
        Column(name="why", dtype=pl.String(), meaning="Why the rule exists."),
        Column(name="why_nl", dtype=pl.String(), meaning="The same in Dutch; '' when not given."),
    ),
)

QUALITY_SUMMARY = Table(
    name="quality_summary",
    meaning="Per rule, team and month: the share that broke it and how that moves over 12 months. Restricted.",
    meaning_nl="Per regel, team en maand: het aandeel dat niet klopt en het verloop over 12 maanden.",
    key=("rule", "team", "month"),
    columns=(
        Column(name="table", dtype=pl.String(), meaning="Table the rule is about."),
        Column(name="rule", dtype=pl.String(), meaning="Key of the rule."),
        Column(name="severity", dtype=SEVERITIES, meaning="What a broken rule does."),
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="month", dtype=pl.Date(), meaning="First day of the month."),
        _count("checked", "Rows looked at; 1 for a rule about the month as a whole.", nullable=False),
        _count("failed", "Rows that broke it.", nullable=False),
        _number("share", "Failed as a share of checked; null when nothing was checked."),
        _number("share_12_months", "Failed as a share of checked over the month and the 11 before it."),
        _number("change", "Share of the month minus the share of the 11 months before it; null without them."),
        Column(
            name="is_worst_month",
            dtype=pl.Boolean(),
            meaning="No month of these 12 has a higher share, and this one is above 0.",
        ),
    ),
)
