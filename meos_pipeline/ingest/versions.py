"""Exports compared with those before them, before anything of them replaces anything.

What one file says may be right on its own and wrong beside another: numbers that begin again, the same records
under other numbers, a column that was lost on the way. Such a file is refused, and both files are named.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest.likeness import FAST, OLD, is_other_record
from meos_pipeline.ingest.lost import CONTENT
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.parsed import NO_MONTH, READS_NO_ROWS, Parsed
from meos_pipeline.ingest.vanished import vanished
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.made import code_of, hash_of
from meos_pipeline.storage.paths import DataFolder

_KEPT = "versions.json"
_MOST = 500_000
"""Shared numbers that are looked at; of more a sample is taken, by the number's hash."""
_FEWEST_VERSIONS = 5
"""Fewer versions say nothing about a column."""
_FEWEST_CHANGES = 30
"""Fewer versions say nothing about how the values of a column are spread."""
_EMPTIER = 0.1
"""Share of the versions that lost a value, from which on it is told."""
_FEWEST_OTHERS = 5
"""Or fewer in a small file: a few numbers that name another check are told, and refuse nothing."""
_FEWEST_ALIKE = 3
"""Fewer rows that are alike are a coincidence."""
_CHANCE = 1.5
"""Rows that are alike by chance occur this much more often between files than the rows alike within one tell."""
_NEARLY_ALL = 0.95
FIELDS = {
    column.name: column.source_name
    for column in POLICE_CHECKS.columns
    if column.source_name and column.name not in ("check_key", "check_date", "team", "status")
}
"""Columns of which a version may lose what an earlier one held, and what our own layout calls them."""
_STEADY = {
    name: source
    for name, source in (
        {name: POLICE_CHECKS[name].source_name or "" for name in ("check_date", "team")} | FIELDS
    ).items()
    if not name.endswith("_key") or name == "officer_key"
}
"""Columns whose values a later version changes here and there, and never all at once."""
_LOOK = ("check_date", "hour", "clock_bin", "team", "register", "subjects", "age_band", "sex")
"""Columns that make two rows alike, whoever wrote their numbers."""
_LOOK_CLOSER = ("officer_key", "person_key", "vehicle_key", "reasons")
"""Columns that are added when the others tell too few rows apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What comparing the files gave. Keys are export ids."""

    state: str
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Code and facts of the message."""
    warnings: dict[str, dict[str, int]] = field(default_factory=dict)
    """Code -> number."""


def compared(folder: DataFolder, settings: Settings, parsed: Sequence[Parsed]) -> list[Parsed]:
    """Return the parsed files, with those refused that cannot stand beside the ones before them.

    The same files always give the same answer: they are compared in the order of export time, whenever they came.

    Args:
        folder: The data folder; the answer is kept in its restricted part until a file or a setting changes.
        settings: Site settings.
        parsed: Every archived export, in the order in which later ones replace earlier ones.
    """
    state = _state_of(parsed, settings)
    known = read_comparison(folder)
    if known.state != state:
        known = compare(parsed, settings, state)
        durable.write_text(folder.restricted / _KEPT, json.dumps(asdict(known), indent=1, sort_keys=True))
    return [with_comparison(item, known, settings) for item in parsed]


def read_comparison(folder: DataFolder) -> Comparison:
    """Return what the last comparison gave."""
    path = folder.restricted / _KEPT
    return Comparison(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else Comparison(state="")


def with_comparison(item: Parsed, known: Comparison, settings: Settings) -> Parsed:
    """Return a parsed file with what comparing it gave."""
    told = known.refused.get(item.file.export_id)
    if told is not None and not item.refused:
        said = message(told["code"], settings.site.languages[0], file=item.file.name, **told["facts"])
        return replace(item, refused=said, code=told["code"])
    more = known.warnings.get(item.file.export_id)
    return replace(item, warnings=item.warnings | more) if more else item


def compared_by(settings: Settings) -> str:
    """Return a hash of what decides how files are compared."""
    policy = settings.policy
    limits = [policy.other_record_share, policy.same_but_number_share, policy.emptied_from, policy.emptied_to]
    limits += [policy.changed_share, policy.evened_share]
    return hash_of(limits, code_of(__name__, beside=READS_NO_ROWS - {__name__}))


def _state_of(parsed: Sequence[Parsed], settings: Settings) -> str:
    files = [
        [item.folder.name, item.file.name, item.code, item.file.is_complete, item.file.emptied, item.file.is_time_known]
        for item in parsed
    ]
    return hash_of(compared_by(settings), files)


def compare(parsed: Sequence[Parsed], settings: Settings, state: str = "") -> Comparison:
    """Compare files in the order in which later ones replace earlier ones; see ``compared``."""
    refused: dict[int, tuple[str, dict[str, Any]]] = {}
    warnings: dict[str, dict[str, int]] = {}
    ranks = [rank for rank, item in enumerate(parsed) if not item.refused and any(item.months.values())]
    rows = _shared_numbers(parsed, ranks)
    while True:
        pairs = _pairs(rows)
        found = _first_clash(pairs, parsed, settings.policy)
        if found is None:
            break
        rank, code, facts = found
        refused[rank] = (code, facts)
        rows = rows.filter(pl.col("rank") != rank)
    accepted: list[int] = []
    for rank in ranks:
        if rank in refused:
            continue
        if gone := vanished(parsed, accepted, rank, settings.policy):
            refused[rank] = ("F-MEESTE-WEG", gone)
            continue
        twice = _second_delivery(parsed, accepted, rank, settings.policy)
        if twice is not None and not parsed[rank].file.is_erased:
            refused[rank] = ("F-DUBBELE-LEVERING", twice)
        else:
            accepted.append(rank)
    for rank, told in _told(pairs, parsed).items():
        if rank not in refused:
            warnings[parsed[rank].file.export_id] = told
    return Comparison(
        state=state,
        refused={
            parsed[rank].file.export_id: {"code": code, "facts": facts} for rank, (code, facts) in refused.items()
        },
        warnings=warnings,
    )


def _shared_numbers(parsed: Sequence[Parsed], ranks: Sequence[int]) -> pl.DataFrame:
    """Rows whose number occurs in more than one file, a sample when there are very many."""
    columns = list(dict.fromkeys(("check_key", *FAST, *FIELDS)))
    empty = pl.DataFrame(schema={"rank": pl.Int32, "content": pl.UInt64} | {n: POLICE_CHECKS[n].dtype for n in columns})
    if len(ranks) < 2:
        return empty
    parts = {
        rank: pl.scan_parquet(parsed[rank].folder / "month=*/*.parquet", hive_partitioning=False).filter(
            pl.col("category") == "candidate"
        )
        for rank in ranks
    }
    tags = (
        pl.concat(rows.select("key_tag", pl.lit(rank, dtype=pl.Int32).alias("rank")) for rank, rows in parts.items())
        .group_by("key_tag")
        .agg(first=pl.col("rank").min(), last=pl.col("rank").max())
        .filter(pl.col("first") != pl.col("last"))
        .select("key_tag")
        .collect(engine="streaming")
    )
    if tags.is_empty():
        return empty
    step = 1 + tags.height // _MOST
    chosen = tags.filter(pl.col("key_tag") % step == 0).lazy()
    found = pl.concat(
        rows.join(chosen, on="key_tag", how="semi").select(
            pl.lit(rank, dtype=pl.Int32).alias("rank"), pl.struct(CONTENT).hash().alias("content"), *columns
        )
        for rank, rows in parts.items()
    )
    return found.collect(engine="streaming").select(empty.columns)


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row beside the row of the same number that it would replace."""
    ordered = rows.sort("check_key", "rank").unique(["check_key", "rank"], keep="last", maintain_order=True)
    names = [name for name in ordered.columns if name != "check_key"]
    earlier = [pl.col(name).shift(1).over("check_key").alias(f"{name}{OLD}") for name in names]
    return ordered.with_columns(earlier).filter(pl.col(f"rank{OLD}").is_not_null())


def _first_clash(
    pairs: pl.DataFrame, parsed: Sequence[Parsed], policy: Policy
) -> tuple[int, str, dict[str, Any]] | None:
    """Return the earliest file that clashes with one before it: its rank, the code and the facts."""
    if pairs.is_empty():
        return None
    told = (
        pairs.group_by("rank", f"rank{OLD}")
        .agg(
            pl.len().alias("n"),
            is_other_record().sum().alias("others"),
            (pl.col("content") != pl.col(f"content{OLD}")).sum().alias("guessed"),
            *(pl.col(name).is_not_null().mean().alias(f"to|{name}") for name in FIELDS),
            *(pl.col(f"{name}{OLD}").is_not_null().mean().alias(f"from|{name}") for name in FIELDS),
            *(
                (_of_one_key(name) & (pl.col(name) != pl.col(f"{name}{OLD}"))).sum().alias(f"changed|{name}")
                for name in _STEADY
            ),
            *(_is_gone(name).sum().alias(f"gone|{name}") for name in _STEADY),
            *(pl.col(name).drop_nulls().n_unique().alias(f"kinds|{name}") for name in _STEADY),
        )
        .sort("rank", f"rank{OLD}")
    )
    for row in told.iter_rows(named=True):
        later, earlier = parsed[row["rank"]], parsed[row[f"rank{OLD}"]]
        if later.file.is_erased:
            continue
        facts: dict[str, Any] = {"other": earlier.file.name, "count": row["others"], "rows": row["n"]}
        enough = min(_FEWEST_OTHERS, policy.other_record_share * sum(_rows_of(later, month) for month in later.months))
        if row["others"] > policy.other_record_share * row["n"] and row["others"] >= enough:
            return row["rank"], "F-NUMMER-BEREIK", facts
        if row["guessed"] and not (later.file.is_time_known and earlier.file.is_time_known):
            guessed, beside = (row["rank"], earlier) if not later.file.is_time_known else (row[f"rank{OLD}"], later)
            if not parsed[guessed].file.is_erased:
                return guessed, "F-EXPORTTIJD-ONBEKEND", {"other": beside.file.name, "count": row["guessed"]}
        lost = [
            source
            for name, source in FIELDS.items()
            if row[f"from|{name}"] > policy.emptied_from
            and row[f"to|{name}"] < policy.emptied_to
            and not later.file.may_empty(source)
        ]
        if lost and row["n"] >= _FEWEST_VERSIONS:
            return row["rank"], "F-KOLOM-LEEGGEMAAKT", facts | {"columns": ", ".join(dict.fromkeys(lost))}
        other = [source for name, source in _STEADY.items() if _is_turned_over(row, name, policy)]
        other = [source for source in dict.fromkeys(other) if not later.file.may_empty(source)]
        if other:
            return row["rank"], "F-KOLOM-ANDERS", facts | {"columns": ", ".join(other)}
    return None


def _of_one_key(name: str) -> pl.Expr:
    """Whether both values are under one key: pseudonyms of people are of one calendar year."""
    same_year = (pl.col("check_date").dt.year() == pl.col(f"check_date{OLD}").dt.year()).fill_null(value=False)
    return same_year if name.endswith("_key") else pl.lit(value=True)


def _is_gone(name: str) -> pl.Expr:
    """Whether a value was there and is not any more."""
    return pl.col(f"{name}{OLD}").is_not_null() & pl.col(name).is_null()


def _is_turned_over(row: Mapping[str, Any], name: str, policy: Policy) -> bool:
    """Whether a later export says another thing, or nothing, in most rows, or one and the same where values differed."""
    changed, rows = row[f"changed|{name}"], row["n"]
    is_even = row[f"kinds|{name}"] == 1 and changed > policy.evened_share * rows
    is_other = changed + row[f"gone|{name}"] > policy.changed_share * rows
    return bool(rows >= _FEWEST_CHANGES and (is_even or is_other))


def _told(pairs: pl.DataFrame, parsed: Sequence[Parsed]) -> dict[int, dict[str, int]]:
    """Per file, what is worth a look: numbers that name another check, and versions of one and the same moment."""
    told: dict[int, dict[str, int]] = {}
    if pairs.is_empty():
        return told
    others = pairs.filter(is_other_record()).group_by("rank").len().rows()
    for rank, number in others:
        told.setdefault(rank, {})["W-NUMMER-ANDERS"] = number
    gone = pairs.group_by("rank").agg(
        pl.len().alias("n"),
        *(_is_gone(name).sum().alias(name) for name in FIELDS),
    )
    for row in gone.iter_rows(named=True):
        file = parsed[row["rank"]].file
        most = max(row[name] for name, source in FIELDS.items() if not file.may_empty(source))
        if row["n"] >= _FEWEST_CHANGES and most > _EMPTIER * row["n"]:
            told.setdefault(row["rank"], {})["W-KOLOM-LEGER"] = most
    changed = pairs.filter(pl.col("content") != pl.col(f"content{OLD}")).group_by("rank", f"rank{OLD}").len().rows()
    for rank, before, number in changed:
        if parsed[rank].file.exported_at == parsed[before].file.exported_at:
            told.setdefault(rank, {})["W-GELIJKE-TIJD"] = number
    return told


def _second_delivery(
    parsed: Sequence[Parsed], accepted: Sequence[int], rank: int, policy: Policy
) -> dict[str, Any] | None:
    """Tell how many rows of a file are rows of files before it under other numbers; nothing when few are."""
    mine = parsed[rank]
    before = {other: _shared_months(mine, parsed[other]) for other in accepted}
    before = {other: months for other, months in before.items() if months}
    most = sum(
        min(_rows_of(mine, month), sum(_rows_of(parsed[other], month) for other in before if month in before[other]))
        for month in {month for months in before.values() for month in months}
    )
    total = sum(_rows_of(mine, month) for month in mine.months)
    if most < _FEWEST_ALIKE or most <= policy.same_but_number_share * total:
        return None
    months = sorted({month for months in before.values() for month in months})
    ours = _looks([(rank, mine)], months)
    theirs = _looks([(other, parsed[other]) for other in before], months)
    new = ours.join(theirs, on="check_key", how="anti")
    old = theirs.join(ours, on="check_key", how="anti")
    for closer in (False, True):
        looks = [name for name in (*_LOOK, *(_LOOK_CLOSER if closer else ())) if _in_both(name, ours, theirs)]
        twins = (
            new.group_by(looks)
            .len("mine")
            .join(old.group_by(looks).agg(theirs=pl.len(), other=pl.col("rank").first()), on=looks, nulls_equal=True)
        )
        alike = int(twins.select(pl.min_horizontal("mine", "theirs").sum()).item() or 0)
        chance = float(ours.select(pl.len().over(looks) > 1).to_series().mean() or 0.0)  # type: ignore[arg-type]
        limit = min(_NEARLY_ALL, policy.same_but_number_share + _CHANCE * chance)
        if alike >= _FEWEST_ALIKE and alike > limit * total:
            other = twins.group_by("other").agg(pl.col("theirs").sum()).sort("theirs", "other")["other"][-1]
            return {"other": parsed[other].file.name, "count": alike, "rows": total}
        if chance < policy.same_but_number_share:
            break
    return None


def _in_both(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    return bool(ours[name].count() and theirs[name].count())


def _looks(items: Sequence[tuple[int, Parsed]], months: Sequence[date]) -> pl.DataFrame:
    columns = ("check_key", *_LOOK, *_LOOK_CLOSER)
    parts = [
        item.rows(month)
        .filter(pl.col("category") == "candidate")
        .select(pl.lit(rank, dtype=pl.Int32).alias("rank"), *columns)
        for rank, item in items
        for month in months
        if _rows_of(item, month)
    ]
    return pl.concat(parts).collect(engine="streaming")


def _shared_months(later: Parsed, earlier: Parsed) -> list[date]:
    """Months of which both have rows, without those that a complete later export takes over."""
    return [
        month
        for month in later.months
        if month != NO_MONTH
        and _rows_of(later, month)
        and _rows_of(earlier, month)
        and not later.file.holds_all_of(month)
    ]


def _rows_of(item: Parsed, month: date) -> int:
    counts: Mapping[str, int] = item.months.get(month, {})
    return counts.get("candidate", 0)
