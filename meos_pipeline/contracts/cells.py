"""Sufficient cells: what statistics work on, and the only counts that can reach a reader.

Every count of the product is a cell of a *partition*: a population (all checks, proactive checks,
queries, observed checks of the ambassador, …) of one team in one period, in which every member falls
in exactly one category. Exact cells are made per month; the disclosure stage sums them to the period
of their partition, protects them, and hands on a table of the same shape. A share, ratio or rate is
then always a function of released cells.

Inside one population, team and period every partition is protected with the same secret offset, so
all of them have the same released total. The population ``proactive`` shares the offset of ``checks``
and is the first category of the partition ``proactive``: the same set has one value everywhere.
"""

from dataclasses import dataclass

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.table import Column, Sensitivity, Table

PERIODS = pl.Enum(["month", "quarter", "year"])

CELLS = Table(
    name="cells",
    meaning="Counts per team, period, partition and category.",
    meaning_nl="Aantallen per team, periode, verdeling en categorie.",
    key=("team", "period", "period_start", "partition", "category"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug).", meaning_nl="Team (code)."),
        Column(name="period", dtype=PERIODS, meaning="Length of the period.", meaning_nl="Lengte van de periode."),
        Column(
            name="period_start",
            dtype=pl.Date(),
            meaning="First day of the period.",
            meaning_nl="Eerste dag van de periode.",
        ),
        Column(
            name="partition",
            dtype=pl.String(),
            meaning="Name of the partition.",
            meaning_nl="Naam van de verdeling.",
        ),
        Column(
            name="category",
            dtype=pl.String(),
            meaning="Category within the partition; for crossed partitions 'a|b'.",
            meaning_nl="Vak binnen de verdeling; bij een kruising 'a|b'.",
        ),
        Column(
            name="n",
            dtype=pl.Int64(),
            meaning="Number of members of the population.",
            meaning_nl="Aantal in dit vak.",
        ),
    ),
)

OFFICER_COUNTS = Table(
    name="officer_counts",
    meaning="Checks per officer, team and month: for the officer rule and clustering; never leaves restricted/.",
    key=("team", "month", "officer_key"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="month", dtype=pl.Date(), meaning="First day of the month."),
        Column(
            name="officer_key",
            dtype=pl.String(),
            meaning="Pseudonym; '' for unknown.",
            sensitivity=Sensitivity.PERSONAL,
        ),
        Column(name="n", dtype=pl.Int64(), meaning="Checks registered."),
        Column(name="n_proactive", dtype=pl.Int64(), meaning="Of these, proactive."),
        Column(name="n_complete", dtype=pl.Int64(), meaning="Proactive checks with ground, legal basis and result."),
        Column(name="n_known", dtype=pl.Int64(), meaning="Proactive checks with a known result."),
        Column(name="n_strict", dtype=pl.Int64(), meaning="Proactive checks with a strict hit."),
        Column(name="n_broad", dtype=pl.Int64(), meaning="Proactive checks with a broad hit."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """How one population is divided.

    ``categories`` is empty when they come from a public list (areas, groups); their order is then
    alphabetical. The order matters: contiguous runs have the smallest rounding error.
    """

    name: str
    population: str
    period: str
    categories: tuple[str, ...]
    meaning: str


_YES_NO = ("yes", "no", "unknown")
_HIT = ("strict", "broad", "none", "unknown")
"""strict = H1, broad = H2 or H3 (so a broad yield is strict + broad), none = H0, H4, H5."""


def _month(name: str, population: str, categories: tuple[str, ...], meaning: str) -> Partition:
    return Partition(name=name, population=population, period="month", categories=categories, meaning=meaning)


def _quarter(name: str, population: str, categories: tuple[str, ...], meaning: str) -> Partition:
    return Partition(name=name, population=population, period="quarter", categories=categories, meaning=meaning)


def _cross(*lists: tuple[str, ...]) -> tuple[str, ...]:
    crossed = [""]
    for items in lists:
        crossed = [f"{left}|{item}" if left else item for left in crossed for item in items]
    return tuple(crossed)


WEEKDAYS = ("1", "2", "3", "4", "5", "6", "7")
_REASONS = (*v.REASONS.categories.to_list(), "unknown")
_BASES = (*v.LEGAL_BASES.categories.to_list(), "unknown")
_BLOCKS = (*v.TIME_BLOCKS.categories.to_list(), "unknown")
_GROUNDS = (*v.GROUND_CLASSES.categories.to_list(), "unknown")

_OF_COMPANIONS = tuple(
    Partition(
        name=counts.partition,
        population=counts.partition,
        period=counts.period,
        categories=tuple(counts.categories),
        meaning=counts.meaning,
    )
    for table in COMPANIONS
    for counts in table.counts
)
"""Declared with the table that gives them."""

PARTITIONS: dict[str, Partition] = {
    p.name: p
    for p in (
        _month("proactive", "checks", ("proactive", "reactive", "unknown"), "Proactive or not."),
        _month("timeliness", "checks", ("timely", "later", "unknown"), "Entered within the agreed minutes."),
        _month("queried_before", "checks", _YES_NO, "Person or plate queried before the stop."),
        _month("own_area", "checks", ("own", "other", "unknown"), "Check in the team's own area."),
        _month(
            "result",
            "proactive",
            ("H1", "H2", "H3", "H4", "H5", "information_only", "nothing_found", "unknown"),
            "Most far-reaching result.",
        ),
        _month("ground", "proactive", _GROUNDS, "Best ground among the reasons."),
        _month("dossier", "proactive", ("complete", "incomplete"), "Ground, legal basis and result all recorded."),
        _month("explained", "proactive", _YES_NO, "Reason told to the citizen."),
        _month("related_hit", "proactive", _YES_NO, "The result fits the reason."),
        _month("debriefed", "proactive", _YES_NO, "Discussed afterwards."),
        _month("persons", "proactive", ("one", "two", "three_or_more", "unknown"), "Persons in the check."),
        _month(
            "basis_plausible",
            "proactive",
            ("plausible", "implausible", "unknown"),
            "Legal basis passes all plausibility rules.",
        ),
        _month(
            "warning",
            "proactive",
            ("none", "with_reason", "without_reason", "unknown"),
            "Repeat warning, and whether a reason to go on was recorded.",
        ),
        _month("reason_text", "proactive", ("usable", "short", "none"), "Length class of the explanation."),
        _month("field_reason", "proactive", ("filled", "empty"), "Reason recorded."),
        _month("field_legal_basis", "proactive", ("filled", "empty"), "Legal basis recorded."),
        _month("field_result", "proactive", ("filled", "empty"), "Result recorded."),
        _month("field_explained", "proactive", ("filled", "empty"), "Explanation yes or no recorded."),
        _month("field_time", "proactive", ("filled", "empty"), "Time recorded."),
        _month("field_area", "proactive", ("filled", "empty"), "Area recorded."),
        _month(
            "repeat_person_30",
            "proactive",
            ("without_result", "with_result", "first", "unlinked"),
            "Person seen in the 30 days before, by the earlier result.",
        ),
        _month(
            "repeat_person_90",
            "proactive",
            ("without_result", "with_result", "first", "unlinked"),
            "Person seen in the 90 days before.",
        ),
        _month(
            "repeat_vehicle_30",
            "proactive",
            ("without_result", "with_result", "first", "unlinked"),
            "Vehicle seen in the 30 days before.",
        ),
        _month(
            "repeat_vehicle_90",
            "proactive",
            ("without_result", "with_result", "first", "unlinked"),
            "Vehicle seen in the 90 days before.",
        ),
        _month("officers", "officers", ("using", "not_using"), "Officers on duty with at least one registration."),
        *_OF_COMPANIONS,
        _quarter("weekday_block", "proactive", _cross(WEEKDAYS, _BLOCKS), "Weekday (1 = Monday) and four-hour block."),
        _quarter("reason_hit", "proactive", _cross(_REASONS, _HIT), "First reason and result."),
        _quarter("legal_basis_hit", "proactive", _cross(_BASES, _HIT), "First legal basis and result."),
        _quarter("block_hit", "proactive", _cross(_BLOCKS, _HIT), "Four-hour block and result."),
        _quarter("area", "proactive", (), "Area (wijk) of the check."),
        _quarter("shift_kind", "proactive", (*v.SHIFT_KINDS.categories.to_list(), "unknown"), "Kind of shift."),
        _quarter(
            "implausible_rule",
            "proactive",
            (*v.IMPLAUSIBLE_RULES, "none"),
            "First plausibility rule that fails.",
        ),
        Partition(
            name="age_band_hit",
            population="proactive",
            period="year",
            categories=(),
            meaning="Age band and result; the bands are the site's own.",
        ),
        Partition(
            name="sex_hit",
            population="proactive",
            period="year",
            categories=_cross((*v.SEXES.categories.to_list(), "unknown"), _HIT),
            meaning="Sex and result.",
        ),
        Partition(
            name="origin_hit",
            population="proactive",
            period="year",
            categories=(),
            meaning="Origin and result; only with a lawful source.",
        ),
    )
}
