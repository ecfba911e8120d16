"""Names that people typed are compared with the officers, persons and vehicles of the archive."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import polars as pl
import pytest

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import DisclosureError, InputError, SettingsError
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.steps import confirming, correcting, intake, records, withdrawing
from meos_pipeline.steps.dialogue import publish_dialogue
from meos_pipeline.steps.naming import plain_reason, require_nobody_named
from meos_pipeline.steps.publishable import configuration, fingerprint, keyed, make_publishable, require_house
from meos_pipeline.steps.publishing import kept_editions
from meos_pipeline.steps.settled import newest_month
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Said, tree
from tests.cli.one_record import export_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)
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


def _correct(space: Workspace, why: str) -> object:
    touched = SimpleNamespace(span=(NOW.date(), NOW.date()))
    proposal = SimpleNamespace(touched=touched, causes=None, editions=())
    return correcting.declare(space, proposal, cause="source", why=why, now=NOW)  # type: ignore[arg-type]


def _dialogue(space: Workspace, why: str) -> object:
    site_ = replace(space.settings.site, dialogue_sheet=True)
    return publish_dialogue(replace(space, settings=replace(space.settings, site=site_)), why=why, now=NOW)


ACTS: dict[str, Callable[[Workspace, str], object]] = {
    "erase": lambda space, why: records.erase(
        space, export_of(space.folder, "01-2025")[1][5]["controle_id"], why=why, now=NOW
    ),
    "withdraw": lambda space, why: withdrawing.withdraw(space, kept_editions(space)[0], why=why, now=NOW),
    "confirm": lambda space, why: confirming.confirm(
        space, "volume_is_not_a_tenth_of_the_usual_month", why=why, month="", now=NOW
    ),
    "acknowledge": lambda space, why: intake.acknowledge(space, {"a.csv": why}, now=NOW),
    "correct": _correct,
    "dialogue": _dialogue,
}


@pytest.mark.parametrize("act", ACTS)
def test_no_act_is_done_for_a_reason_that_names_somebody(site, act):
    space, _, known = site
    before = tree(space.folder.root)
    with pytest.raises(InputError, match="the reason holds the number of an officer"):
        ACTS[act](space, f"op verzoek van {known['medewerker'][0]}")
    assert tree(space.folder.root) == before


WORDS = 'table: {{nl: "{text}", en: "Table"}}\n'
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"><text>{text}</text></svg>'


@pytest.mark.parametrize(("name", "form"), {"words/page.yaml": WORDS, "logo.svg": LOGO}.items())
def test_own_words_and_a_logo_are_looked_at_as_names_are(site, name, form):
    space, honest, known = site
    path = space.folder.root / "house" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(form.format(text="Vragen? Bureau Noord, 0900-8844"))
        require_nobody_named(space, honest.typed() | require_house(space))
        path.write_text(form.format(text=f"Vragen? Bel {known['medewerker'][0]}"))
        with pytest.raises(DisclosureError, match="own words and the logo holds the number of an officer"):
            require_nobody_named(space, honest.typed() | require_house(space))
        path.write_text(form.format(text="Zaak van AB-123-C"))
        with pytest.raises(SettingsError, match="a plate"):
            require_house(space)
    finally:
        shutil.rmtree(space.folder.root / "house")


def test_a_reason_names_nobody_for_it_is_kept_longer_than_the_records(site):
    space, _, known = site
    record = export_of(space.folder, "01-2025")[1][5]["controle_id"]
    for number, what in [*((numbers[0], TOLD[kind]) for kind, numbers in known.items()), (record, "a record")]:
        with pytest.raises(InputError, match=f"the reason holds the number of .*{what}") as raised:
            plain_reason(space, f"verkeerd vastgelegd: {number.lower()}")
        assert number not in str(raised.value)
    assert plain_reason(space, " Verzoek 2026-0012,\n door de FG ") == "Verzoek 2026-0012, door de FG"
    with pytest.raises(InputError, match="a person"):
        plain_reason(space, "BSN 111222333")
    with pytest.raises(InputError, match="longer than 1000"):
        plain_reason(space, "lang " * 300)


def test_what_readers_get_of_settings_and_reasons_is_a_hash_that_only_a_holder_of_the_key_can_check(site, monkeypatch):
    space, honest, _ = site
    manifest = json.loads(next(space.folder.published.glob("editions/*/manifest.json")).read_text(encoding="utf-8"))
    assert manifest["configuration"] == keyed(space, configuration(space))
    assert manifest["configuration"] != configuration(space)
    assert fingerprint(space, {}) != honest.fingerprint
    mine = fingerprint(space, {})
    monkeypatch.setattr(Keys, "lasting_key", lambda *_: b"another key" * 3)
    assert fingerprint(space, {}) != mine
