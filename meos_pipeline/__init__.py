"""Police check records in, honest team reports out.

In a notebook: ``import meos_pipeline as meos``, then ``meos.read_export(…)``; see ``meos_pipeline.api``. The
functions are fetched when first used, so importing the package costs nothing. It does say how Polars keeps memory.
"""

import os
from typing import TYPE_CHECKING

# Polars gives memory back to the system within half a second and asks for it again at once. Read when Polars is first
# imported; what is set already counts. Measured in docs/performance.md.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF",
    f"dirty_decay_ms:15000,muzzy_decay_ms:0,narenas:{os.cpu_count() or 1},oversize_threshold:0",
)

if TYPE_CHECKING:
    from meos_pipeline.api import (
        count_cells,
        figure,
        read_companions,
        read_export,
        statistic,
        statistic_names,
    )

__all__ = ["count_cells", "figure", "read_companions", "read_export", "statistic", "statistic_names"]


def __getattr__(name: str) -> object:
    """Fetch a function of ``meos_pipeline.api`` when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'meos_pipeline' has no attribute '{name}'")
    from meos_pipeline import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """Names that a notebook may complete."""
    return sorted([*globals(), *__all__])
