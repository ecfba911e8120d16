"""Finds the cases: every module of this folder that declares ``CASES``."""

import importlib
import importlib.util
import pkgutil

import benchmarks
from benchmarks.case import Case

_MACHINERY = {"case", "discover", "machine", "one", "run", "table"}


def all_cases() -> list[Case]:
    """Return every case, in order of module name and declaration."""
    names = sorted(item.name for item in pkgutil.iter_modules(benchmarks.__path__) if item.name not in _MACHINERY)
    modules = [importlib.import_module(f"benchmarks.{name}") for name in names]
    return [case for module in modules for case in getattr(module, "CASES", ())]


def find_case(topic: str, name: str) -> Case:
    """Return the case of that topic and name."""
    return next(case for case in all_cases() if (case.topic, case.name) == (topic, name))


def missing(case: Case) -> list[str]:
    """Return what the case needs and this machine lacks: modules, or programs written as ``program:NAME``."""
    import shutil

    return [
        need
        for need in case.needs
        if (
            shutil.which(need.removeprefix("program:")) is None
            if need.startswith("program:")
            else importlib.util.find_spec(need) is None
        )
    ]
