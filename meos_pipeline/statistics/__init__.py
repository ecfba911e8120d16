"""What the cells say: one file per statistic. Pure: frames in, findings out."""

import importlib
import pkgutil
from functools import cache

from meos_pipeline.statistics.statistic import Statistic


@cache
def all_statistics() -> dict[str, Statistic]:
    """Find every module below this package that ends in ``STATISTIC``, by name of the statistic."""
    found: dict[str, Statistic] = {}
    for module_info in pkgutil.walk_packages(__path__, f"{__name__}."):
        if module_info.ispkg or ".methods." in module_info.name or ".cells." in module_info.name:
            continue
        statistic = getattr(importlib.import_module(module_info.name), "STATISTIC", None)
        if isinstance(statistic, Statistic):
            found[statistic.name] = statistic
    return dict(sorted(found.items()))
