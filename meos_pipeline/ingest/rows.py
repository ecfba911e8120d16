"""Exports with a row per person or per charge: the rows of one check become one check with so many persons.

The first row of a check stands for it; the others are 'joined', so that every row of the file stays accounted for. What
a check has of its persons: all reasons, actions and results that any of them has, the most far-reaching result, and an
age, sex or origin only when all persons share it. Rows of one number on another day or of another team are another
check with the same number: they are not joined, and told as such.
"""

from collections.abc import Container, Sequence

import polars as pl

from meos_pipeline.contracts import values as v

_SAME = ("check_date", "team", "hour", "clock_bin")
"""What rows of one check must share."""
_UNIONS: dict[str, pl.Enum] = {
    "subjects": v.SUBJECT_KINDS,
    "reasons": v.REASONS,
    "legal_bases": v.LEGAL_BASES,
    "actions": v.ACTIONS,
    "results": v.RESULTS,
}
_FURTHEST: dict[str, pl.Enum] = {"result": v.RESULTS, "hit_class": v.HIT_CLASSES, "ground": v.GROUND_CLASSES}
_FIRST = ("reason", "legal_basis")
_ANY = ("is_person", "is_vehicle", "is_searched", "is_related_hit")
_OF_PERSON = ("age_band", "sex", "origin", "is_under_fourteen", "person_key")
_NOTHING = "H0"
CATEGORIES = pl.Enum(["candidate", "deleted", "quarantined", "out_of_period", "duplicate", "superseded", "joined"])
CHANGED = (*_UNIONS, *_FURTHEST, *_FIRST, *_ANY, *_OF_PERSON, "person_count")


def join_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the rows of each check together.

    Args:
        rows: Parsed rows in the order of the file, with ``category`` and ``person_tag`` (equal for one person).

    Returns:
        The same rows without ``person_tag``; of each check the first candidate has the values of the whole check, and
        the others have the category 'joined'.
    """
    is_candidate = pl.col("category") == "candidate"
    numbered = rows.with_columns(
        pl.struct("check_key", *(pl.col(name).fill_null(-1) if name in _SAME[2:] else name for name in _SAME))
        .hash()
        .alias("_check"),
        # One row of the check that cannot be read leaves the check without a known 'nothing found'.
        pl.col("category").eq("quarantined").any().over("check_key").alias("_is_part"),
    )
    candidates = numbered.filter(is_candidate)
    if candidates.is_empty():
        return rows.drop("person_tag")
    whole = candidates.group_by("_check", maintain_order=True).agg(
        pl.col("line").first(),
        pl.len().alias("_rows"),
        pl.max_horizontal(pl.col("person_tag").n_unique().cast(pl.Int16), pl.col("person_count").max()).alias(
            "person_count"
        ),
        *(pl.col(name).drop_nulls().str.join("|").alias(name) for name in _UNIONS),
        *(_furthest(name) for name in _FURTHEST),
        *(pl.col(name).drop_nulls().first() for name in _FIRST),
        *(_any(name) for name in _ANY),
        *(pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name) for name in _OF_PERSON),
    )
    whole = whole.with_columns(_union(name, kind) for name, kind in _UNIONS.items())
    firsts = set(whole["line"])
    changed = whole.select("line", *(pl.col(name).cast(rows.schema[name]) for name in CHANGED))
    others = pl.col("category").eq("candidate") & ~pl.col("line").is_in(
        pl.Series(sorted(firsts), dtype=pl.Int64).implode()
    )
    marked = rows.drop("person_tag").with_columns(
        pl.when(others)
        .then(pl.lit("joined"))
        .otherwise(pl.col("category").cast(pl.String))
        .cast(rows.schema["category"])
        .alias("category")
    )
    joined = marked.join(changed, on="line", how="left", suffix="_whole", maintain_order="left")
    is_first = pl.col("line").is_in(whole["line"].implode())
    return joined.with_columns(
        pl.when(is_first).then(f"{name}_whole").otherwise(name).alias(name) for name in CHANGED
    ).select(marked.columns)


def person_tag(headers: Sequence[str], have: Container[str]) -> pl.Expr:
    """Equal for rows of one person of a check; every row is a person when nothing tells them apart.

    Args:
        headers: The columns that tell the persons of a check apart.
        have: Columns of the rows; one pseudonym is one person, whatever those columns say.
    """
    parts = [pl.col(f"person_{number}").fill_null("") for number in range(len(headers))]
    own = pl.concat_str(parts, separator="\x1f") if parts else pl.col("line").cast(pl.String)
    return pl.coalesce("person_key", own) if "person_key" in have else own


def _furthest(name: str) -> pl.Expr:
    """The first of the list that any person has; 'nothing' only when nothing is unknown."""
    found = pl.col(name).min()
    if name == "ground":
        return found
    is_open = pl.col(name).is_null().any() | pl.col("_is_part").any()
    is_nothing = pl.col("hit_class").min() == _NOTHING
    return pl.when(~(is_open & is_nothing)).then(found).alias(name)


def _any(name: str) -> pl.Expr:
    is_yes = pl.col(name).fill_null(value=False).any()
    return (
        pl.when(is_yes)
        .then(pl.lit(value=True))
        .when(pl.col(name).null_count() == 0)
        .then(pl.lit(value=False))
        .alias(name)
    )


def _union(name: str, kind: pl.Enum) -> pl.Expr:
    """All codes of the persons, each once, in the order of the list."""
    codes = pl.col(name).str.split("|").list.eval(pl.element().filter(pl.element() != "").cast(kind).unique().sort())
    joined = codes.list.eval(pl.element().cast(pl.String)).list.join("|")
    return pl.when(joined != "").then(joined).alias(name)


def category() -> pl.Expr:
    """Whether a parsed row is out of period, set aside, a deletion, or a candidate for the table."""
    date_issue = pl.col("issue_date")
    is_out = (date_issue == "R-PERIODE").fill_null(value=False)
    has_key = ~pl.col("issue_check_id").cast(pl.String).str.starts_with("R-").fill_null(value=False)
    return (
        pl.when(pl.col("is_deleted") & has_key)
        .then(pl.lit("deleted"))
        .when(is_out)
        .then(pl.lit("out_of_period"))
        .when("is_refused")
        .then(pl.lit("quarantined"))
        .otherwise(pl.lit("candidate"))
        .cast(CATEGORIES)
    )
