"""How many checks follow an earlier one of the same person, above chance: pairs soon after against pairs long after."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of days on which a team checked, in one year of keys; a person counts once a day."""

    checks: float
    """Persons times days."""
    near: float
    """Pairs of one person, near in time."""
    far: float
    """Pairs of one person, far apart."""
    all_near: float
    """All pairs of checks at near distance, of whomever."""
    all_far: float
    near_square: float
    """Sum over persons of the square of their near pairs."""
    far_square: float
    cross: float
    """Sum over persons of near pairs times far pairs."""

    def __add__(self, other: "Pairs") -> "Pairs":
        """Both together: the pairs of either, none between them."""
        return Pairs(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """Per 100 checks."""

    seen: float
    chance: float
    excess: float
    error: float


def excess(pairs: Pairs) -> Excess:
    """100 (a - b A / B) / n with persons as clusters: se = 100 sqrt(sum over persons of (a_p - b_p A / B)^2) / n.

    A person whose habits bring him along often, comes along as often after months as after days; far pairs therefore
    tell how many near pairs chance gives (Knox 1964; clusters as in Liang & Zeger 1986).

    Args:
        pairs: With ``checks`` and ``all_far`` above 0.
    """
    ratio = pairs.all_near / pairs.all_far
    variance = pairs.near_square - 2 * ratio * pairs.cross + ratio**2 * pairs.far_square
    scale = 100 / pairs.checks
    return Excess(
        seen=scale * pairs.near,
        chance=scale * ratio * pairs.far,
        excess=scale * (pairs.near - ratio * pairs.far),
        error=scale * math.sqrt(max(variance, 0.0)),
    )
