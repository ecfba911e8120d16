"""Attack a published folder: ``python -m meos_pipeline.attack FOLDER [--earlier FOLDER]… [--canaries FILE]``.

Exit code 0 when nothing leaked, 1 when something did or nothing could be read, 2 when called wrongly.
"""

import argparse
import sys
from pathlib import Path

from meos_pipeline.attack.canaries import read_canaries
from meos_pipeline.attack.cells import claimed, width_summary
from meos_pipeline.attack.files import read_folder
from meos_pipeline.attack.outsider import attack
from meos_pipeline.numbered import counted


def main(arguments: list[str] | None = None) -> int:
    """Run the attack and print what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m meos_pipeline.attack", description="Try to learn what a publication hides."
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--earlier", type=Path, action="append", default=[], help="an earlier edition")
    parser.add_argument("--canaries", type=Path, help="planted identifiers, one a line, or truth.json")
    parser.add_argument("--contact", default="", help="mail address that may be on the pages")
    parser.add_argument("--publisher", default="", help="organisation that files may name as their author")
    given = parser.parse_args(arguments)
    missing = [path for path in [given.folder, *given.earlier] if not path.is_dir()]
    if missing:
        parser.error(f"'{missing[0].name}' is not a folder")
    try:
        canaries = read_canaries(given.canaries) if given.canaries else ()
    except (OSError, ValueError):
        parser.error("the file with canaries cannot be read or holds none")
    leaks = attack(given.folder, given.earlier, canaries=canaries, contact=given.contact, publisher=given.publisher)
    cells, _ = claimed(read_folder(given.folder))
    small, recovered, width = width_summary(cells)
    for leak in leaks:
        sys.stdout.write(f"{leak}\n")
    sys.stdout.write(
        f"{counted(len(cells), 'cell')} read, {small} small, {recovered} recovered, smallest width {width}, "
        f"{counted(len(canaries), 'canary', 'canaries')} searched, {counted(len(leaks), 'leak')}\n"
    )
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
