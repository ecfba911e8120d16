import shutil

import polars as pl
import pytest

from meos_pipeline.disclosure.ledger import Ledger, read_ledger, write_ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.errors import ContractError, DisclosureError
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, UNTIL, add, district


@pytest.fixture(scope="module")
def ledgers():
    cells, officers = district(teams=("noord",), months=MONTHS[:3])
    one = release(cells, officers, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=UNTIL).ledger
    changed = add(cells, "noord", MONTHS[1], 40)
    return one, release(changed, officers, Policy(), rounding_key=KEY, ledger=one, published_until=UNTIL).ledger


def test_an_absent_ledger_is_empty(tmp_path):
    assert read_ledger(tmp_path / "ledger").table.is_empty()


def test_a_ledger_comes_back_as_it_was_and_old_generations_stay(tmp_path, ledgers):
    first = write_ledger(tmp_path, ledgers[0])
    content = first.read_bytes()
    second = write_ledger(tmp_path, ledgers[1])
    assert read_ledger(tmp_path).table.equals(ledgers[1].table)
    assert first.read_bytes() == content
    assert [path.name[:17] for path in (first, second)] == ["generation-000001", "generation-000002"]


def test_an_unchanged_ledger_writes_no_generation(tmp_path, ledgers):
    write_ledger(tmp_path, ledgers[0])
    shuffled = Ledger(ledgers[0].table.sample(fraction=1, shuffle=True, seed=1))
    assert write_ledger(tmp_path, shuffled) is None
    assert len(list(tmp_path.iterdir())) == 1


def test_the_same_ledger_gives_the_same_file(tmp_path, ledgers):
    one, two = write_ledger(tmp_path / "a", ledgers[0]), write_ledger(tmp_path / "b", ledgers[0])
    assert one.name == two.name


def test_a_changed_or_lost_generation_is_noticed(tmp_path, ledgers):
    write_ledger(tmp_path / "a", ledgers[0])
    newest = write_ledger(tmp_path / "a", ledgers[1])
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    write_ledger(tmp_path / "b", ledgers[0])
    next((tmp_path / "b").glob("generation-000002*")).unlink()
    with pytest.raises(DisclosureError, match="lacks a ledger generation"):
        read_ledger(tmp_path / "b")
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    with pytest.raises(DisclosureError, match="was changed after it was written"):
        read_ledger(tmp_path / "a")


def test_a_half_written_generation_is_no_generation(tmp_path, ledgers):
    path = write_ledger(tmp_path, ledgers[0])
    (tmp_path / "generation-000002-0123456789abcdef.parquet.123.partial").write_bytes(b"half")
    assert read_ledger(tmp_path).table.equals(ledgers[0].table)
    assert path.exists()


def test_a_table_that_is_no_ledger_is_refused(tmp_path):
    with pytest.raises(ContractError, match="missing"):
        write_ledger(tmp_path, Ledger(pl.DataFrame({"team": ["a"]})))
