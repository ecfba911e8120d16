"""Non-interference from rows: a changed record in an export changes no byte of what readers get, while few of them did.

Each world takes in a second export of January. In all of them one record has another length of the check; that is the
whole difference from the first export in ``same``. The others have further changes, fewer than the revision threshold.
"""

from pathlib import Path

import pytest

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.policy import Policy
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Said
from tests.cli.one_record import (
    Change,
    added,
    another_value,
    differing,
    export_of,
    gone,
    make,
    of_record,
    readers_files,
    world,
)

Same = tuple[DataFolder, Publishable]
LONGER = of_record(0, duur_minuten="25")
CHANGES: dict[str, Change] = {
    "no result after all": of_record(1, resultaat_code="GEEN_BIJZONDERHEDEN"),
    "another day": of_record(2, datum="19-01-2025"),
    "another month, that is provisional": of_record(3, datum="12-02-2025"),
    "another team": of_record(4, basisteam_medewerker="Zuiderhaven"),
    "one more": added(5),
    "one less": gone(6),
}
RARE: dict[str, Change] = {
    "a month without records": of_record(1, datum="12-12-2024"),
    "a month after the newest export": of_record(1, datum="12-06-2025"),
    "a team that nobody knows": of_record(1, basisteam_medewerker="Oosterhaven"),
    "not to be read": of_record(1, datum="30-02-2025"),
    "taken back at the source": of_record(1, status="VERWIJDERD"),
}


@pytest.fixture(scope="module")
def same(ran: tuple[DataFolder, Said], tmp_path_factory: pytest.TempPathFactory) -> Same:
    """The world that the others are compared with."""
    folder = world(ran[0], tmp_path_factory.mktemp("same") / "data", LONGER)
    return folder, make(folder)


def test_six_changes_at_once_change_no_byte(ran: tuple[DataFolder, Said], same: Same, tmp_path: Path) -> None:
    assert len(CHANGES) + 1 < Policy().revision_records
    other = world(ran[0], tmp_path / "data", LONGER, *CHANGES.values())
    assert differing(same[1], make(other)) == []
    mine, theirs = readers_files(same[0]), readers_files(other)
    assert {Path(name).suffix for name in mine} >= {".html", ".js", ".csv", ".xlsx", ".pdf", ".ics", ".json"}
    assert any(name.endswith("_en.html") for name in mine)
    assert sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_one_changed_record_changes_nothing_that_pages_are_made_from(
    ran: tuple[DataFolder, Said], same: Same, tmp_path: Path, name: str
) -> None:
    assert differing(same[1], make(world(ran[0], tmp_path / "data", LONGER, CHANGES[name]))) == []


def test_enough_changed_records_do_change_it(ran: tuple[DataFolder, Said], same: Same, tmp_path: Path) -> None:
    many = [of_record(number, resultaat_code="GEEN_BIJZONDERHEDEN") for number in range(1, 13)]
    assert {"cells", "findings"} <= set(differing(same[1], make(world(ran[0], tmp_path / "data", LONGER, *many))))


@pytest.mark.slow
@pytest.mark.parametrize("name", RARE)
def test_a_record_that_is_odd_now_changes_nothing(
    ran: tuple[DataFolder, Said], same: Same, tmp_path: Path, name: str
) -> None:
    assert differing(same[1], make(world(ran[0], tmp_path / "data", LONGER, RARE[name]))) == []


@pytest.mark.slow
def test_every_field_in_turn_changes_nothing(ran: tuple[DataFolder, Said], same: Same, tmp_path: Path) -> None:
    """Five fields, of five records, in each world."""
    columns, _ = export_of(ran[0], "01-2025")
    assert len(columns) > 40
    told = {}
    for first in range(0, len(columns), 5):
        named = columns[first : first + 5]
        changes = [another_value(number, column) for number, column in enumerate(named, start=1)]
        folder = world(ran[0], tmp_path / str(first), LONGER, *changes)
        told |= {", ".join(named): found} if (found := differing(same[1], make(folder))) else {}
    assert told == {}
