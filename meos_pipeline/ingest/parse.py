"""Text of an export becomes typed, coded, pseudonymised rows: expressions, streamed.

Nothing that identifies leaves this module: numbers are keyed, texts become their length class, the minute
becomes what later stages need of it (15-minute bin, light, delay), a place becomes an area.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest import (
    answers,
    areas,
    codes,
    derived,
    light,
    moments,
    persons,
    pseudonymise,
    whose,
)
from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.lookup import Memory, by_value, fields_of
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.rows import person_tag
from meos_pipeline.ingest.texts import present
from meos_pipeline.settings import Settings

FIXED = ("month", "is_deleted", "batch_tag", "key_tag")
"""Columns of a parsed table beside those of the contract and the issues."""
_NONE = pl.lit(None, dtype=ISSUES)
_SHORT_TEXT = 10
"""A free text below this many letters explains nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What parsing needs to know beside the rows."""

    profile: Profile
    settings: Settings
    keys: Keys
    organisation: pl.DataFrame
    exported_at: datetime
    export_id: str
    period: tuple[date, date] | None = None
    memory: Memory = field(default_factory=dict)
    """Answers to values met in earlier files of the run; it must not be shared with another configuration."""
    grammar: Grammar = field(default_factory=Grammar)
    """How days and times of this file are read."""

    @property
    def zone(self) -> str:
        """Local time of the checks: what the profile says, else the site's."""
        return self.profile.time_zone or self.settings.site.time_zone


def parse_rows(export: Export, door: Door) -> pl.LazyFrame:
    """Return the rows of an export in contract form, with ``FIXED`` and issue columns; rows keep their order.

    ``check_date``, ``month``, ``check_key`` and ``team`` may be null here: such rows carry an ``R-`` issue.
    """
    have = set(export.rows.collect_schema())
    door = replace(
        door,
        grammar=Grammar(
            forms=door.profile.dates,
            zone=door.zone,
            first_serial=export.first_serial,
            short_times=export.has_short_times,
        ),
    )
    rows = moments.add_moment(export.rows, have, door)
    rows = whose.add_team(rows, have, door)
    rows = areas.add_place(rows, have, door)
    rows = light.add_light(rows, have, door)
    rows = codes.add_codes(rows, have, door, export.mapping)
    rows = answers.add_yes_no(rows, have, door)
    rows = answers.add_counts(rows, have, door)
    rows = persons.add_person_traits(rows, have, door)
    rows = _add_keys(rows, have, door)
    rows = _add_texts(rows, have)
    rows = derived.add_derived(rows, have, door)
    rows = _add_record_number(rows, have, door)
    if door.profile.rows_are != "checks":
        tag = person_tag(export.mapping.person_row, rows.collect_schema())
        rows = rows.with_columns(tag.alias("person_tag"))
    return _contract(rows, door)


def _add_record_number(rows: pl.LazyFrame, have: set[str], door: Door) -> pl.LazyFrame:
    if "check_id" not in have:
        parts = [pl.col(name).fill_null("") for name in sorted(have) if name.startswith("identity_")]
        same = pl.concat_str(parts, separator="\x1f")
        rows = rows.with_columns(same.alias("check_id")).with_columns(
            pl.concat_str("check_id", pl.int_range(pl.len()).over("check_id").cast(pl.String), separator="\x1f")
        )
        record = pseudonymise.careful_record(pl.col("check_id"), is_made=True)
        rows = rows.with_columns(pl.struct(answer.alias(name) for name, answer in record.items()).alias("_record"))
    else:
        rows = rows.with_columns(pseudonymise.records(pl.col("check_id")).alias("_record"))
    number, issue = (pl.col("_record").struct.field(name) for name in ("number", "issue"))
    scope = _scope(door.profile, set(rows.collect_schema()))
    if scope:
        number = pl.when(number.is_not_null()).then(pl.concat_str([*scope, number], separator="\x1f"))
    return rows.with_columns(
        pseudonymise.keyed(number, door.keys.lasting_key("record")).alias("check_key"),
        issue.alias(issue_column("check_id")),
    )


def _scope(profile: Profile, columns: set[str]) -> list[pl.Expr]:
    """Columns within which record numbers are unique, as text; none when a number is unique everywhere."""
    found = {
        "team": pl.col("team"),
        "year": pl.col("check_date").dt.year().cast(pl.String),
        "month": pl.col("check_date").dt.strftime("%Y-%m"),
        "source": pl.col("register").cast(pl.String) if "register" in columns else pl.lit(""),
    }
    return [found[name].fill_null("") for name in profile.number_scope]


def _add_keys(rows: pl.LazyFrame, have: set[str], door: Door) -> pl.LazyFrame:
    year = pl.col("check_date").dt.year()
    columns: list[pl.Expr] = []
    people: list[pl.Expr] = []
    if "person_id" in have:
        rows = rows.with_columns(
            pseudonymise.people(
                pl.col("person_id"),
                are_citizens=door.profile.person_numbers == "bsn",
                placeholders=door.profile.placeholders.get("person_id", ()),
            ).alias("_person")
        )
        number, issue = (pl.col("_person").struct.field(name) for name in ("number", "issue"))
        people.append(pseudonymise.keyed_by_year(number, year, door.keys, "person"))
        columns.append(issue.alias(issue_column("person_id")))
    if "bsn" in have:
        number, issue = pseudonymise.citizen_number(pl.col("bsn"))
        people.append(pseudonymise.keyed_by_year(pl.format("bsn|{}", number), year, door.keys, "person"))
        columns.append(issue.alias(issue_column("bsn")))
    if "document" in have:
        number = pseudonymise.plain_number(pl.col("document"))
        people.append(pseudonymise.keyed_by_year(number, year, door.keys, "document"))
        columns.append(pseudonymise.number_issue(pl.col("document")).alias(issue_column("document")))
    if people:
        columns.append(pl.coalesce(people).alias("person_key"))
    if "plate" in have:
        rows = rows.with_columns(
            pseudonymise.plates(pl.col("plate"), placeholders=door.profile.placeholders.get("plate", ())).alias(
                "_plate"
            )
        )
        number, issue = (pl.col("_plate").struct.field(name) for name in ("number", "issue"))
        columns += [
            pseudonymise.keyed_by_year(number, year, door.keys, "vehicle").alias("vehicle_key"),
            issue.alias(issue_column("plate")),
        ]
    if "officer" in have and door.settings.sources.include_officers:
        answers = by_value(
            {"text": pl.col("officer"), "year": year.cast(pl.Int32)},
            _OfficerRules(door.keys, door.profile.placeholders.get("officer", ())),
            _OFFICER_SCHEMA,
            memory=door.memory,
            name="officer",
        )
        rows = rows.with_columns(answers.alias("_officer"))
        columns += fields_of("_officer", {"key": "officer_key", "issue": issue_column("officer")})
    return rows.with_columns(columns)


_OFFICER_SCHEMA = {"key": pl.String(), "issue": ISSUES}


class _OfficerRules:
    """Officers are few and occur often: each is keyed once a year."""

    def __init__(self, keys: Keys, placeholders: tuple[str, ...]) -> None:
        self.keys = keys
        self.placeholders = placeholders

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        officer = pseudonymise.officers(pl.col("text"), placeholders=self.placeholders)
        read = distinct.lazy().select("year", officer.alias("_officer")).unnest("_officer").collect()
        return read.select(
            pseudonymise.keyed_by_year(pl.col("number"), pl.col("year"), self.keys, "officer").alias("key"),
            pl.when("is_misplaced")
            .then(code("R-BSN-PLAATS"))
            .when("is_nobody")
            .then(code("W-PLAATSHOUDER"))
            .when(pl.col("number").is_null())
            .then(code("R-OFFICIER-LEEG"))
            .otherwise(_NONE)
            .alias("issue"),
        )


def _add_texts(rows: pl.LazyFrame, have: set[str]) -> pl.LazyFrame:
    columns: list[pl.Expr] = []
    if "reason_text" in have:
        length = present(pl.col("reason_text")).str.len_chars().fill_null(0)
        columns.append(
            pl.when(length == 0)
            .then(pl.lit("none"))
            .when(length < _SHORT_TEXT)
            .then(pl.lit("short"))
            .otherwise(pl.lit("usable"))
            .cast(v.TEXT_LENGTHS)
            .alias("reason_text")
        )
    if "app_version" in have:
        columns.append(pl.col("app_version").str.extract(r"(\d{1,3}\.\d{1,3})").alias("app_version"))
    if "planned" not in have and "action_id" in have:
        columns.append(present(pl.col("action_id")).is_not_null().alias("is_planned_action"))
    return rows.with_columns(columns)


def _contract(rows: pl.LazyFrame, door: Door) -> pl.LazyFrame:
    """Pick contract columns (null where the export has none), issues and ``FIXED``."""
    schema = rows.collect_schema()
    known = {"export_id": pl.lit(door.export_id), "month": pl.col("check_date").dt.month_start()}
    picked = []
    for column in POLICE_CHECKS.columns:
        if column.name in known:
            picked.append(known[column.name].alias(column.name))
        elif column.name in schema:
            source = pl.col(column.name)
            picked.append(source if schema[column.name] == column.dtype else source.cast(column.dtype, strict=False))
        else:
            picked.append(pl.lit(None, dtype=column.dtype).alias(column.name))
    issues = [pl.col(name) for name in schema if name.startswith("issue_")]
    is_deleted = (pl.col("status") == "void") if "status" in schema else pl.lit(value=False)
    if "deleted" in schema:
        is_deleted = is_deleted.fill_null(value=False) | pl.col("deleted").fill_null(value=False)
    batch = pl.col("batch_tag") if "batch_tag" in schema else pl.lit(None, dtype=pl.UInt64).alias("batch_tag")
    return rows.select(
        *picked,
        is_deleted.fill_null(value=False).alias("is_deleted"),
        batch,
        pl.col("check_key").str.head(15).str.to_integer(base=16, strict=False).alias("key_tag"),
        *issues,
        *(["person_tag"] if "person_tag" in schema else []),
    )
