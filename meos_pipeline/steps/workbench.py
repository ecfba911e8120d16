"""The workbench: what readers have, as files for an analyst's own questions."""

from pathlib import Path

from meos_pipeline.errors import InputError
from meos_pipeline.steps import publishing
from meos_pipeline.steps.language import language_of, named
from meos_pipeline.steps.publishable import make_publishable, report_month
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_bytes
from meos_pipeline.storage.made import recall
from meos_pipeline.storage.paths import shipped


def write_workbench(space: Workspace, target: Path) -> list[Path]:
    """Write the files of the newest edition into a folder, in place of those of an earlier workbench.

    Only what readers have is written: figures that were released but not published may still change, and two
    versions of a count tell more than one.

    Args:
        space: The workspace.
        target: Folder outside the data folder; it is made when it is not there.

    Returns:
        The files, in a fixed order.

    Raises:
        InputError: when the folder lies in the data folder or is a file, or readers do not have the newest figures.
        StorageError: when the disk refuses.
    """
    from meos_pipeline.reporting.words import Words, read_words
    from meos_pipeline.reporting.workbench import workbench_tables
    from meos_pipeline.reporting.workbench_files import workbench_files

    _require_outside(space, target)
    edition = _newest_edition(space)
    publishable = make_publishable(space, report_month(space, edition[:7]))
    house = space.folder.root / "house" / "words"
    words = Words(read_words(shipped("reports"), house), space.settings.site.languages[0])
    tables = workbench_tables(publishable, words, edition=edition)
    written = []
    for name, content in workbench_files(tables, publishable, words).items():
        path = target / name
        write_bytes(path, content)
        written.append(path)
    return written


def _require_outside(space: Workspace, target: Path) -> None:
    whole = target.resolve()
    if whole.is_relative_to(space.folder.root.resolve()):
        raise InputError(
            f"'{target.name}' lies in the data folder, where every file has its place; name another folder"
        )
    there = next(path for path in (whole, *whole.parents) if path.exists())
    if not there.is_dir():
        raise InputError(f"'{there.name}' is a file; name a folder")


def _newest_edition(space: Workspace) -> str:
    """Return the edition that readers have, when it is what would be published now."""
    edition = publishing.current_edition(space)
    if not edition:
        raise InputError("Nothing was published yet; say 'meos run' first")
    month = report_month(space, edition[:7])
    made = recall(space.folder, publishing.EDITION, edition[:7])
    why = publishing.why_publish_again(space, month)
    if why or made is None or made.facts["edition"] != edition:
        language = language_of(space.settings)
        told = ", ".join(named("source", name, language) for name in why or ("an edition was taken back",))
        raise InputError(f"Readers do not have the newest figures ({told}); say 'meos run' first")
    return edition
