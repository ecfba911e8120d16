"""Numbers as people write them."""

import re

_GROUPED = re.compile(r"^-?\d{1,3}([.,    ]\d{3})+$")
_PLAIN = re.compile(r"^-?\d+$")
_DECIMAL = re.compile(r"^-?\d+[.,]\d+$")


def shown_number(text: str) -> float | None:
    """The number that ``text`` is, Dutch or English; None when it is none (such as "<10" or "–")."""
    clean = text.strip().strip("'")
    if _PLAIN.match(clean):
        return float(clean)
    if _GROUPED.match(clean):
        return float(re.sub(r"[^\d-]", "", clean))
    if _DECIMAL.match(clean):
        return float(clean.replace(",", "."))
    return None


def cell_key(text: str) -> tuple[str, str, str, str, str] | None:
    """Parts of a ``data-cell`` attribute: team|period|start|partition|category (which may hold a bar itself)."""
    parts = text.split("|", 4)
    return (parts[0], parts[1], parts[2], parts[3], parts[4]) if len(parts) == 5 else None  # noqa: PLR2004


def released_number(text: str) -> float | None:
    """Released count that a shown text stands for: "<10" is a released 5, the only one between 0 and 10."""
    return 5.0 if text.replace(" ", "").replace("\u00a0", "") == "<10" else shown_number(text)
