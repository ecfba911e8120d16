"""The analysts' pages in ``restricted/pages``: exact counts of rows and rules, never a value. Made after each validation."""

from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.errors import InputError
from meos_pipeline.steps import accounts, intake
from meos_pipeline.steps.publishable import fingerprint
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.tables import read_whole


def quality_page(space: Workspace) -> Path:
    """Return where the page on the quality of the data is, in the site's main language."""
    from meos_pipeline.reporting.quality_page import FILE_NAMES

    return space.folder.restricted / "pages" / FILE_NAMES[space.settings.site.languages[0]]


def renew_restricted_pages(space: Workspace) -> Path | None:
    """Write the pages again once there is something to say: a month was made, and the team list can be read.

    Returns:
        The page in the main language; None when there is nothing to say yet.
    """
    if not intake.months_known(space) or not (space.folder.restricted / "reconciliation.parquet").exists():
        return None
    try:
        return render_restricted_pages(space)
    except InputError:
        return None  # the companion files say what is wrong with them themselves


def render_restricted_pages(space: Workspace) -> Path:
    """Write the page on the quality of the data, in every language of the site; nothing has to be published for it.

    Returns:
        The page in the main language.
    """
    with one_at_a_time(space.folder, "pages"):
        return _render(space)


def _render(space: Workspace) -> Path:
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.reporting.quality_page import FILE_NAMES, render_quality_page
    from meos_pipeline.reporting.render import write_assets
    from meos_pipeline.reporting.words import Words, read_words

    target = quality_page(space).parent
    # Only for the head and foot of the page: no cell and no finding is on it.
    frame = Publishable(
        month=max(intake.months_known(space)),
        cells=CELLS.empty(),
        findings=FINDINGS.empty(),
        organisation=read_companions(space.folder, space.settings)["organisation"],
        policy=space.settings.policy,
        site=space.settings.site,
        fingerprint=fingerprint(space, {}),
        made_on=intake.newest_export(space).date(),
        reasons=space.settings.reasons,
    )
    write_assets(target / "assets")
    tree = read_words(shipped("reports"))
    tables = _tables(space, frame.month)
    for language in space.settings.site.languages:
        render_quality_page(
            tables, target / FILE_NAMES[language], publishable=frame, words=Words(tree, language), root=""
        )
    return quality_page(space)


ENTRY_TABLES = {
    "heaping": (
        "midnight_share",
        "whole_hour_share",
        "round_minute_share",
        "top_reason_share",
        "top_result_share",
        "identical_share",
    ),
    "delay": ("median_entry_delay_minutes", "late_entry_share", "shift_end_entry_share", "batch_entry_share"),
    "volume": ("checks", "usual_checks", "volume_ratio", "silent_days", "active_day_share"),
}
"""Columns of the monthly metrics in each table on how records were entered."""


def _entry_tables(space: Workspace, month: date) -> dict[str, pl.DataFrame]:
    """How the records of the month were entered, per team: heaping, delay, volume."""
    from meos_pipeline.quality.summary import read_metrics

    metrics = read_metrics(space.folder).filter(pl.col("month") == month).sort("team")
    return {name: metrics.select("team", *columns) for name, columns in ENTRY_TABLES.items()}


def _tables(space: Workspace, month: date) -> dict[str, pl.DataFrame]:
    from meos_pipeline.ingest.understood import read_mapping

    reasons = space.folder.restricted / "release" / "reasons.parquet"
    return {
        "refused": accounts.read_refusals(space),
        "reconciliation": accounts.read_reconciliation(space)
        .filter(pl.col("scope") == "file")
        .drop("scope", "month", "export_id"),
        "mapping": read_mapping(space.folder, space.settings),
        "availability": _availability(space),
        "quarantine": accounts.read_quarantine(space)
        .group_by("code", "column")
        .len("rows")
        .sort("rows", "code", "column", descending=[True, False, False]),
        "validation": _failed(space),
        **_entry_tables(space, month),
        "withheld": read_whole(reasons.parent, reasons.stem) if reasons.exists() else pl.DataFrame(),
    }


def _availability(space: Workspace) -> pl.DataFrame:
    """Fields that the newest export does not fill."""
    from meos_pipeline.ingest.understood import read_availability

    newest = read_availability(space.folder, space.settings).filter(pl.col("state") != "filled")
    return newest.select("name", "field", pl.col("state").cast(pl.String))


def _failed(space: Workspace) -> pl.DataFrame:
    """Rules that failed, and of those that were confirmed the reason."""
    from meos_pipeline.quality.summary import read_validation
    from meos_pipeline.steps.confirming import read_confirmed

    confirmed = read_confirmed(space.folder)
    failed = (
        read_validation(space.folder)
        .filter(~pl.col("passed"))
        .select("table", "rule", "month", "severity", "failed", "checked", "share", "why_nl", why_en="why")
        .sort("month", "table", "rule", descending=[True, False, False], nulls_last=True)
    )
    reasons = [confirmed.get((rule, month)) for rule, month in failed.select("rule", "month").iter_rows()]
    return failed.with_columns(pl.Series("confirmed", reasons, dtype=pl.String))
