"""What is kept of how the columns of an export were read: names, counts and listed codes, never a value that could name."""

import polars as pl

from meos_pipeline.ingest.understood import read_mapping
from meos_pipeline.settings import Settings
from tests.ingest.district import HEADER, NAME, row, take_in, text_of

WIDE = (*HEADER, "naam", "gelacht")


def mapping_of(folder, files: dict[str, str]) -> dict[str, dict]:
    take_in(folder, files)
    found = read_mapping(folder, Settings())
    return {line["source"]: line for line in found.iter_rows(named=True)}


def test_each_column_tells_its_field_how_it_was_found_and_what_part_was_understood(folder):
    rows = [row(n) for n in range(20)] + [row(90, leeftijd="oud", grondslag=""), row(91, leeftijd="", grondslag="?!")]
    seen = mapping_of(folder, {NAME: text_of(rows, WIDE)})
    told = {source: (line["field"], line["how"], line["filled"], line["understood"]) for source, line in seen.items()}
    assert told["datum"] == ("date", "name", 22, 22)
    assert told["leeftijd"] == ("age", "name", 21, 20)
    assert told["grondslag"] == ("legal_bases", "name", 21, 20)
    assert told["naam"] == ("", "never_read", None, None)
    assert told["gelacht"] == ("", "unknown", None, None)


def test_a_column_found_by_another_name_says_so_and_an_unknown_one_gets_a_guess(folder):
    header = tuple({"datum": "datum controle", "leeftijd": "leeftijdd"}.get(name, name) for name in HEADER)
    rows = [{**row(n), "datum controle": "14-10-2024", "leeftijdd": "33"} for n in range(3)]
    seen = mapping_of(folder, {NAME: text_of(rows, header)})
    assert (seen["datum controle"]["field"], seen["datum controle"]["how"]) == ("date", "alias")
    assert (seen["leeftijdd"]["field"], seen["leeftijdd"]["how"]) == ("age", "unknown")


def test_examples_are_listed_codes_only_whatever_stands_in_the_column(folder):
    rows = [row(1), row(2, resultaat_code="Jan Jansen"), row(3, reden_code="Jan Jansen"), row(4, bsn="Jan Jansen")]
    seen = mapping_of(folder, {NAME: text_of(rows)})
    assert seen["resultaat_code"]["examples"] == "GEEN_BIJZONDERHEDEN"
    assert seen["geslacht"]["examples"] == "M"
    personal = ("controle_id", "kenteken", "bsn", "medewerker", "reden_toelichting", "datum", "basisteam_medewerker")
    assert [seen[source]["examples"] for source in personal] == [""] * len(personal)
    assert "Jansen" not in repr(seen)


def test_a_file_that_is_refused_or_not_there_has_no_mapping(folder):
    assert read_mapping(folder, Settings()).is_empty()
    take_in(folder, {NAME: "a;b\n1;2\n"})
    assert read_mapping(folder, Settings()).is_empty()


def test_the_newest_export_comes_first_and_every_batch_is_counted(folder, monkeypatch):
    monkeypatch.setattr("meos_pipeline.ingest.batches.BATCH_ROWS", 5)
    older, newer = NAME, "controles_2024-11_20241210T0600.csv"
    files = {
        older: text_of([row(n) for n in range(17)]),
        newer: text_of([row(n, datum="14-11-2024") for n in range(20, 33)]),
    }
    take_in(folder, files)
    found = read_mapping(folder, Settings()).filter(pl.col("source") == "datum")
    assert found.select("name", "filled").rows() == [(newer, 13), (older, 17)]
