"""Accidents while something is erased: purge, one record, an edition, the key of a year.

Each act is broken off at each of its operations on the disk, in each way. Then another command comes, which finishes
what was begun; then the act itself once more when it was never begun. Nothing may be left, and nothing may be lost.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.settings import Settings
from meos_pipeline.steps import erasing, key_years, records, unfinished, withdrawing
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.paths import DataFolder
from tests.publication.accident import FAULTS, MEMORY, Disk, build_of, in_fork

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NUMBER = "C0005"
CODES = {0, 74, 78, -9}


def space_of(root: Path) -> Workspace:
    return Workspace(DataFolder(root / "data"), Settings(), root / "keys" / "keys.json")


def fill(root: Path) -> None:
    """A site with three exports, merged months, a ledger of its own, and two editions."""
    import polars as pl

    from meos_pipeline.ingest.keys import new_key_file
    from meos_pipeline.ingest.merge import refresh
    from meos_pipeline.ingest.receive import receive
    from meos_pipeline.publication import publish
    from meos_pipeline.storage.durable import write_table
    from tests.ingest.district import new_folder, row, text_of

    folder = new_folder(root)
    keys = new_key_file(root / "keys" / "keys.json")
    files = {
        "a_20241110T0600.csv": [row(1, datum="14-10-2024"), row(2, datum="rommel")],
        "b_20250110T0600.csv": [row(3, datum="31-12-2024"), row(4, datum="02-01-2025")],
        "c_20260210T0600.csv": [row(5, datum="03-02-2026"), row(6, datum="04-02-2026")],
    }
    for name, rows in files.items():
        (folder.landing / name).write_text(text_of(rows))
    receive(folder, Settings(), now=NOW)
    refresh(folder, Settings(), keys, now=NOW)
    counts = pl.DataFrame({"team": ["zuid"], "officer_key": ["0" * 32], "n": [3]})
    write_table(folder.restricted / "cells" / "officer_counts" / "month=2024-10-01" / "part-0.parquet", counts)
    (folder.restricted / "pages").mkdir()
    (folder.restricted / "pages" / "kwaliteit.html").write_text("7 rijen")
    for month in ("2026-09", "2026-10"):
        from dataclasses import replace

        build = build_of(month)
        publish(folder, lambda target, build=build, month=month: replace(build(target), month=month))


def editions_of(space: Workspace) -> list[str]:
    from meos_pipeline.publication import editions

    return editions(space.folder)


def purge(root: Path) -> None:
    erasing.purge(space_of(root), now=NOW, sure=True)


def erase(root: Path) -> None:
    records.erase(space_of(root), NUMBER, why="fout", now=NOW)


def withdraw(root: Path) -> None:
    withdrawing.withdraw(space_of(root), editions_of(space_of(root))[-1], why="fout", now=NOW)


def destroy_key(root: Path) -> None:
    key_years.destroy_year(space_of(root), 2024, now=NOW)


def is_done(root: Path, act: str) -> bool:
    from meos_pipeline.ingest.keys import read_keys

    space = space_of(root)
    if act == "withdraw":
        return len(editions_of(space)) == 1
    if act == "erase":
        return (space.folder.restricted / "erased.json").exists()
    return 2024 in read_keys(space.key_path).destroyed


def finish(root: Path, act: str) -> Callable[[], None]:
    def work() -> None:
        unfinished.finish(space_of(root), now=NOW)
        if not is_done(root, act):
            globals()[act](root)

    return work


def state(root: Path) -> dict[str, bytes]:
    """Every file but locks, the key (its spare bytes are random) and the audit log."""
    skipped = (".lock", ".pid", "audit.jsonl", "keys.json")
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith(skipped)
    }


def look(root: Path, before: dict[str, bytes], act: str) -> list[str]:
    """What may not be right after an accident: a removal without an intent and a line, a pointer to what is gone."""
    from meos_pipeline.publication.pointer import leads, pointed
    from meos_pipeline.storage.audit import read_entries

    space, found = space_of(root), []
    gone = [name for name in before if not (root / name).exists() and "/locks/" not in name]
    entries = [entry for entry in read_entries(space.folder.audit_log) if entry.get("facts", {}).get("intent")]
    if gone and not entries:
        found.append(f"{len(gone)} files gone without a line in the log")
    led = {name for name in (pointed(space.folder), leads(space.folder)) if name}
    if led - set(editions_of(space)):
        found.append("readers are led to something that was erased")
    if is_done(root, act) and act == "purge" and list(space.folder.root.rglob("*2024-10*/*.parquet")):
        found.append("the key is gone and rows are left")
    return found


def after(root: Path, wanted: set[str], contents: dict[str, bytes]) -> list[str]:
    from meos_pipeline.storage.audit import find_breaks, read_entries

    space, now = space_of(root), state(root)
    found = [f"left {name}" for name in sorted(set(now) - wanted)] + [
        f"lost {name}" for name in sorted(wanted - set(now))
    ]
    found += [f"differs {name}" for name in sorted(wanted & set(now)) if now[name] != contents[name]]
    found += find_breaks(space.folder.audit_log, space.keys.lasting_key("audit"))
    acts = [entry["facts"]["intent"] for entry in read_entries(space.folder.audit_log)]
    if len(acts) != 1:
        found.append(f"{len(acts)} lines in the log for one act")
    found += [f"left {path.name}" for path in root.rglob("*.partial")]
    return found


def every_operation_of(act: str, *, step: int = 1, first: int = 1) -> dict:
    """Break an act off at each operation, in each way."""
    if act == "erase":
        records.remake = lambda _: None  # an ordinary run; what it does when it is broken off is tested elsewhere
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        place = Path(name)
        code, _ = in_fork(lambda: fill(place / "template"))
        assert code == 0, code
        before = state(place / "template")
        shutil.copytree(place / "template", place / "clean")
        code, said = in_fork(lambda: globals()[act](place / "clean"), Disk())
        assert code == 0, code
        contents = state(place / "clean")
        found, cases, codes = [], 0, set()
        for number in range(first, said["count"] + 1, step):
            for fault in FAULTS:
                case = place / "case"
                shutil.copytree(place / "template", case)
                code, _ = in_fork(lambda case=case: globals()[act](case), Disk(number, fault))
                cases += 1
                codes.add(code)
                if code not in CODES:
                    found.append((number, fault, f"code {code}"))
                _, seen = in_fork(lambda case=case: look(case, before, act))
                found += [(number, fault, problem) for problem in seen or []]
                code, _ = in_fork(finish(case, act))
                if code != 0:
                    found.append((number, fault, f"finishing gave {code}"))
                _, seen = in_fork(lambda case=case: after(case, set(contents), contents))
                found += [(number, fault, problem) for problem in seen or []]
                shutil.rmtree(case)
        return {"operations": said["count"], "cases": cases, "codes": sorted(codes), "violations": found}


if __name__ == "__main__":
    print(json.dumps(every_operation_of(**json.loads(sys.argv[1]))))
