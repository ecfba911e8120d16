"""Entropy balancing: weights that give a comparison group the circumstances of a team."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LARGEST_MEAN_DIFFERENCE = 0.05
"""In standard deviations; above it the comparison does not have the team's circumstances."""
FEWEST_EFFECTIVE = 200.0
"""Checks that the weighted comparison is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Weights per cell of the comparison, summing to 1, and how well they do."""

    weights: Floats
    effective: float
    """Checks of equal weight that would give the same precision (Kish)."""
    largest_difference: float
    """Largest standardised difference between the team's and the weighted means."""

    @property
    def comparable(self) -> bool:
        """Whether the comparison has the team's circumstances and is worth enough."""
        return self.largest_difference <= LARGEST_MEAN_DIFFERENCE and self.effective >= FEWEST_EFFECTIVE


def entropy_balance(design: Floats, counts: Floats, target: Floats) -> Balance:
    """Weights nearest to ``counts`` (in entropy) whose means of the covariates equal the target.

    Newton steps on the dual. A target outside what the comparison can reach has no solution; the weights then
    miss it, which ``largest_difference`` tells.

    Source: Hainmueller, Political Analysis 20 (2012) 25-46.

    Args:
        design: Covariates of the comparison cells ``(cells, moments)``.
        counts: Checks per cell; cells with 0 get weight 0.
        target: Means of the team ``(moments,)``.
    """
    used = counts > 0
    if not used.any():
        return Balance(weights=np.zeros(counts.size), effective=0.0, largest_difference=np.inf)
    base = counts[used] / counts[used].sum()
    mean = base @ design[used]
    spread = np.sqrt(base @ (design[used] - mean) ** 2)
    varies = spread > 1e-9
    missed = float(np.abs(target - mean)[~varies].max(initial=0.0))
    z = (design[used][:, varies] - target[varies]) / spread[varies]
    weights = _solve(z, base)
    whole = np.zeros(counts.size)
    whole[used] = weights
    difference = float(np.abs(weights @ z).max(initial=0.0))
    # Cells are many checks: the weight of one check is the cell's weight over its count.
    effective = 1 / float((weights**2 / counts[used]).sum())
    return Balance(
        weights=whole,
        effective=effective,
        largest_difference=np.inf if missed > 1e-6 else difference if np.isfinite(difference) else np.inf,
    )


def _solve(z: Floats, base: Floats) -> Floats:
    multiplier = np.zeros(z.shape[1])
    weights, value = base, 0.0
    for _ in range(50):
        gradient = weights @ z
        if np.abs(gradient).max(initial=0.0) < 1e-9:
            break
        hessian = (z * weights[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(hessian + 1e-10 * np.eye(z.shape[1]), -gradient, rcond=None)[0]
        factor = 1.0
        while factor > 1e-6:
            tried, now = _tilted(z, base, multiplier + factor * step)
            if now <= value + 1e-4 * factor * float(gradient @ step):
                break
            factor /= 2
        else:
            break
        multiplier, weights, value = multiplier + factor * step, tried, now
        if np.abs(multiplier).max() > 200:
            break
    return weights


def _tilted(z: Floats, base: Floats, multiplier: Floats) -> tuple[Floats, float]:
    """Weights proportional to base times exp(z multiplier), and the dual they minimise."""
    exponent = z @ multiplier
    top = exponent.max()
    raw = base * np.exp(exponent - top)
    return raw / raw.sum(), float(top + np.log(raw.sum()))
