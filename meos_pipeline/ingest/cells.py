"""What the cells of an export say: teams, places, codes, yes or no, counts, and what follows from them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.mapping import ColumnMapping
from meos_pipeline.ingest.places import grid_square
from meos_pipeline.ingest.profiles import CODE_LISTS, Profile, normal_code
from meos_pipeline.ingest.pseudonymise import is_citizen_number
from meos_pipeline.ingest.related import RELATED
from meos_pipeline.ingest.teams import slug_of, spelling, team_spellings
from meos_pipeline.ingest.texts import (
    INVISIBLE,
    cleaned,
    day,
    decimal_number,
    is_excel_error,
    present,
    whole_number,
)

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
    "age_range": v.AGE_BANDS,
}
YES_NO = {
    "proactive": "is_proactive",
    "queried_before": "is_queried_before",
    "history_shown": "is_history_shown",
    "repeat_warning": "is_repeat_warning",
    "explained": "is_explained",
    "identified": "is_identified",
    "bodycam": "is_bodycam",
    "debriefed": "is_debriefed",
    "planned": "is_planned_action",
    "deleted": "deleted",
    "related_hit": "is_related_hit",
}
COUNTS = {
    "person_count": ("person_count", 1, 999),
    "earlier_checks": ("earlier_checks", 0, 9999),
    "duration": ("duration_minutes", 0, 1440),
}
_YES = ("j", "ja", "y", "yes", "waar", "true", "1", "x", "1.0")
_NO = ("n", "nee", "no", "onwaar", "false", "0", "0.0")
_OLDEST = 120
_BANDS = ((12, "<12"), (18, "12-17"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"))
_IDENTITY_AGE = 14
_YOUNGEST_BAND, _BAND_OF_FOURTEEN = "<12", "12-17"
_AREA_CODE = r"^(WK|BU)\d{6,8}$"
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
    return rows


class _TeamRules:
    def __init__(self, organisation: pl.DataFrame, profile: Profile) -> None:
        self.spellings = team_spellings(organisation)
        self.profile = profile

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        hidden = pl.col("text").str.contains(INVISIBLE).fill_null(value=False)
        texts = distinct.with_row_index("_row").with_columns(
            hidden.alias("hidden"), present(pl.col("text")).alias("text")
        )
        unique = texts.select(pl.col("text").unique())
        spelled = unique.with_columns(
            pl.Series(
                "spelling", [None if text is None else spelling(text) for text in unique["text"]], dtype=pl.String
            )
        )
        valid = (
            texts.join(spelled, on="text", how="left", nulls_equal=True)
            .join(self.spellings, on="spelling", how="inner")
            .filter(pl.col("day").is_null() | pl.col("day").is_between("valid_from", "valid_to"))
            .group_by("_row")
            .agg(team=pl.col("team").sort().first())
        )
        missing = slug_of(self.profile.missing_team) or None
        misplaced = is_citizen_number(pl.col("text")).fill_null(value=False)
        return (
            texts.join(valid, on="_row", how="left")
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
                .when("hidden")
                .then(code("W-ONZICHTBAAR"))
                .otherwise(_NONE)
                .alias("issue"),
            )
        )


def add_place(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add ``area``: the wijk code, else the 1 km square of the coordinates, which go no further."""
    columns: list[pl.Expr] = []
    square: pl.Expr | None = None
    if {"latitude", "longitude"} <= have:
        latitude, longitude = (decimal_number(present(pl.col(name))) for name in ("latitude", "longitude"))
        south, north, west, east = door.profile.bounds or (-90.0, 90.0, -180.0, 180.0)
        is_inside = latitude.is_between(south, north) & longitude.is_between(west, east) & (latitude != 0)
        given = present(pl.col("latitude")).is_not_null() | present(pl.col("longitude")).is_not_null()
        rows = rows.with_columns(
            pl.when(is_inside).then(latitude).alias("_latitude"),
            pl.when(is_inside).then(longitude).alias("_longitude"),
            pl.when(given & ~is_inside.fill_null(value=False))
            .then(code("R-LOCATIE"))
            .otherwise(_NONE)
            .alias(issue_column("latitude")),
        )
        if door.profile.bounds:
            square = grid_square(pl.col("_latitude"), pl.col("_longitude"))
    if {"x_rd", "y_rd"} <= have:
        x, y = (decimal_number(present(pl.col(name))) for name in ("x_rd", "y_rd"))
        is_inside = x.is_between(0, 300_000) & y.is_between(300_000, 630_000)
        cell = pl.format("km-{}-{}", (x // 1000).cast(pl.Int32), (y // 1000).cast(pl.Int32))
        own = pl.when(is_inside).then(cell)
        square = own if square is None else pl.coalesce(own, square)
        columns.append(
            pl.when(x.is_not_null() & ~is_inside.fill_null(value=False))
            .then(code("R-LOCATIE"))
            .otherwise(_NONE)
            .alias(issue_column("x_rd"))
        )
    if "area" in have:
        rules = _AreaRules(door)
        rows = rows.with_columns(
            by_value(
                {"text": pl.col("area")}, rules, {"area": pl.String(), "issue": ISSUES}, memory=door.memory, name="area"
            ).alias("_area")
        ).with_columns(fields_of("_area", {"area": "area", "issue": issue_column("area")}))
        if square is not None:
            columns.append(pl.coalesce("area", square).alias("area"))
    elif square is not None:
        columns.append(square.alias("area"))
    return rows.with_columns(columns) if columns else rows


class _AreaRules:
    def __init__(self, door: "Door") -> None:
        self.known = set(door.organisation["area"].to_list()) - {"-"}
        self.is_free = door.profile.teams == "from_column"

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        if self.is_free:
            texts = distinct.select(text).to_series()
            slugs = [None if item is None else slug_of(item) or None for item in texts]
            return pl.DataFrame(
                {"area": pl.Series(slugs, dtype=pl.String), "issue": pl.Series([None] * len(slugs), dtype=ISSUES)}
            )
        upper = text.str.to_uppercase()
        is_known = upper.is_in(self.known) | upper.str.contains(_AREA_CODE)
        return distinct.select(
            pl.when(is_known).then(upper).alias("area"),
            pl.when(upper.is_not_null() & ~is_known).then(code("R-GEBIED")).otherwise(_NONE).alias("issue"),
        )


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
            rows = _add_flags(rows, name, kind, mapping.flags[name])
        elif name in door.profile.constants:
            value = str(door.profile.constants[name])
            rows = rows.with_columns(
                pl.lit(value).alias(name), pl.lit(value.split("|", maxsplit=1)[0]).cast(kind).alias(f"_first_{name}")
            )
    for name, kind in SINGLES.items():
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
        self.is_many = name in LISTS
        self.separators = profile.multi
        self.exact = set(CODE_LISTS[name]) | set(profile.codes.get(name, {}))
        self.table = pl.DataFrame(
            {"code": list(table), "value": list(table.values())}, schema={"code": pl.String, "value": pl.String}
        )

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        cell = distinct.with_row_index("_row").with_columns(text.alias("cell"))
        one = pl.col("cell")
        known = cell.with_columns(pl.Series("_whole", [normal_code(item or "") for item in cell["cell"]]))
        whole = known["_whole"].is_in(self.table["code"].implode())
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
        unknown = code("R-CODE-UITKOMST" if self.is_result else "R-CODE")
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
                .then(unknown)
                .when("is_form")
                .then(code("W-CODE-VORM"))
                .otherwise(_NONE)
                .alias("issue"),
            )
        )


def _add_flags(rows: pl.LazyFrame, name: str, kind: pl.Enum, table: Mapping[str, str]) -> pl.LazyFrame:
    """Yes/no columns become a list: known when any of them is filled, empty when all filled ones say no."""
    answers = {number: _yes_no(pl.col(f"flag_{name}_{number}")) for number in range(len(table))}
    values = list(table.values())
    order = [value for value in kind.categories if value in values]
    said = {
        value: pl.any_horizontal(
            (answers[number] == True).fill_null(value=False)  # noqa: E712 - an expression, null is not yes
            for number, other in enumerate(values)
            if other == value
        )
        for value in order
    }
    parts = [pl.when(flag).then(pl.lit(value)) for value, flag in said.items()]
    joined = pl.concat_str(parts, separator="|", ignore_nulls=True)
    first = pl.coalesce([*parts, pl.lit(None, dtype=pl.String)]).cast(kind)
    is_known = pl.any_horizontal(answer.is_not_null() for answer in answers.values())
    return rows.with_columns(
        pl.when(is_known & (joined != "")).then(joined).alias(name),
        first.alias(f"_first_{name}"),
        is_known.alias(f"_known_{name}"),
    )


def _yes_no(text: pl.Expr) -> pl.Expr:
    word = cleaned(text).str.to_lowercase()
    return pl.when(word.is_in(_YES)).then(pl.lit(value=True)).when(word.is_in(_NO)).then(pl.lit(value=False))


def add_yes_no(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the yes/no columns, with issues."""
    schema = {"answer": pl.Boolean(), "issue": ISSUES}
    for name, target in YES_NO.items():
        if name in have:
            rows = rows.with_columns(
                by_value({"text": pl.col(name)}, _yes_no_rules, schema, memory=door.memory, name="yes_no").alias(
                    "_answer"
                )
            ).with_columns(fields_of("_answer", {"answer": target, "issue": issue_column(name)}))
        elif name in door.profile.constants:
            rows = rows.with_columns(pl.lit(bool(door.profile.constants[name])).alias(target))
    return rows


def _yes_no_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    text = present(pl.col("text"))
    answer = _yes_no(text)
    is_open = text.str.to_lowercase().is_in(("o", "onb", "onb."))
    return distinct.select(
        answer.alias("answer"),
        pl.when(is_excel_error(text))
        .then(code("R-EXCELFOUT"))
        .when(text.is_not_null() & answer.is_null() & ~is_open)
        .then(code("R-JANEE"))
        .otherwise(_NONE)
        .alias("issue"),
    )


def add_counts(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the counts within their ranges, with issues."""
    schema = {"number": pl.Int16(), "issue": ISSUES}
    for name, (target, low, high) in COUNTS.items():
        if name in have:
            rows = rows.with_columns(
                by_value({"text": pl.col(name)}, _CountRules(low, high), schema, memory=door.memory, name=name).alias(
                    "_count"
                )
            ).with_columns(fields_of("_count", {"number": target, "issue": issue_column(name)}))
    return rows


class _CountRules:
    """Whole numbers within a range."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        number = whole_number(text)
        is_right = number.is_between(self.low, self.high).fill_null(value=False)
        return distinct.select(
            pl.when(is_right).then(number).alias("number"),
            pl.when(is_excel_error(text))
            .then(code("R-EXCELFOUT"))
            .when(text.is_not_null() & ~is_right)
            .then(code("R-GETAL"))
            .otherwise(_NONE)
            .alias("issue"),
        )


def add_person_traits(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add age band and under fourteen on the day of the check; origin only when its legal basis is configured."""
    bands: list[pl.Expr] = []
    young: list[pl.Expr] = []
    for name, rules in (("birth_date", _birth_date_rules), ("age", _age_rules), ("birth_year", _birth_year_rules)):
        if name in have:
            schema = {"band": v.AGE_BANDS, "young": pl.Boolean(), "issue": ISSUES}
            inputs = {"text": pl.col(name)} if name == "age" else {"text": pl.col(name), "day": pl.col("check_date")}
            rows = rows.with_columns(
                by_value(inputs, rules, schema, memory=door.memory, name=name).alias("_band")
            ).with_columns(
                fields_of("_band", {"band": f"_band_{name}", "young": f"_young_{name}", "issue": issue_column(name)})
            )
            bands.append(pl.col(f"_band_{name}"))
            young.append(pl.col(f"_young_{name}"))
    if "age_range" in have:
        given = pl.col("age_range").cast(pl.String())
        bands.append(pl.col("age_range"))
        young.append(pl.when(given != _BAND_OF_FOURTEEN).then(given == _YOUNGEST_BAND))
    columns = [pl.coalesce(bands).alias("age_band"), pl.coalesce(young).alias("is_under_fourteen")] if bands else []
    is_lawful = bool(door.settings.groups.origin_legal_basis) and "origin" in door.settings.groups.kinds
    origin = (
        present(pl.col("origin")).str.to_lowercase()
        if "origin" in have and is_lawful
        else pl.lit(None, dtype=pl.String)
    )
    return rows.with_columns(*columns, origin.alias("origin"))


def band_of(age: pl.Expr) -> pl.Expr:
    """Age band of whole years, null outside 0 to 120."""
    chosen: Any = pl.when(~age.is_between(0, _OLDEST)).then(None)
    for limit, name in _BANDS:
        chosen = chosen.when(age < limit).then(pl.lit(name))
    banded: pl.Expr = chosen.when(age.is_not_null()).then(pl.lit("65+")).cast(v.AGE_BANDS)
    return banded


def _age_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    text = present(pl.col("text"))
    band = band_of(whole_number(text))
    return distinct.select(
        band.alias("band"), _under_fourteen(whole_number(text)).alias("young"), _age_issue(text, band).alias("issue")
    )


def _under_fourteen(age: pl.Expr) -> pl.Expr:
    """Whether whole years are under the age at which the duty to show identity begins; null for an impossible age."""
    return pl.when(age.is_between(0, _OLDEST)).then(age < _IDENTITY_AGE)


def _same(either: pl.Expr, other: pl.Expr) -> pl.Expr:
    """What both ages that a birth year allows agree on, else null."""
    return pl.when(either == other).then(either)


def _birth_year_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    text = present(pl.col("text"))
    older = pl.col("day").dt.year() - whole_number(text)
    band = _same(band_of(older), band_of(older - 1))
    possible = (older >= 0) & (older <= _OLDEST)
    return distinct.select(
        band.alias("band"),
        _same(_under_fourteen(older), _under_fourteen(older - 1)).alias("young"),
        pl.when(text.is_not_null() & pl.col("day").is_not_null() & ~possible.fill_null(value=False))
        .then(code("R-LEEFTIJD"))
        .otherwise(_NONE)
        .alias("issue"),
    )


def _birth_date_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    text = present(pl.col("text"))
    born = day(text, ("iso", "day-month-year"), is_sheet=False)
    only_year = (
        text.str.extract(r"^(\d{4})-00-00$", 1).fill_null(text.str.extract(r"^00-00-(\d{4})$", 1)).cast(pl.Int32)
    )
    had_birthday = (pl.col("day").dt.month() * 100 + pl.col("day").dt.day()) >= (born.dt.month() * 100 + born.dt.day())
    exact = pl.col("day").dt.year() - born.dt.year() - pl.when(had_birthday).then(0).otherwise(1)
    older = pl.col("day").dt.year() - only_year
    return distinct.select(
        pl.coalesce(band_of(exact), _same(band_of(older), band_of(older - 1))).alias("band"),
        pl.coalesce(_under_fourteen(exact), _same(_under_fourteen(older), _under_fourteen(older - 1))).alias("young"),
        pl.when(only_year.is_not_null())
        .then(code("W-GEBDATUM"))
        .otherwise(_age_issue(text, band_of(exact)))
        .alias("issue"),
    )


def _age_issue(text: pl.Expr, band: pl.Expr) -> pl.Expr:
    return (
        pl.when(is_excel_error(text))
        .then(code("R-EXCELFOUT"))
        .when(text.is_not_null() & band.is_null())
        .then(code("R-LEEFTIJD"))
        .otherwise(_NONE)
    )


def add_derived(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add what follows from codes: firsts, hit class, ground, searched, related hit, proactive."""
    schema = set(rows.collect_schema())
    columns: list[pl.Expr] = []
    if "_first_reasons" in schema:
        columns.append(pl.col("_first_reasons").alias("reason"))
        columns.append(
            by_value(
                {"joined": pl.col("reasons")},
                _ground_rules,
                {"ground": v.GROUND_CLASSES},
                memory=door.memory,
                name="ground",
            ).struct.field("ground")
        )
    if "_first_legal_bases" in schema:
        columns.append(pl.col("_first_legal_bases").alias("legal_basis"))
    if "_first_results" in schema:
        columns.append(pl.col("_first_results").alias("result"))
        classes = [(value, kind) for value, kind in v.RESULT_HIT_CLASS.items()]
        codes = pl.DataFrame(classes, orient="row", schema={"first": v.RESULTS, "hit": v.HIT_CLASSES})
        columns.append(
            by_value({"first": pl.col("_first_results")}, _Joined(codes), {"hit": v.HIT_CLASSES})
            .struct.field("hit")
            .alias("hit_class")
        )
    if "actions" in schema:
        searched = _said("actions", _ContainsAny({"searched": v.SEARCH_ACTIONS}), door).struct.field("searched")
        known = pl.col("_known_actions") if "_known_actions" in schema else pl.col("actions").is_not_null()
        columns.append(pl.when(known).then(searched.fill_null(value=False)).alias("is_searched"))
    if "subjects" in schema:
        kinds = {f"is_{kind}": (kind,) for kind in ("person", "vehicle")}
        said = _said("subjects", _ContainsAny(kinds), door)
        columns += [said.struct.field(name).alias(name) for name in kinds]
    if {"reasons", "results"} <= schema and "is_related_hit" not in schema:
        columns.append(
            by_value(
                {"reasons": pl.col("reasons"), "results": pl.col("results")},
                _RelatedRules(door.profile),
                {"fits": pl.Boolean()},
                memory=door.memory,
                name="related",
            )
            .struct.field("fits")
            .alias("is_related_hit")
        )
    rows = rows.with_columns(columns)
    return rows.with_columns(_proactive(set(rows.collect_schema()), door).alias("is_proactive"))


class _ContainsAny:
    """Whether a list of codes has any of some codes, under several names; null for no list."""

    def __init__(self, wanted: Mapping[str, Sequence[str]]) -> None:
        self.wanted = wanted
        self.schema = dict.fromkeys(wanted, pl.Boolean())

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        joined = pl.format("|{}|", pl.col("joined"))
        return distinct.select(
            pl.any_horizontal(joined.str.contains(f"|{value}|", literal=True) for value in values).alias(name)
            for name, values in self.wanted.items()
        )


class _OnlySuspects:
    """Whether a list of powers has none but those against suspects."""

    schema: Mapping[str, pl.DataType] = {"only": pl.Boolean()}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        suspects = "|".join(v.SUSPECT_POWERS)
        return distinct.select(only=pl.col("joined").str.contains(f"^({suspects})([|]({suspects}))*$"))


def _said(column: str, rules: "_ContainsAny | _OnlySuspects", door: "Door") -> pl.Expr:
    return by_value({"joined": pl.col(column)}, rules, rules.schema, memory=door.memory, name=("said", column))


class _Joined:
    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        return distinct.join(self.table, on=distinct.columns, how="left", maintain_order="left").select(
            name for name in self.table.columns if name not in distinct.columns
        )


def _ground_rules(distinct: pl.DataFrame) -> pl.DataFrame:
    order = v.GROUND_CLASSES.categories.to_list()
    found = []
    for joined in distinct["joined"]:
        grounds = [v.REASON_GROUND[reason] for reason in (joined or "").split("|") if reason]
        ranked = [order.index(ground) for ground in grounds if ground]
        found.append(order[min(ranked)] if ranked else None)
    return pl.DataFrame({"ground": pl.Series(found, dtype=v.GROUND_CLASSES)})


class _RelatedRules:
    """Whether any result fits any reason, by the profile's map or the shipped one."""

    def __init__(self, profile: Profile) -> None:
        self.fitting = {reason: set(results) for reason, results in (profile.related or RELATED).items()}

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        answers = [
            None
            if not reasons or not results
            else any(self.fitting.get(reason, set()) & set(results.split("|")) for reason in reasons.split("|"))
            for reasons, results in distinct.select("reasons", "results").iter_rows()
        ]
        return pl.DataFrame({"fits": pl.Series(answers, dtype=pl.Boolean)})


def _proactive(schema: set[str], door: "Door") -> pl.Expr:
    """The marker; else the printed rule.

    Own initiative or a planned action is proactive, unless the first reason is an observed offence or the only
    powers are those against suspects. A report, order or alert is not. Otherwise unknown.
    """
    null = pl.lit(None, dtype=pl.Boolean)
    marker = pl.col("is_proactive") if "is_proactive" in schema else null
    if "initiative" not in schema:
        return marker
    offence = (
        (pl.col("reason") == "behaviour_traffic_offence").fill_null(value=False)
        if "reason" in schema
        else pl.lit(value=False)
    )
    only_suspect = (
        _said("legal_bases", _OnlySuspects(), door).struct.field("only").fill_null(value=False)
        if "legal_bases" in schema
        else pl.lit(value=False)
    )
    by_rule = (
        pl.when(pl.col("initiative").is_in(["own", "action"]))
        .then(~offence & ~only_suspect)
        .when(pl.col("initiative").is_not_null())
        .then(pl.lit(value=False))
        .otherwise(null)
    )
    return pl.coalesce(marker, by_rule)


def first_day_of(organisation: pl.DataFrame) -> date | None:
    """First day on which any team is valid."""
    first = organisation["valid_from"].min()
    return first if isinstance(first, date) else None
