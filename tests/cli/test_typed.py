"""Names that people typed are compared with the officers, persons and vehicles of the archive."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import DisclosureError
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.steps.publishable import (
    configuration,
    fingerprint,
    keyed,
    make_publishable,
    require_nobody_named,
)
from meos_pipeline.steps.settled import newest_month
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Said, tree
from tests.cli.one_record import export_of

Write = Callable[[str], str]
PLACES: dict[str, Callable[[Publishable, str], Publishable]] = {
    "contact": lambda honest, name: replace(honest, site=replace(honest.site, contact=name)),
    "organisation": lambda honest, name: replace(honest, site=replace(honest.site, organisation=name)),
    "source": lambda honest, name: replace(honest, site=replace(honest.site, public_source=name)),
    **{
        column: (
            lambda honest, name, column=column: replace(
                honest, organisation=honest.organisation.with_columns(pl.lit(name).alias(column))
            )
        )
        for column in ("team_name", "area", "area_name", "district", "regional_unit")
    },
    "former": lambda honest, name: replace(
        honest,
        former=pl.DataFrame({"team": ["x"], "former": [name], "last_day": [honest.month], "is_carried": [True]}),
    ),
}
WAYS: dict[str, dict[str, Write]] = {
    "medewerker": {
        "as it is": str,
        "in words": lambda n: f"Vraag het aan {n.lower()}, bureau 2",
        "in brackets": lambda n: f"Team ({n})",
        "digits alone": lambda n: f"Team van {re.sub('[^0-9]', '', n)}",
        "with a domain": lambda n: f"POLITIE\\{n}",
        "as an address": lambda n: f"{n}@politie.example",
        "in two words": lambda n: f"Team {n[:2]} {n[2:]}",
        "full-width": lambda n: "".join(chr(ord(sign) + 0xFEE0) for sign in n),
        "beside another word": lambda n: f"Noord/{n}",
    },
    "kenteken": {
        "as it is": lambda n: f"Team {n}",
        "without hyphens": lambda n: f"Team {n.replace('-', '').lower()}",
        "with blanks": lambda n: f"de {n.replace('-', ' ').lower()} ploeg",
        "with points": lambda n: n.replace("-", "."),
        "with dashes": lambda n: n.replace("-", "\u2013"),
    },
    "persoon_id": {
        "as it is": lambda n: f"Zaak {n}",
        "grouped": lambda n: f"{n[:3]} {n[3:6]} {n[6:]}",
        "with points": lambda n: f"{n[:4]}.{n[4:6]}.{n[6:]}",
        "with zeros of a spreadsheet": lambda n: f"{n}.0",
    },
}
TOLD = {"medewerker": "an officer", "kenteken": "a vehicle", "persoon_id": "a person"}


@pytest.fixture(scope="module")
def site(ran: tuple[DataFolder, Said]) -> tuple[Workspace, Publishable, dict[str, list[str]]]:
    space = open_workspace(ran[0].root)
    rows = export_of(ran[0], "01-2025")[1]
    known = {
        column: sorted({row[column] for row in rows if re.fullmatch(form, row[column])})[:3]
        for column, form in {
            "medewerker": r"[A-Z]{2}\d{4,}",
            "kenteken": r"[A-Z0-9]+-[A-Z0-9]+-[A-Z0-9]+",
            "persoon_id": r"\d{9}",
        }.items()
    }
    assert all(len(found) == 3 for found in known.values()), known
    return space, make_publishable(space, newest_month(space)), known


@pytest.mark.parametrize(
    ("kind", "way"), [(kind, way) for kind, ways in WAYS.items() for way in ways], ids=lambda text: text
)
def test_a_number_of_the_archive_in_a_name_stops_a_publication_however_it_is_written(site, kind, way):
    space, _, known = site
    for number in known[kind]:
        with pytest.raises(DisclosureError, match=f"holds the number of .*{TOLD[kind]}") as raised:
            require_nobody_named(space, {"organisatie.csv": {WAYS[kind][way](number)}})
        assert number not in str(raised.value)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_where_people_type_names_is_looked_at(site, place):
    space, honest, known = site
    with pytest.raises(DisclosureError, match="the number of an officer"):
        require_nobody_named(space, PLACES[place](honest, f"Team {known['medewerker'][0]}").typed())


@pytest.mark.parametrize(
    "name", ["Kamer MW999999", "Team 12", "Wijk 1 in de stad", "Jan Jansen", "99-ZZZ-9", "0900-8844"]
)
def test_a_name_with_nobody_of_the_archive_stands(site, name):
    space, honest, _ = site
    before = tree(space.folder.root)
    require_nobody_named(space, honest.typed() | {"organisatie.csv": {name}})
    assert tree(space.folder.root) == before


def test_what_readers_get_of_settings_and_reasons_is_a_hash_that_only_a_holder_of_the_key_can_check(site, monkeypatch):
    space, honest, _ = site
    manifest = json.loads(next(space.folder.published.glob("editions/*/manifest.json")).read_text(encoding="utf-8"))
    assert manifest["configuration"] == keyed(space, configuration(space))
    assert manifest["configuration"] != configuration(space)
    assert fingerprint(space, {}) != honest.fingerprint
    mine = fingerprint(space, {})
    monkeypatch.setattr(Keys, "lasting_key", lambda *_: b"another key" * 3)
    assert fingerprint(space, {}) != mine
