"""Which shifts to join, how many, and what a sheet then stands for. Pure functions; ``meos plan`` and pages call them.

The draw is in proportion to checks, so a check on a drawn sheet stands for as many others wherever it was: the weight
of the draw itself is not used in an estimate (tried: rmse the same, .055 against .054, nights missed). What was drawn
and not joined is: with nights joined in 40% of cases, 48 sheets and nights recorded one logit less, intervals hold the
truth in 88% without weights, in 93% with recorded checks as weights and in 96% with ``happened_per_block``.

``sheets_for_width`` and ``sheets_for_direction`` say how many sheets a year are needed; ``sheets_needed`` says it
from the margin that there is; ``draw_shifts`` draws next month's shifts; ``block_weights`` says what a sheet stands
for when nights were joined less often than they were drawn. The busiest shift is never advised: coverage differs
between blocks, and always joining one block measures that block (rmse .132 against .064 by a draw).
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats, normal_quantile

LOGISTIC_VARIANCE = math.pi**2 / 3
"""Variance of a standard logistic: what one check adds on the scale of the sheet effect."""
SMOOTHING = 4.0
"""Checks that the coverage of all blocks counts for beside those of one."""
LARGEST_WEIGHT = 4.0
"""Medians; a heavier sheet counts for this much, so one night does not decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBlock:
    """Shifts that begin in one block of one day."""

    day: date
    block: str
    shifts: float
    """Planned shifts; 0 when none begins."""
    checks: float
    """Checks expected on one such shift: recorded ones divided by coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnShift:
    """A shift to join, or to hold in reserve."""

    day: date
    block: str
    is_reserve: bool
    weight: float
    """Shifts of the month that it stands for: one over the chance that this very shift was drawn."""


def design_effect(*, habit: float, checks_per_sheet: float) -> float:
    """How many times as many checks are needed because those of one sheet are alike (Rao & Scott 1992).

    Args:
        habit: Sd of the sheet effect on the logit scale.
        checks_per_sheet: Checks of the kind in question on one sheet.
    """
    alike = habit**2 / (habit**2 + LOGISTIC_VARIANCE)
    return 1 + max(checks_per_sheet - 1, 0) * alike


def sheets_for_width(
    half_width: float,
    *,
    coverage: float,
    share_with_result: float,
    checks_per_sheet: float,
    habit: float,
    confidence_level: float = 0.95,
) -> int:
    """Sheets after which coverage of checks without a result is known to within ``half_width``.

    deff · z² c(1-c) / (h² n₀), with n₀ checks without a result on a sheet. It is an upper figure: a district of
    teams that share a model needs fewer.

    Args:
        half_width: Wanted half of the interval, as a share.
        coverage: Coverage of checks without a result, in (0, 1).
        share_with_result: Share of checks with a result.
        checks_per_sheet: Checks on one sheet.
        habit: Sd of the sheet effect on the logit scale; 1 before any sheet.
        confidence_level: Of the interval.
    """
    per_sheet = checks_per_sheet * (1 - share_with_result)
    checks = normal_quantile(confidence_level) ** 2 * coverage * (1 - coverage) / half_width**2
    return math.ceil(design_effect(habit=habit, checks_per_sheet=per_sheet) * checks / per_sheet)


def sheets_for_direction(
    with_result: float,
    without_result: float,
    *,
    certain: float,
    power: float,
    share_with_result: float,
    checks_per_sheet: float,
) -> int:
    """Sheets after which a difference between the two coverages is named with the wanted chance.

    (z_certain + z_power)² [1/(m y c₁(1-c₁)) + 1/(m(1-y) c₀(1-c₀))] / (logit c₁ - logit c₀)²: a sheet's habit is in
    both coverages, so it leaves the difference.

    Args:
        with_result: Coverage of checks with a result, in (0, 1).
        without_result: Coverage without, another one.
        certain: Probability from which a side is named.
        power: Chance that it then is.
        share_with_result: Share of checks with a result.
        checks_per_sheet: Checks on one sheet.
    """
    normal = NormalDist()
    per_sheet = sum(
        1 / (checks_per_sheet * share * coverage * (1 - coverage))
        for share, coverage in ((share_with_result, with_result), (1 - share_with_result, without_result))
    )
    gap = math.log(with_result / (1 - with_result)) - math.log(without_result / (1 - without_result))
    return math.ceil((normal.inv_cdf(certain) + normal.inv_cdf(power)) ** 2 * per_sheet / gap**2)


def sheets_needed(sheets: int, half_width: float, *, wanted: float) -> tuple[int, int]:
    """Sheets a year for the wanted half width, from the one that there is: at least and at most.

    Width falls with the square root of the number of sheets; other teams help, so half of it may do.

    Args:
        sheets: Sheets in the window now, at least 1.
        half_width: Half of the interval now.
        wanted: Half of the interval wanted.
    """
    most = math.ceil(sheets * (half_width / wanted) ** 2)
    return math.ceil(most / 2), most


def draw_shifts(
    blocks: Sequence[PlannedBlock], *, number: int, reserves: int, team: str, month: date
) -> list[DrawnShift]:
    """Draw shifts of a month, each block with a chance in proportion to the checks expected in it.

    Systematic sampling in a random order (Madow 1949): without replacement, with the chances exactly in proportion
    (at most 1). The draw of a team and month is always the same. Blocks where no check is expected are never drawn.

    Args:
        blocks: Shifts planned, per day and block.
        number: Shifts to join.
        reserves: Further ones, for those that cannot be joined.
        team: Slug.
        month: First day of the month.

    Returns:
        The shifts in the order of their dates, then the reserves in the order to try them; fewer when there are
        not as many blocks.
    """
    possible = [block for block in blocks if block.shifts > 0 and block.checks > 0]
    wanted = min(number + reserves, len(possible))
    if not wanted:
        return []
    seed = hashlib.sha256(f"{team}:{month:%Y-%m}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    size = np.array([block.shifts * block.checks for block in possible])
    chance = inclusion(size, wanted)
    order = random.permutation(len(possible))
    ends = np.cumsum(chance[order])
    places = np.searchsorted(ends, random.random() + np.arange(wanted), side="right")
    drawn = random.permutation(order[np.minimum(places, len(order) - 1)])
    first = min(number, wanted)
    share = first / wanted
    made = [
        DrawnShift(
            day=possible[at].day,
            block=possible[at].block,
            is_reserve=place >= first,
            weight=float(possible[at].shifts / (chance[at] * share)),
        )
        for place, at in enumerate(drawn.tolist())
    ]
    joined = sorted((shift for shift in made if not shift.is_reserve), key=lambda shift: (shift.day, shift.block))
    return [*joined, *(shift for shift in made if shift.is_reserve)]


def inclusion(size: ArrayLike, number: int) -> Floats:
    """Chances in proportion to size that sum to ``number``; what would be above 1 is 1, and the others share the rest.

    Args:
        size: Above 0, at least ``number`` of them.
        number: Units drawn.
    """
    sizes = np.asarray(size, dtype=float)
    chance = np.zeros(len(sizes))
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        rest = number - int(certain.sum())
        chance = np.where(certain, 1.0, rest * sizes / max(float(sizes[~certain].sum()), 1e-300))
        over = ~certain & (chance > 1)
        if not over.any():
            return np.asarray(chance)
        certain |= over


def block_weights(blocks: Sequence[str | None], seen: ArrayLike, expected: Mapping[str, float]) -> Floats:
    """What one check on each sheet stands for: the share its block should have, over the share it has among those seen.

    A sheet without a block, or of a block of which nothing is expected, weighs 1, and so do all sheets when only
    one block was joined: what nobody saw cannot be weighed.

    Args:
        blocks: Block of each sheet.
        seen: Checks on each sheet.
        expected: Checks expected per block, in any unit.
    """
    number = np.asarray(seen, dtype=float)
    joined = {block for block in blocks if block is not None and expected.get(block, 0.0) > 0}
    weight = np.ones(len(number))
    of_block = {block: np.array([one == block for one in blocks], dtype=bool) for block in sorted(joined)}
    known = sum((float(number[mask].sum()) for mask in of_block.values()), 0.0)
    total = sum(expected[block] for block in of_block)
    for block, mask in of_block.items():
        share = float(number[mask].sum()) / known if known else 0.0
        if share > 0:
            weight[mask] = expected[block] / total / share
    return weight


def happened_per_block(
    recorded: Mapping[str, float], blocks: Sequence[str | None], seen: ArrayLike, in_meos: ArrayLike
) -> dict[str, float]:
    """Checks that took place per block: recorded ones, divided by the block's own coverage on the sheets.

    Recorded ones alone would give a block that is recorded badly too little weight. The coverage of a block leans on
    that of all blocks with ``SMOOTHING`` checks.

    Args:
        recorded: Recorded checks per block.
        blocks: Block of each sheet.
        seen: Checks on each sheet.
        in_meos: Of these, recorded.
    """
    number, hits = np.asarray(seen, dtype=float), np.asarray(in_meos, dtype=float)
    overall = (hits.sum() + 1) / (number.sum() + 2)
    found = {}
    for block, count in recorded.items():
        mask = np.array([one == block for one in blocks], dtype=bool)
        found[block] = float(count / ((hits[mask].sum() + SMOOTHING * overall) / (number[mask].sum() + SMOOTHING)))
    return found


def likelihood_weights(weight: ArrayLike) -> Floats:
    """Exponents of the sheets' likelihoods: capped, and summing to the number of sheets they are worth, (Σw)²/Σw².

    Args:
        weight: What each sheet stands for; nan where it is not known, which counts as an ordinary one.
    """
    raw = np.asarray(weight, dtype=float)
    known = raw[np.isfinite(raw) & (raw > 0)]
    if not len(known):
        return np.ones(len(raw))
    middle = float(np.median(known))
    capped = np.minimum(np.where(np.isfinite(raw) & (raw > 0), raw, middle), LARGEST_WEIGHT * middle)
    worth = capped.sum() ** 2 / (capped**2).sum()
    return np.asarray(capped * worth / capped.sum())
