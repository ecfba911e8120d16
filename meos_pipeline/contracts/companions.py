"""The files beside the export. Without them use cannot be measured; none holds a person."""

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.table import Column, Counts, Sensitivity, Table

_PUBLIC = Sensitivity.PUBLIC


def _month() -> Column:
    return Column(name="month", dtype=pl.Date(), meaning="First day of the month.", source_name="maand")


def _team() -> Column:
    return Column(
        name="team", dtype=pl.String(), meaning="Team (slug from the organisation list).", source_name="basisteam"
    )


def _count(name: str, meaning: str, source_name: str, *, nullable: bool = False) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning, source_name=source_name, nullable=nullable)


DEPLOYMENT = Table(
    name="deployment",
    file="inzet_maand.csv",
    meaning="How much was worked, per team and month.",
    meaning_nl="Hoeveel er gewerkt is, per team en maand.",
    key=("month", "team"),
    counts=(Counts(partition="shifts", meaning="Shifts worked.", categories={"worked": pl.col("shifts")}),),
    columns=(
        _month(),
        _team(),
        _count("shifts", "Shifts worked.", "diensten"),
        _count("officers", "Officers on duty at least once.", "medewerkers_in_dienst", nullable=True),
    ),
)
QUERIES = Table(
    name="queries",
    file="bevragingen_maand.csv",
    meaning="Queries in MEOS per team and month.",
    meaning_nl="Bevragingen in MEOS per team en maand.",
    key=("month", "team", "subject"),
    counts=(
        Counts(
            partition="queries",
            meaning="Queries in MEOS.",
            categories={
                "with_history": pl.col("with_history"),
                "without_history": pl.col("queries") - pl.col("with_history"),
                "history_unknown": pl.when(pl.col("with_history").is_null()).then("queries"),
            },
        ),
    ),
    columns=(
        _month(),
        _team(),
        Column(
            name="subject",
            dtype=v.QUERY_SUBJECTS,
            meaning="Person or plate.",
            source_name="soort",
            codes=v.QUERY_SUBJECT_SOURCE,
        ),
        _count("queries", "Number of queries.", "aantal"),
        _count("with_history", "Of these, with earlier checks shown.", "aantal_met_geschiedenis", nullable=True),
    ),
)
COVERAGE_SAMPLE = Table(
    name="coverage_sample",
    file="steekproef_dekking.csv",
    meaning="The ambassador's own count on shifts joined.",
    meaning_nl="Eigen telling van de ambassadeur tijdens meegedraaide diensten.",
    key=("sample_date", "team", "sheet"),
    columns=(
        Column(name="sample_date", dtype=pl.Date(), meaning="Date of the shift.", source_name="datum"),
        _team(),
        _count("sheet", "Number of the sheet on that day, from 1.", "blad"),
        _count("observed", "Checks seen.", "waargenomen_controles"),
        _count("registered", "Of these, registered in MEOS.", "waarvan_geregistreerd"),
        _count("with_result", "Of those seen, with a result.", "waarvan_met_resultaat"),
        _count("with_result_registered", "Of those with a result, registered.", "waarvan_met_resultaat_geregistreerd"),
        Column(
            name="shift_kind",
            dtype=v.SHIFT_KINDS,
            meaning="Kind of shift.",
            source_name="dienst",
            nullable=True,
            codes=v.SHIFT_KIND_SOURCE,
        ),
        Column(
            name="block",
            dtype=v.SHIFT_BLOCKS,
            meaning="Part of the day in which the shift began.",
            source_name="blok",
            nullable=True,
            codes=v.SHIFT_BLOCK_SOURCE,
        ),
        Column(
            name="weight",
            dtype=pl.Float64(),
            meaning="Shifts of the month that this one stands for: one over its chance of being drawn; "
            "null when it was not drawn.",
            source_name="gewicht",
            nullable=True,
        ),
    ),
)
SECOND_REGISTER = Table(
    name="second_register",
    file="uitkomsten_bvh_maand.csv",
    meaning="Checks of a second register (BVH), linked to MEOS, per team and month.",
    meaning_nl="Controles in een tweede register (BVH), gekoppeld aan MEOS.",
    key=("month", "team", "has_result"),
    counts=(
        Counts(
            partition="second_register",
            meaning="Checks in the second register.",
            period="quarter",
            categories={
                "result_both": pl.when("has_result").then("in_both"),
                "result_second_only": pl.when("has_result").then(pl.col("in_second") - pl.col("in_both")),
                "no_result_both": pl.when(~pl.col("has_result")).then("in_both"),
                "no_result_second_only": pl.when(~pl.col("has_result")).then(pl.col("in_second") - pl.col("in_both")),
            },
        ),
    ),
    columns=(
        _month(),
        _team(),
        Column(
            name="has_result",
            dtype=pl.Boolean(),
            meaning="Checks with (true) or without a result.",
            source_name="met_resultaat",
        ),
        _count("in_second", "Checks in the second register.", "aantal_bvh"),
        _count("in_both", "Of these, also in MEOS.", "waarvan_in_meos"),
    ),
)
TEAM_ACTIONS = Table(
    name="team_actions",
    file="acties.csv",
    meaning="Actions of a team: agreements, trainings, planned area searches. Every word of them is from a list.",
    meaning_nl="Acties van een team.",
    key=("action_id",),
    columns=(
        Column(name="action_id", dtype=pl.String(), meaning="Number of the action.", source_name="actie_id"),
        _team(),
        Column(
            name="kind", dtype=v.ACTION_KINDS, meaning="What it is.", source_name="soort", codes=v.ACTION_KIND_SOURCE
        ),
        Column(
            name="way",
            dtype=v.ACTION_WAYS,
            meaning="How the team goes about it; null when nobody said.",
            source_name="hoe",
            nullable=True,
            codes=v.ACTION_WAY_SOURCE,
        ),
        Column(
            name="aim",
            dtype=v.AIMS,
            meaning="What the team wants to change; null for nothing that is measured.",
            source_name="doel",
            nullable=True,
            codes=v.AIM_SOURCE,
        ),
        Column(name="starts", dtype=pl.Date(), meaning="First day.", source_name="van"),
        Column(
            name="ends", dtype=pl.Date(), meaning="Last day; null while it goes on.", source_name="tot", nullable=True
        ),
        Column(
            name="look_back",
            dtype=pl.Date(),
            meaning="Day on which the team looks back; null when none was agreed.",
            source_name="terugkijken",
            nullable=True,
        ),
        Column(
            name="state",
            dtype=v.AGREEMENT_STATES,
            meaning="How it stands, as the team said; running while nobody said otherwise.",
            source_name="stand",
            codes=v.AGREEMENT_STATE_SOURCE,
            when_empty="running",
        ),
        Column(
            name="help",
            dtype=pl.Boolean(),
            meaning="Whether the team asked its district for help.",
            source_name="hulp",
            when_empty=False,
        ),
        Column(
            name="version",
            dtype=pl.Int64(),
            meaning="Version of what the team said of it; later ones take the place of earlier ones. 1 in a list.",
            source_name="versie",
            when_empty=1,
        ),
    ),
)
BREAKS = Table(
    name="breaks",
    file="breuken.csv",
    meaning="Days on which the series changes for another reason than behaviour.",
    meaning_nl="Dagen waarop de reeks om een andere reden verandert.",
    key=("break_date", "scope"),
    columns=(
        Column(
            name="break_date",
            dtype=pl.Date(),
            meaning="First day of the new series.",
            source_name="datum",
            sensitivity=_PUBLIC,
        ),
        Column(
            name="scope",
            dtype=pl.String(),
            meaning="Team slug, or 'all'.",
            source_name="bereik",
            sensitivity=_PUBLIC,
            when_empty="all",
        ),
        Column(
            name="title",
            dtype=pl.String(),
            meaning="What changed, Dutch.",
            source_name="omschrijving",
            sensitivity=_PUBLIC,
        ),
    ),
)
COMPLAINTS = Table(
    name="complaints",
    file="klachten_maand.csv",
    meaning="Complaints about checks, per team and month.",
    meaning_nl="Klachten over controles, per team en maand.",
    key=("month", "team"),
    counts=(
        Counts(
            partition="complaints",
            meaning="Complaints about checks.",
            categories={
                "discrimination": pl.col("discrimination"),
                "conduct": pl.col("conduct"),
                "other": pl.max_horizontal(pl.col("complaints") - pl.col("conduct") - pl.col("discrimination"), 0),
            },
        ),
    ),
    columns=(
        _month(),
        _team(),
        _count("complaints", "All complaints about checks.", "aantal"),
        _count("conduct", "Of these, about conduct.", "waarvan_bejegening"),
        _count("discrimination", "Of these, about discrimination.", "waarvan_discriminatie"),
    ),
)
ACTIVITIES = Table(
    name="activities",
    file="ambassadeur_log.csv",
    meaning="What the ambassador did, per month.",
    meaning_nl="Activiteiten van de ambassadeur, per maand.",
    key=("month", "team", "activity"),
    counts=(
        Counts(
            partition="activities",
            meaning="Activities of the ambassador.",
            categories={
                kind: pl.when(pl.col("activity").cast(pl.String) == kind).then("times")
                for kind in v.ACTIVITIES.categories
            },
        ),
    ),
    columns=(
        _month(),
        _team(),
        Column(
            name="activity",
            dtype=v.ACTIVITIES,
            meaning="Kind of activity.",
            source_name="activiteit",
            codes=v.ACTIVITY_SOURCE,
        ),
        _count("times", "How often.", "aantal"),
    ),
)
POPULATION = Table(
    name="population",
    file="bevolking.csv",
    meaning="People per area and group, to compare with.",
    meaning_nl="Inwoners per gebied en groep, ter vergelijking.",
    key=("area", "benchmark", "group_kind", "group", "year"),
    columns=(
        Column(
            name="area", dtype=pl.String(), meaning="Area (wijk) code.", source_name="wijk_code", sensitivity=_PUBLIC
        ),
        Column(
            name="benchmark",
            dtype=v.BENCHMARKS,
            meaning="Residents, daytime population or registered suspects.",
            source_name="soort",
            sensitivity=_PUBLIC,
            codes=v.BENCHMARK_SOURCE,
        ),
        Column(
            name="group_kind",
            dtype=pl.String(),
            meaning="age_band, sex or origin.",
            source_name="kenmerk",
            sensitivity=_PUBLIC,
            codes=v.GROUP_KIND_SOURCE,
        ),
        Column(
            name="group",
            dtype=pl.String(),
            meaning="Value of the group, as in police_checks.",
            source_name="groep",
            sensitivity=_PUBLIC,
        ),
        Column(name="year", dtype=pl.Int16(), meaning="Year of the figures.", source_name="jaar", sensitivity=_PUBLIC),
        Column(name="people", dtype=pl.Int64(), meaning="Number of people.", source_name="aantal", sensitivity=_PUBLIC),
    ),
)
ORIGIN_TABLE = Table(
    name="origin_table",
    file="cbs_herkomst.csv",
    meaning="Checks by origin from the statistics office, already disclosure-checked.",
    meaning_nl="CBS-tabel: controles naar herkomst, al gecontroleerd op onthulling.",
    key=("team", "year", "origin"),
    columns=(
        _team(),
        Column(name="year", dtype=pl.Int16(), meaning="Year.", source_name="periode"),
        Column(
            name="origin",
            dtype=pl.String(),
            meaning="Origin as the statistics office names it.",
            source_name="herkomst",
        ),
        _count("checked", "People checked.", "aantal_gecontroleerd"),
        _count("residents", "Residents.", "aantal_inwoners"),
    ),
)

COMPANIONS = (
    ORGANISATION,
    *(table for table in list(globals().values()) if isinstance(table, Table) and table is not ORGANISATION),
)
"""Every companion table, as they stand above; only ``organisation`` is required."""

COMPANION_FILES = {table.name: table.file for table in COMPANIONS}
"""Name of each companion file in ``landing/``."""
