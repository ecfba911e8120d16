"""What the figures were measured on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("polars", "dagster", "great-expectations", "statsmodels", "pandas", "duckdb", "numpy", "pyarrow")


def description() -> list[str]:
    """Return lines that describe the machine and the versions."""
    return [
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB memory",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        ", ".join(
            f"{name}={os.environ.get(name, 'not set')}" for name in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS")
        ),
    ]


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
