"""The command for an analyst's own questions: a thin call."""

from pathlib import Path

from meos_pipeline.cli.correct_command import Data


def workbench(folder: Path, *, data: Data = None) -> int:
    """Write what readers have to FOLDER, for own questions: DuckDB with views, Excel, a dictionary, examples of SQL.

    Args:
        folder: Folder outside the data folder; it is made when it is not there.
    """
    from meos_pipeline.cli.opening import open_site
    from meos_pipeline.cli.screen import say
    from meos_pipeline.steps.workbench import write_workbench

    files = write_workbench(open_site(data, look=True), folder)
    for path in files:
        say(f"Wrote {path}")
    say("Only what readers have is in it. Make it again after every edition and every correction.")
    return 0
