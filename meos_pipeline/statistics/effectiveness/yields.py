"""Yield with what registration could have done to it: the shared part of strict and broad yield."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.effectiveness.left_empty import only_bounds
from meos_pipeline.statistics.findings import UNEXPLAINED_EMPTY, findings_of, stack
from meos_pipeline.statistics.methods import coverage_correction as correction
from meos_pipeline.statistics.methods.proportion import normal_quantile, rounding_variance, shrunk
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context

DRAWS = 4_000
SAMPLE = ("result_registered", "result_missed", "no_result_registered", "no_result_missed")


def yield_findings(
    tables: Mapping[str, pl.DataFrame], context: Context, *, statistic: str, events: Sequence[str]
) -> pl.DataFrame:
    """Share of proactive checks with a known result that had one of ``events``, with its bounds.

    Beside the headline: 'corrected' (equal registration, with the sample's own uncertainty),
    'likely_low' and 'likely_high', 'worst_low' and 'worst_high', and 'tipping' (how many times as often
    checks with a result must be registered for the yield to be half of what is seen).
    A team without its own sample takes that of all teams, and a caveat says so.
    """
    headline = share_findings(
        tables, context, statistic=statistic, partition="result", events=events, caveats=("coverage",)
    )
    cells = tables["cells"]
    if w.absent(cells, "result"):
        return headline
    headline = only_bounds(headline, cells, context, events=events)
    sample_window = w.windows_of("sample", context)[1]
    sample = w.over_window(w.per_period(cells, "sample", sample_window, {name: (name,) for name in SAMPLE}), context)
    by_team = {row["team"]: tuple(row[name] for name in (*SAMPLE, "periods")) for row in sample.iter_rows(named=True)}
    rows = [
        bound
        for row in headline.iter_rows(named=True)
        if row["label"] not in set(UNEXPLAINED_EMPTY)
        for bound in _bounds(row, by_team, context)
    ]
    if not rows:
        return headline
    bounds = pl.DataFrame(rows, infer_schema_length=None)
    marked = headline.drop("caveats").join(
        pl.DataFrame(
            {"team": list(by_team), "caveats": [_caveats(*_sample_of(team, by_team, context)) for team in by_team]}
        ),
        on="team",
        how="left",
        maintain_order="left",
    )
    return stack(
        [
            marked.select(headline.columns),
            findings_of(bounds.filter(pl.col("series") != "tipping"), statistic=statistic, unit=Unit.SHARE),
            findings_of(bounds.filter(pl.col("series") == "tipping"), statistic=statistic, unit=Unit.RATIO),
        ]
    )


def _sample_of(
    team: str, by_team: Mapping[str, tuple[int, ...]], context: Context
) -> tuple[tuple[int, ...] | None, bool]:
    """Counts (and released periods) of the sample that speaks for the team, and whether they are its own."""
    for name, own in ((team, True), ("", False)):
        counts = by_team.get(name)
        if counts and min(counts[0] + counts[1], counts[2] + counts[3]) >= context.policy.smallest_shown_count:
            return counts, own or team == ""
    return None, False


def _caveats(counts: tuple[int, ...] | None, own: bool) -> list[str]:
    if counts is None:
        return ["coverage", "coverage_unknown"]
    dependence = _dependence(counts)
    direction = "yield_likely_too_high" if dependence > 1 else "yield_likely_too_low"
    return ["coverage", direction, *([] if own else ["coverage_of_all_teams"])]


def _dependence(counts: tuple[int, ...]) -> float:
    return float(((counts[0] + 0.5) / (counts[0] + counts[1] + 1)) / ((counts[2] + 0.5) / (counts[2] + counts[3] + 1)))


def _bounds(
    row: Mapping[str, object], by_team: Mapping[str, tuple[int, ...]], context: Context
) -> list[dict[str, object]]:
    counts, own = _sample_of(str(row["team"]), by_team, context)
    same = {name: row[name] for name in ("team", "period_start", "period_end", "events", "n")}
    if counts is None:
        return [
            same
            | {
                "series": series,
                "label": Label.NOT_COMPARABLE.value,
                "label_reason": "no_coverage_sample",
                "method": "none",
                "caveats": ["coverage_unknown"],
            }
            for series in ("corrected", "likely_low", "likely_high", "worst_low", "worst_high")
        ]
    observed = float(str(row["estimate"]))
    noise = rounding_variance(context.policy.rounding_base) * counts[4]
    with_result, without, share = correction.dependence_draws(
        shrunk((counts[0], counts[1]), noise),
        shrunk((counts[2], counts[3]), noise),
        draws=DRAWS,
        seed=context.policy.seed,
    )
    tail = (1 - context.policy.confidence_level) / 2
    random = np.random.default_rng(context.policy.seed + 1)
    low, high = float(str(row["lower"])), float(str(row["upper"]))
    z = 2 * normal_quantile(context.policy.confidence_level)
    effective = max(observed * (1 - observed), 0.25 / 50) * (z / max(high - low, 1e-9)) ** 2
    seen = random.beta(observed * effective + 0.5, (1 - observed) * effective + 0.5, DRAWS)
    coverage = share * with_result + (1 - share) * without
    dependence = with_result / without
    corrected = correction.corrected_yield(seen, dependence)
    likely = correction.likely_range(seen, coverage, dependence)
    worst = correction.worst_case(seen, coverage)
    point = {
        "coverage": (counts[0] + counts[2]) / max(sum(counts[:4]), 1),
        "dependence": _dependence(counts),
    }
    centre = {
        "corrected": float(correction.corrected_yield(observed, point["dependence"])),
        "likely_low": float(correction.likely_range(observed, point["coverage"], point["dependence"])[0]),
        "likely_high": float(correction.likely_range(observed, point["coverage"], point["dependence"])[1]),
        "worst_low": float(correction.worst_case(observed, point["coverage"])[0]),
        "worst_high": float(correction.worst_case(observed, point["coverage"])[1]),
    }
    drawn = {
        "corrected": corrected,
        "likely_low": likely[0],
        "likely_high": likely[1],
        "worst_low": worst[0],
        "worst_high": worst[1],
    }
    caveats = _caveats(counts, own)
    detail = json.dumps({name: round(value, 2) for name, value in point.items()})
    rows: list[dict[str, object]] = []
    for series, values in drawn.items():
        bottom, top = np.quantile(values, [tail, 1 - tail])
        rows.append(
            same
            | {
                "series": series,
                "estimate": centre[series],
                "lower": min(float(bottom), centre[series]),
                "upper": max(float(top), centre[series]),
                "method": "beta_draws",
                "caveats": caveats,
                "detail": detail,
            }
        )
    if 0 < observed < 1:
        tipping = float(correction.tipping_dependence(observed, observed / 2))
        rows.append(
            same | {"series": "tipping", "estimate": tipping, "method": "algebra", "caveats": caveats, "detail": detail}
        )
    return rows
