"""How points become the shortest path that looks the same: pages carry many of them."""

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def number(value: float) -> str:
    """A coordinate: a tenth of a pixel is as fine as any screen shows."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0", "-"} else text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def polyline(points: Sequence[Point]) -> str:
    """Path data through points; points that lie on a straight horizontal or vertical line are left out."""
    kept: list[Point] = []
    for x, y in ((round(x, 1), round(y, 1)) for x, y in points):
        if kept and kept[-1] == (x, y):
            continue
        if len(kept) > 1 and (kept[-1][0] == kept[-2][0] == x or kept[-1][1] == kept[-2][1] == y):
            kept[-1] = (x, y)
        else:
            kept.append((x, y))
    steps = [f"M{number(kept[0][0])} {number(kept[0][1])}"] if kept else []
    for (x1, y1), (x2, y2) in pairwise(kept):
        steps.append(f"H{number(x2)}" if y1 == y2 else f"V{number(y2)}" if x1 == x2 else f"L{number(x2)} {number(y2)}")
    return "".join(steps)
