"""YAML that we ship or a site wrote: text, numbers, lists and mappings, never an object."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    # The parser in C is ten times as quick, where it is there: words are read in every run.
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

__all__ = ["SafeLoader", "read_yaml"]


def read_yaml(path: Path, loader: type[SafeLoader] = SafeLoader) -> Any:  # noqa: ANN401 - foreign YAML
    """Return what a file holds.

    Raises:
        yaml.YAMLError: when it is no YAML.
        UnicodeDecodeError: when it is no UTF-8.
        OSError: when it cannot be read.
    """
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both are safe
