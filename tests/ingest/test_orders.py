"""The merged table is a function of the set of archived files: not of their order, repetition or names."""

import tempfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest.merge import refresh
from meos_pipeline.ingest.receive import receive
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import KEYS, NOW, new_folder, row, take_in, text_of

DAYS = ("30-09-2024", "01-10-2024", "14-10-2024")
RESULTS = ("GEEN_BIJZONDERHEDEN", "AANHOUDING")
HEADER = ("controle_id", "datum", "tijd", "basisteam_medewerker", "resultaat_code", "status")
VERSIONS = st.tuples(
    st.integers(0, 5), st.sampled_from(DAYS), st.sampled_from(RESULTS), st.sampled_from(("", "", "", "VERVALLEN"))
)
EXPORTS = st.lists(st.lists(VERSIONS, min_size=1, max_size=6), min_size=2, max_size=4)
Version = tuple[int, str, str, str]


def file_of(place: int, versions: list[Version]) -> tuple[str, str]:
    # Each number has an hour of its own: rows alike but for their number would be a second delivery, which is refused.
    rows = [
        row(number, datum=day, tijd=f"{9 + number:02d}:30", resultaat_code=result, status=status)
        for number, day, result, status in versions
    ]
    return f"export_202411{10 + place // 2:02d}T0600_{place}.csv", text_of(rows, HEADER)


def expected(exports: list[list[Version]], folder: DataFolder) -> set[tuple[date, str]]:
    """The rules in plain Python: per number the last file by time and hash; a deletion wins within its file."""
    import hashlib

    files = []
    for place, versions in enumerate(exports):
        name, text = file_of(place, versions)
        files.append((name.split("_")[1], hashlib.sha256(text.encode()).hexdigest(), versions))
    # The same bytes delivered twice are one file, of the earlier time.
    first: dict[str, tuple[str, list[Version]]] = {}
    for time, sha, versions in sorted(files, key=lambda item: item[0]):
        first.setdefault(sha, (time, versions))
    latest: dict[int, tuple[str, str] | None] = {}
    for sha, (_, versions) in sorted(first.items(), key=lambda item: (item[1][0], item[0])):
        del sha
        for number in {version[0] for version in versions}:
            mine = [version for version in versions if version[0] == number]
            if any(version[3] for version in mine):
                latest[number] = None
            elif len({version[1:3] for version in mine}) == 1:
                latest[number] = mine[0][1:3]
    return {kept for kept in latest.values() if kept}  # type: ignore[misc]


def table_of(folder: DataFolder) -> pl.DataFrame:
    paths = sorted(folder.tables.glob("police_checks/*/*.parquet"))
    found = pl.concat([pl.read_parquet(path) for path in paths]) if paths else POLICE_CHECKS.empty()
    return found.sort("check_key")


def hold_law(exports: list[list[Version]], order: list[int], repeat: list[int], root: Path) -> None:
    """One at a time in any order with repetitions, against all at once."""
    stepwise, at_once = new_folder(root / "a"), new_folder(root / "b")
    for place in [*order, *repeat]:
        name, text = file_of(place, exports[place])
        step = take_in(stepwise, {name: text})
        assert step.closes
    for place in range(len(exports)):
        name, text = file_of(place, exports[place])
        (at_once.landing / name).write_text(text)
    receive(at_once, Settings(), now=NOW)
    whole = refresh(at_once, Settings(), KEYS, now=NOW)
    assert whole.closes
    assert table_of(stepwise).equals(table_of(at_once))
    found = {
        (f"{day:%d-%m-%Y}", {"nothing_found": RESULTS[0], "arrest": RESULTS[1]}[str(result)])
        for day, result in table_of(at_once).select("check_date", "result").iter_rows()
    }
    assert found == expected(exports, at_once)
    assert whole.reconciliation.filter(pl.col("scope") == "file")["accepted"].sum() == table_of(at_once).height


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[list[Version]], list[int], list[int]]:
    exports = draw(EXPORTS)
    places = list(range(len(exports)))
    return exports, draw(st.permutations(places)), draw(st.lists(st.sampled_from(places), max_size=2))


@settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(arrivals())
def test_any_order_of_arrival_and_any_repetition_give_the_same_table(arrival):
    with tempfile.TemporaryDirectory() as root:
        hold_law(*arrival, Path(root))


@pytest.mark.slow
@settings(max_examples=1000, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(arrivals())
def test_a_thousand_orders_of_arrival_give_the_same_table(arrival):
    with tempfile.TemporaryDirectory() as root:
        hold_law(*arrival, Path(root))


def test_a_late_record_reopens_exactly_its_month(folder):
    september = text_of([row(1, datum="02-09-2024"), row(2, datum="03-09-2024")])
    october = text_of([row(3, datum="02-10-2024")])
    take_in(folder, {"controles_2024-09_20241001T0600.csv": september, "controles_2024-10_20241101T0600.csv": october})
    late = take_in(folder, {"controles_2024-11_20241201T0600.csv": text_of([row(4, datum="30-09-2024")])})
    assert late.months == [date(2024, 9, 1)]


def test_running_again_writes_nothing(folder):
    take_in(folder, {"controles_2024-10_20241101T0600.csv": text_of([row(3)])})
    assert take_in(folder, {}).months == []


def test_a_complete_export_removes_what_it_leaves_out_and_an_incomplete_one_does_not(folder):
    first = text_of([row(1), row(2)])
    take_in(
        folder, {"controles_2024-10_20241101T0600.csv": first, "controles_2024-10_20241102T0600.csv": text_of([row(1)])}
    )
    assert table_of(folder).height == 2
    (folder.landing / "manifest.csv").write_text("bestand;volledig\ncontroles_2024-10_20241103T0600.csv;J\n")
    result = take_in(folder, {"controles_2024-10_20241103T0600.csv": text_of([row(1), row(3)])})
    assert result.closes
    assert table_of(folder).height == 2
    assert set(table_of(folder)["export_id"].to_list()) == set(
        result.reconciliation.filter(pl.col("name").str.contains("1103"))["export_id"].to_list()
    )


def test_a_record_moved_to_another_month_leaves_the_old_one(folder):
    take_in(folder, {"a_20241101T0600.csv": text_of([row(1, datum="31-10-2024"), row(2, datum="31-10-2024")])})
    result = take_in(folder, {"b_20241102T0600.csv": text_of([row(1, datum="01-11-2024")])})
    assert result.closes
    assert table_of(folder)["check_date"].sort().to_list() == [date(2024, 10, 31), date(2024, 11, 1)]
