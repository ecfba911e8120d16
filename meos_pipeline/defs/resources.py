"""The one resource: the workspace, opened when an asset runs. The clock is read here and nowhere below."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field

from meos_pipeline.steps.workspace import Workspace, open_workspace


class WorkspaceResource(dg.ConfigurableResource):
    """Data folder, settings and keys of this site."""

    data: str = Field(default="", description="Data folder; empty means MEOS_DATA, else the default folder.")

    def open(self) -> Workspace:
        """Open the workspace, or fail with one clear sentence."""
        return open_workspace(Path(self.data) if self.data else None)

    @staticmethod
    def now() -> datetime:
        """Return the present moment, with its time zone."""
        return datetime.now(UTC)


@dg.definitions
def resources() -> dg.Definitions:
    """Make the workspace known under the name that assets ask for."""
    return dg.Definitions(resources={"workspace": WorkspaceResource()})
