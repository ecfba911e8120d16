"""Police check records in, honest team reports out.

In a notebook: ``import meos_pipeline as meos``, then ``meos.read_export(…)``; see ``meos_pipeline.api``. The
functions are fetched when first used, so importing the package costs nothing.
"""

from typing import TYPE_CHECKING

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
