"""The outsider: reads what readers get and tries to learn what it hides. Knows the scheme, not the key."""

from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.outsider import attack

__all__ = ["Leak", "attack"]
