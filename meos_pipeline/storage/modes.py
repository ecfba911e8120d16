"""Who may read what a process writes: nobody beside the account and its group."""

import os

OTHERS = 0o027
"""Taken from every new file and folder: writing for the group, everything for others."""


def close_to_others() -> int:
    """Take ``OTHERS`` from the modes of whatever this process and its children make from now on; return what is taken.

    A site that set a stricter umask keeps it. Folders with exact counts are the owner's alone whatever it is.
    """
    closed = os.umask(OTHERS) | OTHERS
    os.umask(closed)
    return closed
