"""Dagster's page behind the guard: ``python -m meos_pipeline.defs.page PORT``; the token is in the environment."""

import os
import sys
from importlib.metadata import version
from pathlib import Path

TOKEN = "MEOS_PAGE_TOKEN"  # noqa: S105 - the name of the variable
_LOOK_AGAIN_MS = 2000


def serve(port: int, token: str) -> None:
    """Serve Dagster's page on the loopback address until somebody stops it.

    Args:
        port: Port on this computer.
        token: The secret of this start, see ``guarded``.
    """
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    from meos_pipeline.defs.instance import open_instance
    from meos_pipeline.server.guard import HOSTS, guarded

    ours = ModuleTarget(
        module_name="meos_pipeline.definitions",
        attribute=None,
        working_directory=str(Path.cwd()),
        location_name=None,
    )
    with (
        open_instance() as instance,
        WorkspaceProcessContext(instance, version=version("dagster-webserver"), workspace_load_target=ours) as context,
    ):
        app = create_app_from_workspace_process_context(context, live_data_poll_rate=_LOOK_AGAIN_MS)
        uvicorn.run(guarded(app, token), host=HOSTS[0], port=port, log_level="warning")


if __name__ == "__main__":
    serve(int(sys.argv[1]), os.environ[TOKEN])
