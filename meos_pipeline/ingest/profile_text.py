"""A profile as a TOML document: made of what was chosen, written with comments, compared with an older one."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meos_pipeline.ingest import profiles
from meos_pipeline.ingest.profiles import CODE_LISTS, REVISED, Profile, normal_header
from meos_pipeline.ingest.sketch import Sketch

Document = dict[str, Any]
_WORDS = {
    "columns": {"nl": "ons veld = kop in het bestand", "en": "our field = header in the file"},
    "required": {
        "nl": "zonder deze kolommen is het een ander bestand",
        "en": "without these columns it is another file",
    },
    "constants": {"nl": "geldt voor elke rij", "en": "holds for every row"},
    "codes": {
        "nl": 'code in het bestand = onze waarde; "" = onbekend',
        "en": 'code in the file = our value; "" = unknown',
    },
    "flags": {"nl": "ja/nee-kolom = waarde bij ja", "en": "yes/no column = value when yes"},
    "dropped": {"nl": "bekend, en nooit gelezen", "en": "known, and never read"},
}
_REVISED_LATER = set(REVISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two profiles."""

    where: str
    before: str
    after: str

    @property
    def told(self) -> str:
        """In short: '+' for what was added and '−' for what went, of a list; else what it was and is."""
        old, new = (text.split(", ") if text != "–" else [] for text in (self.before, self.after))
        if len(old) == len(new) == 1:
            return f"{self.before} → {self.after}"
        return ", ".join(
            [*(f"+ {one}" for one in new if one not in old), *(f"− {one}" for one in old if one not in new)]
        )


def document_of(
    sketch: Sketch,
    columns: Mapping[str, str],
    codes: Mapping[str, Mapping[str, str]],
    *,
    name: str,
    dates: tuple[str, ...],
    constants: Mapping[str, str | bool],
    teams: str,
    multi: Sequence[str] = (),
    base: Document | None = None,
) -> Document:
    """Return the document of a profile.

    Args:
        sketch: The file that it is for.
        columns: Header -> field, 'list:value', or '' for a column that is never read.
        codes: Field -> code -> value.
        name: Name of the profile.
        dates: Orders in which days are written.
        constants: Fields that hold for every row.
        teams: Where teams come from.
        multi: Signs between codes of one cell that no profile names yet.
        base: Document that is started from; what it says of columns that the file has not stays.
    """
    made: Document = dict(base or {})
    fields = {field: header for header, field in columns.items() if field and ":" not in field}
    made |= {"name": name, "meaning": made.get("meaning") or sketch.name, "dates": list(dates)}
    if sketch.delimiter and sketch.delimiter != "\t":
        made["delimiter"] = sketch.delimiter
        made["skip_lines"] = sketch.line - 1
    if sketch.encoding:
        made["encoding"] = sketch.encoding
    if sketch.sheet:
        made["sheet"] = [sketch.sheet]
    made.setdefault("teams", teams)
    if multi:
        made["multi"] = [*made.get("multi", Profile(name="").multi), *multi]
    made["columns"] = _columns(fields, (base or {}).get("columns", {}), columns)
    flags: dict[str, dict[str, str]] = {field: dict(table) for field, table in made.get("flags", {}).items()}
    for header, field in columns.items():
        if ":" in field:
            kind, value = field.split(":", 1)
            flags.setdefault(kind, {})[header] = value
    if flags:
        made["flags"] = flags
    if "check_id" not in fields and not made.get("identity"):
        made["identity"] = [header for field, header in fields.items() if field not in _REVISED_LATER]
    made["required"] = {"columns": _required(fields, (base or {}).get("required", {}).get("columns", ()))}
    told = {field: dict(table) for field, table in made.get("codes", {}).items()}
    for field, table in codes.items():
        # A list of its own replaces the shipped one: codes of it that this file happens not to hold have to stay.
        told.setdefault(field, {code: value or "" for code, value in CODE_LISTS[field].items()} if base else {})
        told[field].update(table)
    if told:
        made["codes"] = told
    if constants or made.get("constants"):
        made["constants"] = {**made.get("constants", {}), **constants}
    never = [header for header, field in columns.items() if not field]
    before = list(made.get("dropped", {}).get("columns", ()))
    used = {normal_header(header) for header, field in columns.items() if field}
    dropped = [header for header in dict.fromkeys([*before, *never]) if normal_header(header) not in used]
    if dropped:
        made["dropped"] = {"columns": dropped}
    return made


def written(document: Document, language: str) -> str:
    """Return the document as TOML with comments."""
    lines = [f"# {document.get('meaning', '')}".rstrip()]
    plain = {key: value for key, value in document.items() if not isinstance(value, Mapping)}
    lines += [f"{key} = {_toml(value)}" for key, value in plain.items()]
    for key, value in document.items():
        if not isinstance(value, Mapping):
            continue
        lines.append("")
        if key in _WORDS:
            lines.append(f"# {_WORDS[key][language]}")
        nested = {name: table for name, table in value.items() if isinstance(table, Mapping)}
        single = {name: item for name, item in value.items() if name not in nested}
        if single:
            lines += [f"[{key}]", *(f"{_key(name)} = {_toml(item)}" for name, item in single.items())]
        for name, table in nested.items():
            lines += [f"[{key}.{_key(name)}]", *(f"{_key(code)} = {_toml(item)}" for code, item in table.items())]
    return "\n".join(lines) + "\n"


def differences(before: Document, after: Document) -> list[Change]:
    """Return what differs, place by place. A list of codes that was left out is the shipped one: it is no difference."""
    shipped = {
        field: {code: value or "" for code, value in CODE_LISTS[field].items()} for field in after.get("codes", {})
    }
    old, new = _flat({**before, "codes": shipped | dict(before.get("codes", {}))}), _flat(after)
    return [
        Change(where=place, before=old.get(place, "–"), after=new.get(place, "–"))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    ]


def explained() -> list[tuple[str, str]]:
    """Return every key of a profile with its meaning, from the declaration itself."""
    tree = ast.parse(Path(profiles.__file__).read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Profile").body
    found: list[tuple[str, str]] = []
    for node, following in zip(body, [*body[1:], ast.Pass()], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            said = following.value if isinstance(following, ast.Expr) else None
            text = said.value if isinstance(said, ast.Constant) else ""
            found.append((node.target.id, " ".join(str(text).split())))
    return found


def _columns(fields: Mapping[str, str], before: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Field -> headers: the new one first, and older ones that the file gives to no other field."""
    here = {normal_header(header) for header in columns}
    made = {field: [header] for field, header in fields.items()}
    for field, names in before.items():
        older = [names] if isinstance(names, str) else list(names)
        mine = made.setdefault(field, [])
        mine += [
            name
            for name in older
            if normal_header(name) not in {normal_header(one) for one in mine} and normal_header(name) not in here
        ]
    return {field: names for field, names in made.items() if names}


def _required(fields: Mapping[str, str], before: Sequence[str]) -> list[str]:
    wanted = before or ("check_id", "date", "datetime", "team", "results")
    return [field for field in wanted if field in fields or field in before]


def _flat(document: Mapping[str, Any], start: str = "") -> dict[str, str]:
    made: dict[str, str] = {}
    for key, value in document.items():
        place = f"{start}{key}"
        if isinstance(value, Mapping):
            made |= _flat(value, f"{place}.")
        else:
            made[place] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return made


def _key(text: str) -> str:
    return (
        text
        if text.isascii() and text.replace("_", "").replace("-", "").isalnum()
        else json.dumps(text, ensure_ascii=False)
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
