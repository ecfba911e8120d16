"""Companion files: CSV beside the exports, read by their contracts, with all mistakes at once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COMPANION_FILES, COMPANIONS
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.succession import as_one, mistakes_of
from meos_pipeline.contracts.table import Table
from meos_pipeline.contracts.values import TEAM_SLUG_PATTERN
from meos_pipeline.errors import ExportError, InputError
from meos_pipeline.ingest.areas import area_form
from meos_pipeline.ingest.companion_cells import typed
from meos_pipeline.ingest.handed_in import HandedIn, read_handed_in
from meos_pipeline.ingest.handed_in import state_of as handed_in_state
from meos_pipeline.ingest.mapping import map_columns, nearly
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.profiles import Profile, normal_code, normal_header, read_profile
from meos_pipeline.ingest.receive import read_archive
from meos_pipeline.ingest.teams import TeamNames, derived_organisation, shared_spellings, with_newest_names
from meos_pipeline.ingest.texts import present
from meos_pipeline.numbered import counted
from meos_pipeline.settings import Settings
from meos_pipeline.storage.made import code_of
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.storage.yaml_files import read_yaml

if TYPE_CHECKING:
    from meos_pipeline.ingest.structure import Structure

_SINCE = date(2000, 1, 1)
_MOST_KNOWN = 6
_NEAR = 0.65
"""How much the name of a column is like one of the contract, so that it is a typing mistake."""
_KNOWN: dict[str, Mapping[str, pl.DataFrame]] = {}
"""What was read last, by a hash of what it was read from: many steps of a run ask for the same files."""


def read_companions(folder: DataFolder, settings: Settings) -> dict[str, pl.DataFrame]:
    """Read every companion file that is there, with what the counting page handed in; ``organisation`` is always there.

    Files that were read before, byte for byte and under the same settings, are not parsed again.

    Raises:
        InputError: with every mistake in every file.
    """
    return dict(_remembered(companions_state(folder, settings), lambda: _merged(folder, settings)))


def judge_handed_in(folder: DataFolder, settings: Settings) -> HandedIn:
    """Judge what the counting page handed in beside the companion files, line by line.

    Raises:
        InputError: with every mistake in every companion file.
    """
    return read_handed_in(folder, _typed_companions(folder, settings))


def _merged(folder: DataFolder, settings: Settings) -> dict[str, pl.DataFrame]:
    return dict(_typed_companions(folder, settings)) | judge_handed_in(folder, settings).tables


def _typed_companions(folder: DataFolder, settings: Settings) -> Mapping[str, pl.DataFrame]:
    """Read the companion files as they are in landing."""
    profile = read_profile(settings.sources.profile, folder.root)
    state = _state(folder, settings, profile, sorted(COMPANION_FILES.values()))
    return _remembered(state, lambda: _read_companions(folder, settings, profile))


def companions_state(folder: DataFolder, settings: Settings) -> str:
    """Return a hash of all that the companion tables are read from, also what was handed in; reads no table."""
    profile = read_profile(settings.sources.profile, folder.root)
    typed = _state(folder, settings, profile, sorted(COMPANION_FILES.values()))
    return hashlib.sha256(f"{typed}:{handed_in_state(folder)}".encode()).hexdigest()


def _remembered(state: str, read: Callable[[], Mapping[str, pl.DataFrame]]) -> Mapping[str, pl.DataFrame]:
    """Return what was read from the same contents before, else read it. What raises is not remembered."""
    if state not in _KNOWN:
        made = read()
        while len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)), None)
        _KNOWN[state] = made
    return _KNOWN[state]


def _state(folder: DataFolder, settings: Settings, profile: Profile, names: Sequence[str]) -> str:
    """Hash of all that a reading depends on: contents, settings, and the archive when teams come from there."""
    said = (names, profile.fingerprint, settings.sources, settings.site, code_of(__name__))
    digest = hashlib.sha256(repr(said).encode())
    for name in names:
        path = folder.landing / name
        content = path.read_bytes() if path.is_file() else None
        digest.update(f"{name}:{None if content is None else len(content)}:".encode() + (content or b""))
    if not (folder.landing / COMPANION_FILES["organisation"]).exists() and profile.teams == "from_column":
        known = [(file.sha, file.name, file.is_erased) for file in read_archive(folder, settings)]
        digest.update(repr(known).encode())
    return digest.hexdigest()


def _read_companions(folder: DataFolder, settings: Settings, profile: Profile) -> dict[str, pl.DataFrame]:
    organisation = read_organisation(folder, settings, profile)
    names = TeamNames(organisation)
    found = {"organisation": organisation}
    mistakes: list[str] = []
    for table in COMPANIONS:
        path = folder.landing / COMPANION_FILES[table.name]
        if table.name == "organisation" or not path.exists():
            continue
        frame = _read_table(path, table, names, settings, profile, mistakes)
        if frame is not None:
            found[table.name] = frame
    if "population" in found:
        mistakes += _areas_of_no_team(found["population"], organisation)
    if mistakes:
        raise InputError("\n  - ".join(["Companion files are not right:", *mistakes]))
    return found


def read_organisation(folder: DataFolder, settings: Settings, profile: Profile) -> pl.DataFrame:
    """Read the organisation list, or derive it when the profile says where teams come from.

    Raises:
        InputError: when it is needed and missing, or wrong.
    """
    name = COMPANION_FILES["organisation"]
    state = _state(folder, settings, profile, [name])
    return _remembered(state, lambda: {"": _read_organisation(folder, settings, profile)})[""]


def _read_organisation(folder: DataFolder, settings: Settings, profile: Profile) -> pl.DataFrame:
    path = folder.landing / COMPANION_FILES["organisation"]
    mistakes: list[str] = []
    if path.exists():
        frame = _read_table(path, ORGANISATION, None, settings, profile, mistakes)
        if frame is not None:
            bad = frame.filter(~pl.col("team").str.contains(TEAM_SLUG_PATTERN))
            if bad.height:
                mistakes.append(
                    f"'{path.name}': {counted(bad.height, 'team code is', 'team codes are')} not made of small letters, digits and hyphens "
                    "(at most 40); mend column 'basisteam_code'"
                )
            mistakes += [
                f"'{path.name}': the spelling '{text}' belongs to {' and '.join(teams)} on the same days; leave it with one of them"
                for text, teams in shared_spellings(frame)
            ]
            mistakes += [f"'{path.name}': {mistake}" for mistake in mistakes_of(frame)]
        if mistakes or frame is None:
            raise InputError("\n  - ".join(["The organisation list is not right:", *mistakes]))
        return with_newest_names(frame)
    if profile.teams == "constant":
        district = profile.district or profile.name
        return ORGANISATION.require(
            pl.DataFrame(
                [
                    {
                        "team": profile.team,
                        "team_name": profile.team_name or profile.team,
                        "district": district,
                        "regional_unit": district,
                        "area": "-",
                        "valid_from": _SINCE,
                    }
                ],
                schema=ORGANISATION.schema,
            )
        )
    if profile.teams == "from_column":
        return derived_organisation(_team_names(folder, settings, profile), profile, _SINCE)
    raise InputError(
        f"'{path.name}' is missing in landing; put the list of teams there "
        "(columns basisteam_code, basisteam, district, eenheid, wijk_code, geldig_van, geldig_tot)"
    )


def organisation_of_exports(folder: DataFolder, settings: Settings, profile: Profile) -> pl.DataFrame:
    """Derive a list of teams from the archived exports: one team per name in their team column, however it is spelled."""
    return derived_organisation(_team_names(folder, settings, profile), profile, _SINCE)


def _team_names(folder: DataFolder, settings: Settings, profile: Profile) -> list[str]:
    """Distinct texts in the team column of every archived export that can be read, those of earlier exports first."""
    from meos_pipeline.ingest.export import read_export
    from meos_pipeline.ingest.parsed import work_folder

    names: dict[str, None] = {}
    for file in read_archive(folder, settings):
        if file.is_erased:
            continue
        with work_folder(folder) as work:
            try:
                export = read_export(file.path, profile, settings, work=work, name=file.name)
                if "team" in export.rows.collect_schema():
                    team = export.rows.select(present(pl.col("team")).unique()).collect(engine="streaming")["team"]
                    found = sorted(filter(None, team), key=lambda name: (len(name), name))
                    names |= dict.fromkeys(found)
            except ExportError:
                continue  # the refusal is told where the file is parsed
    return list(names)


def _read_table(
    path: Path, table: Table, names: TeamNames | None, settings: Settings, site: Profile, mistakes: list[str]
) -> pl.DataFrame | None:
    from meos_pipeline.ingest.structure import Kind, scan_structure

    language = settings.site.languages[0]
    columns = {column.name: (column.source_name, column.name) for column in table.columns}
    profile = Profile(
        name=table.name,
        delimiter=";",
        columns=columns,
        required=tuple(column.name for column in table.columns if not column.nullable and column.when_empty is None),
    )
    try:
        wanted = [profile.columns[field] for field in profile.required]
        structure = scan_structure(path, name=path.name, delimiter=";", wanted=wanted, language=language)
        mapping = map_columns(structure.header, profile, name=path.name, line=structure.header_line, language=language)
    except ExportError as error:
        if error.code == "F-LEEG":
            return table.empty()
        mistakes.append(str(error))
        return None
    texts, lines = _texts(path, structure)
    before = len(mistakes)
    unfed = [(column.source_name,) for column in table.columns if column.name not in mapping.fields]
    mistakes += [
        message("F-KOLOM-NAAM", language, file=path.name, column=written, named=names[0])
        for names, written in nearly(unfed, mapping.extra, cutoff=_NEAR)
    ]
    if structure.unended and _may_be_cut(path, structure.header[-1], table, mapping.fields):
        mistakes.append(message("F-LAATSTE-REGEL", language, file=path.name, line=structure.unended))
    mistakes += [
        f"'{path.name}' line {odd.line}: another number of fields than the header; mend the line"
        for odd in structure.odd
        if odd.kind is Kind.COLUMNS
    ]
    made: dict[str, pl.Series] = {}
    # Which team a name stands for depends on the day, so days are read first.
    for column in sorted(table.columns, key=lambda column: column.name in ("team", "scope")):
        header = mapping.fields.get(column.name)
        text = (
            texts.select(present(pl.col(header))).to_series()
            if header
            else pl.Series([None] * texts.height, dtype=pl.String)
        )
        made[column.name] = typed(
            text, column, table, names, path.name, lines, header or column.source_name, mistakes, _days(made)
        )
    frame = pl.DataFrame({name: made[name] for name in table.names}, schema=table.schema)
    if table.name == "population" and len(mistakes) == before:
        frame = _named_groups(frame, site, path.name, lines, mistakes)
    if table.name in ("organisation", "population"):
        # As the checks have it, or it would join none of them.
        is_free = site.teams == "from_column"
        frame = frame.with_columns(
            pl.Series("area", [text and area_form(text, is_free=is_free) for text in frame["area"]], dtype=pl.String)
        )
    if table.name == "origin_table":
        # In the words of the checks and of the population, or it would join neither, nor the group of reference.
        frame = frame.with_columns(pl.Series("origin", [text and v.origin_form(text) for text in frame["origin"]]))
    if len(mistakes) > before:
        return None
    if table.name == "team_actions" and "titel" in structure.header:
        frame = _aims_of_titles(frame, texts["titel"])
    if names is not None and "team" in mapping.fields:
        own = [names.bearer(name or "") for name in texts.select(present(pl.col(mapping.fields["team"]))).to_series()]
        frame = _of_one_team(frame, table, pl.Series("own", own, dtype=pl.String))
    doubles = frame.height - frame.unique(table.key).height
    if doubles:
        mistakes.append(
            f"'{path.name}': {counted(doubles, 'row repeats', 'rows repeat')} the same {', '.join(table[name].source_name for name in table.key)}; keep one"
        )
        return None
    return frame


def _may_be_cut(path: Path, last: str, table: Table, fields: Mapping[str, str]) -> bool:
    """Whether a file without a last line end may have lost a part of its last cell.

    Args:
        path: The file.
        last: Name of its last column.
        table: Its contract.
        fields: Column of the contract -> name in the file.

    Returns:
        False where nobody reads the cell, where it is closed by a quotation mark, and where it is a word of a list.
    """
    end = path.read_bytes().rstrip(b" ")[-1:]
    column = next((column for column in table.columns if fields.get(column.name) == last), None)
    if column is None or end == b'"':
        return False
    is_word = bool(column.codes) or isinstance(column.dtype, pl.Enum) or column.dtype == pl.Boolean()
    return not is_word or end == b";"


def _of_one_team(frame: pl.DataFrame, table: Table, own: pl.Series) -> pl.DataFrame:
    """Add up rows that went on under the names of teams that merged, which are rows of one team now.

    Args:
        frame: Rows of the table.
        table: Its contract.
        own: Per row, the team whose name it is, whatever became of that team.
    """
    moved = frame.with_columns(own)
    others = [name for name in table.names if name not in table.key]
    is_torn = frame.unique(table.key).height < frame.height
    if not is_torn or moved.unique([*table.key, "own"]).height < frame.height:
        return frame
    can_be_one = "sheet" in table or all(table[name].dtype.is_integer() for name in others)
    return as_one(frame, table) if can_be_one else frame


def _days(made: Mapping[str, pl.Series]) -> pl.Series | None:
    """The column that says when a row counts, once it is read."""
    return next((made[name] for name in ("month", "sample_date", "starts", "break_date") if name in made), None)


def _texts(path: Path, structure: "Structure") -> tuple[pl.DataFrame, list[int]]:
    with path.open("rb") as stream:
        content = stream.read()
    skipped = {odd.begin: odd.end for odd in structure.odd}
    kept, position = [], structure.body
    for begin, end in skipped.items():
        kept.append(content[position:begin])
        position = end
    kept.append(content[position:])
    body = b"".join(kept)
    frame = (
        pl.read_csv(body, separator=";", has_header=False, infer_schema=False, new_columns=list(structure.header))
        if body.strip()
        else pl.DataFrame(schema=dict.fromkeys(structure.header, pl.String))
    )
    import numpy as np

    return frame, structure.line_of(np.arange(frame.height)).tolist() if frame.height else []


def _named_groups(frame: pl.DataFrame, site: Profile, name: str, lines: list[int], mistakes: list[str]) -> pl.DataFrame:
    """Groups of people in the words of the checks; a group that no check can have is a mistake: it would join nothing."""
    ages = {normal_code(band): band for band in site.age_bands}
    sexes = {"M": "male", "MAN": "male", "V": "female", "VROUW": "female"}
    sexes |= {normal_code(text): text for text in v.SEXES.categories}
    known = {"age_band": ages, "sex": sexes}
    groups = [
        known[kind].get(normal_code(group)) if kind in known else v.origin_form(group)
        for kind, group in frame.select("group_kind", "group").iter_rows()
    ]
    wrong = [line for line, group in zip(lines, groups, strict=False) if group is None]
    if wrong:
        mistakes.append(
            f"'{name}' column 'groep': {counted(len(wrong), 'row names', 'rows name')} a group that no check has "
            f"(first at {', '.join(map(str, wrong[:5]))}); ages are {', '.join(site.age_bands)}; mend this"
        )
    return frame.with_columns(pl.Series("group", groups, dtype=pl.String))


def _areas_of_no_team(population: pl.DataFrame, organisation: pl.DataFrame) -> list[str]:
    """A file of more areas than ours is usual; one that has none of ours compares nobody, and would not say so."""
    areas, ours = set(population["area"]), set(organisation["area"]) - {"-"}
    if not areas or not ours or areas & ours:
        return []
    name = COMPANION_FILES["population"]
    return [f"'{name}' column 'wijk_code': no area of a team is in it; write areas as in the list of teams"]


def _aims_of_titles(frame: pl.DataFrame, titles: pl.Series) -> pl.DataFrame:
    """Older files have a title that somebody typed: one that is a line of the list of aims tells the aim, others nothing."""
    words = read_yaml(shipped("reports") / "codes.yaml")["aim"]
    aims = {normal_header(text): aim for aim, languages in words.items() for text in languages.values()}
    told = [aims.get(normal_header(title or "")) for title in titles]
    return frame.with_columns(pl.col("aim").fill_null(pl.Series(told, dtype=v.AIMS)))
