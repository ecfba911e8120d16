"""A guess at what an unknown column could be: by the likeness of its name to the fields that are missing."""

import difflib

from meos_pipeline.ingest.mapping import ColumnMapping
from meos_pipeline.ingest.profiles import Profile, normal_header

_LIKE = 0.75


def suggested_field(header: str, profile: Profile, mapping: ColumnMapping) -> str:
    """Field that an unknown header may be meant for; '' when none is near enough."""
    free = {
        normal_header(alias): name
        for name, aliases in profile.columns.items()
        if name not in mapping.fields
        for alias in aliases
    }
    near = difflib.get_close_matches(normal_header(header), free, n=1, cutoff=_LIKE)
    return free[near[0]] if near else ""
