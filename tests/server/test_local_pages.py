"""Pages for the analyst at this computer: what may be linked to is served, and nothing else, to nobody else."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from meos_pipeline.server.local_pages import LocalPages
from meos_pipeline.storage.paths import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data").make()
    for path, text in {
        "published/index.html": "readers",
        "restricted/pages/kwaliteit.html": "analysts",
        "restricted/preview/index.html": "dry run",
        "restricted/reconciliation.parquet": "secret",
        "restricted/fictional-keys.json": "secret",
        "tables/rows.parquet": "secret",
        "archive/raw": "secret",
        "meos.toml": "secret",
    }.items():
        (made.root / path).parent.mkdir(parents=True, exist_ok=True)
        (made.root / path).write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def pages(folder: DataFolder) -> Iterator[LocalPages]:
    served = LocalPages(folder)
    yield served
    served.close()


def ask(pages: LocalPages, path: str, *, host: str = "", key: str | None = None) -> tuple[int, str]:
    place = urlsplit(pages.url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port or 0, timeout=10)
    own = place.path if key is None else f"/{key}"
    connection.request("GET", f"{own}/{path}", headers={"Host": host or place.netloc})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_connection_that_says_nothing_is_closed(pages: LocalPages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meos_pipeline.server.local_pages._Handler.timeout", 0.2)
    with socket.create_connection(("127.0.0.1", urlsplit(pages.url).port or 0), timeout=30) as line:
        assert line.recv(1) == b""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("published/index.html", "readers"),
        ("published/", "readers"),
        ("restricted/pages/kwaliteit.html", "analysts"),
        ("restricted/preview/", "dry run"),
    ],
)
def test_pages_that_dagster_links_to_are_served(pages: LocalPages, path: str, text: str) -> None:
    assert ask(pages, path) == (200, text)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "meos.toml",
        "tables/rows.parquet",
        "archive/raw",
        "restricted/",
        "restricted/reconciliation.parquet",
        "restricted/fictional-keys.json",
        "restricted/pages.key",
        "restricted/pages/../fictional-keys.json",
        "published/%2e%2e/restricted/fictional-keys.json",
        "published/..%2fmeos.toml",
        "published/index.html%00",
        "/etc/passwd",
    ],
)
def test_everything_else_of_the_data_folder_is_not_there(pages: LocalPages, path: str) -> None:
    status, text = ask(pages, path)
    assert status == 404
    assert "secret" not in text


def test_a_link_out_of_the_folder_is_not_followed(pages: LocalPages, folder: DataFolder) -> None:
    (folder.published / "out.html").symlink_to(folder.root / "meos.toml")
    assert ask(pages, "published/out.html")[0] == 404


@pytest.mark.parametrize("key", ["", "x", "é"])
def test_who_does_not_know_the_key_sees_nothing(pages: LocalPages, key: str) -> None:
    assert ask(pages, "published/index.html", key=key.encode().hex())[0] == 404


def test_a_page_of_another_site_that_poses_as_this_computer_sees_nothing(pages: LocalPages) -> None:
    assert ask(pages, "published/index.html", host="evil.example")[0] == 404


def test_links_of_earlier_runs_keep_working(folder: DataFolder) -> None:
    first = LocalPages(folder)
    url = urlsplit(first.url)
    first.close()
    again = LocalPages(folder, port=url.port or 0)
    assert urlsplit(again.url) == url
    other = LocalPages(folder, port=url.port or 0)
    assert urlsplit(other.url).path == url.path
    assert urlsplit(other.url).port != url.port
    again.close()
    other.close()
    assert (folder.restricted / "pages.key").stat().st_mode & 0o077 == 0
