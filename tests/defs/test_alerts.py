"""Who is told: a message file always, a mail when a server is configured; and a mail server that is away stops nothing."""

from pathlib import Path

import pytest

from tests.defs.conftest import Site, settle
from tests.defs.mail import mail_server

CANARY = "GEHEIM-123456782"


def _alerts(site: Site) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((site.folder.restricted / "alerts").glob("*.txt"))]


def _with_mail(site: Site, port: int) -> None:
    toml = site.folder.root / "meos.toml"
    lines = (
        "[alerts]",
        'smtp_host = "127.0.0.1"',
        f"smtp_port = {port}",
        'sender = "meos@politie.example"',
        'recipients = ["analist@politie.example", "collega@politie.example"]',
    )
    toml.write_text(toml.read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _break_a_companion(site: Site) -> Path:
    path = site.folder.landing / "inzet_maand.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("noordkade", CANARY, 1), encoding="utf-8")
    return path


def test_a_failed_step_leaves_a_message_that_says_what_to_do_and_holds_no_value(site: Site) -> None:
    _break_a_companion(site)
    assert not site.run("ingest_new_exports").success
    text = _alerts(site)[-1]
    assert "Stap 'companions' is mislukt, in job 'ingest_new_exports'" in text
    assert "'inzet_maand.csv'" in text
    assert CANARY not in text


def test_a_failed_step_is_mailed_to_everyone_who_is_named(site: Site) -> None:
    _break_a_companion(site)
    with mail_server() as inbox:
        _with_mail(site, inbox.port)
        assert not site.run("ingest_new_exports").success
    [(recipients, mail)] = inbox.mails
    assert recipients == ["analist@politie.example", "collega@politie.example"]
    assert mail["From"] == "meos@politie.example"
    assert mail["Subject"] == "meos: stap 'companions' is mislukt"
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "'inzet_maand.csv'" in body.decode()
    assert CANARY not in body.decode()


def test_a_refused_file_is_mailed_although_the_run_went_well(site: Site) -> None:
    (site.folder.landing / "controles_2025-04_20250503T0600.csv").write_bytes(b"")
    settle(site.folder)
    with mail_server() as inbox:
        _with_mail(site, inbox.port)
        assert site.run("ingest_new_exports").success
    [(_, mail)] = inbox.mails
    assert mail["Subject"] == "meos: stap 'exports' vraagt aandacht"
    told = _alerts(site)[-1]
    assert "F-LEEG" in told
    assert "Herstel het bij de bron en zet het in landing" in told
    assert "Mend it" not in told


def test_a_run_without_anything_to_tell_leaves_no_message(site: Site) -> None:
    assert site.run("ingest_new_exports").success
    assert _alerts(site) == []


@pytest.mark.parametrize("port", [1])
def test_a_mail_server_that_is_away_loses_no_message(site: Site, port: int) -> None:
    _with_mail(site, port)
    _break_a_companion(site)
    assert not site.run("ingest_new_exports").success
    assert len(_alerts(site)) == 1
