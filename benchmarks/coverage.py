"""Worlds with a known coverage: what the published figures of coverage and yield keep, as a table.

    python benchmarks/coverage.py [--replications 40]

Writes ``benchmarks/coverage.md``. A replication is a district of four teams; with other numbers of teams about as many
teams are drawn, and four times as many districts for an agreement, which one team has. 'ms' is
CPU time of the model alone. The error of a share of .95 over 160 teams is .017.
"""

import argparse
import sys
from pathlib import Path

# a script's own folder comes first on the path, where 'statistics' of this folder would hide the standard module
sys.path[:] = [folder for folder in sys.path if Path(folder or ".").resolve() != Path(__file__).parent]
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

from benchmarks import simulations_evidence as e  # noqa: E402

HEAD = (
    "| world | teams | cover: with / without / all / yield / at most | half width: coverage, yield "
    "| said too high / too low | contradictions | ms a team |\n|---|---|---|---|---|---|---|\n"
)


def row(name: str, world: e.World, replications: int) -> str:
    """One line of the table."""
    districts = max(1, round(replications * 4 / world.teams))
    found = e.measured(np.random.default_rng(7), districts, world)
    cover = " / ".join(f"{found[f'cover {name}']:.2f}" for name in (*e.MEASURES, "outer"))
    return (
        f"| {name} | {districts * world.teams} | {cover} | ± {found['width coverage'] / 2:.2f}, "
        f"± {found['width corrected_yield'] / 2:.3f} | {found['too_high']:.3f} / {found['too_low']:.3f} "
        f"| {found['contradictions']:.3f} | {found['ms']:.0f} |\n"
    )


def agreements(replications: int) -> str:
    """How often a change around an agreement is said, by the number of sheets a month and where in a quarter it began."""
    lines = "\n| sheets a month | after the agreement | of its quarter was over | said rise / fall | cover |\n"
    lines += "|---|---|---|---|---|\n"
    for sheets, after, into in ((s, a, i) for s in (2, 4) for a in (0.57, 0.75) for i in (0.0, 1 / 3)):
        found = e.agreement(np.random.default_rng(3), replications, sheets_a_month=sheets, after=after, into=into)
        change = "no change" if after == 0.57 else ".57 to .75"
        said = f"{found['rise']:.2f} / {found['fall']:.2f}"
        lines += f"| {sheets} | {change} | {'a third' if into else 'nothing'} | {said} | {found['cover']:.2f} |\n"
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=40)
    replications = parser.parse_args().replications
    target = Path(__file__).with_suffix(".md")
    text = f"# Coverage and yield in worlds with a known truth\n\n{HEAD}"
    for name, world in e.worlds():
        text += row(name, world, replications)
        target.write_text(text, encoding="utf-8")
    target.write_text(text + agreements(4 * replications), encoding="utf-8")


if __name__ == "__main__":
    main()
