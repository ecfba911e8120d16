"""Did what teams began change what it aimed at: their change against that of teams that had not begun."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meos_pipeline.statistics.methods.proportion import Floats

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One team that acts, the months before and after, and the teams that it is set beside."""

    team: int
    """Row of the team."""
    before: Whole
    """Columns of the months before, the guard left out."""
    after: Whole
    controls: Whole
    """Rows of the controls, at least two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Change on the log scale, over all contrasts."""

    estimate: float
    error: float
    degrees: float
    teams: int
    controls: int

    def half(self, confidence_level: float) -> float:
        """Half of the interval, by the t distribution."""
        from scipy.stats import t

        return float(t.ppf(0.5 + confidence_level / 2, self.degrees)) * self.error


def event_study(x: Floats, contrasts: Sequence[Contrast]) -> Effect:
    """Mean over acting teams of (after - before) of the team less that of its controls.

    The error comes from placebos: each control at the same date against the other controls. With v the mean square
    of the placebos (each scaled to the number of controls that the team itself has), own = v / (1 + 1 / C) and
    se^2 = own / K + own / C, as teams that act at one date share the noise of their controls; t with C - 1 + K - 1
    degrees of freedom, C - 1 for one team. Teams whose own months swing more than those of the controls are judged by
    the controls all the same.
    Sources: Callaway & Sant'Anna (2021) for teams not treated yet; Conley & Taber (2011) for errors from controls.

    Args:
        x: Teams by months, on the log or logit scale.
        contrasts: At least one; every month of every team in them is known.
    """
    changes, squares, numbers = [], [], []
    for one in contrasts:
        change = x[:, one.after].mean(axis=1) - x[:, one.before].mean(axis=1)
        beside, number = change[one.controls], one.controls.size
        changes.append(float(change[one.team] - beside.mean()))
        placebos = (beside - (beside.sum() - beside) / (number - 1)) * math.sqrt(
            (1 + 1 / number) / (1 + 1 / (number - 1))
        )
        squares.append(float((placebos**2).mean()))
        numbers.append(number)
    acting, controls = len(changes), float(np.mean(numbers))
    own = float(np.mean(squares)) / (1 + 1 / controls)
    return Effect(
        estimate=float(np.mean(changes)),
        error=math.sqrt(own / acting + own / controls),
        degrees=max(int(controls) - 1 + acting - 1, 1),
        teams=acting,
        controls=int(min(numbers)),
    )
