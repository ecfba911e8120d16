"""What Dagster loads; never grows."""

from pathlib import Path

from dagster import Definitions, definitions, load_from_defs_folder

from meos_pipeline.storage.modes import close_to_others

close_to_others()  # of whichever program of Dagster loads this: page, daemon, code server or worker


@definitions
def defs() -> Definitions:
    """Collect the assets, checks, jobs, schedules, sensors and resources of the project."""
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
