"""What a reader may post: sheets of an own team, from the counting page of this server, and nothing else."""

import json

import pytest

pytest.importorskip("starlette")

from meos_pipeline.contracts.handed_in import AGREEMENT, MOST_BYTES, SHEET, signed
from meos_pipeline.server import hand_in
from meos_pipeline.server.app import Proxy, create_app
from meos_pipeline.storage.paths import DataFolder
from tests.server.asgi import request

GOOD = {
    "datum": "14-02-2025", "basisteam": "noord", "blad": "1", "waargenomen_controles": "9",
    "waarvan_geregistreerd": "5", "waarvan_met_resultaat": "3", "waarvan_met_resultaat_geregistreerd": "3",
    "dienst": "emergency", "blok": "late", "gewicht": "", "kenmerk": "00c0ffee", "versie": "1", "stand": "valid",
}  # fmt: skip
AGREED = {
    "actie_id": "noor-20250301-a1b2", "basisteam": "noord", "soort": "register", "doel": "dossier",
    "van": "01-03-2025", "terugkijken": "01-06-2025", "stand": "withdrawn", "hulp": "nee", "versie": "9",
}  # fmt: skip
PAGE = {
    "x-remote-user": "anna",
    "x-meos-hand-in": "1",
    "content-type": "text/csv",
    "host": "reports.example",
    "origin": "https://reports.example",
    "sec-fetch-site": "same-origin",
}


def sheet(**change):
    return f"{SHEET.header}\r\n{signed(SHEET, GOOD | change)}\r\n".encode()


def agreement(**change):
    return f"{AGREEMENT.header}\r\n{signed(AGREEMENT, AGREED | change)}\r\n".encode()


@pytest.fixture
def site(tmp_path):
    data = DataFolder(tmp_path / "data").make()
    data.drop.mkdir()
    (tmp_path / "readers.toml").write_text('[readers]\nanna = ["noord"]\nchef = ["*"]\nniemand = []\n')
    return data, tmp_path


def post(site, body, *, takes_sheets=True, path="/hand-in", **headers):
    data, root = site
    app = create_app(
        data,
        permissions=root / "readers.toml",
        audit=root / "reads.jsonl",
        proxy=Proxy(is_trusted_without_secret=True),
        takes_sheets=takes_sheets,
    )
    given = {**PAGE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return request(app, path, [(k, v) for k, v in given.items() if v is not None], method="POST", body=body)


def test_a_sheet_of_an_own_team_lies_in_the_drop_folder_once_and_leaves_a_line(site):
    for _ in range(2):
        answer = post(site, sheet())
        assert (answer.status_code, json.loads(answer.content)) == (201, {"lines": 1})
    (path,) = site[0].drop.iterdir()
    assert path.read_bytes() == sheet()
    assert path.name.startswith("telblad_")
    lines = [json.loads(line) for line in (site[1] / "reads.jsonl").read_text().splitlines()]
    assert [(line["user"], line["path"], line["status"]) for line in lines] == [("anna", "hand-in", 201)] * 2


REFUSED = {
    "off": ({"takes_sheets": False}, sheet(), 405),
    "another path": ({"path": "/hand-in/../CURRENT"}, sheet(), 405),
    "nobody": ({"x_remote_user": "niemand"}, sheet(), 404),
    "a stranger": ({"x_remote_user": "vreemde"}, sheet(), 404),
    "no mark": ({"x_meos_hand_in": None}, sheet(), 403),
    "a form": ({"content_type": "application/x-www-form-urlencoded"}, sheet(), 403),
    "another site": ({"sec_fetch_site": "cross-site"}, sheet(), 403),
    "another origin": ({"origin": "https://evil.example"}, sheet(), 403),
    "no origin at all": ({"origin": "null"}, sheet(), 403),
    "another team": ({}, sheet(basisteam="oost"), 403),
    "an agreement of another team": ({}, agreement(actie_id="oost-20250301-a1b2"), 403),
    "edited": ({}, sheet().replace(b";9;5;", b";9;4;"), 422),
    "a script": ({}, sheet(dienst="<script>alert(1)</script>"), 422),
    "a program": ({}, b"#!/bin/sh\nrm -rf /\n", 422),
    "huge": ({}, sheet() + b"x" * MOST_BYTES, 413),
    "empty": ({}, b"", 422),
}


@pytest.mark.parametrize("name", REFUSED)
def test_all_else_is_refused_and_nothing_is_written(site, name):
    options, body, status = REFUSED[name]
    answer = post(site, body, **options)
    assert answer.status_code == status
    assert list(site[0].drop.iterdir()) == []
    assert b"script>" not in answer.content


def test_an_own_agreement_is_taken_also_one_of_the_list(site):
    assert post(site, agreement()).status_code == 201
    assert post(site, agreement(actie_id="A-1")).status_code == 201


def test_who_may_read_everything_may_hand_in_for_every_team(site):
    assert post(site, sheet(basisteam="oost"), x_remote_user="chef").status_code == 201


def test_a_full_drop_folder_and_an_absent_one_take_nothing(site, monkeypatch):
    monkeypatch.setattr(hand_in, "MOST_WAITING", 1)
    assert post(site, sheet()).status_code == 201
    assert post(site, sheet(kenmerk="00000001")).status_code == 429
    for path in site[0].drop.iterdir():
        path.unlink()
    site[0].drop.rmdir()
    assert post(site, sheet()).status_code == 503
