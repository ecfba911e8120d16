"""The statistics appendix: what each method promises, and how often it kept that in worlds with a known truth."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from meos_pipeline.statistics import simulations as s

SHIPPED = Path(__file__).with_name("appendix.json")
"""Result of the full run, made by ``benchmarks/statistics.py``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise: a number that must lie between two others."""

    method: str
    scenario: str
    quantity: str
    low: float
    high: float
    measure: Callable[[np.random.Generator, int], float]
    cost: int = 1
    """Replications are divided by this."""


def _coverage(method: str, scenario: str, measure: Callable[..., float], low: float = 0.92, **world: object) -> Claim:
    return Claim(method, scenario, "coverage of 95% intervals", low, 1.0, partial(measure, **world))


def _errors(method: str, scenario: str, measure: Callable[..., float], **world: object) -> Claim:
    return Claim(method, scenario, "rejects a true null", 0.0, 0.07, partial(measure, **world))


def _power(method: str, scenario: str, measure: Callable[..., float], low: float, **world: object) -> Claim:
    return Claim(method, scenario, "finds what is there", low, 1.0, partial(measure, **world))


def _rollout(place: int, *, growing: bool) -> Callable[[np.random.Generator, int], float]:
    return lambda random, replications: s.rollout(random, replications, growing=growing)[place]


def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the appendix."""
    alarms = "new alarms per team in 24 months"
    return (
        _coverage("share of released counts", "12 months of 100, share .12", s.share_coverage, share=0.12, n=100, months=12, spread=0.0),
        _coverage("share of released counts", "12 months of 100, share .12, months vary", s.share_coverage, share=0.12, n=100, months=12, spread=0.3),
        _coverage("share of released counts", "1 month of 200, share .90", s.share_coverage, share=0.90, n=200, months=1, spread=0.0),
        _coverage("rate of released counts", "12 months of 60, months vary by .15", s.rate_coverage, mean=60.0, months=12, spread=0.15),
        _coverage("rate of released counts", "12 months of 200, months vary by .15", s.rate_coverage, mean=200.0, months=12, spread=0.15),
        _coverage("share over officers", "40 officers who differ", s.cluster_coverage, officers=40, clustered=True),
        Claim("share over rows (not used)", "40 officers who differ", "coverage of 95% intervals", 0.0, 0.85, partial(s.cluster_coverage, officers=40, clustered=False)),
        _coverage("difference of shares", "30 against 120", s.difference_coverage, n=30),
        _coverage("difference of shares", "400 against 1,600", s.difference_coverage, n=400),
        *(
            Claim("partial pooling", f"{teams} teams, {hits} hits each, spread {tau}", "coverage of 95% intervals", 0.92, 1.0, partial(s.pooled_coverage, teams=teams, hits=hits, tau=tau), cost=4)
            for teams, hits, tau in ((6, 4, 0.15), (12, 4, 0.0), (12, 12, 0.4), (12, 40, 0.15), (50, 4, 0.4), (50, 12, 0.15))
        ),
        *(
            Claim("label of a team", f"{teams} teams, one in ten differs, spread {tau}", "wrong among 'clearly'", 0.0, 0.05, partial(s.label_errors, teams=teams, tau=tau), cost=5)
            for teams, tau in ((12, 0.1), (50, 0.1))
        ),
        *(
            Claim("funnel with false discovery", f"{teams} ordinary teams, spread {tau}", "any signal", 0.0, 0.12, partial(s.funnel_any, teams=teams, tau=tau))
            for teams, tau in ((12, 0.0), (12, 0.1), (50, 0.1), (200, 0.1))
        ),
        *(
            _errors("own series, REML AR(1)", f"{months} months, rho {rho}", s.single_rejects, months=months, before=before, rho=rho, effect=0.0)
            for months, before, rho in ((24, 12, 0.0), (36, 24, 0.3), (60, 36, 0.0), (60, 36, 0.3), (120, 84, 0.3))
        ),
        _power("own series, REML AR(1)", "120 months, rho .3, 22% more", s.single_rejects, 0.7, months=120, before=84, rho=0.3, effect=0.2),
        *(_errors("other teams as controls", f"{teams} teams", s.controls_reject, teams=teams, effect=0.0) for teams in (8, 12, 20, 40)),
        _power("other teams as controls", "12 teams, 22% more", s.controls_reject, 0.7, teams=12, effect=0.2),
        _power("other teams as controls", "40 teams, 22% more", s.controls_reject, 0.8, teams=40, effect=0.2),
        Claim("staggered roll-out", "no effect", "rejects a true null", 0.0, 0.07, _rollout(2, growing=False), cost=2),
        Claim("staggered roll-out", "growing effect", "coverage of 95% intervals", 0.92, 1.0, _rollout(1, growing=True), cost=2),
        Claim("staggered roll-out", "growing effect", "bias", -0.02, 0.02, _rollout(0, growing=True), cost=2),
        *(
            Claim("control chart", f"{mean} a month, extra variation {cv}, rho {rho}", alarms, 0.0, 0.5, partial(s.chart_alarms, mean=mean, cv=cv, rho=rho, rise=0.0))
            for mean, cv, rho in ((10, 0.0, 0.0), (10, 0.15, 0.4), (60, 0.0, 0.0), (60, 0.15, 0.0), (60, 0.15, 0.4), (300, 0.15, 0.0), (300, 0.15, 0.4))
        ),
        _power("control chart", "60 a month, extra variation .15, 30% more, within 12 months", s.chart_alarms, 0.7, mean=60, cv=0.15, rho=0.0, rise=0.3),
        *(
            Claim("two registers", f"odds ratio between registers {odds}", "truth within the band", 0.90, 1.0, partial(s.registers_band, odds=odds))
            for odds in (0.6, 1.0, 2.0, 2.5)
        ),
        _coverage("corrected yield", "results registered 1.5 times as often", s.corrected_coverage, with_result=0.9, without=0.6),
        _coverage("corrected yield", "registration does not depend", s.corrected_coverage, with_result=0.7, without=0.7),
        _errors("pair-lag ratio", "equal persons", s.pair_lag_rejects, shape=50.0, follow_up=0.0),
        _errors("pair-lag ratio", "very unequal persons", s.pair_lag_rejects, shape=0.5, follow_up=0.0),
        _power("pair-lag ratio", "one in twenty checks is followed up", s.pair_lag_rejects, 0.9, shape=2.0, follow_up=0.05),
    )  # fmt: skip


def appendix(*, replications: int, seed: int) -> pl.DataFrame:
    """Run every claim.

    Args:
        replications: Worlds per claim; costly claims take fewer.
        seed: Of the generator; each claim has its own stream.

    Returns:
        method, scenario, quantity, value, low, high (the promise), replications, error (Monte-Carlo, 2 sd),
        kept (the value plus or minus that error reaches the promise).
    """
    rows = []
    for place, claim in enumerate(claims()):
        count = max(20, replications // claim.cost)
        value = float(claim.measure(np.random.default_rng([seed, place]), count))
        share = min(max(value, 1 / count), 1 - 1 / count) if value <= 1 else 0.5
        error = 2 * float(np.sqrt(share * (1 - share) / count))
        rows.append({
            "method": claim.method, "scenario": claim.scenario, "quantity": claim.quantity, "value": round(value, 3),
            "low": claim.low, "high": claim.high, "replications": count, "error": round(error, 3),
            "kept": claim.low - error <= value <= claim.high + error,
        })  # fmt: skip
    return pl.DataFrame(rows)


def shipped_appendix() -> pl.DataFrame:
    """The full run that this version was released with."""
    return pl.read_json(SHIPPED)


def markdown(found: pl.DataFrame) -> str:
    """The appendix as a table."""
    lines = [
        "| method | world | quantity | found | promised | worlds | kept |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['method']} | {row['scenario']} | {row['quantity']} | {row['value']:.3f} (± {row['error']:.3f}) "
        f"| {row['low']:g} to {row['high']:g} | {row['replications']} | {'yes' if row['kept'] else 'NO'} |"
        for row in found.iter_rows(named=True)
    ]
    return "\n".join(lines) + "\n"
