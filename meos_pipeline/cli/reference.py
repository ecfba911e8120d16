"""Reference pages from their one source: contracts, code lists, messages, quality rules, settings, profile, commands."""

import ast
import dataclasses
import inspect
import io
from typing import Any

import polars as pl
import yaml

from meos_pipeline import policy as policy_module
from meos_pipeline import settings as settings_module
from meos_pipeline.contracts import findings, values
from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.contracts.companions import COMPANION_FILES, COMPANIONS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.ingest.profile_text import explained
from meos_pipeline.ingest.profiles import CODE_LISTS, FIELDS
from meos_pipeline.quality.suites import Suite, read_suites
from meos_pipeline.storage.paths import shipped

_KINDS = {
    "F": "Whole file refused: nothing of it was counted",
    "R": "A row or a field set aside; it is counted in the waterfall",
    "W": "Accepted, with a warning",
    "K": "Key file",
    "S": "Storage",
    "C": "Settings",
}
_SINGULAR = {"LEGAL_BASES": "LEGAL_BASIS", "ACTIVITIES": "ACTIVITY", "SEXES": "SEX", "STATUSES": "STATUS"}
_TOML = {True: "true", False: "false"}


def pages() -> dict[str, str]:
    """Place -> Markdown of every reference page."""
    return {
        "reference/data-dictionary.md": data_dictionary(),
        "reference/messages.md": messages(),
        "reference/expectations.md": expectations(read_suites(shipped("expectations"))),
        "reference/settings.md": settings(),
        "reference/profile.md": profile(),
        "reference/commands.md": commands(),
    }


def data_dictionary() -> str:
    """Tables that stages hand to each other, companion files, cells, and code lists."""
    lines = [
        "# Data dictionary",
        "",
        (
            "Every table is declared once, in `meos_pipeline/contracts/`; this page is made from it. *Source* is the Dutch"
            " column in our own export layout. There is no public specification of the MEOS export: an export with other"
            " names is mapped in a [source profile](../analyst/en/layouts.md)."
        ),
        "",
        (
            "*Sensitivity*: **personal** is a pseudonym and stays in restricted folders; **internal** stays with analysts;"
            " **public** may be shown."
        ),
        "",
    ]
    for table in (POLICE_CHECKS, CELLS, OFFICER_COUNTS, findings.FINDINGS):
        lines += _table(table, f"## {table.name}")
    lines += [
        "## Companion files",
        "",
        (
            "Put them in `landing/` under these names. Only the organisation list is required;"
            " without the others the reports say which figure cannot be made."
        ),
        "",
    ]
    for table in COMPANIONS:
        lines += _table(table, f"### {COMPANION_FILES[table.name]} {{#{table.name}}}")
    lines += [
        "## Partitions",
        "",
        (
            "Every count of the product is a cell of one of these: a population of one team in one"
            " period, in which every member falls in exactly one category."
        ),
        "",
        "| partition | population | period | categories | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for partition in PARTITIONS.values():
        shown = ", ".join(f"`{name}`" for name in partition.categories[:8]).replace("|", "\\|")
        more = len(partition.categories) - 8
        shown = shown + (f" and {more} more" if more > 0 else "") or "from a public list"
        lines.append(
            f"| `{partition.name}` | {partition.population} | {partition.period} | {shown} | {partition.meaning} |"
        )
    return "\n".join([*lines, "", *_code_lists()])


def _table(table: Table, heading: str) -> list[str]:
    lines = [
        heading,
        "",
        f"{table.meaning} {f'*{table.meaning_nl}*' if table.meaning_nl else ''}".strip(),
        "",
        f"Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else "",
        "",
        "| column | type | may be empty | sensitivity | source | meaning |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return [*lines, *[_column(column) for column in table.columns], ""]


def _column(column: Column) -> str:
    kind = "code list" if isinstance(column.dtype, pl.Enum) else str(column.dtype)
    source = f"`{column.source_name}`" if column.source_name else ""
    empty = "yes" if column.nullable else "no"
    meaning = column.meaning.replace("|", "\\|")
    unit = f" ({column.unit})" if column.unit else ""
    return f"| `{column.name}` | {kind} | {empty} | {column.sensitivity} | {source} | {meaning}{unit} |"


def _code_lists() -> list[str]:
    """Closed lists with the Dutch source codes that become each value."""
    lines = ["## Code lists", "", "A value outside these lists cannot exist in a table.", ""]
    for name, kind in vars(values).items():
        if not isinstance(kind, pl.Enum):
            continue
        sources = _sources(name)
        lines += [f"### {name.replace('_', ' ').lower()}", "", "| value | Dutch source code |", "| --- | --- |"]
        for value in kind.categories:
            codes = [f"`{code}`" for code, target in sources.items() if target == value]
            lines.append(f"| `{value}` | {', '.join(codes)} |")
        lines.append("")
    return lines


def _sources(name: str) -> dict[str, Any]:
    found: dict[str, Any] = getattr(values, f"{_SINGULAR.get(name, name.removesuffix('S'))}_SOURCE", {})
    return found


def messages() -> str:
    """Every message code with what is wrong and what to do, in both languages."""
    catalogue = yaml.safe_load((shipped("reports") / "messages.yaml").read_text(encoding="utf-8"))
    lines = [
        "# Messages",
        "",
        (
            "Made from `reports/messages.yaml`. On the command line: `meos quarantine explain CODE`. Words between braces"
            " are filled in with names of files and columns, lines and counts; never with a value from the data."
        ),
        "",
    ]
    for prefix, meaning in _KINDS.items():
        codes = sorted(code for code in catalogue if code.split("-")[0] == prefix)
        if not codes:
            continue
        lines += [f"## {prefix} · {meaning}", ""]
        for code in codes:
            words = catalogue[code]
            lines += [
                f"### {code} {{#{code.lower()}}}",
                "",
                f"{words['en']['what']} **{words['en']['do']}**",
                "",
                f"*{words['nl']['what']}* ***{words['nl']['do']}***",
                "",
            ]
    return "\n".join(lines)


def expectations(suites: dict[str, Suite]) -> str:
    """Every quality rule with its reason."""
    lines = [
        "# Expectations",
        "",
        (
            "Made from `expectations/*.yaml`. A rule is a sentence that is true when all is well. **critical** stops what"
            " lies downstream, **warning** and **info** are told. Results hold counts, never values."
        ),
        "",
    ]
    for name, suite in sorted(suites.items()):
        lines += [f"## {name}", "", "| rule | strictness | why |", "| --- | --- | --- |"]
        for rule in suite.rules:
            aside = " Rows that break it go to quarantine." if rule.quarantine else ""
            lines.append(f"| {rule.key.replace('_', ' ')} | {rule.severity} | {rule.why}{aside} |")
        lines.append("")
    return "\n".join(lines)


def settings() -> str:
    """Every setting and every number people decide, with its default and its sentence."""
    lines = [
        "# Settings and policy",
        "",
        (
            "One file, `meos.toml`, in the data folder. Everything has a default; an unknown key is refused with *did you"
            " mean*. A policy number below its default asks a written reason under `[reasons]`, which the reports print."
            " Below its floor it is refused."
        ),
        "",
    ]
    parts = ("Site", "Sources", "Retention", "Groups", "Alerts")
    for part in parts:
        lines += _fields(f"## [{part.lower()}]", getattr(settings_module, part), settings_module)
    lines += [*_fields("## [policy]", policy_module.Policy, policy_module), "### Floors", ""]
    lines += [f"- `{name}`: {floor:g}" for name, floor in policy_module.FLOORS.items()]
    return "\n".join([*lines, ""])


def profile() -> str:
    """Every key of a source profile, the fields that columns can feed, and the values that codes can become."""
    lines = [
        "# Source profile",
        "",
        (
            "How one layout of an export is read: a TOML file that `meos map FILE` writes. On the command line:"
            " `meos map --explain`. How to make one: [mapping a new layout](../analyst/en/layouts.md)."
        ),
        "",
        "## Keys",
        "",
        "| key | meaning |",
        "| --- | --- |",
        *(f"| `{key}` | {meaning} |" for key, meaning in explained()),
        "",
        "## Fields",
        "",
        "What stands left of the equals sign under `[columns]`, `[constants]` and `[file_name]`:",
        "",
        ", ".join(f"`{field}`" for field in FIELDS),
        "",
        "## Code lists",
        "",
        "Lists under `[codes]`, with what a code can become. Nothing (`''`) is unknown.",
        "",
        "| list | our values |",
        "| --- | --- |",
    ]
    for name, targets in CODE_LISTS.items():
        shown = ", ".join(f"`{value}`" for value in dict.fromkeys(targets.values()) if value)
        lines.append(f"| `{name}` | {shown} |")
    return "\n".join([*lines, ""])


def _fields(heading: str, record: type, module: Any) -> list[str]:  # noqa: ANN401 - a module
    sentences = _sentences(record.__name__, module)
    lines = [heading, "", "| key | default | meaning |", "| --- | --- | --- |"]
    for item in dataclasses.fields(record):
        default = item.default if item.default is not dataclasses.MISSING else ""
        lines.append(f"| `{item.name}` | `{_toml(default)}` | {sentences.get(item.name, '')} |")
    return [*lines, ""]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return _TOML[value]
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _sentences(name: str, module: Any) -> dict[str, str]:  # noqa: ANN401 - a module
    """Docstrings under the fields of a record, which Python itself does not keep."""
    (record,) = (
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    found = {}
    for above, below in zip(record.body, record.body[1:], strict=False):
        if isinstance(above, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[ast.unparse(above.target)] = inspect.cleandoc(str(below.value.value)).replace("\n", " ")
    return found


def commands() -> str:
    """Help of every command, as the command line itself shows it."""
    from meos_pipeline.cli.app import app

    lines = [
        "# Commands",
        "",
        "Made from the command line's own help (`meos --help`). With `uv`: `uv run meos …`.",
        "",
    ]
    for path in _commands(app):
        lines += [f"## meos {' '.join(path)}", "", "```text", _help(app, path), "```", ""]
    return "\n".join(lines)


def _commands(app: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:  # noqa: ANN401 - a cyclopts App
    found: list[tuple[str, ...]] = []
    known: list[Any] = []
    for name in app:
        if not name.startswith("-") and app[name] not in known:  # a command with two names is told once
            known.append(app[name])
            found += _commands(app[name], (*path, name)) or [(*path, name)]
    return found


def _help(app: Any, path: tuple[str, ...]) -> str:  # noqa: ANN401 - a cyclopts App
    from rich.console import Console

    console = Console(width=100, color_system=None, record=True, file=io.StringIO())
    app.help_print(list(path), console=console)
    return "\n".join(line.rstrip() for line in console.export_text().strip().splitlines())
