import json

import pytest

pytest.importorskip("starlette")

from meos_pipeline.errors import SettingsError
from meos_pipeline.publication import Facts, publish
from meos_pipeline.server.app import Proxy, create_app
from meos_pipeline.server.permissions import read_permissions
from meos_pipeline.storage.paths import DataFolder
from tests.server.asgi import request

READERS = """
[readers]
anna = ["noord"]
"b.boer" = ["noord", "oost", "district"]
chef = ["*"]
niemand = []
"""
PROXY = Proxy(secret="s3cret")


@pytest.fixture
def site(tmp_path):
    data = DataFolder(tmp_path / "data").make()

    def build(folder):
        for place in ("noord", "oost", "district", "assets"):
            (folder / place).mkdir()
            (folder / place / ("report.css" if place == "assets" else "index.html")).write_text(place)
        (folder / "index.html").write_text("alle teams")
        return Facts(month="2026-10")

    name = publish(data, build)
    (tmp_path / "readers.toml").write_text(READERS)
    app = create_app(data, permissions=tmp_path / "readers.toml", audit=tmp_path / "reads.jsonl", proxy=PROXY)
    return data, name, app, tmp_path


def get(site, path, user="anna", *, app=None, **options):
    headers = options.pop("headers", [("x-remote-user", user), ("x-proxy-secret", "s3cret")])
    return request(app or site[2], path.replace("EDITION", site[1]), headers, **options)


@pytest.mark.parametrize(
    ("user", "path", "text"),
    [
        ("anna", "/editions/EDITION/noord/index.html", "noord"),
        ("anna", "/editions/EDITION/noord/", "noord"),
        ("ANNA", "/editions/EDITION/noord/index.html", "noord"),
        ("anna", "/editions/EDITION/assets/report.css", "assets"),
        ("b.boer", "/editions/EDITION/oost/index.html", "oost"),
        ("chef", "/editions/EDITION/index.html", "alle teams"),
        ("chef", "/editions/EDITION/district/index.html", "district"),
    ],
)
def test_a_reader_reads_what_is_his(site, user, path, text):
    response = get(site, path, user)
    assert (response.status_code, response.text) == (200, text)
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("user", "path"),
    [
        ("anna", "/editions/EDITION/oost/index.html"),
        ("anna", "/editions/EDITION/index.html"),
        ("anna", "/editions/EDITION/"),
        ("anna", "/editions/EDITION/manifest.json"),
        ("chef", "/editions/EDITION/manifest.json"),
        ("anna", "/editions/EDITION/noord/../oost/index.html"),
        ("anna", "/editions/EDITION/noord/%2e%2e/oost/index.html"),
        ("anna", "/editions/EDITION/noord/..%2foost/index.html"),
        ("anna", "/editions/EDITION//oost/index.html"),
        ("anna", "/editions/EDITION/noord/absent.html"),
        ("anna", "/editions/2026-10-0000000000000000/noord/index.html"),
        ("anna", "/editions/../../restricted/audit.jsonl"),
        ("anna", "/CURRENT"),
        ("anna", "/seals/EDITION.json"),
        ("niemand", "/editions/EDITION/assets/report.css"),
        ("vreemde", "/editions/EDITION/noord/index.html"),
        ("", "/editions/EDITION/noord/index.html"),
        ("vreemde", "/"),
    ],
)
def test_all_else_is_not_found_and_looks_alike(site, user, path):
    response = get(site, path, user)
    absent = get(site, "/editions/EDITION/noord/absent.html", "anna")
    assert response.status_code == 404
    assert (response.content, dict(response.headers)) == (absent.content, dict(absent.headers))


@pytest.mark.parametrize(
    ("user", "place"), [("anna", "noord/index.html"), ("chef", "index.html"), ("b.boer", "district/index.html")]
)
def test_the_front_door_leads_to_your_first_page(site, user, place):
    assert get(site, "/", user).headers["location"] == f"/editions/{site[1]}/{place}"


def test_only_the_proxy_can_name_a_reader(site):
    path = "/editions/EDITION/noord/index.html"
    named = [("x-remote-user", "anna"), ("x-proxy-secret", "s3cret")]
    assert get(site, path, headers=named).status_code == 200
    assert get(site, path, headers=[named[0]]).status_code == 404
    assert get(site, path, headers=[named[0], ("x-proxy-secret", "wrong")]).status_code == 404
    assert get(site, path, headers=[*named, ("x-remote-user", "chef")]).status_code == 404
    assert get(site, path, headers=named, address="10.0.0.7").status_code == 404


def test_a_changed_file_is_not_served(site):
    path = next((site[0].published / "editions").iterdir()) / "noord" / "index.html"
    path.write_text("changed")
    assert get(site, "/editions/EDITION/noord/index.html").status_code == 404


def test_a_permission_that_is_taken_away_is_gone_at_once_and_a_broken_file_opens_nothing(site):
    path = "/editions/EDITION/noord/index.html"
    (site[3] / "readers.toml").write_text("[readers]\nanna = []\n")
    assert get(site, path).status_code == 404
    (site[3] / "readers.toml").write_text("[readers\n")
    assert get(site, path, "chef").status_code == 404


def test_every_read_leaves_a_line(site):
    get(site, "/editions/EDITION/noord/index.html")
    get(site, "/editions/EDITION/oost/index.html\n{", "anna")
    lines = [json.loads(line) for line in (site[3] / "reads.jsonl").read_text().splitlines()]
    assert [(line["user"], line["status"]) for line in lines] == [("anna", 200), ("anna", 404)]
    assert lines[0]["path"] == f"editions/{site[1]}/noord/index.html"


def test_writing_is_not_offered(site):
    assert get(site, "/", "chef", method="POST").status_code == 405


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[readers", "TOML"),
        ("[users]\na = []", "one table"),
        ('[readers]\na = "noord"', "list of folder names"),
        ("[readers]\na = []\nA = []", "twice"),
    ],
)
def test_permissions_that_are_wrong_are_refused_at_the_start(tmp_path, text, message):
    (tmp_path / "readers.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_permissions(tmp_path / "readers.toml")


def test_without_a_secret_the_server_does_not_start_unless_told(tmp_path):
    data = DataFolder(tmp_path).make()
    (tmp_path / "readers.toml").write_text('[readers]\n"a" = ["*"]\n', encoding="utf-8")
    files = {"permissions": tmp_path / "readers.toml", "audit": tmp_path / "reads.jsonl"}
    with pytest.raises(SettingsError, match="x-proxy-secret"):
        create_app(data, **files)
    assert create_app(data, **files, proxy=Proxy(is_trusted_without_secret=True))
