"""The quality rules of ``expectations/``, read once, and their hashes: another rule is another version."""

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import hash_of, hash_of_files
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meos_pipeline.quality.suites import Rule, Suite

CHECKS, METRICS = "police_checks", "monthly_metrics"
"""Tables that are judged a month at a time."""


@cache
def suites() -> "Mapping[str, Suite]":
    """Read all suites; a mistake in one names file, rule and nearest valid name."""
    from meos_pipeline.quality.suites import read_suites

    return read_suites(shipped("expectations"))


def suites_of(space: Workspace) -> "dict[str, Suite]":
    """Return all suites with the severities that ``meos.toml`` sets for this site.

    Raises:
        SettingsError: when it names a rule that is not there.
    """
    import difflib

    from meos_pipeline.errors import SettingsError
    from meos_pipeline.quality.suites import Severity

    chosen = space.settings.severity
    known = {rule.key for suite in suites().values() for rule in suite.rules}
    unknown = [
        f"'{name}' in [severity] is no rule; did you mean {', '.join(difflib.get_close_matches(name, known, n=2)) or '–'}?"
        for name in chosen
        if name not in known
    ]
    if unknown:
        raise SettingsError("\n  - ".join(["'meos.toml' is not right:", *unknown]))
    return {
        table: replace(
            suite,
            rules=tuple(
                replace(rule, severity=Severity(chosen[rule.key])) if rule.key in chosen else rule
                for rule in suite.rules
            ),
        )
        for table, suite in suites().items()
    }


def rules_of_a_month() -> "list[Rule]":
    """Return the rules that judge a month: of the checks themselves and of the monthly metrics."""
    return [*suites()[CHECKS].rules, *suites()[METRICS].rules]


def version() -> str:
    """Return a short hash of the rules that judge a month: another rule is another version."""
    return hash_of_files(shipped("expectations") / f"{table}.yaml" for table in (CHECKS, METRICS))


def companions_version() -> str:
    """Return a short hash of the rules about companion files."""
    folder = shipped("expectations")
    months = {f"{CHECKS}.yaml", f"{METRICS}.yaml"}
    return hash_of_files(path for path in sorted(folder.glob("*.yaml")) if path.name not in months)


def rules_that_set_aside() -> str:
    """Return a short hash of the rules whose rows go to quarantine; of their text, so that looking tries no rule."""
    rules = read_yaml(shipped("expectations") / f"{CHECKS}.yaml") or {}
    return hash_of(
        {name: [rule.get("type"), rule.get("kwargs")] for name, rule in rules.items() if rule.get("quarantine")}
    )


def companion_suites(space: Workspace | None = None) -> "dict[str, Suite]":
    """Return the suites about companion files, by table."""
    return {
        table: suite
        for table, suite in (suites_of(space) if space else suites()).items()
        if table not in {CHECKS, METRICS}
    }
