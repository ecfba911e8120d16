"""Tables of the workbench: released counts and findings as an analyst asks own questions of them.

They hold what readers can get, and nothing more: a count below the smallest shown one is two bounds, and every
finding has the coverage of its team beside it.
"""

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.table import Column, Table

_LEFT_OUT = ("version", "method", "caveats", "detail")
"""Columns of findings that no reader gets as they are."""


def _text(name: str, meaning: str, meaning_nl: str, *, nullable: bool = False) -> Column:
    return Column(name=name, dtype=pl.String(), meaning=meaning, meaning_nl=meaning_nl, nullable=nullable)


def _number(name: str, meaning: str, meaning_nl: str) -> Column:
    return Column(name=name, dtype=pl.Float64(), meaning=meaning, meaning_nl=meaning_nl, nullable=True)


def _count(name: str, meaning: str, meaning_nl: str, *, nullable: bool = True) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning, meaning_nl=meaning_nl, nullable=nullable)


_TEAM_NAME = _text("team_name", "Name of the team.", "Naam van het team.")
_COUNTS = {
    "events": ("Numerator; empty when it is small.", "Teller; leeg als hij klein is."),
    "n": ("Denominator; empty when it is small.", "Noemer; leeg als hij klein is."),
    "reference_events": (
        "Numerator of the reference; empty when small.",
        "Teller van de vergelijking; leeg als klein.",
    ),
    "reference_n": ("Denominator of the reference; empty when small.", "Noemer van de vergelijking; leeg als klein."),
}

TEAMS = Table(
    name="teams",
    meaning="Teams that have a page, and '' for all teams together.",
    meaning_nl="Teams met een pagina, en '' voor alle teams samen.",
    key=("team",),
    columns=(_text("team", "Team (slug).", "Team (code)."), _TEAM_NAME),
)

COUNTS = Table(
    name="cells",
    meaning="Released counts. Below the smallest shown count there is no number, only bounds: add up both bounds.",
    meaning_nl="Vrijgegeven aantallen. Een klein aantal heeft geen getal, alleen grenzen: tel beide grenzen op.",
    key=CELLS.key,
    columns=(
        *(column for column in CELLS.columns if column.name != "n"),
        _TEAM_NAME,
        _text("category_name", "The category in words.", "Het vak in woorden."),
        _count("n", "Released count; empty when it is small.", "Vrijgegeven aantal; leeg als het klein is."),
        _count("n_low", "At least so many.", "Ten minste zoveel.", nullable=False),
        _count("n_high", "At most so many.", "Ten hoogste zoveel.", nullable=False),
    ),
)

OUTCOMES = Table(
    name="findings",
    meaning="One row per estimate, as coarse as on the pages, with the coverage of the team beside it.",
    meaning_nl="Eén rij per uitkomst, zo grof als op de pagina's, met de dekking van het team ernaast.",
    key=FINDINGS.key,
    columns=(
        *(
            _count(column.name, *_COUNTS[column.name]) if column.name in _COUNTS else column
            for column in FINDINGS.columns
            if column.name not in _LEFT_OUT
        ),
        _TEAM_NAME,
        _text("measure_name", "The statistic in words.", "Het cijfer in woorden."),
        _text("verdict", "One of five states.", "Een van vijf toestanden."),
        _text("verdict_name", "The state in words.", "De toestand in woorden."),
        Column(
            name="is_provisional",
            dtype=pl.Boolean(),
            meaning="Of a month that has not settled: it can still change.",
            meaning_nl="Van een maand die nog niet vaststaat: dit kan nog veranderen.",
        ),
        _number(
            "coverage",
            "Share of all checks that is in MEOS, of the same team: same period, else the shortest around it.",
            "Deel van alle controles dat in MEOS staat, van hetzelfde team: zelfde periode, anders de kortste eromheen.",
        ),
        _number("coverage_lower", "Lower bound of the coverage.", "Ondergrens van de dekking."),
        _number("coverage_upper", "Upper bound of the coverage.", "Bovengrens van de dekking."),
        _text(
            "coverage_name",
            "The state of the coverage in words: also when there is no number.",
            "De toestand van de dekking in woorden: ook als er geen getal is.",
        ),
    ),
)

WITHHELD = Table(
    name="withheld",
    meaning="Team-months, quarters and years that are not shown, so that an absence is not taken for a zero.",
    meaning_nl="Perioden van teams die niet worden getoond: wat er niet staat is geen nul.",
    key=("team", "period", "period_start"),
    columns=tuple(CELLS[name] for name in ("team", "period", "period_start")),
)

PARTITION_LIST = Table(
    name="partitions",
    meaning="How checks are divided in the table of counts.",
    meaning_nl="Hoe controles zijn verdeeld in de tabel met aantallen.",
    key=("partition",),
    columns=(
        _text("partition", "Name of the partition.", "Naam van de verdeling."),
        _text("partition_name", "The same in words.", "Hetzelfde in woorden."),
        _text("population", "Which checks, or what else is counted.", "Welke controles, of wat er anders is geteld."),
        _text("period", "Length of its periods.", "Lengte van de perioden."),
        _text("meaning", "What it divides by.", "Waarnaar het verdeelt."),
    ),
)

MEASURES = Table(
    name="measures",
    meaning="What each statistic is called and counts.",
    meaning_nl="Hoe elk cijfer heet en wat het telt.",
    key=("statistic",),
    columns=(
        _text("statistic", "Name of the statistic.", "Naam van het cijfer."),
        _text("measure_name", "The same in words.", "Hetzelfde in woorden."),
        _text("definition", "What it counts.", "Wat het telt."),
    ),
)

DICTIONARY = Table(
    name="dictionary",
    meaning="Every column of every table here.",
    meaning_nl="Elke kolom van elke tabel hier.",
    key=("table_name", "column_name"),
    columns=(
        _text("table_name", "Table.", "Tabel."),
        _text("column_name", "Column.", "Kolom."),
        _text("type", "Type of its values.", "Soort waarden."),
        _text("meaning", "What is in it.", "Wat erin staat."),
    ),
)

ABOUT = Table(
    name="about",
    meaning="Which edition this is, and how to read it.",
    meaning_nl="Welke editie dit is, en hoe je het leest.",
    key=("what",),
    columns=(
        _text("what", "What is told.", "Wat er wordt verteld."),
        _text("told", "The text.", "De tekst."),
    ),
)

WORKBENCH: tuple[Table, ...] = (ABOUT, TEAMS, COUNTS, OUTCOMES, WITHHELD, PARTITION_LIST, MEASURES, DICTIONARY)
