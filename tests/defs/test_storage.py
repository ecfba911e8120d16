"""Dagster's own memory holds no person: not after success, not after failure; and it is erased when its term is over."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from meos_pipeline.defs.history import erase_old_runs
from meos_pipeline.storage.paths import shipped
from tests.cli.conftest import archived
from tests.defs.conftest import Site, settle


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]


def _canaries(site: Site) -> list[bytes]:
    truth = json.loads((site.folder.root / "truth.json").read_text(encoding="utf-8"))
    return [text.encode() for text in _texts(truth["canaries"]) if len(text) > 5]


def _memory(home: Path) -> bytes:
    """Every byte that Dagster keeps: files as they are, and each table of its databases as text."""
    parts = []
    for path in sorted(home.rglob("*")):
        if not path.is_file():
            continue
        parts.append(path.read_bytes())
        if path.suffix == ".db":
            with sqlite3.connect(path) as base:
                tables = [name for (name,) in base.execute("select name from sqlite_master where type = 'table'")]
                parts += [repr(base.execute(f"select * from [{name}]").fetchall()).encode() for name in tables]
    return b"\n".join(parts)


def _found(memory: bytes, canaries: list[bytes]) -> list[bytes]:
    return [canary for canary in canaries if canary in memory]


def test_no_planted_identifier_is_in_dagsters_memory_after_success(ran: Site) -> None:
    canaries = _canaries(ran)
    assert len(canaries) > 1000
    memory = _memory(ran.home)
    assert b"reconciliation" in memory
    assert _found(memory, canaries) == []


def test_no_planted_identifier_is_in_dagsters_memory_after_failure(site: Site) -> None:
    canaries = _canaries(site)
    exports = [path.read_bytes() for path in archived(site.folder)]
    header, *rows = max(exports, key=len).splitlines(keepends=True)
    personal = [row for row in rows if any(canary in row for canary in canaries)][:40]
    assert len(personal) == 40
    landing = site.folder.landing
    # A row cut off, a field too many, a quote that never closes, another encoding, and names where a number should be.
    (landing / "controles_2025-04_20250503T0600.csv").write_bytes(header + b"".join(personal) + personal[0][:-20])
    (landing / "controles_2025-04_20250503T0700.csv").write_bytes(
        header + b"".join(row[:-1] + b";x\n" for row in personal)
    )
    (landing / "controles_2025-04_20250503T0800.csv").write_bytes(header + b'"' + b"".join(personal))
    (landing / "controles_2025-04_20250503T0900.csv").write_bytes(b"\xff\xfe" + header + b"".join(personal))
    (landing / "inzet_maand.csv").write_bytes(
        b"maand;basisteam;diensten;medewerkers_in_dienst\n" + b"\n".join(canaries[:20])
    )
    settle(site.folder)
    failed = site.run("ingest_new_exports")
    assert not failed.success
    for path in (site.folder.tables / "police_checks").rglob("*.parquet"):
        path.write_bytes(b"PAR1" + b"".join(personal))
    assert not site.run("refresh_months", partition="2025-02").success
    assert _found(_memory(site.home), canaries) == []


def test_a_planted_identifier_in_dagsters_memory_would_be_seen(site: Site) -> None:
    canary = _canaries(site)[3]
    site.instance.add_dynamic_partitions("month", [canary.decode()])
    assert _found(_memory(site.home), _canaries(site)) == [canary]


def test_runs_and_logs_are_erased_when_their_term_is_over_and_not_before(site: Site) -> None:
    runs = {run.run_id for run in site.instance.get_runs()}
    for run in runs:
        (site.home / "storage" / run / "compute_logs").mkdir(parents=True)
    now = datetime.now(UTC)
    assert erase_old_runs(site.instance, before=now - timedelta(days=90), sure=True) == 0
    later = now + timedelta(days=91)
    assert erase_old_runs(site.instance, before=later - timedelta(days=90), sure=False) == len(runs)
    assert {run.run_id for run in site.instance.get_runs()} == runs
    assert erase_old_runs(site.instance, before=later - timedelta(days=90), sure=True) == len(runs)
    assert site.instance.get_runs() == []
    assert list((site.home / "storage").iterdir()) == []
    for path in (site.home / "history").rglob("*.db"):
        with sqlite3.connect(path) as base:
            assert base.execute("pragma freelist_count").fetchone() == (0,), path.name
            if "event_logs" in {name for (name,) in base.execute("select name from sqlite_master")}:
                assert base.execute("select count(*) from event_logs").fetchone() == (0,), path.name


def test_purge_counts_and_erases_nothing_until_somebody_is_sure(site: Site) -> None:
    before = len(site.instance.get_runs())
    assert site.run("purge", erase_what_is_too_old={"sure": False}).success
    assert len(site.instance.get_runs()) == before + 1


def test_the_settings_we_ship_send_nothing_and_keep_little() -> None:
    settings = yaml.safe_load((shipped("dagster_home") / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["retention"]["schedule"]["purge_after_days"] <= 90
    assert all(0 < days <= 30 for days in settings["retention"]["sensor"]["purge_after_days"].values())
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 1


def test_dagster_itself_says_that_telemetry_is_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_DISABLE_TELEMETRY", raising=False)
    assert not site.instance.telemetry_enabled
    shutil.rmtree(site.home / "logs", ignore_errors=True)
    assert site.run("ingest_new_exports").success
    assert not list(site.home.rglob("*telemetry*"))
    assert not (site.home / ".logs_queue").exists()
