"""Findings become an edition that readers can open."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from pydantic import Field

from meos_pipeline.defs.failing import failure, in_plain_words
from meos_pipeline.defs.ingest import OWNERS
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.results import findings
from meos_pipeline.defs.telling import as_metadata, page
from meos_pipeline.errors import DisclosureError, PipelineError, PublicationError
from meos_pipeline.steps import publishing as steps
from meos_pipeline.steps.pages import quality_page, render_restricted_pages
from meos_pipeline.steps.verifying import verify

LEAKS_SHOWN = 20


class PublicationConfig(dg.Config):
    """What an analyst may choose when publishing."""

    month: str = Field(default="", description="Report month, as 2026-10; empty means the newest settled month.")
    dry_run: bool = Field(
        default=False,
        description="Make and check the pages, but show nothing to readers; they are in restricted/preview.",
    )
    teams: list[str] = Field(
        default=[], description="Only these teams, by their slug, as [noordkade]; for a dry run. Empty means all."
    )


@dg.asset(
    group_name="publication",
    kinds={"plotly", "html"},
    owners=OWNERS,
    tags={"stage": "6-publication", "people": "released-counts"},
    deps=[findings],
    code_version=steps.code(),
    check_specs=[
        dg.AssetCheckSpec(
            "attack_finds_nothing",
            asset="edition",
            description="An outsider with this and earlier editions learns no small count. A certain leak stops the publication.",
        ),
    ],
)
def edition(
    config: PublicationConfig, workspace: WorkspaceResource
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """The published reports: one immutable folder, one pointer, written only after the attack found nothing."""
    try:
        space = workspace.open()
        published = steps.publish(
            space, now=workspace.now(), month=config.month, dry_run=config.dry_run, teams=config.teams
        )
        quality = page(space, render_restricted_pages(space))
    except DisclosureError as error:
        yield dg.AssetCheckResult(
            check_name="attack_finds_nothing", passed=False, metadata={"what to do": _leak_advice(str(error))}
        )
        raise failure(error) from error
    except PipelineError as error:
        raise failure(error) from error
    leaks = "\n\n".join(published.leaks[:LEAKS_SHOWN])
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(published.edition),
        metadata={
            "report": page(space, Path(published.index)),
            "validation page": quality,
            **as_metadata(published.facts),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="attack_finds_nothing",
                passed=not published.leaks,
                severity=dg.AssetCheckSeverity.WARN if published.is_safe else dg.AssetCheckSeverity.ERROR,
                description=f"{len(published.leaks)} suspicions" if published.leaks else None,
                metadata={
                    "what to do": "nothing"
                    if not published.leaks
                    else f"Not certain, so it was published; show these to the privacy officer:\n{leaks}"
                    if published.is_safe
                    else _leak_advice(leaks)
                },
            ),
        ],
    )


@dg.asset_check(
    asset=edition,
    description="Every edition is as its manifest and seal say, the pointers lead to one, and audit log and ledgers are whole.",
)
@in_plain_words
def edition_verifies(workspace: WorkspaceResource) -> dg.AssetCheckResult:
    """Compare what readers see with its manifest; may be run at any moment."""
    space = workspace.look()
    try:
        told = verify(space) if steps.is_published(space) else "nothing is published yet"
    except PublicationError as error:
        return dg.AssetCheckResult(
            passed=False,
            metadata={
                "what to do": f"{error}\nPublish again (job publish_month): the same edition is written anew; or "
                "withdraw it with 'meos withdraw'. Ask who has rights to write in the published folder."
            },
        )
    return dg.AssetCheckResult(
        passed=True,
        metadata={"what to do": "nothing", "told": told, "validation page": page(space, quality_page(space))},
    )


def _leak_advice(leaks: str) -> str:
    return (
        f"{leaks}\nNothing was published; readers still see the edition before it. Keep the data folder as it is and "
        "show this to the developers and the privacy officer. Do not publish by another way."
    )
