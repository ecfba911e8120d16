"""Planted identifiers: after success and after failure they are in landing and archive, and nowhere else."""

import base64
import hashlib
from pathlib import Path

import pytest

from tests.ingest.district import HEADER, NAME, row, take_in, text_of

CANARIES = {
    "bsn": "999990019",
    "kenteken": "KN-99-RY",
    "medewerker": "kanarie-agent-7",
    "naam": "Pieternel Kanariegeel",
    "reden_toelichting": "kanarie zat op het dak van de buurvrouw",
    "nationaliteit": "Kanarisch",
    "geboorteland": "Kanarieland",
    "adres": "Kanariestraat 99",
    "controle_id": "KANARIE-0001",
    "documentnummer": "KNR99KNR9",
    "vrij": "vrije kanarie",
}
WIDE = (*HEADER, "naam", "nationaliteit", "geboorteland", "adres", "documentnummer", "vrij")
GOOD = [row(1) | CANARIES, *(row(number) for number in range(2, 8))]


def spellings(text: str) -> set[bytes]:
    """Ways in which a value could leak: as it is, without separators, reversed, encoded, or hashed without a key."""
    plain = {text, text.replace("-", ""), text.lower(), text.upper(), text[::-1]}
    found = {item.encode() for item in plain} | {text.encode("utf-16-le"), text.encode().hex().encode()}
    found |= {base64.b64encode(text.encode()).rstrip(b"=")[:-1]}
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        for item in plain:
            digest = hashlib.new(name, item.encode()).digest()
            found |= {digest, digest.hex()[:32].encode()}
    return found


def leaks(root: Path) -> list[str]:
    import polars as pl

    wanted = {name: spellings(text) for name, text in CANARIES.items()}
    found = []
    for path in root.rglob("*"):
        if not path.is_file() or {"landing", "archive"} & set(path.relative_to(root).parts):
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += pl.read_parquet(path).cast(pl.String, strict=False).write_csv().encode()
        found += [f"{name} in {path.name}" for name, forms in wanted.items() if any(form in content for form in forms)]
    return found


def test_no_identifier_leaves_landing_and_archive(folder):
    result = take_in(folder, {NAME: text_of(GOOD, WIDE)})
    assert result.reconciliation["accepted"].sum() == 14
    assert leaks(folder.root) == []


@pytest.mark.parametrize(
    "change",
    [
        {"datum": "999990019"},
        {"basisteam_medewerker": "Pieternel Kanariegeel"},
        {"resultaat_code": "Kanarisch"},
        {"kenteken": "Pieternel Kanariegeel bsn 999990019"},
        {"tijd": "kanarie-agent-7"},
        {"leeftijd": "999990019"},
        {"reden_code": "Kanarieland"},
        {"proactief": "Kanariestraat 99"},
        {"bsn": "KN-99-RY"},
        {"geslacht": "vrije kanarie"},
    ],
)
def test_no_identifier_leaks_when_it_stands_in_the_wrong_column(change, folder):
    result = take_in(folder, {NAME: text_of([row(1) | CANARIES | change, *GOOD[1:]], WIDE)})
    assert result.closes
    assert leaks(folder.root) == []
    said = repr(result)
    assert not [name for name, text in CANARIES.items() if text in said]


@pytest.mark.parametrize(
    "content",
    [
        text_of(GOOD, WIDE).replace(";WID2_PW8", ';"WID2_PW8', 1),
        text_of(GOOD, WIDE)[:-40],
        text_of(GOOD, WIDE).replace("14-10-2024", "01/05/2024"),
    ],
)
def test_no_identifier_leaks_when_the_file_is_refused(content, folder):
    result = take_in(folder, {NAME: content})
    assert result.refused
    assert leaks(folder.root) == []
    assert not [name for name, text in CANARIES.items() if text in repr(result)]


def test_a_planted_leak_is_found(folder):
    take_in(folder, {NAME: text_of(GOOD, WIDE)})
    (folder.restricted / "note.txt").write_text(hashlib.sha256(b"999990019").hexdigest())
    assert leaks(folder.root) == ["bsn in note.txt"]


def test_pseudonyms_of_a_person_differ_between_years_and_agree_within_one(folder):
    import polars as pl

    rows = [row(1, datum="14-10-2023"), row(2, datum="14-10-2024"), row(3, datum="15-10-2024")]
    take_in(folder, {NAME: text_of(rows)})
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet").sort("check_date")
    for column in ("person_key", "vehicle_key", "officer_key"):
        first, second, third = table[column].to_list()
        assert first != second
        assert second == third


def test_pseudonyms_differ_between_years_also_when_each_has_its_own_export(folder):
    import polars as pl

    take_in(
        folder,
        {
            "controles_2023-10_20231110T0600.csv": text_of([row(1, datum="14-10-2023")]),
            "controles_2024-10_20241110T0600.csv": text_of([row(2)]),
        },
    )
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet")
    assert [table[column].n_unique() for column in ("person_key", "vehicle_key", "officer_key")] == [2, 2, 2]
