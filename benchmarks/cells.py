"""Topic: from monthly tables to all cells, beside reading the columns only, and a part of the cells by DuckDB.

The rival counts the clock cells and the group cells, and repeats of persons and vehicles within thirty days: two of the
four fine cell tables and two of the forty partitions. Its facts must be ours.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import exports_folder, make_exports
from benchmarks.stages import take_in, workspace
from meos_pipeline.steps.workspace import Workspace, open_workspace

TOPIC = "Tables to cells"
SIZES = (MILLION, 10 * MILLION)
_KEYS = ("person_key", "vehicle_key")


def _inputs(bench: Bench) -> None:
    """Make the exports, and once the monthly tables."""
    make_exports(bench)
    standing = _standing(bench)
    if not (standing / "ready").exists():
        shutil.rmtree(standing, ignore_errors=True)
        take_in(workspace(standing, exports_folder(bench)))
        (standing / "ready").touch()


def _standing(bench: Bench) -> Path:
    return bench.inputs / f"tables-{bench.rows}"


def _tables(bench: Bench) -> Workspace:
    """Link the monthly tables; what is counted is written beside them."""
    root = bench.work / "data"
    shutil.copytree(_standing(bench), root, copy_function=os.link)
    return open_workspace(root)


def _columns(_: Bench, space: Workspace) -> Mapping[str, object]:
    from meos_pipeline.contracts.police_checks import POLICE_CHECKS
    from meos_pipeline.statistics.cells.month import MONTH_COLUMNS
    from meos_pipeline.storage.tables import months_of, scan_months

    wanted = {*MONTH_COLUMNS, *_KEYS, "check_key", "status", "register", "light", "clock_bin"}
    rows = 0
    for month in months_of(space.folder.tables, POLICE_CHECKS.name):
        table = scan_months(space.folder.tables, POLICE_CHECKS, [month])
        rows += table.select(name for name in POLICE_CHECKS.names if name in wanted).collect(engine="streaming").height
    return {"rows": rows}


def _ours(_: Bench, space: Workspace) -> Mapping[str, object]:
    import polars as pl

    from meos_pipeline.contracts.cells import CELLS
    from meos_pipeline.contracts.police_checks import POLICE_CHECKS
    from meos_pipeline.steps.counting import count_months
    from meos_pipeline.storage.tables import months_of, scan_months

    counted = count_months(space, months_of(space.folder.tables, POLICE_CHECKS.name))
    repeats = [f"repeat_{key.removesuffix('_key')}_30" for key in _KEYS]
    again = pl.col("partition").is_in(repeats) & pl.col("category").is_in(["with_result", "without_result"])
    cells = scan_months(space.folder.restricted / "cells", CELLS)
    return {
        "clock cells": sum(month.fine["clock_cells"] for month in counted),
        "group cells": sum(month.fine["group_cells"] for month in counted),
        "repeats": int(cells.filter(again).select(pl.col("n").sum()).collect().item()),
    }


def _duckdb(_: Bench, space: Workspace) -> Mapping[str, object]:
    import duckdb

    connection = duckdb.connect()
    files = space.folder.tables / "police_checks" / "*" / "part-0.parquet"
    connection.execute(f"create view checks as select * from read_parquet('{files}') {_REGISTERED}")
    facts = {}
    for name, select in {"clock cells": _CLOCK, "group cells": _GROUP}.items():
        target = space.folder.restricted / f"{name}.parquet"
        connection.execute(f"copy ({select}) to '{target}' (format parquet, compression zstd)")
        facts[name] = _one(connection.execute(f"select count(*) from read_parquet('{target}')").fetchone())
    facts["repeats"] = sum(_one(connection.execute(_REPEATS.format(key=key)).fetchone()) for key in _KEYS)
    return facts


def _one(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0


_REGISTERED = "where coalesce(status, '') <> 'void' and coalesce(register, 'meos') = 'meos'"
_GROUPED = """
    select *, unnest(['age_band', 'sex', 'origin', 'placebo_weekday', 'placebo_month', 'placebo_split']) as group_kind,
        unnest([age_band::varchar, sex::varchar, origin,
            case when isodow(check_date) in (2, 4) then 'a' when isodow(check_date) in (1, 3) then 'b' end,
            case when month(check_date) % 2 = 1 then 'a' else 'b' end,
            case when right(check_key, 1) in ('0', '2', '4', '6', '8', 'a', 'c', 'e') then 'a' else 'b' end]) as "group"
    from checks where is_proactive
"""
_CLOCK = f"""
    select team, coalesce(area, '') as area, check_date, clock_bin, light, group_kind, "group", count(*) as n
    from ({_GROUPED}) where "group" is not null and light in ('day', 'dark') and dst_flag is null
        and (clock_bin between 12 and 35 or clock_bin between 64 and 95)
    group by all order by all
"""
_GROUP = f"""
    select team, month, coalesce(area, '') as area, coalesce(time_block::varchar, 'unknown') as block,
        isodow(check_date) >= 6 as weekend, coalesce(ground::varchar, 'unknown') as reason, group_kind, "group",
        case when hit_class in ('H1') then 'strict' when hit_class in ('H2', 'H3') then 'broad'
            when hit_class is null then 'unknown' else 'none' end as hit,
        count(*) as n, count(*) filter (is_searched) as searched
    from ({_GROUPED}) where "group" is not null group by all order by all
"""
_REPEATS = """
    select count(*) from (
        select is_proactive and check_date - 30 >= greatest(date_trunc('year', check_date), first_day) as counts,
            max(check_date) over (partition by {key}, year(check_date) order by check_date
                range between interval 30 day preceding and interval 1 day preceding) as before
        from checks, (select min(check_date) as first_day from checks) where {key} is not null
    ) where counts and before is not null
"""

CASES = (
    Case(
        topic=TOPIC,
        name="reading the columns",
        role="floor",
        run=_columns,
        prepare=_tables,
        inputs=_inputs,
        sizes=SIZES,
    ),
    Case(
        topic=TOPIC,
        name="ours: all partitions, officers and fine cells",
        role="ours",
        run=_ours,
        prepare=_tables,
        inputs=_inputs,
        sizes=SIZES,
    ),
    Case(
        topic=TOPIC,
        name="DuckDB, clock and group cells, repeats in thirty days",
        run=_duckdb,
        prepare=_tables,
        inputs=_inputs,
        sizes=SIZES,
        needs=("duckdb",),
    ),
)
