"""What validation costs: our engine, the same checks as bare Polars expressions, and GX on pandas, in one run.

    python benchmarks/validation.py            # 1 million rows
    python benchmarks/validation.py --full     # 10 million rows; pandas on 1 million of them, scaled

Each contender runs in a process of its own, so that peak memory is its own. Only ratios of one run
mean anything: machines differ.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.storage.durable import write_table

PERIOD = date(2025, 3, 1)
CHUNK = 1_000_000
TARGETS = {"ratio_to_polars": 1.3, "peak_gb": 1.5, "times_faster_than_pandas": 12}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-pandas", action="store_true")
    parser.add_argument("--run", choices=["ours", "polars", "pandas"])
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(CONTENDERS[given.run](given.folder)))
        return 0
    rows = 10_000_000 if given.full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(rows // CHUNK):
            write_table(folder / f"part-{number}.parquet", chunk(number * CHUNK, CHUNK).lazy())
        found = {run: [contest(run, folder) for _ in range(given.repeats)] for run in ("polars", "ours")}
        report = {"rows": rows, "rules": found["ours"][0]["rules"]}
        for run, results in found.items():
            best = min(results, key=lambda result: result["seconds"])
            report[run] = {"seconds": round(best["seconds"], 2), "peak_gb": round(best["peak_gb"], 2)}
        agree = found["ours"][0]["failed"] == found["polars"][0]["failed"]
        ours = report["ours"]["seconds"]
        report["ratio_to_polars"] = round(ours / report["polars"]["seconds"], 2)
        if not given.no_pandas:
            for path in sorted(folder.glob("part-*.parquet"))[1:]:
                path.unlink()
            small = contest("pandas", folder)
            scaled = small["seconds"] * rows / CHUNK
            report["pandas"] = {
                "seconds": round(scaled, 1),
                "peak_gb_at_1m": round(small["peak_gb"], 2),
                "measured_rows": CHUNK,
            }
            report["times_faster_than_pandas"] = round(scaled / ours, 1)
    report |= {"counts_agree": agree, "targets": TARGETS}
    print(json.dumps(report, indent=2))
    return 0 if agree else 1


def contest(run: str, folder: Path) -> dict:
    done = subprocess.run(
        [sys.executable, __file__, "--run", run, "--folder", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measured(started: float, failed: dict[str, int]) -> dict:
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"seconds": seconds, "peak_gb": peak, "rules": len(failed), "failed": failed}


def run_ours(folder: Path) -> dict:
    import great_expectations  # noqa: F401 (its import is told apart)

    from meos_pipeline.quality import polars_source  # noqa: F401
    from meos_pipeline.quality.engine import validate

    suite = the_suite()
    started = time.perf_counter()
    outcomes = validate(suite, pl.scan_parquet(folder), period=PERIOD)
    return measured(started, {outcome.rule: outcome.failed for outcome in outcomes})


def run_polars(folder: Path) -> dict:
    """The floor: per rule the rows looked at and those that fail, in one select; a group_by per key."""
    from meos_pipeline.quality import expressions as ex

    suite = the_suite()
    started = time.perf_counter()
    frame = pl.scan_parquet(folder)
    schema = frame.collect_schema()
    columns, keys = {}, {}
    for rule in suite.rules:
        arguments, metric = rule.arguments(PERIOD), rule.kind.metric
        if metric in ex.UNIQUE_METRICS:
            names = arguments.get("column_list") or [arguments["column"]]
            repeated = frame.group_by(names).agg(n=pl.len()).filter(pl.col("n") > 1).select(pl.col("n").sum())
            keys[rule.key] = int(repeated.collect(engine="streaming").item())
        elif rule.kind.is_row_level:
            columns[f"{rule.key}"] = ex.unexpected(metric, arguments, schema).sum()
            columns[f"{rule.key} of"] = ex.count_rows(arguments, schema)
        else:
            columns[rule.key] = pl.len() < arguments["min_value"]
    row = frame.select(**columns).collect(engine="streaming").row(0, named=True)
    return measured(started, {rule.key: int(keys.get(rule.key, row.get(rule.key, 0))) for rule in suite.rules})


def run_pandas(folder: Path) -> dict:
    import great_expectations as gx

    from meos_pipeline.quality.polars_engine import COUNTS_ONLY
    from meos_pipeline.quality.suites import period_parameters, to_gx

    table = pl.read_parquet(folder).with_columns(pl.selectors.enum().cast(pl.String)).to_pandas()
    for name in ("month", "check_date", "duty_date"):
        table[name] = table[name].astype("datetime64[ns]")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table})
    suite = gx.ExpectationSuite(**to_gx(the_suite()))
    started = time.perf_counter()
    found = batch.validate(suite, result_format=COUNTS_ONLY, expectation_parameters=period_parameters(PERIOD))
    counts = {r.expectation_config.meta["rule"]: r.result.get("unexpected_count", 0) for r in found.results}
    return measured(started, counts)


def the_suite():
    from meos_pipeline.quality.suites import read_suites
    from meos_pipeline.storage.paths import shipped

    return read_suites(shipped("expectations"))["police_checks"]


def chunk(start: int, n: int) -> pl.DataFrame:  # noqa: C901 (a table of how each column is filled)
    """Rows of police_checks with plausible shares of everything; the same rows for the same start."""
    rows = pl.int_range(start, start + n, dtype=pl.Int64)

    def pick(name: str, k: int) -> pl.Expr:
        return rows.hash(seed=sum(map(ord, name)) + 31 * len(name)) % k

    def holes(column, made: pl.Expr) -> pl.Expr:
        return pl.when(pick(f"{column.name} hole", 20) > 0).then(made) if column.nullable else made

    lists = {
        "subjects": ["person", "vehicle", "person|vehicle"],
        "reasons": ["behaviour_driving", "circumstance_hotspot|information_briefing", "random"],
        "legal_bases": ["WID2_PW8", "WVW160_1", "WVW160_1|WVW160_5", "PW3", "SV27_52"],
        "actions": ["identity_asked|queried", "queried|safety_frisk", "conversation"],
        "results": ["nothing_found", "warning", "traffic_fine", "arrest|drugs_seized"],
        "area": [f"WK0344{number:02}" for number in range(20)],
        "team": [f"team-{number}" for number in range(24)],
        "place_team": [f"team-{number}" for number in range(24)],
        "app_version": ["4.11", "4.12", "5.0"],
        "origin": [""],
        "export_id": ["0123456789abcdef"],
    }
    numbers = {
        "hour": 24,
        "clock_bin": 96,
        "person_count": 4,
        "duration_minutes": 60,
        "earlier_checks": 5,
        "entry_delay_minutes": 600,
    }
    made = []
    for column in POLICE_CHECKS.columns:
        name, dtype = column.name, column.dtype
        if name.endswith("_key"):
            expression = pl.format("{}{}", rows.hash(seed=len(name)), rows.hash(seed=len(name) + 1))
        elif name == "line":
            expression = rows + 2
        elif name == "month":
            expression = pl.lit(PERIOD)
        elif name in ("check_date", "duty_date"):
            expression = pl.lit(PERIOD) + pl.duration(days=pick("check_date", 31))
        elif isinstance(dtype, pl.Enum):
            expression = pl.lit(pl.Series(dtype.categories, dtype=dtype)).gather(pick(name, len(dtype.categories)))
        elif dtype == pl.Boolean:
            expression = pick(name, 2) == 1
        elif name in lists:
            expression = pl.lit(pl.Series(lists[name])).gather(pick(name, len(lists[name])))
        else:
            expression = pick(name, numbers[name])
        made.append(holes(column, expression).cast(dtype).alias(name))
    return pl.select(made)


CONTENDERS = {"ours": run_ours, "polars": run_polars, "pandas": run_pandas}

if __name__ == "__main__":
    sys.exit(main())
