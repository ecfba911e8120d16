"""Pages of districts with a known truth: what they say that is not so, what they say of what is, and whether they agree.

    python benchmarks/pages.py [--districts 200] [--processes 2] [--only PART ...]

Each district goes from exact cells through disclosure and statistics to the claims that its pages are rendered from;
no figure is drawn. Writes ``benchmarks/pages.json``, and ``benchmarks/pages.md`` of the newest run of every world.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

# a script's own folder comes first on the path, where 'statistics' of this folder would hide the standard module
sys.path[:] = [folder for folder in sys.path if Path(folder or ".").resolve() != Path(__file__).parent]
sys.path.insert(0, str(Path(__file__).parents[1]))
if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # small tables: threads cost more than they save

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
from scipy.stats import beta  # noqa: E402

from benchmarks.appendix import shipped_appendix  # noqa: E402
from benchmarks.districts import LAST, District, Truth, World, district_of  # noqa: E402
from meos_pipeline.contracts.findings import FINDINGS  # noqa: E402
from meos_pipeline.disclosure.door import passed  # noqa: E402
from meos_pipeline.disclosure.gate import let_findings  # noqa: E402
from meos_pipeline.disclosure.groups import shown_groups  # noqa: E402
from meos_pipeline.disclosure.ledger import Ledger  # noqa: E402
from meos_pipeline.disclosure.publishable import Publishable  # noqa: E402
from meos_pipeline.disclosure.release import release  # noqa: E402
from meos_pipeline.policy import Policy  # noqa: E402
from meos_pipeline.reporting import a4, district, team_page  # noqa: E402
from meos_pipeline.reporting.checking import breaches  # noqa: E402
from meos_pipeline.reporting.claims import Claim, Passage, Says  # noqa: E402
from meos_pipeline.reporting.measures import A_QUARTER  # noqa: E402
from meos_pipeline.reporting.render import blocks_of  # noqa: E402
from meos_pipeline.reporting.results import results_by_team  # noqa: E402
from meos_pipeline.reporting.site import House  # noqa: E402
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of  # noqa: E402
from meos_pipeline.reporting.words import Words, read_words  # noqa: E402
from meos_pipeline.settings import Site  # noqa: E402
from meos_pipeline.statistics import all_statistics  # noqa: E402
from meos_pipeline.statistics.run import findings_of_one  # noqa: E402
from meos_pipeline.statistics.statistic import Context, Gate  # noqa: E402
from meos_pipeline.storage.paths import shipped  # noqa: E402

RESULT = Path(__file__).with_suffix(".json")
"""Counts of the newest run of each world: shipped and published."""
SAYING = (
    "action_effect",
    "benchmark_ratio",
    "control_chart",
    "coverage",
    "coverage_change",
    "coverage_direction",
    "dossier_complete",
    "explanation_given",
    "funnel",
    "internal_benchmark",
    "multiverse",
    "objective_ground",
    "repeat_excess",
    "repeat_persons",
    "robust_test",
    "stratified_odds",
    "timeliness",
    "veil_of_darkness",
    "yield_corrected",
)
"""Statistics whose findings become claims of a page that can be wrong; the others describe, and are not run here."""
DIRECTED = (Says.DIFFERENCE, Says.INDICATION)
COVERED = (("coverage", ""), ("coverage", "with_result"), ("coverage", "without_result"), ("yield_corrected", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One truth that pages should tell."""

    measure: str
    group: str = ""
    only_first: bool = True
    """Of the first team; otherwise of every team."""
    method: tuple[str, str, str]
    """Row of the appendix, by method, world and quantity, that tells how often the method alone finds as much."""

    def power(self) -> float:
        """How often the method alone finds it, in the shipped appendix."""
        columns = dict(zip(("method", "scenario", "quantity"), self.method, strict=True))
        return float(
            shipped_appendix().row(
                by_predicate=pl.all_horizontal(pl.col(c) == v for c, v in columns.items()), named=True
            )["value"]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A kind of district, and what is true of it."""

    name: str
    world: World
    planted: tuple[Planted, ...] = ()


FOUND = "finds what is there"
APART = World(coverage=(0.85, 0.57), spread=(0.3, 0.2))
SCENARIOS = (
    Scenario(name="nothing, 4 teams", world=World()),
    Scenario(name="nothing, 12 teams", world=World(teams=12)),
    Scenario(
        name="recorded .85 with a result, .57 without",
        world=APART,
        planted=(
            Planted(
                measure="coverage_direction",
                only_first=False,
                method=("direction of the yield", ".85/.57, 60 checks seen, 4 teams", FOUND),
            ),
        ),
    ),
    Scenario(
        name="an agreement: .57 to .75 without a result",
        world=World(coverage=(0.85, 0.57), spread=(0.3, 0.2), after=0.75),
        planted=(
            Planted(
                measure="coverage_change", method=("change of coverage", "from .57 to .75, 4 sheets a month", FOUND)
            ),
        ),
    ),
    Scenario(
        name="12 teams, one checks men at 4 times the odds",
        world=World(teams=12, odds=4.0),
        planted=(
            Planted(
                measure="internal_benchmark",
                group="sex=male",
                method=("internal benchmark", "20 teams, residents 0.4 off on the logit, odds three times", FOUND),
            ),
        ),
    ),
    Scenario(
        name="40 % more checks for the last six months",
        world=World(level=1.4),
        planted=(
            Planted(
                measure="registrations_per_100_shifts",
                method=("line by month", "300 a month, 40% more since 6 months", "signal on the page"),
            ),
        ),
    ),
    Scenario(
        name="7 in 100 checks are follow-ups",
        world=World(follow_up=0.07),
        planted=(
            Planted(
                measure="repeat_excess",
                only_first=False,
                method=("repeats above chance", "seven in a hundred checks are followed up", FOUND),
            ),
        ),
    ),
)


@cache
def report_words() -> Words:
    """Dutch words, as pages have them first."""
    return Words(read_words(shipped("reports")), "nl")


def published(made: District) -> Publishable:
    """What may be said of a district: its cells through the door, its findings through the gate."""
    policy = Policy()
    people = made.companions["population"], made.companions["organisation"]
    released = release(
        made.cells,
        made.officers,
        policy,
        rounding_key=made.key,
        ledger=Ledger(),
        published_until=LAST,
        groups=shown_groups(*people, policy),
    )
    context = Context(policy=policy, month=LAST, teams=made.truth.teams)
    public = {"cells": released.cells, **made.companions}
    exact = {**public, **made.fine, "coverage_sample": made.sheets, "officer_counts": made.officers}
    found = {Gate.RELEASED: [FINDINGS.empty()], Gate.MODEL: [FINDINGS.empty()]}
    for name in SAYING:
        statistic = all_statistics()[name]
        tables = public if statistic.gate is Gate.RELEASED else exact
        found[statistic.gate].append(findings_of_one(statistic, tables, context))
    shown, modelled = (pl.concat(found[gate]) for gate in (Gate.RELEASED, Gate.MODEL))
    return Publishable(
        month=LAST,
        cells=released.cells,
        findings=let_findings(shown, modelled, policy),
        organisation=made.companions["organisation"],
        policy=policy,
        site=Site(fictional=True),
        fingerprint="0",
        made_on=LAST,
        actions=made.companions["team_actions"],
        withheld=passed(released.withheld),
    )


def pages_of(publishable: Publishable) -> dict[str, list[Passage]]:
    """What each page says: of a team its page, its sheet and the pages of its figures; '' is the district."""
    everyone, house, words = results_by_team(publishable), House(), report_words()
    reports = [team_report(team, name, publishable, everyone, words, house) for team, name in teams_of(publishable)]
    pages = {one.team: [*team_page.passages_of(one, blocks_of(one)), *a4.passages_of(one)] for one in reports}
    whole = district_report(publishable, everyone, words, house)
    return pages | {"": district.passages_of(whole, reports, district.blocks_of(whole))}


def side(truth: Truth, claim: Claim) -> int:
    """On which side of its comparison the thing really lies: 1, -1, or 0 where there is no difference."""
    world, is_first = truth.world, claim.team == truth.teams[0]
    is_equal = world.coverage[0] == world.coverage[1]
    with_, without = (truth.of(claim.team, "coverage", f"{name}_result") for name in ("with", "without"))
    recorded = world.level * (1.0 if world.after is None else world.after / world.coverage[1])
    known = {
        "coverage_direction": 0 if is_equal else int(np.sign(with_ - without)),
        "coverage_change": int(world.after is not None and is_first),
        "zero_result_share": int(world.after is not None and is_first),
        "registrations_per_100_shifts": int(np.sign(recorded - 1)) if is_first else 0,
        "repeat_excess": int(world.follow_up > 0),
    }
    if claim.measure == "funnel" and "yield" in claim.part and not is_equal:
        return 1 if claim.is_higher else -1  # recorded yields of teams do differ, as their coverage does
    if claim.measure in {"internal_benchmark", "benchmark_ratio"} and "sex=male" in claim.part:
        of_first = int(np.sign(np.log(world.odds)))
        others = -of_first if claim.measure == "internal_benchmark" else 0
        return of_first if is_first or not claim.team else others
    return known.get(claim.measure, 0)


def judged(made: District, pages: Mapping[str, Sequence[Passage]], case: Scenario) -> Counter[str]:
    """Everything that is counted of one district."""
    count: Counter[str] = Counter({"districts": 1})
    for team, passages in pages.items():
        claims = [claim for passage in passages for _, claim, _ in passage.claims()]
        said = {(c.measure, c.team, c.part, c.period, c.is_higher): c for c in claims if c.says in DIRECTED}
        wrong = [c for c in said.values() if side(made.truth, c) != (1 if c.is_higher else -1)]
        count["pages"] += 1
        count["differences"] += len(said)
        count["false"] += len(wrong)
        count["pages with a false one"] += bool(wrong)
        count.update(f"false: {name}" for name in {c.measure for c in wrong})
        count.update(_broken(passages))
        if team:
            count["team pages"] += 1
            count["team pages with a false one"] += bool(wrong)
            count.update(_covered(made.truth, claims, team))
            for one in case.planted:
                count.update(_told(made.truth, list(said.values()), one, team))
    everything = [passage for passages in pages.values() for passage in passages]
    count["contradictions"] += sum(rule == "contradiction" for rule, _ in breaches(everything))
    return count


def _broken(passages: Sequence[Passage]) -> dict[str, int]:
    """What the statement check would refuse, by rule; contradictions are looked for over all pages at once."""
    return dict(Counter(f"refused: {rule}" for rule, _ in breaches(passages) if rule != "contradiction"))


def _covered(truth: Truth, claims: Sequence[Claim], team: str) -> dict[str, int]:
    """How many margins of coverage and yield are printed, and hold the truth, in whole percents."""
    count: Counter[str] = Counter()
    told = {
        (c.measure, c.part): c for c in claims if c.team == team and (c.measure, c.part) in COVERED and not c.is_beside
    }
    for (measure, part), claim in told.items():
        is_of_window = (claim.period[1] - claim.period[0]).days > A_QUARTER
        if claim.lower is None or claim.upper is None or not is_of_window:
            continue
        count["margins"] += 1
        count["margins that hold"] += claim.lower <= round(truth.of(team, measure, part), 2) <= claim.upper
    return dict(count)


def _told(truth: Truth, said: Sequence[Claim], one: Planted, team: str) -> dict[str, int]:
    if one.only_first and team != truth.teams[0]:
        return {}
    sides = {
        (1 if c.is_higher else -1) == side(truth, c)
        for c in said
        if c.measure == one.measure and c.team == team and one.group in c.part
    }
    how = "wrongly" if False in sides else "rightly" if True in sides else "not"
    return {f"{how}: {one.measure}": 1}


def run(seed: int, case: Scenario, numbers: Sequence[int]) -> Counter[str]:
    """Make and judge the districts with these numbers; each has a stream of its own."""
    total: Counter[str] = Counter()
    for number in numbers:
        start = time.process_time()
        made = district_of(np.random.default_rng([seed, SCENARIOS.index(case), number]), case.world)
        total += judged(made, pages_of(published(made)), case)
        total["cpu_ms"] += round(1000 * (time.process_time() - start))
    return total


def upper_bound(found: int, number: int) -> float:
    """One-sided upper 95 % bound of a share (Clopper & Pearson 1934)."""
    return 1.0 if found >= number else float(beta.ppf(0.95, found + 1, number - found))


def table(results: Mapping[str, Mapping[str, int]]) -> str:
    """The counts as tables for the docs."""
    heads = (
        "what is true",
        "districts",
        "pages",
        "false difference or signal",
        "by",
        "contradictions",
        "empty verdicts",
        "periods that differ",
        "margins that hold",
        "CPU s",
    )
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for name, count in results.items():
        get = partial(_get, count)
        by = ", ".join(
            f"{key.removeprefix('false: ')} {n}" for key, n in sorted(count.items()) if key.startswith("false: ")
        )
        lines.append(
            f"| {name} | {get('districts')} | {get('pages')} "
            f"| {get('pages with a false one') / get('pages'):.3f} | {by or '–'} "
            f"| {get('contradictions')} | {get('refused: empty verdict')} | {get('refused: several periods')} "
            f"| {get('margins that hold') / max(get('margins'), 1):.3f} | {get('cpu_ms') / 1000 / get('districts'):.1f} |"
        )
    lines += [
        "",
        "| what is planted | said of it | power of the method | pages | rightly | wrongly (at most) | not |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for case in SCENARIOS:
        for one in case.planted if case.name in results else ():
            right, wrong, silent = (
                _get(results[case.name], f"{how}: {one.measure}") for how in ("rightly", "wrongly", "not")
            )
            number = max(right + wrong + silent, 1)
            lines.append(
                f"| {case.name} | {one.measure} | {one.power():.2f} | {number} | {right / number:.3f} "
                f"| {wrong / number:.3f} ({upper_bound(wrong, number):.3f}) | {silent / number:.3f} |"
            )
    return "\n".join(lines) + "\n"


def _get(count: Mapping[str, int], key: str) -> int:
    return int(count.get(key, 0))


def measured(case: Scenario, districts: int, *, seed: int, processes: int) -> Counter[str]:
    """Counts over so many districts."""
    if processes == 1:
        return run(seed, case, range(districts))
    parts = [range(first, districts, processes) for first in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        work: Callable[[Sequence[int]], Counter[str]] = partial(run, seed, case)
        return sum(pool.map(work, parts), Counter())


def shipped_pages() -> dict[str, dict[str, int]]:
    """Counts of the newest run of each world."""
    found: dict[str, dict[str, int]] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--districts", type=int, default=200)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--only", nargs="*", default=[], help="worlds whose name holds one of these; others stay")
    options = parser.parse_args()
    for case in SCENARIOS:
        if options.only and not any(part in case.name for part in options.only):
            continue
        found = measured(case, options.districts, seed=options.seed, processes=options.processes)
        results = shipped_pages() | {case.name: dict(sorted(found.items()))}
        print(json.dumps({case.name: results[case.name]}))
        ordered = {one.name: results[one.name] for one in SCENARIOS if one.name in results}
        RESULT.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
        text = f"# What pages say of districts with a known truth\n\n{table(ordered)}"
        RESULT.with_suffix(".md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
