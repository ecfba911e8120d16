"""Protect, compute and publish what is counted in a data folder, and say which edition it gave.

A program of its own, so that working directory, time zone, locale, hash seed, threads and host name are those of
whoever starts it.
"""

import os
import platform
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Publish the folder that the first argument names; the second one is the name of this computer."""
    folder, host = Path(sys.argv[1]), sys.argv[2]
    socket.gethostname = lambda: host
    platform.node = lambda: host
    os.umask(int(sys.argv[3], 8))
    from meos_pipeline.steps import publishing, results
    from meos_pipeline.steps.workspace import open_workspace

    space = open_workspace(folder)
    results.release_cells(space)
    results.find(space)
    sys.stdout.write(publishing.publish(space, now=datetime.now(UTC)).edition)


if __name__ == "__main__":
    main()
