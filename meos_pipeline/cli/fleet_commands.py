"""The commands over several sites: readers of ``meos status --json``, nothing more."""

from pathlib import Path

from cyclopts import App, Group

CHECK = Group("Look and check", sort_key=3)
fleet = App(name="fleet", help="Several sites at a glance.", group=CHECK)


@fleet.command(name="status")
def fleet_status(*folders: Path) -> int:
    """Editions, refusals and ages of several sites, from their data folders or from files of `status --json`.

    Args:
        folders: Data folders, or files that `meos status --json` wrote.
    """
    from meos_pipeline.cli import fleet as command

    return command.status(folders)
