"""The tables of months: of each record number the version of the latest export, and what became of every other row."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.availability import lost_partitions
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest.account import account_of
from meos_pipeline.ingest.aside import QUARANTINE
from meos_pipeline.ingest.kept import kept_rows, without_broken
from meos_pipeline.ingest.lost import CONTENT
from meos_pipeline.ingest.moved import moved_numbers
from meos_pipeline.ingest.parsed import NO_MONTH, READS_NO_ROWS, Parsed
from meos_pipeline.policy import Policy
from meos_pipeline.storage import durable
from meos_pipeline.storage.made import code_of, forget, hash_of, recall, recall_all, remember, why_again
from meos_pipeline.storage.paths import DataFolder

_BATCH = 3
"""Records by one officer in one minute that make a batch."""

RECORDS = "records"
"""Kind in the memory of what was made: the records of a month."""
SetAside = Callable[[pl.LazyFrame, date], pl.LazyFrame]
"""Given the rows of a month, returns those that break a rule which sets rows aside."""


class Months:
    """All parsed files, in the order in which later ones replace earlier ones."""

    def __init__(self, folder: DataFolder, parsed: Sequence[Parsed], policy: Policy, rules: str = "") -> None:
        """Take the files that count; nothing is read yet but what moved between months."""
        self.policy = policy
        self.folder = folder
        self.parsed = list(parsed)
        self.rules = rules
        self.months = sorted({month for item in parsed for month in item.months if month != NO_MONTH})
        self.moved = moved_numbers(self.parsed)

    def stale(self) -> list[date]:
        """Months whose table was made from other inputs than they have now."""
        wanted = {month.isoformat(): self.inputs(month) for month in self.months}
        return list(stale_months(self.folder, wanted, self.rules))

    def write_month(self, month: date, set_aside: SetAside | None = None) -> None:
        """Write or remove the table of one month, and note what became of each file's rows."""
        target = self.folder.tables / "police_checks" / f"month={month.isoformat()}" / "part-0.parquet"
        if month not in self.months:
            shutil.rmtree(target.parent, ignore_errors=True)
            forget(self.folder, RECORDS, month.isoformat())
            (self.folder.quarantine / f"rules-{month.isoformat()}.parquet").unlink(missing_ok=True)
            return
        judged, losers = self._judged(month)
        graves = self._unknown_deletions(judged, losers)
        accepted = judged.filter(pl.col("verdict") == "accepted")
        # The few numbers of batches are looked up: a join would gather every column of every row.
        batches = (
            accepted.group_by("batch_tag")
            .len()
            .filter(pl.col("len") >= _BATCH, pl.col("batch_tag").is_not_null())
            .select("batch_tag")
            .collect(engine="streaming")["batch_tag"]
        )
        nobody, unlinked = self._implausible(accepted)
        table = accepted.with_columns(
            pl.col("batch_tag").is_in(batches.implode()).alias("is_batch_entry"),
            *(
                pl.when(~pl.col(name).is_in(keys.implode()).fill_null(value=False)).then(pl.col(name)).alias(name)
                for name, keys in nobody.items()
                if keys.len()
            ),
        ).select(POLICE_CHECKS.names)
        POLICE_CHECKS.require_schema(table.collect_schema())
        # The table of a month is replaced once, whole: other runs look back on it while it is made again.
        made = target.with_name(f"{target.name}.made{durable.PARTIAL}")
        durable.write_table(made, table)
        counted = pl.scan_parquet(made).group_by("export_id").len().collect(engine="streaming")
        counts: dict[str, dict[str, int]] = {export: {"accepted": number} for export, number in counted.iter_rows()}
        for export, verdict, number in losers.group_by("export_id", "verdict").agg(pl.col("len").sum()).iter_rows():
            counts.setdefault(export, {})[verdict] = number
        kept = kept_rows([item.rows(month) for _, item in self._of_month(month)], made, losers)
        for export, number in self._set_aside(made, target, month, set_aside).items():
            counts[export]["accepted"] -= number
            counts[export]["quarantined"] = counts[export].get("quarantined", 0) + number
        teams = without_broken(kept, target)
        if not any(count.get("accepted") for count in counts.values()):
            shutil.rmtree(target.parent)
        remember(
            self.folder,
            RECORDS,
            month.isoformat(),
            sources_of(self.inputs(month), self.rules),
            facts={
                "counts": counts,
                "graves": graves,
                "unlinked": unlinked,
                "lost": self._lost(target),
                "teams": teams,
            },
            files=[target],
        )

    def _lost(self, table: Path) -> dict[str, list[str]]:
        """Per team, the partitions that none of the exports behind its records has the fields for."""
        if not table.exists():
            return {}
        pairs = pl.scan_parquet(table).select("team", "export_id").unique().collect(engine="streaming")
        told = {item.file.export_id: set(item.fields) for item in self.parsed}
        delivered: dict[str, set[str]] = {}
        for team, export in pairs.iter_rows():
            delivered.setdefault(team, set()).update(told[export])
        lost = {team: list(lost_partitions(fields)) for team, fields in sorted(delivered.items())}
        return {team: names for team, names in lost.items() if names}

    def _implausible(self, accepted: pl.LazyFrame) -> tuple[dict[str, pl.Series], dict[str, int]]:
        """Keys under which more of the month's records stand than one person or vehicle can have; records by column.

        Whatever the source writes for 'nobody', it shows by its number: the words for it cannot all be listed.
        """
        policy = self.policy
        names = ("person_key", "vehicle_key")
        total, *counted = pl.collect_all(
            [
                accepted.select(pl.len()),
                *(
                    accepted.filter(pl.col(name).is_not_null())
                    .group_by(name)
                    .len()
                    .filter(pl.col("len") >= policy.implausible_key_records)
                    for name in names
                ),
            ],
            engine="streaming",
        )
        limit = policy.implausible_key_share * total.item()
        found = {name: rows.filter(pl.col("len") > limit) for name, rows in zip(names, counted, strict=True)}
        return (
            {name: rows[name] for name, rows in found.items()},
            {name: int(rows["len"].sum()) for name, rows in found.items() if rows.height},
        )

    def _set_aside(self, made: Path, target: Path, month: date, set_aside: SetAside | None) -> dict[str, int]:
        """Put the made table in place without the rows that break a rule; return how many those are per file."""
        aside = self.folder.quarantine / f"rules-{month.isoformat()}.parquet"
        columns = ["export_id", "line", "rule"]
        broken = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        if set_aside is not None:
            broken = set_aside(pl.scan_parquet(made), month).select(columns).collect(engine="streaming")
        if broken.is_empty():
            durable.move(made, target)
            aside.unlink(missing_ok=True)
            return {}
        listed = broken.select(
            "export_id",
            "line",
            pl.lit("").alias("column"),
            pl.col("rule").cast(pl.String).alias("code"),
            pl.lit(value=True).alias("is_row"),
        ).unique()
        durable.write_table(aside, QUARANTINE.require(listed.sort("export_id", "line", "code")))
        rows = broken.select("export_id", "line").unique()
        kept = pl.scan_parquet(made).join(rows.lazy(), on=["export_id", "line"], how="anti", maintain_order="left")
        durable.write_table(target, kept)
        made.unlink(missing_ok=True)
        return dict(rows.group_by("export_id").len().iter_rows())

    def reconciliation(self) -> pl.DataFrame:
        """Account for every row of every file; see ``account_of``."""
        return account_of(self.parsed, lambda month: self._facts(month).get("counts", {}), self._undated_counts())

    def _of_month(self, month: date) -> list[tuple[int, Parsed]]:
        return [(rank, item) for rank, item in enumerate(self.parsed) if month in item.months]

    def inputs(self, month: date) -> str:
        """Return a hash of what the exports say of a month: another one, another table."""
        files = [
            (item.folder.name, item.years.get(month.year), item.months[month]) for _, item in self._of_month(month)
        ]
        complete = [
            (self.parsed[rank].folder.name, str(first), str(last))
            for rank, first, last in _complete(self.parsed, month)
        ]
        moved = self.moved.filter(pl.col("month") == month).select("check_key", "winner").sort("check_key")
        winners = [[key, self.parsed[winner].folder.name] for key, winner in moved.iter_rows()]
        unlinked = [self.policy.implausible_key_share, self.policy.implausible_key_records]
        return hash_of(files, complete, winners, unlinked)

    def _facts(self, month: date) -> Mapping[str, Any]:
        made = recall(self.folder, RECORDS, month.isoformat())
        return made.facts if made else {}

    def _candidates(self, rank: int, item: Parsed, month: date) -> pl.LazyFrame:
        lost = pl.read_parquet(item.folder / "lost.parquet").filter(pl.col("month") == month)
        rows = item.rows(month).filter(pl.col("category").is_in(["candidate", "deleted"]))
        rows = rows.with_columns(pl.lit(rank, dtype=pl.Int32).alias("rank"))
        if lost.is_empty():
            return rows.with_columns(pl.lit(None, dtype=pl.String).alias("lost"))
        return rows.join(
            lost.lazy().select("line", pl.col("verdict").alias("lost")), on="line", how="left", maintain_order="left"
        )

    def _judged(self, month: date) -> tuple[pl.LazyFrame, pl.DataFrame]:
        """Rows of the month with their verdict, and counts of all verdicts but 'accepted' per file."""
        items = self._of_month(month)
        rows = pl.concat([self._candidates(rank, item, month) for rank, item in items], how="diagonal")
        moved = self.moved.filter(pl.col("month") == month).select("check_key", "winner")
        if len(items) > 1 or moved.height:
            contested = (
                rows.filter(pl.col("lost").is_null())
                .group_by("check_key")
                .agg(winner=pl.col("rank").max(), n=pl.len())
                .filter(pl.col("n") > 1)
                .select("check_key", "winner")
                .collect(engine="streaming")
            )
            contested = pl.concat(
                [contested.join(moved, on="check_key", how="anti"), moved.with_columns(pl.col("winner").cast(pl.Int32))]
            )
        else:
            contested = pl.DataFrame()
        if contested.is_empty():
            rows = rows.with_columns(pl.lit(None, dtype=pl.Int32).alias("winner"))
        else:
            rows = rows.join(contested.lazy(), on="check_key", how="left", maintain_order="left")
        is_left_out = pl.any_horizontal(
            [
                pl.lit(value=False),
                *(
                    (pl.col("rank") < rank) & pl.col("check_date").is_between(first, last)
                    for rank, first, last in _complete(self.parsed, month)
                ),
            ]
        )
        is_winner = pl.col("rank") == pl.col("winner").fill_null(pl.col("rank"))
        verdict = (
            pl.when(pl.col("lost").is_not_null())
            .then(pl.when(pl.col("lost") == "R-SLEUTEL-DUBBEL").then(pl.lit("quarantined")).otherwise("lost"))
            .when(~is_winner)
            .then(pl.lit("superseded"))
            .when(pl.col("category") == "deleted")
            .then(pl.lit("deleted"))
            .when(is_left_out)
            .then(pl.lit("superseded"))
            .otherwise(pl.lit("accepted"))
        )
        judged = rows.with_columns(verdict.alias("verdict"))
        losers = (
            judged.filter(pl.col("verdict") != "accepted")
            .group_by("export_id", "team", "verdict")
            .len()
            .collect(engine="streaming")
        )
        return judged, self._tell_duplicates(judged, losers)

    @staticmethod
    def _unknown_deletions(judged: pl.LazyFrame, losers: pl.DataFrame) -> dict[str, int]:
        """Per file, deletions of records that no export has: kept, for exports that may still come."""
        if losers.filter(pl.col("verdict") == "deleted").is_empty():
            return {}
        unknown = judged.filter(pl.col("verdict") == "deleted", pl.col("winner").is_null())
        return dict(unknown.group_by("export_id").len().collect(engine="streaming").iter_rows())

    def graves(self) -> dict[str, int]:
        """Per file name, deletions of records that no export has."""
        found: dict[str, int] = {}
        for month in self.months:
            for item in self.parsed:
                number = self._facts(month).get("graves", {}).get(item.file.export_id, 0)
                if number:
                    found[item.file.name] = found.get(item.file.name, 0) + number
        return found

    @staticmethod
    def _tell_duplicates(judged: pl.LazyFrame, losers: pl.DataFrame) -> pl.DataFrame:
        """Count a replaced row as duplicate when the row that replaces it says the same."""
        if losers.filter(pl.col("verdict") == "superseded").is_empty():
            return losers
        content = pl.struct(CONTENT).hash()
        contested = judged.filter(pl.col("lost").is_null(), pl.col("winner").is_not_null())
        versions = contested.select(
            "export_id", "team", "check_key", "verdict", "rank", "winner", "category", content.alias("content")
        ).collect(engine="streaming")
        best = versions.filter(pl.col("rank") == pl.col("winner"), pl.col("verdict") == "accepted").select(
            "check_key", pl.col("content").alias("kept")
        )
        same = (
            versions.filter(pl.col("verdict") == "superseded", pl.col("category") == "candidate")
            .join(best, on="check_key", how="inner")
            .filter(pl.col("content") == pl.col("kept"))
            .group_by("export_id", "team")
            .len()
        )
        number = pl.col("len").cast(pl.Int64)
        moved = pl.concat(
            [
                same.select("export_id", "team", pl.lit("duplicate").alias("verdict"), number),
                same.select("export_id", "team", pl.lit("superseded").alias("verdict"), -number),
            ]
        )
        return (
            pl.concat([losers.with_columns(number), moved])
            .group_by("export_id", "team", "verdict")
            .agg(pl.col("len").sum())
            .filter(pl.col("len") > 0)
        )

    def _undated_counts(self) -> dict[str, dict[str, int]]:
        """Verdicts of deletions that name no date."""
        counts: dict[str, dict[str, int]] = {}
        for rank, item in enumerate(self.parsed):
            if not item.months.get(NO_MONTH, {}).get("deleted"):
                continue
            moved = self.moved.filter(pl.col("month") == NO_MONTH).select("check_key", "winner").lazy()
            tally = (
                self._candidates(rank, item, NO_MONTH)
                .join(moved, on="check_key", how="left")
                .select(
                    pl.when(pl.col("lost").is_not_null() | (pl.col("winner") > rank))
                    .then(pl.lit("superseded"))
                    .otherwise(pl.lit("deleted"))
                    .alias("verdict")
                )
                .group_by("verdict")
                .len()
                .collect()
            )
            counts[item.file.export_id] = dict(tally.iter_rows())
        return counts


def _complete(parsed: Sequence[Parsed], month: date) -> list[tuple[int, date, date]]:
    """Rank, first and last day of complete exports that cover part of the month."""
    last_day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    covered = [(rank, item.file.covered) for rank, item in enumerate(parsed) if item.file.is_complete]
    return [(rank, span[0], span[1]) for rank, span in covered if span and span[0] <= last_day and span[1] >= month]


def stale_months(folder: DataFolder, inputs: Mapping[str, str], rules: str) -> dict[date, tuple[str, tuple[str, ...]]]:
    """Compare the inputs that each month has now with those its table was made from."""
    made, found = recall_all(folder, RECORDS), {}
    for month in sorted({*made, *inputs}):
        sources = sources_of(inputs[month], rules) if month in inputs else {}
        if why := why_again(folder, made.get(month), sources):
            found[date.fromisoformat(month)] = (hash_of(sources) if sources else "", why)
    return found


def sources_of(inputs: str, rules: str) -> dict[str, str]:
    """Everything that the records of a month follow from."""
    return {"exports": inputs, "rules": rules, "code": code_of(__name__, beside=READS_NO_ROWS)}


def read_unlinked(folder: DataFolder) -> dict[date, dict[str, int]]:
    """Return per month, by column, the records whose person's or vehicle's number stands for nobody by its share."""
    told = {
        date.fromisoformat(month): made.facts.get("unlinked") for month, made in recall_all(folder, RECORDS).items()
    }
    return {month: columns for month, columns in told.items() if columns}


def read_lost(folder: DataFolder, month: date) -> dict[str, list[str]]:
    """Return per team the partitions of a month that no export has the fields for."""
    made = recall(folder, RECORDS, month.isoformat())
    return dict(made.facts.get("lost", {})) if made else {}
