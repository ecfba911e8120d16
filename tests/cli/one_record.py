"""Worlds that differ in a few records of one export: what readers get of each of them."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.steps import counting, intake, publishable, publishing, results, stale, validation
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import archived, copy_of, place, tree

NOW = datetime(2025, 7, 1, tzinfo=UTC)
AGAIN = "20250404T0600"
"""A day after the newest export: the same months are settled, and the same ones provisional."""
Row = dict[str, str]
Change = Callable[[list[Row], list[Row]], None]
"""Changes rows of an export; gets all of them, and those that count in most tables as they were before any change."""


def export_of(folder: DataFolder, month: str) -> tuple[list[str], list[Row]]:
    """The archived export of a month: its columns and its rows."""
    source = max(archived(folder), key=lambda path: path.read_bytes().count(f"-{month};".encode()))
    reader = csv.DictReader(io.StringIO(source.read_text(encoding="utf-8")), delimiter=";")
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


def world(ran: DataFolder, root: Path, *changes: Change, month: str = "01-2025", moment: str = AGAIN) -> DataFolder:
    """The district after a second export of a month came in, in which some records are other ones."""
    folder = copy_of(ran, root)
    columns, rows = export_of(folder, month)
    counting_rows = _counting(rows)
    for change in changes:
        change(rows, counting_rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=";", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    place(folder, f"controles_{month[3:]}-{month[:2]}_{moment}.csv", text.getvalue().encode())
    return folder


def make(folder: DataFolder) -> Publishable:
    """Take in, merge, judge, count, protect and analyse; return all that pages are made from."""
    space = open_workspace(folder.root)
    intake.take_in(space, now=NOW)
    while months := sorted(stale.months_to_refresh(space)):
        intake.merge_months(space, months)
        validation.validate_months(space, months)
        counting.count_months(space, months)
    validation.validate_companions(space)
    results.release_cells(space)
    results.find(space)
    return publishable.make_publishable(space, results.newest_month(space))


def readers_files(folder: DataFolder) -> dict[str, bytes]:
    """Publish what was made; return what readers get: every edition, and what leads to the newest. Seals are for who verifies."""
    publishing.publish(open_workspace(folder.root), now=NOW)
    return {name: content for name, content in tree(folder.published).items() if not name.startswith("seals/")}


def differing(one: Publishable, other: Publishable) -> list[str]:
    """Names of what pages of the two worlds would be made from differently."""
    tables = other.tables()
    found = [name for name, table in one.tables().items() if not table.equals(tables[name])]
    return found + [name for name in ("month", "made_on", "fingerprint") if getattr(one, name) != getattr(other, name)]


def of_record(number: int, **values: str) -> Change:
    """Give the so many-th record that counts in most tables other values."""

    def change(_: list[Row], chosen: list[Row]) -> None:
        chosen[number].update(values)

    return change


def another_value(number: int, column: str) -> Change:
    """Give that record the commonest other value of a column, or one of its own where every value is."""

    def change(rows: list[Row], chosen: list[Row]) -> None:
        record = chosen[number]
        found = Counter(row[column] for row in rows if row[column] != record[column])
        value, times = found.most_common(1)[0] if found else ("" if record[column] else "X", 2)
        record[column] = value if times > 1 else f"{record[column][:-1]}0"

    return change


def gone(number: int) -> Change:
    """Leave that record out."""

    def change(rows: list[Row], chosen: list[Row]) -> None:
        rows.remove(chosen[number])

    return change


def added(number: int) -> Change:
    """Add a record like that one, under a number of its own."""

    def change(rows: list[Row], chosen: list[Row]) -> None:
        record = chosen[number]
        rows.append(record | {"controle_id": f"C8{number:09d}", "registratienummer": ""})

    return change


def _counting(rows: list[Row]) -> list[Row]:
    """Records that count in most tables: proactive, of one team, with a result, a person and a plate."""
    return [
        row
        for row in rows
        if row["proactief"] == "J"
        and row["basisteam_medewerker"] == "Noordkade"
        and row["resultaat_code"] not in {"", "GEEN_BIJZONDERHEDEN"}
        and row["persoon_id"]
        and row["kenteken"]
    ]
