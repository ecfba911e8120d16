"""Every statistic of a gate over one set of tables: what is absent becomes a row that says so."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.contracts.findings import FINDINGS, Unit
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import missing_input, stack
from meos_pipeline.statistics.kept import marked
from meos_pipeline.statistics.statistic import Context, Gate, Statistic
from meos_pipeline.statistics.teams.since import with_since
from meos_pipeline.statistics.windows import windows


def compute_findings(
    tables: Mapping[str, pl.DataFrame],
    context: Context,
    *,
    gate: Gate,
    optional: Sequence[str] = (),
    advance: Callable[[], None] = lambda: None,
) -> pl.DataFrame:
    """Findings of all statistics that read the cells of this gate.

    Args:
        tables: By name: 'cells' (released, for ``Gate.RELEASED``), fine cells, companions; 'kept' (``kept_shares``)
            marks months of which too many rows were set aside.
        context: Report month, teams, policy.
        gate: Which statistics to run.
        optional: Names of statistics that are off unless asked for.
        advance: Called when a statistic is ready.

    Returns:
        ``FINDINGS``, sorted by its key.
    """
    parts = []
    for statistic in wanted_statistics(gate, optional):
        parts.append(findings_of_one(statistic, tables, context))
        advance()
    found = stack(parts).sort(FINDINGS.key)
    if gate is Gate.RELEASED:
        found = with_since(
            found, tables, context, lambda name, then: findings_of_one(all_statistics()[name], tables, then)
        )
    found = FINDINGS.require(found)
    return marked(found, tables["kept"], context.policy) if "kept" in tables else found


def wanted_statistics(gate: Gate, optional: Sequence[str]) -> list[Statistic]:
    """Return the statistics of a gate, without those that are off unless asked for."""
    return [s for s in all_statistics().values() if s.gate == gate and (not s.optional or s.name in optional)]


def findings_of_one(statistic: Statistic, tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Findings of one statistic; a row per team that names the file when a table it needs is absent."""
    absent = [name for name in statistic.inputs if name not in tables or not tables[name].width]
    if absent:
        window = windows(context)[1]
        reason = ", ".join(COMPANION_FILES.get(name, name) for name in absent)
        rows = missing_input(
            context.teams,
            statistic=statistic.name,
            unit=Unit.COUNT,
            start=window.start,
            end=window.end,
            reason=reason,
        )
    else:
        rows = statistic.compute(tables, context)
    if statistic.gate is Gate.RELEASED:
        rows = rows.with_columns(_in_units(name, context.policy.rounding_base) for name in _COUNTS)
    return rows.with_columns(pl.lit(statistic.version, pl.Int16()).alias("version")).select(FINDINGS.names)


_COUNTS = ("events", "n", "reference_events", "reference_n")


def _in_units(name: str, base: int) -> pl.Expr:
    """Count in whole units of the base: released counts already are; residents and months are told as coarsely."""
    return ((pl.col(name) / base).round() * base).cast(pl.Int64).alias(name)
