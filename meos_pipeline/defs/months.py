"""Partitions: the months that exports brought. A site sees its own months and no empty ones."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import date

import dagster as dg

from meos_pipeline.errors import SettingsError

MONTHS = dg.DynamicPartitionsDefinition(name="month")


def backfill_policy() -> dg.BackfillPolicy:
    """Return how many months one run makes: all, unless ``MEOS_MONTHS_PER_RUN`` says how many.

    On one machine one run is fastest; several machines share the months of several runs.

    Raises:
        SettingsError: when it is no number of months.
    """
    said = os.environ.get("MEOS_MONTHS_PER_RUN", "")
    if not said:
        return dg.BackfillPolicy.single_run()
    if not said.isdecimal() or int(said) < 1:
        raise SettingsError("MEOS_MONTHS_PER_RUN is not a number of months; set it to 1 or more, or leave it out")
    return dg.BackfillPolicy.multi_run(max_partitions_per_run=int(said))


def key_of(month: date) -> str:
    """Return the partition key of a month, as 2026-10."""
    return f"{month:%Y-%m}"


def month_of(key: str) -> date:
    """Return the first day of the month with that partition key."""
    return date.fromisoformat(f"{key}-01")


def announce(instance: dg.DagsterInstance, months: Iterable[date]) -> list[str]:
    """Add the months that Dagster does not know yet; return those."""
    known = set(instance.get_dynamic_partitions("month"))
    new = sorted(key_of(month) for month in set(months) if key_of(month) not in known)
    if new:
        instance.add_dynamic_partitions("month", new)
    return new


def version_of(states: Mapping[date, str]) -> dg.DataVersion:
    """Return the data version of months from a hash of what each was made from.

    The same content gives the same version, so what lies downstream does not become stale.
    """
    said = "".join(f"{month:%Y-%m}:{state};" for month, state in sorted(states.items()))
    return dg.DataVersion(hashlib.sha256(said.encode()).hexdigest()[:16])


def log_each_month(context: dg.AssetExecutionContext, results: Iterable[tuple[date, dg.AssetCheckResult]]) -> None:
    """Log the outcome of a check per month when one run makes several: Dagster itself logs one for all together."""
    if context.has_partition_key:
        return
    blocking = {spec.name: spec.blocking for spec in context.assets_def.check_specs}
    for month, result in results:
        name = str(result.check_name)
        context.log_event(
            dg.AssetCheckEvaluation(
                asset_key=context.asset_key,
                check_name=name,
                passed=result.passed,
                metadata=result.metadata,
                severity=result.severity,
                description=result.description,
                partition=key_of(month),
                blocking=blocking[name],
            )
        )
