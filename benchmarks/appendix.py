"""The statistics appendix: what each method promises, and how often it kept that in worlds with a known truth."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import simulations as s
from benchmarks import simulations_disparity as d
from benchmarks import simulations_evidence as e
from meos_pipeline.policy import Policy

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
    least: int = 20
    """Worlds below which the promise could not be told from its neighbours; the full run draws at least these."""


def _coverage(
    method: str, scenario: str, measure: Callable[..., float], low: float = 0.92, cost: int = 1, **world: object
) -> Claim:
    return Claim(method, scenario, "coverage of 95% intervals", low, 1.0, partial(measure, **world), cost)


def _errors(
    method: str, scenario: str, measure: Callable[..., float], cost: int = 1, least: int = 20, **world: object
) -> Claim:
    return Claim(method, scenario, "rejects a true null", 0.0, 0.07, partial(measure, **world), cost, least)


def _internal(place: int, **world: float) -> Callable[[np.random.Generator, int], float]:
    return lambda random, replications: d.internal(random, replications, **world)[place]  # type: ignore[arg-type]


def _repeats(place: int, *, follow_up: float) -> Callable[[np.random.Generator, int], float]:
    return lambda random, replications: s.repeat_years(random, replications, follow_up=follow_up)[place]


def _power(method: str, scenario: str, measure: Callable[..., float], low: float, **world: object) -> Claim:
    return Claim(method, scenario, "finds what is there", low, 1.0, partial(measure, **world))


def _acted(place: int, **world: object) -> Callable[[np.random.Generator, int], float]:
    return lambda random, replications: s.actions_judged(random, replications, **world)[place]  # type: ignore[arg-type]


def claims() -> tuple[Claim, ...]:
    """Every claim, in the order of the appendix."""
    return (
        _coverage(
            "share of released counts",
            "12 months of 100, share .12",
            s.share_coverage,
            share=0.12,
            n=100,
            months=12,
            spread=0.0,
        ),
        _coverage(
            "share of released counts",
            "12 months of 100, share .12, months vary",
            s.share_coverage,
            share=0.12,
            n=100,
            months=12,
            spread=0.3,
        ),
        _coverage(
            "share of released counts",
            "1 month of 200, share .90",
            s.share_coverage,
            share=0.90,
            n=200,
            months=1,
            spread=0.0,
        ),
        _coverage(
            "rate of released counts",
            "12 months of 60, months vary by .15",
            s.rate_coverage,
            mean=60.0,
            months=12,
            spread=0.15,
        ),
        _coverage(
            "rate of released counts",
            "12 months of 200, months vary by .15",
            s.rate_coverage,
            mean=200.0,
            months=12,
            spread=0.15,
        ),
        _coverage("share over officers", "40 officers who differ", s.cluster_coverage, officers=40, clustered=True),
        Claim(
            "share over rows (not used)",
            "40 officers who differ",
            "coverage of 95% intervals",
            0.0,
            0.85,
            partial(s.cluster_coverage, officers=40, clustered=False),
        ),
        _coverage("difference of shares", "30 against 120", s.difference_coverage, n=30),
        _coverage("difference of shares", "400 against 1,600", s.difference_coverage, n=400),
        *(
            Claim(
                "partial pooling",
                f"{teams} teams, {hits} hits each, spread {tau}",
                "coverage of 95% intervals",
                0.92,
                1.0,
                partial(s.pooled_coverage, teams=teams, hits=hits, tau=tau),
                cost=4,
            )
            for teams, hits, tau in (
                (6, 4, 0.15),
                (12, 4, 0.0),
                (12, 12, 0.4),
                (12, 40, 0.15),
                (50, 4, 0.4),
                (50, 12, 0.15),
            )
        ),
        *(
            Claim(
                "label of a team",
                f"{teams} teams, one in ten differs, spread {tau}",
                "wrong among 'clearly'",
                0.0,
                0.05,
                partial(s.label_errors, teams=teams, tau=tau),
                cost=5,
            )
            for teams, tau in ((12, 0.1), (50, 0.1))
        ),
        *(
            Claim(
                "funnel with false discovery",
                f"{teams} ordinary teams, spread {tau}",
                "any signal",
                0.0,
                0.12,
                partial(s.funnel_any, teams=teams, tau=tau),
            )
            for teams, tau in ((12, 0.0), (12, 0.1), (50, 0.1), (200, 0.1))
        ),
        *(
            Claim(
                "effect of an action",
                f"{teams} teams, {acting} acting, {name}",
                quantity,
                low,
                high,
                _acted(place, teams=teams, acting=acting, effect=effect, after_worst=worst),
                cost=2,
            )
            for teams, acting, name, quantity, place, effect, worst, low, high in (
                (4, 1, "no effect", "rejects a true null", 0, 0.0, False, 0.0, 0.07),
                (12, 4, "no effect", "rejects a true null", 0, 0.0, False, 0.0, 0.07),
                (12, 4, "no effect, begun after the worst quarter", "rejects a true null", 0, 0.0, True, 0.0, 0.07),
                (12, 1, "no effect, begun after the worst quarter", "rejects a true null", 0, 0.0, True, 0.0, 0.07),
                (12, 4, "share from .60 to .67", "finds what is there", 0, 0.3, False, 0.9, 1.0),
                (12, 4, "share from .60 to .67", "coverage of 95% intervals", 1, 0.3, False, 0.92, 1.0),
                (40, 12, "share from .60 to .67", "finds what is there", 0, 0.3, False, 0.95, 1.0),
            )
        ),
        *(
            Claim(
                "line by month",
                f"a page with two judged lines, {mean} a month, extra variation {cv}, rho {rho}",
                "any false signal in a year",
                0.0,
                most,
                partial(s.page_alarms, mean=mean, cv=cv, rho=rho),
                cost=4,
            )
            for mean, cv, rho, most in (
                (100, 0.12, 0.3, 0.10),
                (300, 0.12, 0.3, 0.10),
                (300, 0.05, 0.3, 0.10),
                (300, 0.12, 0.5, 0.20),
                (300, 0.18, 0.3, 0.20),
            )
        ),
        *(
            Claim(
                "line by month",
                f"300 a month, {name}, after {before} months, within 12 months",
                "finds what is there",
                least,
                1.0,
                partial(s.line_found, mean=300, before=before, shift=shift, is_share=is_share),
                cost=4,
            )
            for name, shift, is_share, before, least in (
                ("20% more", 0.2, False, 12, 0.6),
                ("20% fewer", -0.2, False, 12, 0.7),
                ("20% more", 0.2, False, 18, 0.7),
                ("share from .60 to .50", -0.1, True, 12, 0.8),
            )
        ),
        *(
            Claim(
                "line by month",
                f"300 a month, {name} since {after} months",
                "signal on the page",
                least,
                1.0,
                partial(
                    s.line_found,
                    mean=300,
                    before=18,
                    shift=shift,
                    is_share=False,
                    after=after,
                    lately=Policy().chart_signal_months,
                ),
                cost=4,
            )
            for name, shift, after, least in (
                ("40% more", 0.4, 6, 0.75),
                ("40% more", 0.4, 12, 0.75),
                ("20% more", 0.2, 12, 0.35),
            )
        ),
        *_of_evidence(),
        Claim(
            "repeats above chance",
            "no follow-ups",
            "says more than chance",
            0.0,
            0.05,
            _repeats(0, follow_up=0.0),
            cost=4,
        ),
        Claim(
            "repeats above chance",
            "seven in a hundred checks are followed up",
            "finds what is there",
            0.95,
            1.0,
            _repeats(0, follow_up=0.07),
            cost=8,
        ),
        Claim(
            "repeats above chance",
            "seven in a hundred checks are followed up",
            "coverage of 95% intervals",
            0.92,
            1.0,
            _repeats(1, follow_up=0.07),
            cost=8,
        ),
        *_of_groups(),
    )


def _of_evidence() -> tuple[Claim, ...]:
    """Claims of coverage and corrected yield: as published, in whole percents."""
    equal, apart = e.EQUAL, e.APART
    worlds = (
        ("equal .6, 120 checks seen, 4 teams", equal),
        (".85/.57, 60 checks seen, 4 teams", replace(apart, seen=60.0)),
        (".85/.57, 240 checks seen, officers differ by 1", replace(apart, seen=240.0, habit=1.0)),
    )
    names = {"coverage": "coverage", "corrected yield": "corrected_yield"}
    return (
        *(
            _coverage(method, name, e.promise, cost=4, quantity=f"cover {measure}", world=world)
            for method, measure in names.items()
            for name, world in worlds
        ),
        *(
            _errors(
                "direction of the yield",
                f"{worlds[0][0]}, {side.replace('_', ' ')}",
                e.promise,
                cost=4,
                quantity=side,
                world=equal,
            )
            for side in ("too_high", "too_low")
        ),
        _power("direction of the yield", worlds[1][0], e.promise, 0.85, quantity="too_high", world=worlds[1][1]),
        Claim(
            "change of coverage",
            "no change, 4 sheets a month",
            "says a rise",
            0.0,
            0.08,
            partial(e.agreement_said, quantity="rise", sheets_a_month=4, after=0.57),
            8,
        ),
        Claim(
            "change of coverage",
            "from .57 to .75, 4 sheets a month",
            "finds what is there",
            0.7,
            1.0,
            partial(e.agreement_said, quantity="rise", sheets_a_month=4, after=0.75),
            8,
        ),
    )


def _of_groups() -> tuple[Claim, ...]:
    """Claims of the methods that compare groups."""
    fires, silent = "says that the bar is lower", "fires where nothing can be"
    test = partial(d.robust_fires, bar=0.10, signal=1.5)
    return (
        *(
            _coverage(
                "veil of darkness",
                name,
                d.veil_coverage,
                cost=2,
                **{"checks": 4_083, "effect": 0.0, "season": 0.0, "day_sd": 0.0} | world,
            )
            for name, world in (
                ("no effect", {}),
                ("light 1.35 times", {"effect": 0.3}),
                ("seasons differ", {"season": 0.3}),
                ("days differ", {"checks": 8_157, "day_sd": 0.5}),
            )
        ),
        _errors(
            "veil of darkness",
            "seasons differ",
            d.veil_rejects,
            cost=2,
            checks=4_083,
            effect=0.0,
            season=0.3,
            with_season=True,
        ),
        Claim(
            "veil without season terms (not used)",
            "seasons differ",
            "rejects a true null",
            0.5,
            1.0,
            partial(d.veil_rejects, checks=4_083, effect=0.0, season=0.3, with_season=False),
            cost=2,
        ),
        _power(
            "veil of darkness",
            "8,157 checks, light 1.65 times",
            d.veil_rejects,
            0.7,
            checks=8_157,
            effect=0.5,
            season=0.0,
            with_season=True,
        ),
        *(
            Claim(
                "internal benchmark",
                f"{teams} teams, residents {error} off on the logit",
                quantity,
                low,
                high,
                _internal(place, teams=teams, share_error=error),
                cost=2,
            )
            for teams, error in ((4, 0.0), (4, 0.4), (20, 0.0), (20, 0.4))
            for place, quantity, low, high in (
                (0, "coverage of 95% intervals", 0.93, 1.0),
                (1, "says a difference of a team without one", 0.0, 0.05),
            )
        ),
        Claim(
            "internal benchmark",
            "20 teams, residents 0.4 off on the logit, odds three times",
            "finds what is there",
            0.8,
            1.0,
            _internal(2, teams=20, share_error=0.4, effect=math.log(3)),
            cost=2,
        ),
        _coverage("benchmark ratio", "12 teams alike", d.benchmark_coverage, teams=12, spread=0.0),
        _coverage("benchmark ratio", "50 teams that differ by .2", d.benchmark_coverage, teams=50, spread=0.2),
        _coverage("stratified odds", "60 strata of 20 and 40", d.odds_coverage, strata=60, checks=20),
        *(
            Claim("robust test", world, fires, 0.0, 0.05, partial(test, risk=risk, only_outcome=False))
            for world, risk in (
                ("fair, same risk", 0.085),
                ("fair, group of higher risk", 0.14),
                ("fair, group of lower risk", 0.05),
            )
        ),
        Claim(
            "outcome test alone (not used)",
            "fair, group of lower risk",
            fires,
            0.4,
            1.0,
            partial(test, risk=0.05, only_outcome=True),
        ),
        _power(
            "robust test",
            "bar .06 instead of .10",
            d.robust_fires,
            0.9,
            risk=0.085,
            bar=0.06,
            signal=1.5,
            only_outcome=False,
        ),
        Claim(
            "robust test",
            "fair, but poorer information: it cannot tell",
            fires,
            0.5,
            1.0,
            partial(d.robust_fires, risk=0.085, bar=0.10, signal=1.0, only_outcome=False),
        ),
        Claim(
            "placebo of check rates",
            "12 teams, months with their own luck",
            silent,
            0.0,
            0.07,
            partial(d.released_placebo_fires, of_results=False),
        ),
        Claim(
            "placebo of results",
            "12 teams, months with their own luck",
            silent,
            0.0,
            0.07,
            partial(d.released_placebo_fires, of_results=True),
        ),
        *(
            Claim(
                f"placebo of {name}",
                "12 teams, months with their own luck",
                silent,
                0.0,
                0.07,
                partial(d.fine_placebo_fires, of_results=of_results),
                cost=cost,
            )
            for name, of_results, cost in (("the internal benchmark", False, 2), ("the stratified odds", True, 4))
        ),
        Claim(
            "placebo of the veil",
            "4,000 checks, seasons and days differ",
            silent,
            0.0,
            0.07,
            d.veil_placebo_fires,
            cost=2,
        ),
    )


def appendix(*, replications: int, seed: int, only: Sequence[str] = ()) -> pl.DataFrame:
    """Run every claim, or those of the methods whose name holds one of ``only``.

    Args:
        replications: Worlds per claim; costly claims take fewer.
        seed: Of the generator; each claim has its own stream.
        only: Parts of names of methods; all methods when there are none.

    Returns:
        method, scenario, quantity, value, low, high (the promise), replications, error (Monte-Carlo, 2 sd),
        kept (the value plus or minus that error reaches the promise).
    """
    rows = []
    for place, claim in enumerate(claims()):
        if only and not any(part in claim.method for part in only):
            continue
        count = max(claim.least, replications // claim.cost)
        value = float(claim.measure(np.random.default_rng([seed, place]), count))
        share = min(max(value, 1 / count), 1 - 1 / count) if value <= 1 else 0.5
        error = 2 * float(np.sqrt(share * (1 - share) / count))
        rows.append(
            {
                "method": claim.method,
                "scenario": claim.scenario,
                "quantity": claim.quantity,
                "value": round(value, 3),
                "low": claim.low,
                "high": claim.high,
                "replications": count,
                "error": round(error, 3),
                "kept": claim.low - error <= value <= claim.high + error,
            }
        )
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
