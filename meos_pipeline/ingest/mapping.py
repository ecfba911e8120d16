"""Headers of an export become fields of a profile: by name or alias, with "did you mean" for what is missing."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.profiles import Profile, normal_header


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which source column gives which field."""

    fields: Mapping[str, str]
    """Field -> header as written."""
    flags: Mapping[str, Mapping[str, str]]
    """List field -> header as written -> value when yes."""
    identity: tuple[str, ...]
    """Headers that together make a record number."""
    dropped: tuple[str, ...]
    """Headers that are known and never read."""
    extra: tuple[str, ...]
    """Headers that nobody knows: dropped too, with a warning."""
    combined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> two headers that it is made of."""
    first_filled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> headers of which the first that is filled gives it."""
    person_row: tuple[str, ...] = ()
    """Headers that tell the persons of one check apart."""
    absent: tuple[str, ...] = ()
    """Yes/no columns of a list that the profile names and the export does not have, though it has others of that list."""

    @property
    def wanted(self) -> list[str]:
        """Headers that are read, each once."""
        flags = [header for table in self.flags.values() for header in table]
        parts = [header for table in (self.combined, self.first_filled) for some in table.values() for header in some]
        return list(dict.fromkeys([*self.fields.values(), *flags, *self.identity, *parts, *self.person_row]))

    @property
    def sources(self) -> dict[str, str]:
        """Every field of a parsed table, flags and derived ones among them, and the header or headers it comes from."""
        derived = {name: " + ".join(parts) for name, parts in {**self.combined, **self.first_filled}.items()}
        flags = {
            f"flag_{name}_{number}": header for name, table in self.flags.items() for number, header in enumerate(table)
        }
        named = dict(self.fields) | derived | flags
        # A moment is told as the day and the time that it gives.
        return {"date": named["datetime"], "time": named["datetime"], **named} if "datetime" in named else named


def map_columns(header: Sequence[str], profile: Profile, *, name: str, line: int, language: str) -> ColumnMapping:
    """Map headers, or refuse the file naming every required column that is missing, or that is there twice.

    Raises:
        ExportError: ``F-KOP-ONTBREEKT`` or ``F-KOP-DUBBEL``.
    """
    written = {normal_header(text): text for text in header if text and text.strip()}
    doubles = [text for text in header if text and text.strip() and written[normal_header(text)] != text]
    fields = {
        field: written[normal_header(alias)]
        for field, aliases in profile.columns.items()
        for alias in reversed(aliases)
        if normal_header(alias) in written
    }
    flags = {
        field: {
            written[normal_header(source)]: value for source, value in table.items() if normal_header(source) in written
        }
        for field, table in profile.flags.items()
    }
    identity = tuple(written[normal_header(source)] for source in profile.identity if normal_header(source) in written)
    combined, first_filled = (
        {
            name: tuple(written[normal_header(part)] for part in parts if normal_header(part) in written)
            for name, parts in table.items()
        }
        for table in (profile.combine, profile.first_filled)
    )
    combined = {name: parts for name, parts in combined.items() if len(parts) == len(profile.combine[name])}
    first_filled = {name: parts for name, parts in first_filled.items() if parts}
    fields = {name: header for name, header in fields.items() if name not in {*combined, *first_filled}}
    person = tuple(written[normal_header(source)] for source in profile.person_row if normal_header(source) in written)
    parts_used = [part for table in (combined, first_filled) for parts in table.values() for part in parts]
    used = {
        *fields.values(),
        *(source for table in flags.values() for source in table),
        *identity,
        *parts_used,
        *person,
    }
    known = {normal_header(source) for source in profile.dropped}
    dropped = tuple(text for text in header if normal_header(text) in known and text not in used)
    extra = tuple(text for text in header if text.strip() and text not in used and text not in dropped)
    if doubled := sorted({text for text in doubles if written[normal_header(text)] in used}):
        both = [f"{text} / {written[normal_header(text)]}" for text in doubled]
        raise refused("F-KOP-DUBBEL", language, file=name, columns=", ".join(both))
    told = {*fields, *combined, *first_filled, *profile.file_name}
    missing = [name for name in profile.required if name not in told]
    made_of = () if "check_id" in told else profile.identity
    missing_parts = [text for text in (*made_of, *profile.person_row) if normal_header(text) not in written]
    if missing or missing_parts:
        raise refused(
            "F-KOP-ONTBREEKT",
            language,
            file=name,
            line=line,
            columns=", ".join([*(f"{profile.names_of(name)[0]} ({name})" for name in missing), *missing_parts]),
            hint=did_you_mean(
                [*(profile.names_of(name) for name in missing), *([text] for text in missing_parts)], extra, language
            ),
        )
    return ColumnMapping(
        fields=fields,
        flags={field: table for field, table in flags.items() if table},
        identity=identity,
        dropped=dropped,
        extra=extra,
        combined=combined,
        first_filled=first_filled,
        person_row=person,
        absent=tuple(
            source
            for field, table in flags.items()
            if table
            for source in profile.flags[field]
            if normal_header(source) not in written
        ),
    )


def missing_names(header: Sequence[str], wanted: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the wanted columns, each with its names, of which none is in the header."""
    seen = {normal_header(text) for text in header}
    return [names for names in wanted if not seen & {normal_header(name) for name in names}]


def did_you_mean(wanted: Sequence[Sequence[str]], extra: Sequence[str], language: str) -> str:
    """Return a question per wanted column that a header nobody knows may be meant for; '' when none is near.

    Args:
        wanted: Columns that are missing, each with the names it may have.
        extra: Headers that nobody knows.
        language: Language of messages.
    """
    words = {"nl": "Bedoelt u", "en": "Did you mean"}.get(language, "Did you mean")
    return " ".join(f"{words} '{header}'?" for _, header in nearly(wanted, extra))


def nearly(
    wanted: Sequence[Sequence[str]], extra: Sequence[str], *, cutoff: float = 0.6
) -> list[tuple[Sequence[str], str]]:
    """Return the wanted columns, each with its names, that a header nobody knows may be meant for, with that header."""
    seen = {normal_header(text): text for text in extra}
    found = []
    for aliases in wanted:
        near = [
            match
            for alias in aliases
            for match in difflib.get_close_matches(normal_header(alias), seen, n=1, cutoff=cutoff)
        ]
        if near:
            found.append((aliases, seen[near[0]]))
    return found
