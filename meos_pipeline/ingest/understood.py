"""How each column of an export was read: the field it gives, how that was found, and what part was understood.

Of what stands in the cells only codes of the profile's own lists are ever named, and none of a personal field.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from meos_pipeline.contracts.availability import AVAILABILITY, FIELDS, Availability
from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.profiles import CODE_LISTS, PERSONAL_FIELDS, Profile, normal_code
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.ingest.suggest import suggested_field
from meos_pipeline.ingest.texts import MISSING, cleaned, is_missing
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder

FOUND = ("name", "alias", "yes_no", "derived", "unknown", "never_read")
MAPPING = Table(
    name="mapping",
    meaning="How the columns of each export were read. Restricted.",
    key=("export_id", "source", "field"),
    columns=(
        Column(name="export_id", dtype=pl.String(), meaning="First 16 hex digits of the file's SHA-256."),
        Column(name="name", dtype=pl.String(), meaning="Name of the file as received."),
        Column(name="source", dtype=pl.String(), meaning="Column as the file names it."),
        Column(
            name="field",
            dtype=pl.String(),
            meaning="Field of the profile; a guess when the column is unknown; '' for none.",
        ),
        Column(
            name="how",
            dtype=pl.Enum(FOUND),
            meaning="Found by name, by alias, as a yes/no column, derived of several; unknown; known and never read.",
        ),
        Column(
            name="filled",
            dtype=pl.Int64(),
            meaning="Cells that are not empty; null for a column that is not read.",
            nullable=True,
        ),
        Column(name="understood", dtype=pl.Int64(), meaning="Of these, cells that broke no rule.", nullable=True),
        Column(
            name="examples",
            dtype=pl.String(),
            meaning="Listed codes that occur, the most frequent first; never of a personal field.",
        ),
    ),
)
_EXAMPLES = 3
_LOOKED_AT = 10_000
"""Rows of the first batch in which examples are looked for."""


class Watch:
    """Counts filled cells as batches pass by, and notes which listed codes occur in the first."""

    def __init__(self, profile: Profile) -> None:
        """Begin with nothing seen; ``profile`` knows which codes are listed."""
        self.filled: Counter[str] = Counter()
        self.examples: dict[str, str] = {}
        self._profile = profile
        self._is_first = True

    def __call__(self, batch: pl.DataFrame) -> None:
        """Take notes of a batch of text columns, named by field."""
        texts = [name for name, kind in batch.schema.items() if kind == pl.String]
        self.filled.update(
            batch.select((pl.col(name) != "").sum() for name in texts).row(0, named=True) if texts else {}
        )
        if self._is_first:
            self._is_first = False
            self.examples = {name: found for name in texts if (found := self._codes(batch[name].head(_LOOKED_AT)))}

    def _codes(self, cells: pl.Series) -> str:
        if cells.name not in CODE_LISTS or cells.name in PERSONAL_FIELDS:
            return ""
        spelled = {
            normal_code(code): code for code in (*CODE_LISTS[cells.name], *self._profile.codes.get(cells.name, {}))
        }
        known = self._profile.code_table(cells.name)
        often = cells.drop_nulls().value_counts(sort=True).rows()
        ordered = sorted(often, key=lambda item: (-item[1], item[0]))
        listed = [normal_code(text) for text, _ in ordered if normal_code(text) in known]
        return ", ".join(spelled.get(code, code) for code in list(dict.fromkeys(listed))[:_EXAMPLES])


def column_rows(
    export: Export,
    profile: Profile,
    issues: Mapping[tuple[str, str], int],
    filled: Mapping[str, int],
    examples: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return a row per column of the file, those that are read first, as ``MAPPING`` without the file.

    Args:
        export: The export.
        profile: How its layout is read.
        issues: (field, code) -> number of rows.
        filled: Field -> cells that are not empty.
        examples: Field -> listed codes that occur.
    """
    mapping, rows = export.mapping, []
    told = dict(mapping.fields)
    for name, header in mapping.sources.items():
        if name in ("date", "time") and told.get("datetime") == header:
            continue
        whose = {name, "date", "time"} if name == "datetime" else {name}
        bad = sum(number for (field, code), number in issues.items() if field in whose and _is_misread(code))
        cells = filled.get(name)
        rows.append(
            {
                "source": header,
                "field": name.removeprefix("flag_").rsplit("_", 1)[0] if name.startswith("flag_") else name,
                "how": _how(name, header, profile, told),
                "filled": cells,
                "understood": None if cells is None else cells - min(bad, cells),
                "examples": (examples or {}).get(name, ""),
            }
        )
    rows += [_unread(header, suggested_field(header, profile, mapping), "unknown") for header in mapping.extra]
    rows += [_unread(header, "", "never_read") for header in mapping.dropped]
    return rows


def _how(name: str, header: str, profile: Profile, fields: Mapping[str, str]) -> str:
    if name.startswith("flag_"):
        return "yes_no"
    if name not in fields:
        return "derived"
    return "name" if header == profile.columns[name][0] else "alias"


def is_filled(name: str, profile: Profile) -> pl.Expr:
    """Whether a cell says something: a word for 'nothing here' does only where the profile names it as a code."""
    text = cleaned(pl.col(name))
    filled = (text != "") & ~is_missing(text)
    named = [code for code in profile.codes.get(name, {}) if normal_code(code).lower() in MISSING]
    if not named:
        return filled
    wanted = [normal_code(code).lower() for code in named]
    return filled | text.str.to_lowercase().is_in(wanted)


def read_mapping(folder: DataFolder, settings: Settings) -> pl.DataFrame:
    """Return ``MAPPING`` of every export that was parsed, the newest export first."""
    rows = [
        {"export_id": file.export_id, "name": file.name, **row}
        for file, told in _parsed(folder, settings)
        for row in told.get("mapping", [])
    ]
    return MAPPING.require(pl.DataFrame(rows, schema=MAPPING.schema))


def read_availability(folder: DataFolder, settings: Settings) -> pl.DataFrame:
    """Return ``AVAILABILITY`` of the newest export that was parsed and says which fields it delivered."""
    file, told = next(((file, told) for file, told in _parsed(folder, settings) if told.get("fields")), (None, {}))
    rows = [
        {"export_id": file.export_id, "name": file.name, "field": name}
        | _state_of(name, set(told["fields"]), told.get("mapping", []))
        for name in FIELDS
        if file
    ]
    return AVAILABILITY.require(pl.DataFrame(rows, schema=AVAILABILITY.schema))


def _parsed(folder: DataFolder, settings: Settings) -> Iterator[tuple[ArchivedFile, dict[str, Any]]]:
    """Yield each export that was parsed with what parsing it gave, the newest export first."""
    for file in reversed(read_archive(folder, settings)):
        for path in (folder.tables / "parsed").glob(f"{file.export_id}-*/facts.json"):
            yield file, json.loads(path.read_text(encoding="utf-8"))


def _state_of(name: str, delivered: set[str], columns: list[dict[str, Any]]) -> dict[str, Any]:
    """What an export holds of a field; without counts of its cells, as of a constant, it is filled."""
    if name not in delivered:
        return {"state": Availability.NOT_DELIVERED.value, "filled": None}
    names = {name, "datetime"} if name == "time" else {name}
    mine = [row for row in columns if row["field"] in names and row["filled"] is not None]
    filled, understood = (sum(int(row[count]) for row in mine) for count in ("filled", "understood"))
    if not mine:
        state = Availability.FILLED
    elif not filled:
        state = Availability.EMPTY
    else:
        state = Availability.FILLED if understood else Availability.NOT_UNDERSTOOD
    return {"state": state.value, "filled": filled if mine else None}


def _is_misread(code: str) -> bool:
    """Whether a code says that what stood in the cell was not understood; an empty cell is no such thing."""
    return code.startswith("R-") and not code.endswith("-LEEG")


def _unread(header: str, field: str, how: str) -> dict[str, Any]:
    return {"source": header, "field": field, "how": how, "filled": None, "understood": None, "examples": ""}
