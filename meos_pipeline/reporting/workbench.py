"""Released counts and findings as tables for an analyst's own questions: what readers can get, and nothing more.

A count below the smallest shown one has bounds and no number, an estimate is as coarse as on the pages, and every
finding has the coverage of its team beside it: a yield cannot be taken out alone.
"""

from collections.abc import Callable, Mapping

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS, Partition
from meos_pipeline.contracts.findings import UNSHOWN, VERDICT_OF_LABEL
from meos_pipeline.contracts.table import Table
from meos_pipeline.contracts.workbench import (
    ABOUT,
    COUNTS,
    DICTIONARY,
    MEASURES,
    OUTCOMES,
    PARTITION_LIST,
    TEAMS,
    WITHHELD,
    WORKBENCH,
)
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.results import OF_ONE_PERSON
from meos_pipeline.reporting.team_reports import teams_of
from meos_pipeline.reporting.words import Words
from meos_pipeline.statistics import all_statistics

_OF_ONE_PERSON = ("ambassador_activities",)
"""Statistics of what one person did."""
_KINDS: Mapping[str, tuple[str, ...]] = {
    "result": ("result",),
    "weekday_block": ("weekday", "block"),
    "reason_hit": ("reason", "hit"),
    "legal_basis_hit": ("legal_basis", "hit"),
    "block_hit": ("block", "hit"),
    "area": ("area",),
    "shift_kind": ("shift_kind",),
    "age_band_hit": ("age_band", "hit"),
    "sex_hit": ("sex", "hit"),
    "origin_hit": ("origin", "hit"),
}
"""Lists of words (``reports/codes.yaml``) for the parts of a category; other categories have words of the workbench."""
_VALUES = ("estimate", "lower", "upper")
_NUMBERS = ("events", "n", "reference_events", "reference_n")
_TEN = 10.0


def workbench_tables(publishable: Publishable, words: Words, *, edition: str) -> dict[str, pl.DataFrame]:
    """Return the tables of the workbench by name, each as its contract says.

    Args:
        publishable: What may be published; nothing else is read.
        words: Words of one language.
        edition: Id of the edition that readers have.

    Raises:
        ContractError: when a table is not as its contract says.
    """
    made: dict[str, Callable[[], pl.DataFrame]] = {
        ABOUT.name: lambda: _about(publishable, words, edition),
        TEAMS.name: lambda: _teams(publishable, words),
        COUNTS.name: lambda: _counts(publishable, words),
        OUTCOMES.name: lambda: _outcomes(publishable, words),
        WITHHELD.name: lambda: _withheld(publishable),
        PARTITION_LIST.name: lambda: _partitions(words),
        MEASURES.name: lambda: _measures(words),
        DICTIONARY.name: lambda: _dictionary(words),
    }
    return {table.name: table.require(made[table.name]().select(table.names)) for table in WORKBENCH}


def meaning(table: Table, words: Words) -> str:
    """What a table holds, in the language of the words when its contract has that."""
    return (table.meaning_nl if words.language == "nl" else "") or table.meaning


def partition_name(partition: str, words: Words) -> str:
    """A partition in words."""
    return words(f"workbench/partition/{partition}")


def category_name(partition: str, category: str, words: Words) -> str:
    """A category in words; each part of a crossed one from its own list."""
    kinds = _KINDS.get(partition, ())
    parts = category.split("|") if kinds else [category]
    said = []
    for kind, part in zip(kinds or ("",), parts, strict=False):
        own = f"workbench/category/{part}"
        has_code = kind not in {"", "hit"} and words.has(f"codes/{kind}/{part}")
        said.append(words.code(kind, part) if has_code else words(own) if words.has(own) else part)
    return ", ".join(said)


def _about(publishable: Publishable, words: Words, edition: str) -> pl.DataFrame:
    policy, notation = publishable.policy, words.notation
    facts = {
        "edition": edition,
        "month": notation.month(publishable.month),
        "made_on": publishable.made_on.isoformat(),
        "version": publishable.fingerprint,
        "smallest": str(policy.smallest_shown_count),
        "rounding": str(policy.rounding_base),
    }
    rows = [(words(f"workbench/about/{key}"), told) for key, told in facts.items()]
    rules = [key for key in words.tree["workbench"]["about"] if key not in facts]
    rows += [(str(number), words(f"workbench/about/{key}")) for number, key in enumerate(rules, start=1)]
    return pl.DataFrame(rows, schema=ABOUT.schema, orient="row")


def _teams(publishable: Publishable, words: Words) -> pl.DataFrame:
    rows = [*teams_of(publishable), ("", words("workbench/all_teams"))]
    return pl.DataFrame(rows, schema=TEAMS.schema, orient="row")


def _counts(publishable: Publishable, words: Words) -> pl.DataFrame:
    """Counts of every team that has a page, in the partitions that readers take along."""
    smallest, n = publishable.policy.smallest_shown_count, pl.col("n")
    is_small = (n > 0) & (n < smallest)
    shown = publishable.cells.filter(~pl.col("partition").is_in(list(OF_ONE_PERSON)))
    pairs = shown.select("partition", "category").unique()
    names = [category_name(partition, category, words) for partition, category in pairs.rows()]
    return (
        shown.join(_teams(publishable, words), on="team")
        .join(pairs.with_columns(pl.Series("category_name", names, dtype=pl.String)), on=["partition", "category"])
        .with_columns(
            n_low=pl.when(is_small).then(1).otherwise(n).cast(pl.Int64),
            n_high=pl.when(is_small).then(smallest - 1).otherwise(n).cast(pl.Int64),
            n=pl.when(~is_small).then(n),
        )
        .sort(COUNTS.key)
    )


def _outcomes(publishable: Publishable, words: Words) -> pl.DataFrame:
    """Findings of every team that has a page and of all teams, with the coverage of each beside it."""
    early = publishable.provisional if not publishable.provisional.is_empty() else publishable.findings.clear()
    rows = pl.concat(
        [
            publishable.findings.with_columns(is_provisional=pl.lit(value=False)),
            early.select(publishable.findings.columns).with_columns(is_provisional=pl.lit(value=True)),
        ]
    ).filter(~pl.col("statistic").is_in(_OF_ONE_PERSON))
    smallest = publishable.policy.smallest_shown_count
    label = pl.col("label").cast(pl.String)
    is_unshown = label.is_in([one.value for one in UNSHOWN])
    shown = rows.join(_teams(publishable, words), on="team").with_columns(
        *(pl.when(~is_unshown).then(_coarse(pl.col(name))).alias(name) for name in _VALUES),
        *(
            pl.when(~is_unshown & ((pl.col(name) == 0) | (pl.col(name) >= smallest))).then(pl.col(name)).alias(name)
            for name in _NUMBERS
        ),
        verdict=label.replace_strict({key.value: value.value for key, value in VERDICT_OF_LABEL.items()}),
        measure_name=pl.col("statistic").replace_strict(_names(words), default=pl.col("statistic")),
    )
    verdicts = {value: words(f"charts/states/{value}") for value in set(VERDICT_OF_LABEL.values())}
    named = shown.with_columns(verdict_name=pl.col("verdict").replace_strict(verdicts, return_dtype=pl.String))
    return _beside_coverage(named, words).sort(OUTCOMES.key)


def _coarse(value: pl.Expr) -> pl.Expr:
    """As coarse as the page and the downloads: more decimals would be the count."""
    return pl.when(value.abs() < _TEN).then(value.round(2)).otherwise(value.round(1))


def _beside_coverage(findings: pl.DataFrame, words: Words) -> pl.DataFrame:
    """Put beside each row the coverage of its team: of the same period, else of the shortest period around it."""
    coverage = findings.filter(statistic="coverage", series="", stratum="", group="", is_provisional=False).select(
        "team",
        start="period_start",
        end="period_end",
        coverage="estimate",
        coverage_lower="lower",
        coverage_upper="upper",
        coverage_name="verdict_name",
    )
    periods = findings.select("team", "period_start", "period_end").unique()
    around = (
        periods.join(coverage, on="team")
        .filter(pl.col("start") <= pl.col("period_start"), pl.col("end") >= pl.col("period_end"))
        .sort(pl.col("end") - pl.col("start"))
        .unique(["team", "period_start", "period_end"], keep="first", maintain_order=True)
        .drop("start", "end")
    )
    return findings.join(around, on=["team", "period_start", "period_end"], how="left").with_columns(
        pl.col("coverage_name").fill_null(words("workbench/no_coverage"))
    )


def _withheld(publishable: Publishable) -> pl.DataFrame:
    if publishable.withheld.is_empty():
        return WITHHELD.empty()
    known = [team for team, _ in teams_of(publishable)]
    return publishable.withheld.filter(pl.col("team").is_in(known)).cast(WITHHELD.schema).unique().sort(WITHHELD.key)


def _partitions(words: Words) -> pl.DataFrame:
    rows = [_described(one, words) for one in PARTITIONS.values() if one.name not in OF_ONE_PERSON]
    return pl.DataFrame(rows, schema=PARTITION_LIST.schema, orient="row")


def _described(one: Partition, words: Words) -> tuple[str, str, str, str, str]:
    return one.name, partition_name(one.name, words), one.population, one.period, one.meaning


def _names(words: Words) -> dict[str, str]:
    """Statistics that have a name for readers; the others stand for themselves."""
    return {name: words(path) for name in all_statistics() if words.has(path := f"measures/{name}/name")}


def _measures(words: Words) -> pl.DataFrame:
    nl = words.language == "nl"
    known = {name: one for name, one in all_statistics().items() if name not in _OF_ONE_PERSON}
    rows = [
        (
            name,
            _names(words).get(name, name),
            words(path)
            if words.has(path := f"measures/{name}/definition")
            else one.question_nl
            if nl
            else one.question,
        )
        for name, one in known.items()
    ]
    return pl.DataFrame(rows, schema=MEASURES.schema, orient="row")


def _dictionary(words: Words) -> pl.DataFrame:
    nl = words.language == "nl"
    rows = [
        (table.name, column.name, _kind(column.dtype), (column.meaning_nl if nl else "") or column.meaning)
        for table in WORKBENCH
        for column in table.columns
    ]
    return pl.DataFrame(rows, schema=DICTIONARY.schema, orient="row")


def _kind(dtype: pl.DataType | type[pl.DataType]) -> str:
    if isinstance(dtype, pl.Enum):
        return "code list: " + ", ".join(dtype.categories)
    return {"Int64": "whole number", "Float64": "number", "String": "text", "Date": "day"}.get(str(dtype), str(dtype))
