"""Whether a field was delivered at all: that a figure is missing differs from a figure of nought.

An export without a column for the legal basis says nothing about how often it was recorded. Every partition names the
fields it is made of; where none of the exports behind a team's month has such a field, the partition has no cells, and
what is worked out from it says which column is not there.
"""

from enum import StrEnum

import polars as pl

from meos_pipeline.contracts.table import Column, Table


class Availability(StrEnum):
    """What an export holds of a field."""

    NOT_DELIVERED = "not_delivered"
    """No column feeds it."""
    NOT_UNDERSTOOD = "not_understood"
    """Something stands in the cells, and none of it could be read."""
    EMPTY = "empty"
    """There is a column, and nothing stands in it."""
    FILLED = "filled"


AVAILABILITY = Table(
    name="availability",
    meaning="What each export holds of each field that figures are made of. Restricted.",
    key=("export_id", "field"),
    columns=(
        Column(name="export_id", dtype=pl.String(), meaning="First 16 hex digits of the file's SHA-256."),
        Column(name="name", dtype=pl.String(), meaning="Name of the file as received."),
        Column(name="field", dtype=pl.String(), meaning="Field, as source profiles name it."),
        Column(name="state", dtype=pl.Enum([item.value for item in Availability]), meaning="What the export holds."),
        Column(name="filled", dtype=pl.Int64(), meaning="Cells that are not empty.", nullable=True),
    ),
)

NEEDED: dict[str, tuple[tuple[str, ...], ...]] = {
    "timeliness": (("entered_at",),),
    "queried_before": (("queried_before",),),
    "own_area": (("place_team", "area", "latitude", "x_rd"),),
    "result": (("results",),),
    "ground": (("reasons",),),
    "dossier": (("reasons",), ("legal_bases",), ("results",)),
    "explained": (("explained",),),
    "related_hit": (("results",), ("reasons", "related_hit")),
    "debriefed": (("debriefed",),),
    "persons": (("person_count",),),
    "basis_plausible": (("legal_bases",),),
    "warning": (("repeat_warning",),),
    "reason_text": (("reason_text",),),
    "field_reason": (("reasons",),),
    "field_legal_basis": (("legal_bases",),),
    "field_result": (("results",),),
    "field_explained": (("explained",),),
    "field_time": (("time",),),
    "field_area": (("area", "latitude", "x_rd"),),
    "repeat_person_30": (("person_id", "bsn", "document"),),
    "repeat_person_90": (("person_id", "bsn", "document"),),
    "repeat_vehicle_30": (("plate",),),
    "repeat_vehicle_90": (("plate",),),
    "weekday_block": (("time",),),
    "reason_hit": (("reasons",), ("results",)),
    "legal_basis_hit": (("legal_bases",), ("results",)),
    "block_hit": (("time",), ("results",)),
    "area": (("area", "latitude", "x_rd"),),
    "shift_kind": (("shift_kind",),),
    "implausible_rule": (("legal_bases",),),
    "age_band_hit": (("age", "age_range", "birth_year", "birth_date"), ("results",)),
    "sex_hit": (("sex",), ("results",)),
}
"""Partition -> the fields it is made of; of each group one has to be delivered."""
FIELDS = tuple(dict.fromkeys(field for groups in NEEDED.values() for group in groups for field in group))
"""Every field that a figure is made of."""
_REASON = "no_column_"


def lost_partitions(delivered: set[str]) -> tuple[str, ...]:
    """Return the partitions that cannot be counted from these fields."""
    return tuple(name for name, groups in NEEDED.items() if any(not delivered & set(group) for group in groups))


def reason_of(partition: str, counted: set[str]) -> str:
    """Return the code of why a partition of records has no cells: the field that was not delivered.

    Args:
        partition: The partition without cells.
        counted: Partitions that do have cells: a field that one of them is made of alone was delivered.
    """
    alone = {
        group: [name for name, groups in NEEDED.items() if groups == (group,)] for group in NEEDED.get(partition, ())
    }
    lacking = [group for group, names in alone.items() if names and not counted & set(names)]
    untold = [group for group, names in alone.items() if not names]
    return next((f"{_REASON}{group[0]}" for group in (*lacking, *untold)), "")


def missing_field(reason: str) -> str:
    """Return the field that a reason says was not delivered; '' for any other reason."""
    return reason.removeprefix(_REASON) if reason.startswith(_REASON) else ""
