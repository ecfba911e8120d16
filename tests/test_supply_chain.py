"""Every file that may be installed has a hash, an SBOM that lacks one is refused, and each licence is told."""

import copy

import pytest

from tests import supply_chain
from tests.supply_chain import UNTOLD, differing, hashes, licence_of, listed, locked, to_look_up, versions


@pytest.fixture(scope="module")
def sbom() -> dict:
    """An SBOM as it should be, in the form that uv writes."""
    return {
        "components": [
            {
                "name": package["name"],
                "version": package["version"],
                "externalReferences": [{"hashes": [{"alg": "SHA-256", "content": one}]} for one in hashes(package)],
            }
            for package in locked()
        ]
    }


def test_every_package_that_is_run_comes_with_hashes_from_an_index():
    packages = locked()
    assert len(packages) > 100
    assert [p["name"] for p in packages if not hashes(p) or "registry" not in p["source"]] == []


def test_a_whole_sbom_passes(sbom):
    assert differing(sbom) == []


@pytest.mark.parametrize("damage", ["package", "version", "hash", "stranger"])
def test_an_sbom_that_is_not_of_the_lock_is_told(sbom, damage):
    bad = copy.deepcopy(sbom)
    first = bad["components"][0]
    if damage == "package":
        bad["components"].remove(first)
    elif damage == "version":
        first["version"] = "0.0.1"
    elif damage == "hash":
        first["externalReferences"].pop()
    else:
        bad["components"].append({"name": "stranger", "version": "1.0"})
    told = differing(bad)
    assert told
    assert all(first["name"] in line or "stranger" in line for line in told)


def test_the_list_of_licences_is_that_of_the_lock():
    page = listed()
    assert sorted(page) == sorted(versions())
    assert [name for name, (licence, _) in page.items() if licence in {"", UNTOLD}] == []
    assert {name: told for name, (told, _) in page.items() if licence_of(name) not in {"", told}} == {}
    assert len([name for name in page if licence_of(name)]) > 100


def test_what_no_metadata_tell_was_looked_up_at_the_versions_of_the_lock():
    assert to_look_up() == []
    assert 0 < len([name for name, (_, looked_up) in listed().items() if looked_up]) < 20


def test_another_version_in_the_lock_has_to_be_looked_up_again(monkeypatch, tmp_path):
    page = tmp_path / "licences.csv"
    page.write_text(
        supply_chain.LICENCES.read_text().replace("LICENSE of its source; 0.9.3", "LICENSE of its source; 0.9.2")
    )
    monkeypatch.setattr(supply_chain, "LICENCES", page)
    assert to_look_up() == ["polars-hash"]
