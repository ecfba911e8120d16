"""What stands beside the cells: shares of exact records, an account that does not add up, hashes of inputs."""

import json

import pytest

from meos_pipeline.attack.beside import manifest_leaks, quality_leaks
from meos_pipeline.attack.document import Document, Grid


def page(*rows: list[str], name: str = "district/kwaliteit.html") -> Document:
    return Document(file=name, grids=[Grid("table", [list(row) for row in rows])])


HONEST = page(["Team", "Aandeel", "Registraties"], ["Noord", "5,0%", "300"], ["Oost", "14%", "295"])


def test_shares_of_released_counts_are_no_leak():
    assert list(quality_leaks(HONEST)) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        # as pages were: failed / checked of exact rows, to whole percents, without their number
        ((["Team", "Aandeel"], ["Noord", "5,0%"]), "without the released number"),
        # 3 of 287 beside a released 285: no multiple of five gives 1%
        ((["Team", "Aandeel", "Registraties"], ["Noord", "1,0%", "285"]), "none that released counts can give"),
        ((["Team", "Aandeel", "Registraties"], ["Noord", "6,0%", "95"]), "none that released counts can give"),
        ((["Stap", "Regels"], ["binnen", "630"], ["telt", "585"], ["dubbel", "30"]), "not what came in"),
    ],
)
def test_what_was_worked_out_from_exact_records_is_found(rows, message):
    assert message in " ".join(leak.message for leak in quality_leaks(page(*rows)))


def test_an_account_that_adds_up_is_no_leak():
    assert not list(quality_leaks(page(["Stap", "Regels"], ["binnen", "615"], ["telt", "585"], ["dubbel", "30"])))


@pytest.mark.parametrize(
    ("content", "leaks"),
    [
        ({"files": {"index.html": "ab" * 32}, "configuration": "cd" * 32, "key_check": "0123456789abcdef"}, 0),
        ({"files": {}, "inputs": {"controles_2026-10.csv": "ab" * 32}}, 1),
        ({"files": {}, "made_from": ["ab" * 16]}, 1),
    ],
)
def test_hashes_of_what_readers_do_not_have_are_found(content, leaks):
    assert len(list(manifest_leaks("manifest.json", json.dumps(content)))) == leaks
