"""Findings become an edition that readers can open."""

import dagster as dg
from pydantic import Field

from meos_pipeline.defs.ingest import OWNERS
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.results import findings
from meos_pipeline.defs.telling import as_metadata
from meos_pipeline.steps import publishing as steps


class PublicationConfig(dg.Config):
    """What an analyst may choose when publishing."""

    month: str = Field(default="", description="Report month, as 2026-10; empty means the newest settled month.")
    dry_run: bool = Field(default=False, description="Make and check the edition, but do not show it to readers.")


@dg.asset(
    group_name="publication",
    kinds={"plotly", "html"},
    owners=OWNERS,
    deps=[findings],
    code_version=steps.VERSION,
    check_specs=[
        dg.AssetCheckSpec(
            "edition_verifies", asset="edition", description="Every file has the SHA-256 that the manifest says."
        ),
        dg.AssetCheckSpec(
            "attack_finds_nothing",
            asset="edition",
            description="An outsider with this and earlier editions learns no small count.",
        ),
    ],
)
def edition(config: PublicationConfig, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """The published reports: one immutable folder, one pointer, written only after the attack found nothing."""
    published = steps.publish(workspace.open(), month=config.month, dry_run=config.dry_run)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(published.edition),
        metadata={**as_metadata(published.facts), "report": dg.MetadataValue.path(str(published.index))},
        check_results=[
            dg.AssetCheckResult(check_name="edition_verifies", passed=published.verifies),
            dg.AssetCheckResult(
                check_name="attack_finds_nothing",
                passed=not published.leaks,
                metadata=as_metadata({"what to do": "\n\n".join(published.leaks) or "nothing"}),
            ),
        ],
    )
