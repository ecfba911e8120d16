"""Each check is seen to fail on something that is wrong, says what to do, and stops what may not go on."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from meos_pipeline.disclosure.ledger import Ledger, write_ledger
from meos_pipeline.reporting.logo import Logo
from meos_pipeline.steps import publishing
from tests.cli.conftest import archived
from tests.defs.conftest import Site, checks_of, failure_of, settle


def _advice(result: dg.ExecuteInProcessResult, check: str) -> str:
    return str(checks_of(result)[check].metadata["what to do"].value)


def _started(result: dg.ExecuteInProcessResult) -> set[str]:
    return {str(event.step_key) for event in result.all_events if event.is_step_start}


def test_every_check_of_a_good_district_passes_or_warns(ran: Site) -> None:
    failed = [
        item
        for job in ("ingest_new_exports", "refresh_months", "publish_month")
        for item in ran.checks(job)
        if not item.passed
    ]
    assert {item.severity for item in failed} <= {dg.AssetCheckSeverity.WARN}
    assert all(str(item.metadata["what to do"].value) != "nothing" for item in failed)


def test_a_broken_export_fails_its_check_by_name_and_never_blocks_the_good_one_beside_it(fresh: Site) -> None:
    good = min(fresh.folder.landing.glob("controles_*"))
    for path in fresh.folder.landing.glob("controles_*"):
        if path != good:
            path.unlink()
    (fresh.folder.landing / "controles_2025-02_20250404T0600.csv").write_bytes(b"")
    settle(fresh.folder)
    result = fresh.run("ingest_new_exports")
    assert result.success
    check = checks_of(result)["no_export_is_refused"]
    assert not check.passed
    assert "F-LEEG: 'controles_2025-02_20250404T0600.csv'" in _advice(result, "no_export_is_refused")
    assert check.description == "1 bestand is geweigerd; al het andere is ingenomen"
    assert (
        fresh.metadata("exports")["new files"].startswith(good.name)
        or good.name in fresh.metadata("exports")["new files"]
    )
    assert "mend the files that were refused" in fresh.metadata("exports")["what to do next"]


def test_a_companion_file_that_cannot_be_read_is_named_and_stops_the_publication(site: Site) -> None:
    path = site.folder.landing / "inzet_maand.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("maand", "mand", 1), encoding="utf-8")
    before = publishing.current_edition(site.space)
    result = site.run("publish_month")
    assert not result.success
    assert "'inzet_maand.csv'" in _advice(result, "companion_files_are_readable")
    assert "'inzet_maand.csv'" in failure_of(result)
    assert _started(result) == {"companions"}
    assert publishing.current_edition(site.space) == before


def test_an_implausible_coverage_sample_stops_the_publication_and_a_mended_one_does_not(site: Site) -> None:
    path = site.folder.landing / "steekproef_dekking.csv"
    good = path.read_text(encoding="utf-8")
    columns = good.splitlines()[0].split(";")
    team = (site.folder.landing / "organisatie.csv").read_text(encoding="utf-8").splitlines()[1].split(";")[0]
    row = {"datum": "05-02-2025", "basisteam": team, "blad": "1", "waargenomen_controles": "7"}
    row |= {"waarvan_geregistreerd": "8", "waarvan_met_resultaat": "2", "waarvan_met_resultaat_geregistreerd": "2"}
    path.write_text(good + ";".join(row.get(name, "") for name in columns) + "\n", encoding="utf-8")
    result = site.run("publish_month")
    assert not result.success
    name = "coverage_sample__blocking"
    assert checks_of(result)[name].blocking
    assert "fell short in 1 of" in _advice(result, name)
    assert "meos expectations explain registered_checks_were_seen" in _advice(result, name)
    assert name in failure_of(result)
    assert _started(result) == {"companions"}
    path.write_text(good, encoding="utf-8")
    assert checks_of(site.materialize("companions"))[name].passed


def test_a_row_that_is_not_accounted_for_stops_the_month(site: Site) -> None:
    facts = next(
        path
        for path in (site.folder.tables / "parsed").rglob("facts.json")
        if "2025-02" in path.read_text(encoding="utf-8")
    )
    told = json.loads(facts.read_text(encoding="utf-8"))
    told["rows_in"] += 1
    facts.write_text(json.dumps(told), encoding="utf-8")
    result = site.run("refresh_months", partition="2025-02")
    assert not result.success
    assert "1 file does not close" in _advice(result, "every_row_is_accounted_for")
    assert _started(result) == {"police_checks"}


def _shift(site: Site, source: str, months: int) -> None:
    """Make a month out of another, so that a team has a usual month."""
    frame = pl.read_parquet(site.folder.tables / "police_checks" / f"month={source}" / "part-0.parquet")
    moved = frame.with_columns([pl.col(name).dt.offset_by(f"{months}mo") for name in ("month", "check_date")])
    target = site.folder.tables / "police_checks" / f"month={moved['month'][0]}"
    target.mkdir(exist_ok=True)
    moved.write_parquet(target / "part-0.parquet")


def test_a_month_with_a_twentieth_of_its_usual_records_is_asked_about(site: Site) -> None:
    for months in (-3, -6, -9):
        _shift(site, "2025-02-01", months)
    path = site.folder.tables / "police_checks" / "month=2025-03-01" / "part-0.parquet"
    frame = pl.read_parquet(path)
    frame.gather_every(20).write_parquet(path)
    result = site.materialize("validation", "cells", partition="2025-03")
    assert result.success
    volume = checks_of(result)["monthly_metrics__to_look_at"]
    assert not volume.passed
    assert volume.partition == "2025-03"
    for rule in ("volume_is_not_a_tenth_of_the_usual_month", "volume_is_close_to_the_usual_month"):
        assert f"{rule}: 2025-03: fell short in" in _advice(result, volume.check_name)
        assert rule in str(volume.metadata["rules that fell short"].value)
    assert "The publication goes on. Look at it" in _advice(result, volume.check_name)


def test_an_edition_that_leaks_is_not_published_and_its_check_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logo is cleaned when it is read; this one slips through, as any fault of ours might.
    monkeypatch.setattr("meos_pipeline.reporting.site.read_logo", lambda path: Logo(path.name, path.read_bytes()))
    house = site.folder.root / "house"
    house.mkdir()
    (house / "logo.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><image href='https://elders.example/logo.png'/></svg>",
        encoding="utf-8",
    )
    before = publishing.current_edition(site.space)
    result = site.materialize("edition")
    assert not result.success
    check = checks_of(result)["attack_finds_nothing"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert "Nothing was published" in _advice(result, "attack_finds_nothing")
    assert "would leak" in failure_of(result)
    assert publishing.current_edition(site.space) == before


def test_a_page_that_was_changed_afterwards_is_seen_and_publishing_again_mends_it(site: Site) -> None:
    edition = publishing.current_edition(site.space)
    page = site.folder.published / "editions" / edition / "index.html"
    page.write_bytes(page.read_bytes() + b" ")
    result = site.run("look_after")
    assert result.success
    check = checks_of(result)["edition_verifies"]
    assert not check.passed
    assert "index.html" in _advice(result, "edition_verifies")
    assert "publish_month" in _advice(result, "edition_verifies")
    assert site.materialize("edition").success
    assert checks_of(site.run("look_after"))["edition_verifies"].passed


def test_a_team_that_fell_silent_is_named(site: Site) -> None:
    path = site.folder.landing / "organisatie.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    columns, cells = lines[0].split(";"), lines[-1].split(";")
    for name, value in {"basisteam_code": "stilkade", "basisteam": "Stilkade", "schrijfwijzen": "BT Stilkade"}.items():
        cells[columns.index(name)] = value
    path.write_text("\n".join([*lines, ";".join(cells)]) + "\n", encoding="utf-8")
    result = site.run("look_after")
    check = checks_of(result)["every_team_still_delivers"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "ask for the export of stilkade" in _advice(result, "every_team_still_delivers")


def _ledger_one_higher(site: Site) -> tuple[Path, pl.DataFrame]:
    path = max((site.folder.restricted / "ledger").glob("*.parquet"))
    return path, pl.read_parquet(path).with_columns(pl.col("n_released") + 1)


def test_released_counts_that_are_not_rounded_are_not_analysed(site: Site) -> None:
    path, frame = _ledger_one_higher(site)
    write_ledger(path.parent, Ledger(frame))
    result = site.materialize("released_cells", "findings")
    assert not result.success
    check = checks_of(result)["released_counts_are_rounded_and_add_up"]
    assert check.blocking
    assert not check.passed
    assert "do not publish" in _advice(result, check.check_name)
    assert _started(result) == {"released_cells"}


def test_a_ledger_that_was_tampered_with_is_refused_in_one_sentence(site: Site) -> None:
    path, frame = _ledger_one_higher(site)
    frame.write_parquet(path)
    result = site.materialize("released_cells", "findings")
    assert not result.success
    assert path.name in failure_of(result) or "ledger" in failure_of(result)
    assert _started(result) == {"released_cells"}


@pytest.fixture
def unmade(site: Site) -> Site:
    """A district of which nothing is published."""
    (site.folder.published / "CURRENT").unlink()
    return site


def test_nothing_published_is_not_a_damaged_edition(unmade: Site) -> None:
    assert checks_of(unmade.run("look_after"))["edition_verifies"].passed


def test_a_month_that_no_export_brought_is_not_silently_made(site: Site) -> None:
    site.instance.add_dynamic_partitions("month", ["2031-01"])
    result = site.run("refresh_months", partition="2031-01")
    assert not result.success
    assert "the_month_has_checks: 2031-01: fell short in 1 of 1" in _advice(result, "police_checks__blocking")
    assert "cells" not in _started(result)


BROKEN = "controles_2025-04_20250503T0600.csv"


def _refused(site: Site, name: str = BROKEN) -> dg.AssetCheckEvaluation:
    """Drop a file that cannot be read, and take it in."""
    (site.folder.landing / name).write_bytes(b"")
    settle(site.folder)
    result = site.run("ingest_new_exports")
    check = checks_of(result)["no_export_is_refused"]
    assert not check.passed
    return check


def _good_rows(site: Site) -> bytes:
    return max((path.read_bytes() for path in archived(site.folder)), key=len)


def _again(site: Site, **config: object) -> dg.AssetCheckEvaluation:
    result = site.run("ingest_new_exports", **({"exports": config} if config else {}))
    assert result.success, failure_of(result)
    return checks_of(result)["no_export_is_refused"]


@pytest.mark.parametrize(
    "mended", [BROKEN, "controles_2025-04_20250504T0900.csv"], ids=["the same name", "a later export time"]
)
def test_a_refused_file_asks_no_more_when_a_good_one_took_its_place(site: Site, mended: str) -> None:
    check = _refused(site)
    assert "zet het in landing" in str(check.metadata["what to do"].value)
    assert not _again(site).passed
    (site.folder.landing / mended).write_bytes(_good_rows(site) + b"\n")
    settle(site.folder)
    assert _again(site).passed
    assert f"| {BROKEN} |" in str(site.metadata("exports")["refused files that were replaced or let go"])


def test_a_good_file_of_another_team_or_month_takes_the_place_of_no_refused_one(site: Site) -> None:
    _refused(site)
    (site.folder.landing / "controles_zuid_2025-04_20250504T0900.csv").write_bytes(_good_rows(site) + b"\n")
    (site.folder.landing / "controles_2025-05_20250604T0900.csv").write_bytes(_good_rows(site) + b"\n\n")
    settle(site.folder)
    assert not _again(site).passed


def test_a_file_that_comes_broken_after_a_good_one_of_its_name_is_red(site: Site) -> None:
    _refused(site, "controles_2025-03_20250403T0600.csv")


def test_a_refused_file_that_nobody_misses_is_let_go_with_a_reason_that_is_kept(site: Site) -> None:
    check = _refused(site)
    assert f'meos acknowledge {BROKEN} --why "…"' in str(check.metadata["what to do"].value)
    assert _again(site, acknowledge={BROKEN: "er waren geen controles"}).passed
    assert _again(site).passed
    page = (site.folder.restricted / "pages" / "kwaliteit.html").read_text(encoding="utf-8")
    assert BROKEN in page
    assert "er waren geen controles" in page
    log = site.folder.audit_log.read_text(encoding="utf-8").splitlines()
    assert json.loads(log[-1])["action"] == "acknowledge"
    assert json.loads(log[-1])["facts"]["file"] == BROKEN


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"anders.csv": "weg"}, "'anders.csv' is no file that asks for attention; those that do are: "),
        ({BROKEN: " "}, "needs a reason"),
    ],
)
def test_only_a_refused_file_can_be_let_go_and_only_with_a_reason(site: Site, asked: dict[str, str], says: str) -> None:
    _refused(site)
    result = site.run("ingest_new_exports", exports={"acknowledge": asked})
    assert not result.success
    assert says in failure_of(result)
    assert not _again(site).passed
