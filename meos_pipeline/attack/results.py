"""What results and control limits give away: each must be a function of the released pair that stands in its row.

A row of a table says 'k of n', released, and beside it a value, a margin or the limits of a control chart. Where those are
what the released pair gives, they say nothing more. Where only exact counts give them, they choose among the few pairs
that lie behind the released one; fewer than five are found. A column of which rows are not near their pairs is about
something else, another period or what a model corrects, and nothing can be concluded from it.
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from meos_pipeline.attack.document import Document, Grid
from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.parsing import shown_number
from meos_pipeline.policy import Policy

Range = tuple[float, float]
Pair = tuple[int, int]
_NUMBER = r"\d[\d.,\u00a0\u202f ]*"
_PAIR = re.compile(rf"^({_NUMBER}?)\s+(?:[a-z]+\s+)?(?:van|of|in|out of)\s+({_NUMBER}?)(?:\s+[a-z]+)?$", re.IGNORECASE)
_VALUE = re.compile(r"^(-?\d+(?:[.,]\d+)?)\s?(%?)$")
_FROM_TO = re.compile(
    r"^(?:tussen|between)?\s*(\d+(?:[.,]\d+)?)\s?(%?)\s*(?:tot|to|en|and|[-\u2013])\s*(\d+(?:[.,]\d+)?)\s?(%?)"
    r"(\s+(?:van de|of every|of|in)\s+100)?$",
    re.IGNORECASE,
)
_FINE_SHARE = re.compile(r"^-?0[.,]\d{3,}$")
_BINARY = re.compile(r"^-?\d+\.\d{12,}$")
_PERS = (1, 100, 1000)
"""A value is k / n, or a rate per hundred or thousand."""
_FEW = 5
"""Fewer possible true counts than this are a leak."""
_LIMIT_SD = 3
_FEWEST_ROWS = 3
"""Rows of which none is what the released pair gives before a whole column is said to be of exact counts."""
_COARSE_RATE, _COARSE_SHARE, _COARSE_SMALL_SHARE = 0.09, 0.009, 0.0009
"""Steps of numbers on pages, or a bit less: tenths of a rate, whole percents, and tenths of a percent of small shares."""
_WHOLE_FROM = 0.1
"""From this share on pages show whole percents."""
_ROUNDING = 1e-9
_REACH = Policy().rounding_base - 1
_COARSE = Policy().model_count_base


def result_leaks(document: Document) -> Iterator[Leak]:
    """Values, margins and limits of all tables of a file that exact counts give and released ones do not."""
    for number, grid in enumerate(document.grids, start=1):
        where = f"{grid.where} {number}"
        if any(_FINE_SHARE.match(_as_shown(cell)) for row in grid.rows[1:] for cell in row):
            yield Leak("RATIO", document.file, where, "a share is finer than hundredths: it is its numerator")
        for header, pairs, column in _columns(grid):
            told = {place: found for place, text in column.items() if (found := _fine_value(text) or _share(text))}
            if _is_of_exact(pairs, told):
                yield Leak(
                    "MODEL", document.file, where, f"column '{header}' leaves few of the exact counts behind a pair"
                )
            limits = {place: its for place, text in column.items() if (its := _limits(text))}
            if _limits_tell(pairs, limits):
                yield Leak(
                    "MODEL", document.file, where, f"the limits in column '{header}' give the exact counts behind them"
                )


def _columns(grid: Grid) -> Iterator[tuple[str, dict[int, Pair], dict[int, str]]]:
    """Each stretch of rows with pairs, and each other column of it: name, pair of each row, and text of each row.

    A text holds all tables of a page below each other, each with its own header.
    """
    rows = [[_as_shown(cell) for cell in row] for row in grid.rows]
    pairs = {place: found for place, row in enumerate(rows) if (found := _pair_of(row))}
    for _, stretch in itertools.groupby(enumerate(sorted(pairs)), key=lambda item: item[1] - item[0]):
        places = [place for _, place in stretch]
        header = next((rows[place] for place in range(places[0] - 1, -1, -1) if place not in pairs), [])
        for at in range(1, max(len(rows[place]) for place in places)):
            column = {place: rows[place][at] for place in places if at < len(rows[place])}
            if not any(_PAIR.match(text) for text in column.values()):
                name = header[at] if at < len(header) else str(at)
                yield name, {place: pairs[place] for place in column}, column


def _as_shown(cell: str) -> str:
    """A cell as people see it: workbooks keep 0.07 as 0.070000000000000007."""
    text = cell.strip()
    return repr(round(float(text), 10)) if _BINARY.match(text) else text


def _pair_of(row: Sequence[str]) -> Pair | None:
    """The released pair of a row; None when there is none, or two that differ."""
    found = set()
    for cell in row[1:]:
        if matched := _PAIR.match(cell):
            part, whole = (shown_number(text) for text in matched.groups())
            if part is not None and whole and part == int(part) and whole == int(whole):
                found.add((int(part), int(whole)))
    return found.pop() if len(found) == 1 else None


def _fine_value(text: str) -> Range | None:
    """What a shown number can stand for, by its last decimal; None when it is as coarse as pages show numbers.

    A coarse number leaves few counts too, and may be of another team or period by chance as well: nothing is told by it.
    """
    matched = _VALUE.match(text)
    if not matched:
        return None
    low, high = _around(matched[1], 100 if matched[2] else 1)
    coarse = _COARSE_RATE if high > 1 else _COARSE_SHARE if low >= _WHOLE_FROM else _COARSE_SMALL_SHARE
    return (low, high) if high - low < coarse else None


def _limits(text: str) -> tuple[Range, Range] | None:
    matched = _FROM_TO.match(text)
    if not matched:
        return None
    scale = 100 if matched[2] or matched[4] or matched[5] else 1
    return _around(matched[1], scale), _around(matched[3], scale)


def _around(text: str, scale: int) -> Range:
    decimals = len(re.split(r"[.,]", text)[1]) if re.search(r"[.,]", text) else 0
    value, half = float(text.replace(",", ".")), 0.5 * 10**-decimals
    return (value - half) / scale, (value + half) / scale


def _share(text: str) -> Range | None:
    """The share that a fine interval of Wilson is about, whatever number of checks it was made wide with.

    Both ends solve (x - p)² = c x (1 - x), so p follows from them without c.
    """
    found = _limits(text)
    if (
        not found
        or any(high - low > _COARSE_SMALL_SHARE for low, high in found)
        or found[1][1] >= 1
        or found[0][0] <= 0
    ):
        return None
    corners = []
    for low, high in itertools.product(*found):
        ratio = math.sqrt(low * (1 - low) / (high * (1 - high)))
        corners.append((low + ratio * high) / (1 + ratio))
    return min(corners), max(corners)


def _is_of_exact(pairs: Mapping[int, Pair], told: Mapping[int, Range]) -> bool:
    """Whether a column follows from exact counts, and leaves fewer than five of one of them."""
    return any(_column_tells(pairs, told, per) for per in _PERS)


def _column_tells(pairs: Mapping[int, Pair], told: Mapping[int, Range], per: int) -> bool:
    behind: dict[int, set[Pair]] = {}
    for place, its in told.items():
        behind[place] = _behind(pairs[place], its, per)
        if not behind[place]:
            return False
    others = [place for place, possible in behind.items() if pairs[place] not in possible]
    if len(others) > len(behind) / 2 and len(others) < _FEWEST_ROWS:
        return False
    return any(min(len({pair[side] for pair in behind[place]}) for side in (0, 1)) < _FEW for place in others)


def _behind(pair: Pair, told: Range, per: int) -> set[Pair]:
    """Exact pairs that may lie behind a released one and give what is told."""
    events, n = pair
    # Counts of models are rounded up, by far more.
    down = _COARSE - 1 if events % _COARSE == 0 and n % _COARSE == 0 else _REACH
    least, most = told[0] - _ROUNDING, told[1] + _ROUNDING
    if per * (events + _REACH) < least * max(1, n - down) or per * max(0, events - down) > most * (n + _REACH):
        return set()
    return {
        (k, size)
        for k in range(max(0, events - down), events + _REACH + 1)
        for size in range(max(1, n - down), n + _REACH + 1)
        if least * size <= per * k <= most * size
    }


def _limits_tell(pairs: Mapping[int, Pair], limits: Mapping[int, tuple[Range, Range]]) -> bool:
    """Whether limits are a mean and three deviations of it (Shewhart, 1931), made with exact counts."""
    return any(
        _as_chart(pairs, limits, per, is_share=is_share)
        for per, is_share in ((1, True), (1, False), (100, False), (1000, False))
    )


def _as_chart(
    pairs: Mapping[int, Pair], limits: Mapping[int, tuple[Range, Range]], per: int, *, is_share: bool
) -> bool:
    sizes: dict[int, Range] = {}
    centres: list[Range] = []
    for place, (low, high) in limits.items():
        found = _chart_of(low, high, per, is_share=is_share)
        if found is None:
            return False
        centre, size = found
        n = pairs[place][1]
        if size[1] < n - _REACH or size[0] > n + _REACH:
            return False  # not this kind of limits
        centres.append(centre)
        sizes[place] = size
    telling = {place: size for place, size in sizes.items() if size[1] - size[0] < 2 * _REACH}
    if len(telling) < _FEWEST_ROWS:
        return False
    if any(_whole(size) < _FEW and not size[0] <= pairs[place][1] <= size[1] for place, size in telling.items()):
        return True
    mean = max(low for low, _ in centres), min(high for _, high in centres)
    events, n = (sum(pairs[place][side] for place in sizes) for side in (0, 1))
    return mean[0] <= mean[1] and _whole((mean[0] * n, mean[1] * n)) < _FEW and not mean[0] <= events / n <= mean[1]


def _chart_of(low: Range, high: Range, per: int, *, is_share: bool) -> tuple[Range, Range] | None:
    """Mean and size of a chart's month that give these limits: size = 9 c (1 - c) / h² for a share, 9 c / h² for a rate."""
    centre = (low[0] + high[0]) / 2 / per, (low[1] + high[1]) / 2 / per
    half = (high[0] - low[1]) / 2 / per, (high[1] - low[0]) / 2 / per
    if half[0] <= 0 or centre[0] <= 0 or (is_share and centre[1] >= 1):
        return None
    spread = [c * (1 - c) if is_share else c for c in centre]
    return centre, (_LIMIT_SD**2 * min(spread) / half[1] ** 2, _LIMIT_SD**2 * max(spread) / half[0] ** 2)


def _whole(size: Range) -> int:
    """Whole numbers in a range."""
    return max(0, math.floor(size[1]) - math.ceil(size[0]) + 1)
