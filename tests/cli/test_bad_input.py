"""What a person sees who gives ``meos`` something wrong: one clear message, exit code 2, nothing written."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, place, tree

NAME = "controles_2025-01_20250403T0600.csv"


def _export(exports: DataFolder) -> bytes:
    return min(exports.landing.glob("controles_2025-01*")).read_bytes()


def _without_team(exports: DataFolder) -> bytes:
    return _export(exports).replace(b"basisteam_medewerker", b"iets_anders", 1)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (NAME, _without_team, ("basisteam",)),
        ("controles_2025-01.xlsx", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, ("F-ZIP-KAPOT",)),
        ("controles_2025-01.parquet", lambda _: b"PAR1" + b"x" * 400 + b"PAR1", ()),
        (NAME, lambda _: b"", ("F-LEEG",)),
        (NAME, lambda exports: _export(exports).split(b"\n", 1)[0] + b"\n", ("F-LEEG",)),
    ],
    ids=["column missing", "another type", "broken type", "empty", "header only"],
)
def test_an_export_that_cannot_be_read_gives_one_message_and_writes_nothing(
    name: str,
    content: Callable[[DataFolder], bytes],
    says: tuple[str, ...],
    exports: DataFolder,
    empty: DataFolder,
    meos: Meos,
) -> None:
    place(empty, name, content(exports))
    said = meos("run", "--data", empty.root)
    assert said.code == 2, said.text
    lines = [line for line in said.out.splitlines() if name in line]
    assert len(lines) == 1, said.text
    assert all(word in lines[0] for word in says), lines
    assert "Traceback" not in said.text
    assert tree(empty.published) == {}
    assert not (empty.tables / "police_checks").exists()
    assert not (empty.restricted / "cells").exists()


@pytest.mark.smoke
def test_a_broken_export_never_blocks_the_good_one_beside_it(
    exports: DataFolder, empty: DataFolder, meos: Meos
) -> None:
    place(empty, NAME, _export(exports))
    place(empty, "controles_2025-02_20250404T0600.csv", b"")
    said = meos("run", "--data", empty.root)
    assert said.code == 3, said.text
    assert "F-LEEG" in said.out
    assert "Published edition" in said.out


def test_a_bad_row_goes_to_quarantine_with_its_reason_and_is_counted(
    exports: DataFolder, empty: DataFolder, meos: Meos
) -> None:
    lines = _export(exports).decode().splitlines()
    columns = lines[0].split(";")
    cells = lines[5].split(";")
    cells[columns.index("datum")] = "31-02-2025"
    lines[5] = ";".join(cells)
    place(empty, NAME, "\n".join(lines).encode() + b"\n")
    said = meos("run", "--data", empty.root)
    assert said.code == 3, said.text
    assert " 1 quarantined" in said.out
    listed = meos("quarantine", "list", "--data", empty.root)
    assert NAME in listed.out
    assert "31-02-2025" not in listed.text
    code = next(word for word in listed.out.split() if word.startswith("R-"))
    explained = meos("quarantine", "explain", code)
    assert explained.code == 0
    assert len(explained.out) > 40


def test_a_broken_companion_file_stops_the_run_with_every_breach(
    empty: DataFolder, exports: DataFolder, meos: Meos
) -> None:
    place(empty, NAME, _export(exports))
    place(empty, "inzet_maand.csv", b"maand;iets\n2025-01;3\n")
    said = meos("run", "--data", empty.root)
    assert said.code == 2, said.text
    assert "inzet_maand.csv" in said.text
    assert tree(empty.published) == {}
    place(empty, "inzet_maand.csv", (exports.landing / "inzet_maand.csv").read_bytes())
    assert meos("run", "--data", empty.root).code == 0


def test_the_settings_file_is_refused_with_all_breaches_and_the_nearest_key(empty: DataFolder, meos: Meos) -> None:
    settings = empty.root / "meos.toml"
    settings.write_text(settings.read_text().replace("organisation =", "organistion =").replace("true", '"maybe"', 1))
    said = meos("run", "--data", empty.root)
    assert said.code == 2
    assert "organisation" in said.err
    assert "fictional" in said.err
    settings.write_text("[site\n")
    assert meos("status", "--data", empty.root).code == 2
    settings.write_bytes(b"\xff\xfe[site]")
    said = meos("status", "--data", empty.root)
    assert (said.code, "meos.toml" in said.err) == (2, True), said.text


def test_a_month_that_cannot_be_published_is_refused_in_words(district: DataFolder, meos: Meos) -> None:
    before = tree(district.published)
    for month, word in (("2031-01", "newest settled month"), ("january", "write it as 2026-10")):
        said = meos("publish", "--month", month, "--data", district.root)
        assert said.code == 2, said.text
        assert word in said.text
    assert tree(district.published) == before


def test_a_first_month_that_is_too_young_is_counted_and_nothing_is_published_yet(
    exports: DataFolder, empty: DataFolder, meos: Meos
) -> None:
    place(empty, "controles_2025-01_20250203T0600.csv", _export(exports))
    said = meos("run", "--data", empty.root)
    assert said.code == 0, said.text
    assert "42 days after its end" in said.out
    assert (empty.tables / "police_checks").exists()
    assert tree(empty.published) == {}


def test_a_folder_that_cannot_be_made_is_named(empty: DataFolder, meos: Meos) -> None:
    said = meos("status", "--data", empty.root / "meos.toml" / "data")
    assert said.code == 2
    assert "--data" in said.err


def test_a_home_of_dagster_that_is_no_folder_is_named_and_nothing_is_taken_in(
    empty: DataFolder, exports: DataFolder, meos: Meos, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(empty, NAME, _export(exports))
    monkeypatch.setenv("DAGSTER_HOME", str(empty.root / "nergens"))
    said = meos("run", "--data", empty.root)
    assert said.code == 2
    assert "DAGSTER_HOME names 'nergens'" in said.err
    assert (empty.landing / NAME).exists()


def test_a_missing_key_and_another_sites_key_are_refused_before_work(
    exports: DataFolder, district: DataFolder, meos: Meos
) -> None:
    key = district.restricted / "fictional-keys.json"
    own = key.read_bytes()
    key.unlink()
    said = meos("run", "--data", district.root)
    assert (said.code, "meos key new" in said.err) == (78, True), said.text
    assert meos("key", "new", key).code == 0
    later = min(exports.landing.glob("controles_2025-02*")).read_bytes()
    place(district, "controles_2025-02_20250404T0600.csv", later + b"\n")
    before = tree(district.tables)
    said = meos("run", "--data", district.root)
    assert said.code == 78, said.text
    assert tree(district.tables) == before
    key.unlink()
    key.write_bytes(own)
    key.chmod(0o600)
    assert meos("run", "--data", district.root).code == 0


def test_an_unknown_command_or_option_is_refused_with_the_nearest_name(meos: Meos) -> None:
    said = meos("rnu")
    assert said.code == 2, said
    assert "run" in said.text


STOPPED = """
import os, signal, sys
from meos_pipeline.steps import counting
def stop(*_):
    os.kill(os.getpid(), signal.SIGTERM)
counting.count_months = stop
from meos_pipeline.cli import main
main(sys.argv[1:])
"""


def test_a_run_that_the_system_stops_says_so_and_the_next_one_goes_on(
    exports: DataFolder, empty: DataFolder, meos: Meos
) -> None:
    place(empty, NAME, _export(exports))
    stopped = subprocess.run(
        [sys.executable, "-c", STOPPED, "run", "--data", str(empty.root)], capture_output=True, text=True, check=False
    )
    assert stopped.returncode == 130, stopped.stderr
    assert stopped.stderr.strip() == "Stopped. Nothing half is left; run again when you like."
    assert meos("run", "--data", empty.root).code == 0
