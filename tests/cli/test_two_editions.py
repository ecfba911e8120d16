"""Two editions of one district, one correction apart, made through the command line, under the attack of an outsider."""

import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.attack.bounds import vectors
from meos_pipeline.attack.canaries import disguises, read_canaries
from meos_pipeline.attack.cells import claimed, pair_leaks, released_leaks, width_summary
from meos_pipeline.attack.document import CellKey
from meos_pipeline.attack.files import read_folder
from meos_pipeline.attack.outsider import attack, see
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.storage.made import recall_all
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, archived, copy_of, place

SETTLED = "20250520T0600"
"""An export of this moment makes March the report month, and with it the first quarter whole."""

Editions = tuple[DataFolder, list[Path]]


@pytest.fixture(scope="module")
def editions(ran: tuple[DataFolder, Said], meos: Meos, tmp_path_factory: pytest.TempPathFactory) -> Editions:
    """January as first shown, and the quarter after one corrected check."""
    folder = copy_of(ran[0], tmp_path_factory.mktemp("editions") / "data")
    first = _newest(folder, set())
    return folder, [first, corrected(folder, meos, 1, SETTLED, {first.name})]


def corrected(folder: DataFolder, meos: Meos, records: int, moment: str, known: set[str]) -> Path:
    """The edition that a run gives after so many checks were corrected."""
    place(folder, *correction(folder, records, moment))
    said = meos("run", "--data", folder.root)
    assert said.code == 0, said.text
    assert "Disclosure attack" not in said.text
    return _newest(folder, known)


def correction(folder: DataFolder, records: int, moment: str) -> tuple[str, bytes]:
    """The export of January again, in which so many proactive checks had no result after all."""
    source = max(
        archived(folder),
        key=lambda path: path.read_bytes().count(b"-01-2025;"),
    )
    header, *rows = source.read_bytes().splitlines(keepends=True)
    columns = header.decode().strip().split(";")
    at = columns.index("resultaat_code")
    changed = 0
    for place_of, row in enumerate(rows):
        cells = row.decode().rstrip("\r\n").split(";")
        if "-01-2025" in row.decode() and cells[at] not in {"", "GEEN_BIJZONDERHEDEN"} and changed < records:
            cells[at] = "GEEN_BIJZONDERHEDEN"
            rows[place_of], changed = ";".join(cells).encode() + b"\n", changed + 1
    assert changed == records
    return f"controles_2025-01_{moment}.csv", header + b"".join(rows)


def _newest(folder: DataFolder, known: set[str]) -> Path:
    """The edition that is not known yet."""
    (new,) = [path for path in (folder.published / "editions").iterdir() if path.name not in known]
    return new


@cache
def cells_of(edition: Path) -> dict[CellKey, int]:
    """Every released count an outsider can read in an edition."""
    return claimed(read_folder(edition))[0]


def test_an_outsider_with_every_edition_learns_nothing(editions: Editions) -> None:
    folder, (first, second) = editions
    canaries = read_canaries(folder.root / "truth.json")
    assert len(canaries) >= 50
    assert min(len(disguises(canary)) for canary in canaries) >= 8
    assert attack(second, [first], canaries=canaries) == []


def test_what_an_outsider_keeps_of_an_edition_is_kept_when_it_is_published(editions: Editions) -> None:
    """So that the attack on the next one need not read it again; it is what reading it gives."""
    folder, (first, second) = editions
    kept = recall_all(folder, "seen")
    assert {first.name, second.name} <= kept.keys()
    assert {tuple(key): n for *key, n in kept[second.name].facts["cells"]} == see(second).cells


def test_the_attack_had_something_to_attack(editions: Editions) -> None:
    _, (first, second) = editions
    for edition, cells, periods in ((first, 100, {"month", "provisional"}), (second, 1000, {"month", "quarter"})):
        seen = cells_of(edition)
        assert len(seen) > cells
        assert {key[1] for key in seen} == periods
    small, recovered, width = width_summary(cells_of(second))
    assert small > 300
    assert (recovered, width) == (0, 4)


def test_the_union_of_editions_bounds_no_cell_tighter_than_five_values(editions: Editions) -> None:
    """One correction apart, a block is the same in both; so their union is one system, and it is wide and consistent."""
    _, (first, second) = editions
    one, two = cells_of(first), cells_of(second)
    assert {key: two[key] for key in one.keys() & two.keys()} == {key: one[key] for key in one.keys() & two.keys()}
    assert released_leaks(one | two) == []


def test_a_provisional_month_and_the_final_one_are_the_same_or_ten_records_apart(editions: Editions) -> None:
    """February was provisional in the first edition, and is final in the second."""
    one, two = (cells_of(edition) for edition in editions[1])
    early = {key: n for key, n in one.items() if key[1] == "provisional"}
    assert {key[2] for key in early} == {"2025-02-01"}
    for (team, _, start, partition, _), n in early.items():
        final = sum(two[team, "month", start, partition, name] for name in PARTITIONS[partition].categories)
        assert final == n or abs(final - n) >= 10
    assert list(pair_leaks(two, one)) == []


def test_every_count_is_a_multiple_of_five_and_tables_of_one_population_have_one_total(editions: Editions) -> None:
    _, (_, second) = editions
    cells = cells_of(second)
    assert all(n % 5 == 0 and n >= 0 for n in cells.values())
    totals: dict[tuple[str, str, str, str], set[int]] = {}
    for vector in vectors({key: n for key, n in cells.items() if key[4] != "*"}):
        if len(vector.categories) == len(PARTITIONS[vector.partition].categories):
            key = (*vector.block, PARTITIONS[vector.partition].population)
            totals.setdefault(key, set()).add(sum(vector.released))
    assert len(totals) > 10
    assert [key for key, values in totals.items() if len(values) > 1] == []


@pytest.mark.slow
def test_forty_corrected_checks_change_their_month_and_the_report_says_so(
    editions: Editions, tmp_path: Path, meos: Meos
) -> None:
    folder, (first, second) = editions
    copy = copy_of(folder, tmp_path / "data")
    third = corrected(copy, meos, 41, SETTLED.replace("06", "07"), {first.name, second.name})
    assert attack(third, [first, second]) == []
    before, now = cells_of(first), cells_of(third)
    changed = Counter(key[:3] for key in before.keys() & now.keys() if before[key] != now[key])
    assert {period for _, period, _ in changed} == {"month"}
    assert {start for _, _, start in changed} == {"2025-01-01"}
    ledger = pl.read_parquet(copy.restricted / "release" / "changes.parquet")
    for team in {team for team, _, _ in changed}:
        page = (third / team / "about.html").read_text(encoding="utf-8")
        assert "Anders dan in het vorige rapport" in page
        assert ledger.filter(pl.col("team") == team).height > 0


def test_a_quarter_that_was_rounded_by_itself_would_be_found(editions: Editions) -> None:
    """The same edition, if its quarters stood fifteen above the sum of their months."""
    cells = cells_of(editions[1][1]).copy()
    for vector in vectors({key: n for key, n in cells.items() if key[1] == "quarter" and key[4] != "*"}):
        if PARTITIONS[vector.partition].population == "proactive":
            largest = max(range(len(vector.released)), key=vector.released.__getitem__)
            cells[*vector.block, vector.partition, vector.categories[largest]] += 15
    assert {"ADD", "BOUND"} <= {leak.kind for leak in released_leaks(cells)}


PLANTS = {
    "an exact count": (r'(data-cell="[^"]+">)(\d+)<', lambda m: f"{m[1]}{int(m[2]) + 1}<", "BASE"),
    "a second value for one set": (
        r'(data-cell="[^"]+\|result\|[^"]+">)(\d+)<',
        lambda m: f"{m[1]}{int(m[2]) + 5}<",
        "SAME",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_leak_in_a_real_page_is_found(editions: Editions, tmp_path: Path, plant: str) -> None:
    _, (_, second) = editions
    pattern, change, kind = PLANTS[plant]
    bad = shutil.copytree(second, tmp_path / "edition")
    page = next(
        path for path in sorted((bad / "noordkade").glob("*.html")) if re.search(pattern, path.read_text("utf-8"))
    )
    text, times = re.subn(pattern, change, page.read_text(encoding="utf-8"), count=1)
    assert times == 1
    page.write_text(text, encoding="utf-8")
    assert kind in {leak.kind for leak in attack(bad) if leak.certain}


def test_an_attack_that_can_read_no_cell_fails(editions: Editions, tmp_path: Path, meos: Meos) -> None:
    _, (_, second) = editions
    for kept in ("*.css", "*.pdf"):
        place_ = tmp_path / kept[2:]
        place_.mkdir()
        for path in second.rglob(kept):
            shutil.copy(path, place_ / path.name)
        assert list(place_.iterdir())
        said = meos("attack", place_)
        assert said.code not in {0, 2}
        assert "UNREAD" in said.text
