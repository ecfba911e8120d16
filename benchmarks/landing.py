"""Topic: export to monthly Parquet. Ours scans structure, maps, validates codes, pseudonymises and merges; rivals do less."""

from collections.abc import Mapping

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import export_files, make_exports
from benchmarks.stages import prepared, take_in
from meos_pipeline.steps.workspace import Workspace

TOPIC = "Export to tables"
SIZES = (MILLION, 10 * MILLION, 100 * MILLION)


def _polars(bench: Bench, _: None) -> Mapping[str, object]:
    import polars as pl

    rows = 0
    for path in export_files(bench):
        target = bench.work / f"{path.stem}.parquet"
        pl.scan_csv(path, separator=";", infer_schema=False).sink_parquet(target, compression="zstd")
        rows += pl.scan_parquet(target).select(pl.len()).collect().item()
    return {"rows": rows}


def _duckdb(bench: Bench, _: None) -> Mapping[str, object]:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    for path in export_files(bench):
        target = bench.work / f"{path.stem}.parquet"
        connection.execute(
            f"copy (select * replace (strptime(datum, '%d-%m-%Y')::date as datum, hash(persoon_id) as persoon_id, "
            f"hash(kenteken) as kenteken, try_cast(leeftijd as int) as leeftijd) "
            f"from read_csv('{path}', delim=';', header=true, all_varchar=true)) "
            f"to '{target}' (format parquet, compression zstd)"
        )
    found = connection.execute(f"select count(*) from read_parquet('{bench.work}/*.parquet')").fetchone()
    return {"rows": found[0] if found else 0}


def _pandas(bench: Bench, _: None) -> Mapping[str, object]:
    import hashlib

    import pandas as pd

    rows = 0
    for path in export_files(bench):
        frame = pd.read_csv(path, sep=";", dtype=str, engine="pyarrow")
        frame["datum"] = pd.to_datetime(frame["datum"], format="%d-%m-%Y")
        frame["leeftijd"] = pd.to_numeric(frame["leeftijd"], errors="coerce")
        for column in ("persoon_id", "kenteken", "medewerker", "controle_id"):
            keys = {
                value: hashlib.sha256(f"key{value}".encode()).hexdigest()[:32]
                for value in frame[column].dropna().unique()
            }
            frame[column] = frame[column].map(keys)
        frame = frame.drop(columns=["naam", "reden_toelichting", "resultaat_toelichting"])
        frame = frame.drop_duplicates("controle_id", keep="last")
        frame.to_parquet(bench.work / f"{path.stem}.parquet", compression="zstd")
        rows += len(frame)
    return {"rows": rows}


def _ours(_: Bench, space: Workspace) -> Mapping[str, object]:
    return take_in(space)


CASES = (
    Case(
        topic=TOPIC,
        name="ours: structure, codes, HMAC of four columns, merge, reconciliation",
        role="ours",
        run=_ours,
        prepare=prepared,
        inputs=make_exports,
        sizes=SIZES,
    ),
    Case(
        topic=TOPIC,
        name="scan_csv → sink_parquet, text only",
        role="floor",
        run=_polars,
        inputs=make_exports,
        sizes=SIZES,
    ),
    Case(
        topic=TOPIC,
        name="DuckDB, dates, ages, unkeyed hash of two columns",
        run=_duckdb,
        inputs=make_exports,
        sizes=SIZES[:2],
        needs=("duckdb",),
    ),
    Case(
        topic=TOPIC,
        name="pandas, dates, ages, SHA-256 of four columns, duplicates",
        run=_pandas,
        inputs=make_exports,
        sizes=SIZES[:2],
        needs=("pandas",),
        repeats=1,
    ),
)
