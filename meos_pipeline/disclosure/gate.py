"""The second, narrower gate: results of models that read exact fine cells.

A model result is many records boiled down to a few numbers. It may leave when it rests on enough events
and residual degrees of freedom, and only coarsely: two decimals on the log scale leave nothing to invert
(with four decimals and a standard error both numerators come back). No covariance, no likelihood, no
residual: whatever else a method puts in ``detail`` is dropped unless it is on the list here.
"""

import json
import math

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, Label, Unit
from meos_pipeline.disclosure.door import Passed, passed
from meos_pipeline.policy import Policy

OPEN_DETAIL = frozenset(
    {
        "residual_dof",
        "tipping",
        "tipping_factor",
        "tipping_registration",
        "dispersion",
        "design_effect",
        "clusters",
        "strata",
        "areas",
        "teams",
        "top",
        "specifications",
        "same_side",
        "visible_from",
        "visible_ratio",
        "higher",
        "lower",
        "within",
        "spread",
        "teams_alike",
        "labels_given",
        "labels_expected_by_chance",
        "largest_difference_between_teams",
        "effective_comparison",
        "rhat",
        "figures_year",
        "group_kind",
        "clock_change",
        "clusters_by_day",
        "without_area",
        "without_season",
        "odds_ratio",
    }
)
"""Keys of ``detail`` that may pass; numbers in them are rounded like the estimate."""

PEOPLE = frozenset({"clusters", "residual_dof", "clusters_by_day"})
"""Keys of ``detail`` that count officers, or follow from how many there are."""
CHECKS_SEEN = frozenset({"coverage", "yield_corrected", "coverage_direction", "coverage_change"})
"""Statistics that rest on checks that an ambassador saw. Their events are all checks seen, in ``n``: a check without
a result that is in MEOS tells as much of coverage as one with a result, so results alone do not say what the
estimate rests on. What they still need is told in sheets, in tens."""
SHEETS_BASE = 10

_RESULT = ("statistic", "team", "period_start", "period_end", "stratum", "group")
_NUMBERS = ("estimate", "lower", "upper")
_COUNTS = ("events", "n", "reference_events", "reference_n")


def gate(findings: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Let model findings through, coarsely, or keep them back.

    A further series of a result (its bounds, its variants) that does not say its own counts or degrees of freedom
    is judged by those of the headline, which are then the smallest that any series of the result gives.

    A row with an estimate passes when ``events`` (for ``CHECKS_SEEN`` ``n``; and ``reference_events`` where given) is at least
    ``model_events`` and ``residual_dof`` in ``detail`` at least ``model_residual_dof``. What a row does not
    say counts as not enough. Passing is idempotent: ``gate(gate(f)) == gate(f)``.

    Counts leave rounded up to a multiple of ``model_count_base``, so they do not narrow down the released count of the
    same set; a withheld row keeps its place, without any number.

    Args:
        findings: ``FINDINGS`` of statistics with ``Gate.MODEL``.
        policy: Limits.
    """
    known = FINDINGS.require(findings)
    details = [json.loads(text) for text in known["detail"]]
    dof = pl.Series("_dof", [_number(detail.get("residual_dof")) for detail in details], dtype=pl.Float64)
    coarse = pl.Series("detail", [_coarse_detail(detail) for detail in details], dtype=pl.String)
    any_number = pl.any_horizontal(pl.col(name).is_not_null() for name in _NUMBERS)
    is_seen = pl.col("statistic").is_in(list(CHECKS_SEEN))
    events = pl.when(is_seen).then(_own_or_smallest("n")).otherwise(_own_or_smallest("events"))
    few_events = events.fill_null(0) < policy.model_events
    few_reference = _own_or_smallest("reference_events").fill_null(policy.model_events) < policy.model_events
    few_dof = _own_or_smallest("_dof").fill_null(0) < policy.model_residual_dof
    refused = any_number & (few_events | few_reference | few_dof)
    silent = ~any_number
    base = policy.model_count_base
    step = pl.when(is_seen).then(SHEETS_BASE).otherwise(base)
    reason = (
        pl.when(few_dof & ~few_events & ~few_reference)
        .then(pl.lit("model_residual_dof"))
        .otherwise(pl.lit("model_events"))
    )
    return (
        known.with_columns(dof)
        .with_columns(
            *(pl.when(refused).then(None).otherwise(_coarse(name)).alias(name) for name in _NUMBERS),
            *(
                pl.when(refused | silent)
                .then(None)
                .otherwise((pl.col(name) / base).ceil().cast(pl.Int64) * base)
                .alias(name)
                for name in _COUNTS
            ),
            needed=pl.when(refused).then(None).otherwise((pl.col("needed") / step).ceil().cast(pl.Int64) * step),
            label=pl.when(refused).then(pl.lit(Label.WITHHELD.value, dtype=known.schema["label"])).otherwise("label"),
            label_reason=pl.when(refused).then(reason).otherwise("label_reason"),
            detail=pl.when(refused | silent).then(pl.lit("{}")).otherwise(coarse),
        )
        .select(FINDINGS.names)
    )


def let_findings(shown: pl.DataFrame, modelled: pl.DataFrame, policy: Policy) -> Passed:
    """Findings of released cells, with those of models that pass ``gate``, of which those stay that every way of looking gives.

    Args:
        shown: ``FINDINGS`` of statistics that read released cells and public tables only.
        modelled: ``FINDINGS`` of statistics with ``Gate.MODEL``.
        policy: Limits.
    """
    from meos_pipeline.statistics.disparity.multiverse import surviving

    return passed(FINDINGS.require(surviving(pl.concat([shown, gate(modelled, policy)])).sort(FINDINGS.key)))


def _own_or_smallest(name: str) -> pl.Expr:
    return pl.col(name).fill_null(pl.col(name).min().over(_RESULT))


def _coarse(name: str) -> pl.Expr:
    """Two decimals on the log scale for ratios, whole minutes, one decimal per 100 checks, two for the rest."""
    value = pl.col(name)
    on_log = pl.when(value > 0).then(_significant(value.log().round(2).exp())).otherwise(value.round(2))
    return (
        pl.when(pl.col("unit") == Unit.RATIO.value)
        .then(on_log)
        .when(pl.col("unit").is_in([Unit.MINUTES.value, Unit.COUNT.value]))
        .then(value.round(0))
        .when(pl.col("unit") == Unit.PER_100_CHECKS.value)
        .then(value.round(1))
        .otherwise(value.round(2))
    )


def _significant(value: pl.Expr) -> pl.Expr:
    """Six significant digits: enough to find the step of 0.01 on the log scale again, so rounding is idempotent."""
    return value.round_sig_figs(6)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _coarse_detail(detail: dict[str, object]) -> str:
    kept = {key: _in_fives(key, _coarse_value(value)) for key, value in detail.items() if key in OPEN_DETAIL}
    if _follows(detail):
        # Two floors, of a number and of the one before it, would tell one number of five exactly.
        kept["residual_dof"] = kept["clusters"]
    return json.dumps(
        {key: value for key, value in kept.items() if value is not None}, ensure_ascii=False, sort_keys=True
    )


def _follows(detail: dict[str, object]) -> bool:
    """Whether the degrees of freedom are one less than the officers, or were made equal to them here before."""
    officers, dof = _number(detail.get("clusters")), _number(detail.get("residual_dof"))
    return officers is not None and dof is not None and 0 <= officers - dof <= 1


def _in_fives(key: str, value: object) -> object:
    """Numbers of people who record are counts like others: in fives, downwards, so that a limit of ten still holds."""
    return value // 5 * 5 if key in PEOPLE and isinstance(value, int) else value


def _coarse_value(value: object) -> object:
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 100 else int(float(f"{value:.2g}"))  # noqa: PLR2004 - two digits
    if isinstance(value, float):
        return round(value, 2) if math.isfinite(value) else None
    return None
