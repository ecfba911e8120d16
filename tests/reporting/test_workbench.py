"""The workbench holds what readers can get and nothing more; every example of SQL answers its question."""

import csv
import dataclasses
import io
import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from meos_pipeline.attack.cells import claimed
from meos_pipeline.attack.document import Document
from meos_pipeline.attack.files import read_bytes
from meos_pipeline.attack.suspicions import suspicions
from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.workbench import WORKBENCH
from meos_pipeline.disclosure.door import passed
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.downloads import cells_csv
from meos_pipeline.reporting.results import OF_ONE_PERSON, results_by_team
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.reporting.workbench import category_name, workbench_tables
from meos_pipeline.reporting.workbench_files import EXAMPLES, SQL, workbench_files
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

TREE = read_words(shipped("reports"))
DUTCH, ENGLISH = Words(TREE, "nl"), Words(TREE, "en")
QUERIES = sorted((SQL / EXAMPLES).glob("*.sql"))
TEAM = "team-noordkade"
PLANTED = [
    # partition        start              category                     n
    ("reason_hit", date(2026, 7, 1), "behaviour_driving|strict", 100),
    ("reason_hit", date(2026, 7, 1), "behaviour_driving|none", 5),
    ("reason_hit", date(2026, 4, 1), "behaviour_driving|none", 40),
    ("reason_hit", date(2024, 7, 1), "behaviour_driving|none", 995),
    ("age_band_hit", date(2025, 1, 1), "18-24|none", 60),
    ("age_band_hit", date(2025, 1, 1), "18-24|strict", 5),
]


def with_planted(given: Publishable) -> Publishable:
    """The made-up district with counts that are known here, also of one person and of a team without a page."""
    rows = [(TEAM, PARTITIONS[p].period, start, p, category, n) for p, start, category, n in PLANTED]
    rows += [(TEAM, "month", date(2026, 10, 1), "activities", "briefing", 15)]
    rows += [("team-gone", "month", date(2026, 10, 1), "proactive", "proactive", 85)]
    extra = pl.DataFrame(rows, schema=CELLS.schema, orient="row")
    kept = given.cells.filter(~pl.col("partition").is_in(["activities", "reason_hit", "age_band_hit"]))
    return dataclasses.replace(given, cells=passed(pl.concat([kept, extra])))


@pytest.fixture(scope="module")
def given() -> Publishable:
    return with_planted(publishable(teams=3))


@pytest.fixture(scope="module")
def tables(given: Publishable) -> dict[str, pl.DataFrame]:
    return workbench_tables(given, DUTCH, edition="2026-10-0123456789abcdef")


@pytest.fixture(scope="module")
def files(given: Publishable, tables: dict[str, pl.DataFrame]) -> dict[str, bytes]:
    return workbench_files(tables, given, DUTCH)


@pytest.fixture(scope="module")
def database(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("workbench") / "workbench.duckdb"
    path.write_bytes(files["workbench.duckdb"])
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def answered(database: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    asked = database.execute(sql)
    names = [column[0] for column in asked.description]
    return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def example(number: int) -> str:
    return next(path for path in QUERIES if path.name.startswith(f"{number:02}_")).read_text(encoding="utf-8")


def test_there_are_ten_examples_each_with_its_question_in_both_languages(files: dict[str, bytes]) -> None:
    assert [path.name[:3] for path in QUERIES] == [f"{number:02}_" for number in range(1, 11)]
    assert {f"examples/{path.name}" for path in QUERIES} < set(files)
    for path in QUERIES:
        dutch, english, *sql = path.read_text(encoding="utf-8").splitlines()
        assert "?" in dutch
        assert "?" in english
        assert sql[0].startswith("SELECT")


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_each_example_runs_and_answers(path: Path, database: duckdb.DuckDBPyConnection) -> None:
    rows = answered(database, path.read_text(encoding="utf-8"))
    assert rows
    columns = set(rows[0])
    empty = {name for name in columns if all(row[name] is None for row in rows)}
    assert empty <= {"not_shown", "least_needed", "coverage", "coverage_lower", "coverage_upper"}
    if any("yield" in name for name in columns):
        assert {"coverage", "coverage_lower", "coverage_upper", "coverage_name"} <= columns


def test_a_sum_with_small_counts_has_two_bounds(database: duckdb.DuckDBPyConnection) -> None:
    reasons = answered(database, example(3))
    assert reasons == [
        {
            "team_name": "Team Noordkade",
            "reason": "behaviour_driving",
            "reason_name": "rijgedrag",
            "at_least": 141,
            "at_most": 149,
        }
    ]
    ages = answered(database, example(8))
    assert [(row["age_name"], row["at_least"], row["at_most"]) for row in ages] == [("18 tot 25 jaar", 61, 69)]


def test_of_yields_the_corrected_one_leads_and_each_has_its_coverage(database: duckdb.DuckDBPyConnection) -> None:
    found = answered(database, "SELECT * FROM yields WHERE statistic = 'yield_corrected'")
    assert {row["leads"] for row in found} == {1}
    assert all(row["coverage"] is not None for row in found)
    columns = {row["column_name"] for row in answered(database, "DESCRIBE beside_district")}
    assert {"coverage", "district_coverage"} <= columns
    assert not answered(database, "SELECT 1 FROM yields WHERE coverage_name IS NULL")


def test_coverage_is_that_of_the_shortest_period_around(tables: dict[str, pl.DataFrame]) -> None:
    findings = tables["findings"]
    own = findings.filter(statistic="coverage", series="", team=TEAM)
    for row in findings.filter(pl.col("statistic").str.starts_with("yield"), team=TEAM).iter_rows(named=True):
        around = own.filter(pl.col("period_start") <= row["period_start"], pl.col("period_end") >= row["period_end"])
        lengths = around.with_columns(days=pl.col("period_end") - pl.col("period_start")).sort("days")
        assert row["coverage"] == (lengths["estimate"][0] if lengths.height else None)


def test_counts_are_those_that_readers_take_along(given: Publishable, tables: dict[str, pl.DataFrame]) -> None:
    readers = set()
    for team, results in results_by_team(given).items():
        if team and team != "team-gone":
            text = cells_csv([c for rows in results.counts.values() for c in rows], given).decode()
            readers |= {
                (r["team"], r["period_start"], r["partition"], r["category"], r["n"])
                for r in csv.DictReader(io.StringIO(text))
            }
    ours = {
        (r["team"], r["period_start"].isoformat(), r["partition"], r["category"], "" if r["n"] is None else str(r["n"]))
        for r in tables["cells"].iter_rows(named=True)
    }
    assert ours == readers
    assert ("team-noordkade", "2026-07-01", "reason_hit", "behaviour_driving|none", "") in ours


def test_what_one_person_did_and_what_nobody_sees_is_left_out(tables: dict[str, pl.DataFrame]) -> None:
    assert not set(tables["cells"]["partition"]) & OF_ONE_PERSON
    assert not set(tables["findings"]["statistic"]) & {"ambassador_activities"}
    assert "team-gone" not in {team for table in ("cells", "findings", "teams") for team in tables[table]["team"]}


def test_an_estimate_is_as_coarse_as_the_page_and_silent_where_the_page_is(
    given: Publishable, tables: dict[str, pl.DataFrame]
) -> None:
    assert given.findings.filter(pl.col("estimate") != pl.col("estimate").round(2)).height > 100, "there are finer ones"
    found = tables["findings"]
    for name in ("estimate", "lower", "upper", "coverage"):
        small = found.filter(pl.col(name).abs() < 10)
        assert small.filter((pl.col(name) - pl.col(name).round(2)).abs() > 1e-9).is_empty()
    silent = found.filter(pl.col("label").cast(pl.String).is_in(["too_few", "withheld", "missing_input"]))
    assert silent.height > 10
    assert (
        silent.select(pl.any_horizontal(pl.col("estimate", "lower", "upper", "events", "n").is_not_null())).sum().item()
        == 0
    )
    for name in ("events", "n", "reference_events", "reference_n"):
        assert found.filter(pl.col(name).is_between(1, given.policy.smallest_shown_count - 1)).is_empty()


def test_a_small_numerator_of_a_finding_has_no_number(given: Publishable) -> None:
    is_changed = pl.col("statistic") == "dossier_complete"
    small = given.findings.with_columns(
        events=pl.when(is_changed).then(5).otherwise("events").cast(pl.Int64),
        n=pl.when(is_changed).then(100).otherwise("n").cast(pl.Int64),
    )
    changed = dataclasses.replace(given, findings=passed(FINDINGS.require(small)))
    found = workbench_tables(changed, DUTCH, edition="x")["findings"].filter(statistic="dossier_complete")
    assert found.height > 3
    assert set(found["events"]) == {None}
    assert set(found["n"]) == {100}


def test_the_dictionary_is_made_from_the_contracts_and_names_each_column(
    database: duckdb.DuckDBPyConnection, files: dict[str, bytes]
) -> None:
    there = answered(
        database,
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        " AND table_name IN (SELECT table_name FROM duckdb_tables())",
    )
    told = answered(database, "SELECT table_name, column_name FROM dictionary")
    assert sorted(map(str, there)) == sorted(map(str, told))
    page = files["dictionary.md"].decode()
    assert [one.name for one in WORKBENCH if f"## {one.name}" not in page] == []
    columns = [column.name for one in WORKBENCH for column in one.columns]
    assert [name for name in columns if f"| `{name}` |" not in page] == []
    assert [row for row in told if row["column_name"].endswith("_key")] == []


def test_every_table_and_view_says_what_it_is(database: duckdb.DuckDBPyConnection) -> None:
    silent = answered(
        database,
        "SELECT view_name AS name FROM duckdb_views() WHERE NOT internal AND comment IS NULL"
        " UNION ALL SELECT table_name FROM duckdb_tables() WHERE comment IS NULL",
    )
    assert silent == []


def test_each_partition_and_category_has_words_in_both_languages() -> None:
    shown = [one for one in PARTITIONS.values() if one.name not in OF_ONE_PERSON]
    assert [one.name for one in shown if not DUTCH.has(f"workbench/partition/{one.name}")] == []
    pairs = [(one.name, category) for one in shown for category in one.categories]
    laws = {"legal_basis_hit"}  # codes of laws stand for themselves
    same = {("shift_kind", "flex"), *((p, c) for p, c in pairs if p in laws)}
    for words in (DUTCH, ENGLISH):
        raw = [(p, c) for p, c in pairs if "_" in category_name(p, c, words) and (p, c) not in same]
        assert raw == []
    assert category_name("weekday_block", "1|00-04", DUTCH) == "maandag, 00–04"


def leaks(content: bytes) -> list[str]:
    document = Document(file="workbench.xlsx")
    read_bytes(document, document.file, content)
    _, found = claimed([document])
    return [str(one) for one in (*found, *suspicions(document, frozenset())) if one.certain]


def test_the_attack_finds_nothing_in_the_workbook_and_would_find_an_exact_count(
    given: Publishable, tables: dict[str, pl.DataFrame], files: dict[str, bytes]
) -> None:
    assert leaks(files["workbench.xlsx"]) == []
    exact = tables["cells"].with_columns(n=pl.when(pl.col("n") > 100).then(pl.col("n") + 2).otherwise("n"))
    assert leaks(workbench_files(tables | {"cells": exact}, given, DUTCH)["workbench.xlsx"])


def test_the_workbook_has_tables_with_filters_and_no_formula(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["workbench.xlsx"]))
    assert book.sheetnames == ["Lees mij", "Opbrengst en dekking", "Aantallen", "Uitkomsten", "Woordenboek"]
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        assert table.autoFilter is not None
    cells = (cell for sheet in book for row in sheet.iter_rows() for cell in row)
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []


def test_the_summary_has_the_coverage_of_each_yield_or_says_that_it_is_not_known(files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["workbench.xlsx"]))["Opbrengst en dekking"]
    head, *rows = sheet.iter_rows(values_only=True)
    assert "dekking per 100" in head
    assert rows
    assert all(row[head.index("wat van de dekking gezegd mag worden")] for row in rows)
    of_team = [list(group) for _, group in itertools.groupby(rows, key=lambda row: row[0])]
    assert {group[0][2] for group in of_team if len(group) > 2} <= {DUTCH("measures/yield_corrected/name")}


def test_a_workbook_that_would_be_too_long_leaves_the_oldest_out_and_says_so(
    given: Publishable, tables: dict[str, pl.DataFrame]
) -> None:
    made = workbench_files(tables, given, DUTCH, most_rows=50)
    book = openpyxl.load_workbook(io.BytesIO(made["workbench.xlsx"]))
    assert book["Aantallen"].max_row == 51
    said = " ".join(str(row[0]) for row in book["Lees mij"].iter_rows(values_only=True))
    assert f"{tables['cells'].height - 50:,}".replace(",", ".") in said.replace("\u202f", ".").replace("\u00a0", ".")
