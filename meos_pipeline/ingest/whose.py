"""Whose: the team of the officer and of the place, as slugs of the organisation list on the day of the check."""

from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.pseudonymise import is_citizen_number
from meos_pipeline.ingest.teams import TeamNames, form_among, slug_of, spelling, team_spellings
from meos_pipeline.ingest.texts import INVISIBLE, is_excel_error, present

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_NONE = pl.lit(None, dtype=ISSUES)


def add_team(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add ``team`` and ``place_team`` as slugs valid on the day of the check, with issues."""
    profile = door.profile
    if profile.teams == "constant":
        return rows.with_columns(pl.lit(profile.team).alias("team"), _NONE.alias(issue_column("team")))
    rules = _TeamRules(door.organisation, profile)
    schema = {"team": pl.String(), "issue": ISSUES}
    for name in ("team", "place_team"):
        if name in have:
            rows = rows.with_columns(
                by_value(
                    {"text": pl.col(name), "day": pl.col("check_date")}, rules, schema, memory=door.memory, name="team"
                ).alias("_team")
            ).with_columns(fields_of("_team", {"team": name, "issue": issue_column(name)}))
    if "place_team" in have:
        is_other = (pl.col(issue_column("place_team")) == "R-TEAM-DATUM").fill_null(value=False)
        rows = rows.with_columns(pl.when(~is_other).then("place_team").alias("place_team"))
    return rows


class _TeamRules:
    def __init__(self, organisation: pl.DataFrame, profile: Profile) -> None:
        self.spellings = team_spellings(organisation)
        self.known = frozenset(self.spellings["spelling"])
        self.listed = frozenset(self.spellings.filter("is_listed")["spelling"])
        self.names = TeamNames(organisation)
        self.profile = profile

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        hidden = pl.col("text").str.contains(INVISIBLE).fill_null(value=False)
        texts = distinct.with_row_index("_row").with_columns(
            hidden.alias("hidden"), present(pl.col("text")).alias("text")
        )
        unique = texts.select(pl.col("text").unique())
        spelled = unique.with_columns(
            pl.Series(
                "spelling",
                [None if text is None else form_among(text, self.known) for text in unique["text"]],
                dtype=pl.String,
            )
        )
        valid = (
            texts.join(spelled, on="text", how="left", nulls_equal=True)
            .join(self.spellings, on="spelling", how="inner")
            .filter(pl.col("day").is_null() | pl.col("day").is_between("valid_from", "valid_to"))
            .group_by("_row")
            .agg(team=pl.col("team").sort().first())
        )
        # Names of other days are few: one by one.
        known = texts.join(spelled, on="text", how="left", nulls_equal=True).join(valid, on="_row", how="anti")
        others = pl.DataFrame(
            [
                (row, *found)
                for row, form, day in known.select("_row", "spelling", "day").drop_nulls().iter_rows()
                if (found := self.names.on_other_day(form, day))
            ],
            orient="row",
            schema={"_row": known.schema["_row"], "other": pl.String, "is_counted": pl.Boolean},
        )
        missing = slug_of(self.profile.missing_team) or None
        # A list says which spellings are one team; of names in a column, and of blanks and hyphens, nobody did.
        is_derived = self.profile.teams == "from_column"
        own_slug, is_listed = (
            pl.col("text").replace_strict(
                {text: said(text) for text in unique["text"].drop_nulls()}, default=None, return_dtype=dtype
            )
            for said, dtype in ((slug_of, pl.String), (lambda text: spelling(text) in self.listed, pl.Boolean))
        )
        misplaced = is_citizen_number(pl.col("text"))
        return (
            texts.join(valid, on="_row", how="left")
            .join(others, on="_row", how="left")
            .with_columns(pl.coalesce("team", "other").alias("team"))
            .sort("_row")
            .select(
                pl.when(pl.col("text").is_null())
                .then(pl.lit(missing, dtype=pl.String))
                .otherwise("team")
                .alias("team"),
                pl.when(pl.col("text").is_null() & (missing is None))
                .then(code("R-TEAM-LEEG"))
                .when(is_excel_error(pl.col("text")))
                .then(code("R-EXCELFOUT"))
                .when(pl.col("text").is_not_null() & pl.col("team").is_null())
                .then(pl.when(misplaced).then(code("R-BSN-PLAATS")).otherwise(code("R-TEAM-ONBEKEND")))
                .when(pl.col("is_counted"))
                .then(code("W-TEAM-NAAM"))
                .when(~pl.col("is_counted"))
                .then(code("R-TEAM-DATUM"))
                .when((own_slug != pl.col("team")) if is_derived else ~is_listed)
                .then(code("W-TEAM-SPELLING"))
                .when("hidden")
                .then(code("W-ONZICHTBAAR"))
                .otherwise(_NONE)
                .alias("issue"),
            )
        )
