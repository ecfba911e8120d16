"""Topic: what may be published to every page of every team, by number of teams.

Per team: the report in Dutch and English with their figures, the A4 as PDF and as print page, XLSX, two CSVs and the
index in both languages; and once the district overview and the data-quality page. The made-up district of the tests
is the input. *Rows* in the table are teams. ``resident_mb`` is what the process holds after a quarter, half and all of
the teams: a flat line means that pages do not pile up.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.case import Bench, Case
from meos_pipeline.disclosure.publishable import Publishable

TOPIC = "Reports of all teams"
TEAMS = (20, 200)


def _prepare(bench: Bench) -> Publishable:
    from tests.reporting.fixture import publishable

    return publishable(teams=bench.rows)


def _run(bench: Bench, edition: Publishable) -> Mapping[str, object]:
    from meos_pipeline.reporting.render import render_edition

    resident: list[int] = []
    done = 0

    def advance(_: str) -> None:
        nonlocal done
        done += 1
        if done in {bench.rows // 4, bench.rows // 2, bench.rows}:
            resident.append(_resident_mb())

    files = render_edition(edition, bench.work / "edition", advance=advance)
    size = sum(path.stat().st_size for path in files)
    return {"files": len(files), "mb": size // 1_000_000, "resident_mb": "/".join(map(str, resident))}


def _resident_mb() -> int:
    """Memory that the process holds now; 0 where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return 0
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 // 1_000_000


CASES = (
    Case(
        topic=TOPIC,
        name="ours: all pages, A4, XLSX and CSV, one process",
        role="ours",
        run=_run,
        prepare=_prepare,
        sizes=TEAMS,
        repeats=1,
    ),
)
