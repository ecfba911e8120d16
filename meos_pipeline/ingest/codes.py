"""Coded columns: closed lists. A code that is in no list is told, and never taken for another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.mapping import ColumnMapping
from meos_pipeline.ingest.profiles import CODE_LISTS, Profile, normal_code
from meos_pipeline.ingest.texts import UNSAID, cleaned, is_excel_error, is_missing, present, yes_no

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

LISTS: dict[str, pl.Enum] = {
    "subjects": v.SUBJECT_KINDS,
    "reasons": v.REASONS,
    "legal_bases": v.LEGAL_BASES,
    "actions": v.ACTIONS,
    "results": v.RESULTS,
}
SINGLES: dict[str, pl.Enum] = {
    "shift_kind": v.SHIFT_KINDS,
    "initiative": v.INITIATIVES,
    "vehicle_kind": v.VEHICLE_KINDS,
    "sex": v.SEXES,
    "continued_reason": v.CONTINUED_REASONS,
    "explanation_way": v.EXPLANATION_WAYS,
    "reaction": v.REACTIONS,
    "register": v.REGISTERS,
    "status": v.STATUSES,
}
_NOTHING = {"results": "nothing_found"}
"""What a list says when every flag says no, unless the profile names another value."""
_NONE = pl.lit(None, dtype=ISSUES)


def add_codes(rows: pl.LazyFrame, have: set[str], door: "Door", mapping: ColumnMapping) -> pl.LazyFrame:
    """Add the coded columns, with issues; flags of an export become codes of their list."""
    for name, kind in LISTS.items():
        if name in have:
            rules = _ListRules(name, kind, door.profile)
            schema = {"joined": pl.String(), "first": kind, "issue": ISSUES}
            rows = rows.with_columns(
                by_value({"text": pl.col(name)}, rules, schema, memory=door.memory, name=name).alias("_list")
            ).with_columns(fields_of("_list", {"joined": name, "first": f"_first_{name}", "issue": issue_column(name)}))
        elif mapping.flags.get(name):
            rows = _add_flags(rows, name, kind, mapping.flags[name], door.profile)
        elif name in door.profile.constants:
            value = str(door.profile.constants[name])
            rows = rows.with_columns(
                pl.lit(value).alias(name), pl.lit(value.split("|", maxsplit=1)[0]).cast(kind).alias(f"_first_{name}")
            )
    for name, kind in (SINGLES | {"age_range": pl.Enum(door.profile.age_bands)}).items():
        if name in have:
            single = _ListRules(name, kind, door.profile)
            schema = {"joined": pl.String(), "first": kind, "issue": ISSUES}
            rows = rows.with_columns(
                by_value({"text": pl.col(name)}, single, schema, memory=door.memory, name=name).alias("_list")
            ).with_columns(fields_of("_list", {"first": name, "issue": issue_column(name)}))
        elif name in door.profile.constants:
            rows = rows.with_columns(pl.lit(str(door.profile.constants[name])).cast(kind).alias(name))
    return rows


class _ListRules:
    """Cells with one or more codes of a list."""

    def __init__(self, name: str, kind: pl.Enum, profile: Profile) -> None:
        table = profile.code_table(name)
        self.any_value = table.pop("*", None)
        self.kind = kind
        self.is_result = name == "results"
        self.unknown = {"results": "R-CODE-UITKOMST", "status": "R-BESTAAN"}.get(name, "R-CODE")
        self.is_many = name in LISTS
        self.separators = profile.multi
        self.exact = set(CODE_LISTS[name]) | set(profile.codes.get(name, {}))
        self.table = pl.DataFrame(
            {"code": list(table), "value": list(table.values())}, schema={"code": pl.String, "value": pl.String}
        )

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        clean = distinct.with_row_index("_row").with_columns(cleaned(pl.col("text")).alias("cell"))
        codes = pl.Series([normal_code(item or "") for item in clean["cell"]], dtype=pl.String)
        whole = codes.is_in(self.table["code"].implode())
        # A code that the profile names is a code, also where it is a word for 'nothing here'.
        cell = clean.with_columns(pl.when(~is_missing(pl.col("cell")) | whole).then("cell").alias("cell"))
        one = pl.col("cell")
        if self.is_many:
            split = one
            for separator in self.separators:
                split = split.str.replace_all(separator, "|", literal=True)
            pieces = pl.when(whole).then(pl.concat_list(one)).otherwise(split.str.split("|"))
        else:
            pieces = pl.concat_list(one)
        parts = (
            cell.select("_row", pieces.alias("piece"))
            .explode("piece", empty_as_null=True, keep_nulls=True)
            .filter(pl.col("piece").is_not_null() & (pl.col("piece").str.strip_chars() != ""))
            .with_columns(pl.int_range(pl.len()).alias("_order"))
        )
        parts = parts.with_columns(pl.Series("code", [normal_code(item) for item in parts["piece"]], dtype=pl.String))
        coded = parts.join(self.table.with_columns(pl.lit(value=True).alias("known")), on="code", how="left").sort(
            "_order"
        )
        if self.any_value is not None:
            coded = coded.with_columns(
                pl.when(pl.col("known").is_null()).then(pl.lit(self.any_value)).otherwise("value").alias("value"),
                pl.lit(value=True).alias("known"),
            )
        coded = coded.with_columns(pl.col("value").str.split("|")).explode("value", empty_as_null=True, keep_nulls=True)
        exact = pl.col("piece").is_in(self.exact) if self.any_value is None else pl.lit(value=True)
        grouped = (
            coded.with_columns(pl.col("value").cast(self.kind))
            .group_by("_row")
            .agg(
                joined=pl.col("value").drop_nulls().unique().sort().cast(pl.String).str.join("|"),
                first=(pl.col("value").min() if self.is_result else pl.col("value").drop_nulls().first()),
                unknown=pl.col("known").is_null().any(),
                has_error=is_excel_error(pl.col("piece")).any(),
                is_form=(~exact).any(),
            )
        )
        return (
            cell.select("_row")
            .join(grouped, on="_row", how="left")
            .sort("_row")
            .select(
                pl.when(pl.col("joined") != "").then("joined").alias("joined"),
                "first",
                pl.when("has_error")
                .then(code("R-EXCELFOUT"))
                .when("unknown")
                .then(code(self.unknown))
                .when("is_form")
                .then(code("W-CODE-VORM"))
                .otherwise(_NONE)
                .alias("issue"),
            )
        )


def _add_flags(
    rows: pl.LazyFrame, name: str, kind: pl.Enum, table: Mapping[str, str], profile: Profile
) -> pl.LazyFrame:
    """Yes/no columns become a list: known when any of them is filled.

    All filled ones say no: nothing of the list took place. That is a value of its own where the profile or the list
    has one (a result: nothing found), and differs from blank, which stays unknown. A word that is neither yes nor no
    is an issue of its own column; beside it only a yes is known.
    """
    texts = [present(pl.col(f"flag_{name}_{number}")) for number in range(len(table))]
    answers = [yes_no(text) for text in texts]
    is_open = [text.is_not_null() & answer.is_null() for text, answer in zip(texts, answers, strict=True)]
    is_misread = [flag & ~text.str.to_lowercase().is_in(UNSAID) for flag, text in zip(is_open, texts, strict=True)]
    values = list(table.values())
    parts = [
        pl.when(
            pl.any_horizontal(
                answer.fill_null(value=False) for answer, other in zip(answers, values, strict=True) if other == value
            )
        ).then(pl.lit(value))
        for value in kind.categories
        if value in values
    ]
    is_yes = pl.any_horizontal(answer.fill_null(value=False) for answer in answers)
    is_no = pl.any_horizontal(answer.is_not_null() for answer in answers) & ~is_yes & ~pl.any_horizontal(is_misread)
    nothing = profile.flags_no.get(name) or _NOTHING.get(name)
    none = [pl.when(is_no).then(pl.lit(nothing))] if nothing else []
    joined = pl.concat_str([*parts, *none], separator="|", ignore_nulls=True)
    first = pl.coalesce([*parts, *none, pl.lit(None, dtype=pl.String)]).cast(kind)
    return rows.with_columns(
        pl.when(joined != "").then(joined).alias(name),
        first.alias(f"_first_{name}"),
        (is_yes | is_no).alias(f"_known_{name}"),
        *(
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(flag)
            .then(code("R-JANEE"))
            .otherwise(_NONE)
            .alias(issue_column(f"flag_{name}_{number}"))
            for number, (text, flag) in enumerate(zip(texts, is_misread, strict=True))
        ),
    )
