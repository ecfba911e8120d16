"""Site settings: one commented file, ``meos.toml``, read into frozen records.

Unknown keys are refused with "did you mean". Places and secrets are not settings: ``MEOS_DATA`` and
``MEOS_KEYS`` come from the environment.
"""

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from meos_pipeline.errors import SettingsError
from meos_pipeline.policy import FLOORS, Policy

LANGUAGES = ("nl", "en")
SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who runs this, and why (Wpg: the purpose is part of every log line)."""

    organisation: str = "Voorbeelddistrict (verzonnen)"
    """Name on the reports."""
    purpose: str = "Beleidsinformatie over het gebruik van MEOS"
    """Purpose of processing, written to the audit log."""
    languages: tuple[str, ...] = ("nl", "en")
    """Languages of the reports; the first is the main one."""
    time_zone: str = "Europe/Amsterdam"
    """Time zone of the export's local times."""
    fictional: bool = False
    """True for generated data: every page says so."""
    public_source: str = ""
    """Name of the source when the records are real and public: every page says so."""
    test_key: bool = False
    """True when the data are no secret, so that the key may follow from a seed and lie beside them. Generated data may always."""
    latitude: float = 52.09
    """Fallback place for the sun's position, degrees north."""
    longitude: float = 5.12
    """Fallback place, degrees east."""
    dialogue_sheet: bool = False
    """Whether a dialogue sheet may be made: one page of a district and a year that may leave the organisation."""
    contact: str = ""
    """Whom readers can ask; printed at the foot of each page."""

    @property
    def holds_no_secret(self) -> bool:
        """Whether the records are made up or public: their key may lie beside them, and they are of no today."""
        return self.fictional or self.test_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which layouts exports have."""

    profile: str = "meos"
    """Name of a shipped source profile, or path of your own TOML file."""
    encoding: str = "utf-8"
    """Encoding of text exports: utf-8, cp1252 or utf-16."""
    complete: bool = False
    """True when each export holds every record of its period: absence then means deletion."""
    include_officers: bool = True
    """Read officer numbers (hashed) to apply the officer rule; without them the rule cannot be met by concentration and only counts apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is kept."""

    archive_days: int = 90
    """Raw exports are erased this many days after their month is final."""
    table_years: int = 1
    """Pseudonymised tables are erased this many years after the end of their calendar year."""
    editions: int = 36
    """Number of published editions that are kept."""
    run_days: int = 90
    """Dagster runs and logs are erased after this many days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Which groups the disparity part compares."""

    kinds: tuple[str, ...] = ("age_band", "sex")
    """Any of age_band, sex, origin."""
    origin_legal_basis: str = ""
    """The law article and decision that allow origin; empty means origin is never read."""
    origin_document_date: str = ""
    """Date of that decision, yyyy-mm-dd; a legal basis without it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Where alerts go besides the message file."""

    smtp_host: str = ""
    """Mail server; empty means no mail."""
    smtp_port: int = 25
    """Its port."""
    sender: str = ""
    """Address of the sender."""
    recipients: tuple[str, ...] = ()
    """Addresses of the analysts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Where the audit log is held fast besides its own chain."""

    anchor: str = ""
    """A folder where files can be written and never changed; each edition's seal goes there too. Empty means none: whoever has the key and the data folder could then write another log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything ``meos.toml`` may say."""

    site: Site = field(default_factory=Site)
    sources: Sources = field(default_factory=Sources)
    retention: Retention = field(default_factory=Retention)
    groups: Groups = field(default_factory=Groups)
    alerts: Alerts = field(default_factory=Alerts)
    audit: Audit = field(default_factory=Audit)
    policy: Policy = field(default_factory=Policy)
    reasons: dict[str, str] = field(default_factory=dict)
    """Written reason per policy field that is set below its default; printed in the report."""
    severity: dict[str, str] = field(default_factory=dict)
    """Quality rule -> critical, warning or info: what it does here, instead of what ``expectations/`` says."""
    statistics: tuple[str, ...] = ()
    """Optional statistics that are switched on."""


def read_settings(path: Path | None, changes: Mapping[str, Mapping[str, object]] | None = None) -> Settings:
    """Read ``meos.toml``; a missing file gives the defaults.

    Args:
        path: The file.
        changes: What one run sets otherwise, as section -> key -> value; floors and reasons hold for it too.

    Raises:
        SettingsError: with every mistake at once.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8")) if path is not None and path.exists() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        name = path.name if path is not None else ""
        raise SettingsError(f"'{name}' cannot be read as TOML ({error}); mend the file") from error
    name = path.name if path is not None else "meos.toml"
    if not changes:
        return parse_settings(document, name)
    for section, values in changes.items():
        if isinstance(document.get(section, {}), dict):
            document[section] = {**document.get(section, {}), **values}
    return parse_settings(document, f"{name} with the configuration of this run")


def parse_settings(document: dict[str, Any], name: str = "meos.toml") -> Settings:
    """Turn a TOML document into settings, or raise with every mistake.

    Raises:
        SettingsError: with every mistake at once.
    """
    mistakes: list[str] = []
    sections = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in sections:
            mistakes.append(f"unknown section [{key}]{_hint(key, sections)}")
        elif key == "statistics":
            values[key] = tuple(value) if isinstance(value, list) else value
            if not isinstance(value, list):
                mistakes.append("'statistics' should be a list of names")
        elif key in ("reasons", "severity"):
            values[key] = value
            mistakes += _table_mistakes(key, value)
        elif not isinstance(value, dict):
            mistakes.append(f"[{key}] should be a table")
        else:
            factory = sections[key].default_factory
            values[key] = _section(key, factory, value, mistakes)  # type: ignore[arg-type]
    _require_languages(values.get("site", Site()), mistakes)
    _require_dated_basis(values.get("groups", Groups()), mistakes)
    if not mistakes:
        _require_floors(values.get("policy", Policy()), values.get("reasons", {}), mistakes)
    if mistakes:
        raise SettingsError("\n  - ".join([f"'{name}' is not right:", *mistakes]))
    return Settings(**values)


def _table_mistakes(key: str, value: object) -> list[str]:
    """Return what is wrong with a table of names and texts."""
    if not isinstance(value, dict):
        return [f'[{key}] should be a table of {"policy field" if key == "reasons" else "rule"} = "text"']
    if key == "severity" and not set(map(str, value.values())) <= set(SEVERITIES):
        return [f"[severity] should be a table of rule = one of {', '.join(SEVERITIES)}"]
    return []


def _section(section: str, factory: type, value: dict[str, Any], mistakes: list[str]) -> Any:  # noqa: ANN401
    known = {item.name: item for item in fields(factory)}
    default = factory()
    given: dict[str, Any] = {}
    for key, raw in value.items():
        if key not in known:
            mistakes.append(f"unknown key '{key}' in [{section}]{_hint(key, known)}")
            continue
        expected = getattr(default, key)
        fitted = tuple(raw) if isinstance(raw, list) else raw
        if isinstance(expected, float) and isinstance(fitted, int) and not isinstance(fitted, bool):
            fitted = float(fitted)
        if type(fitted) is not type(expected):
            mistakes.append(f"'{key}' in [{section}] should be {_kind(expected)}, is {_kind(fitted)}")
            continue
        given[key] = fitted
    return dataclasses.replace(default, **given) if not mistakes else default


def _require_languages(site: Site, mistakes: list[str]) -> None:
    known = ", ".join(LANGUAGES)
    if not site.languages:
        mistakes.append(f"'languages' in [site] names none; known are {known}")
    mistakes += [
        f"language '{name}' in [site] is not known; known are {known}"
        for name in site.languages
        if name not in LANGUAGES
    ]


def _require_dated_basis(groups: Groups, mistakes: list[str]) -> None:
    """A decision that allows origin can be found again by its date."""
    if not groups.origin_legal_basis:
        return
    try:
        date.fromisoformat(groups.origin_document_date)
    except ValueError:
        mistakes.append(
            "'origin_legal_basis' in [groups] needs the date of the decision: write 'origin_document_date' as 2026-10-31"
        )


def _require_floors(policy: Policy, reasons: dict[str, str], mistakes: list[str]) -> None:
    default = Policy()
    for name, floor in FLOORS.items():
        value = getattr(policy, name)
        if value < floor:
            mistakes.append(f"'{name}' in [policy] is below its floor of {floor:g}; raise it")
        elif value < getattr(default, name) and not reasons.get(name, "").strip():
            mistakes.append(f"'{name}' in [policy] is below its default; write why under [reasons] {name} = \"…\"")


def _kind(value: object) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text", tuple: "a list"}.get(
        type(value), "another kind"
    )


def _hint(key: str, known: dict[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(sorted(known))}"
