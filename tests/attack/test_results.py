"""Results and control limits: what follows from exact counts is found by how few of them it leaves; what follows from released ones is not."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from meos_pipeline.attack.beside import MANIFEST
from meos_pipeline.attack.document import Document, Grid
from meos_pipeline.attack.outsider import attack
from meos_pipeline.attack.results import result_leaks
from tests.attack.edition import first, write_edition

DRAW = np.random.default_rng(5)
SIZES = DRAW.integers(180, 420, size=14)
EXACT = [(int(DRAW.binomial(n, 0.3)), int(n)) for n in SIZES]
RELEASED = [(5 * (k // 5), 5 * (n // 5)) for k, n in EXACT]
LEFT_OVER = [place for place, (k, n) in enumerate(EXACT) if k % 5 and n % 5]
"""Months of which neither number happens to be the released one."""
MONTHS = [f"maand {number}" for number in range(1, len(SIZES) + 1)]


def said(number: float, decimals: int, *, is_dutch: bool = True) -> str:
    text = f"{number:.{decimals}f}"
    return text.replace(".", ",") if is_dutch else text


def grouped(n: int) -> str:
    return f"{n:,}".replace(",", ".")


def wilson(k: float, n: float, z: float = 1.96) -> tuple[float, float]:
    centre, half = (k + z * z / 2) / (n + z * z), z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return centre - half, centre + half


def values(counts, decimals=4, per=1):
    return [
        ["Maand", "Waarde", "Aantal"],
        *(
            [month, said(per * k / n, decimals), f"{grouped(a)} van {grouped(b)}"]
            for month, (k, n), (a, b) in zip(MONTHS, counts, RELEASED, strict=True)
        ),
    ]


def margins(counts, decimals=2, effect=1.7):
    """As 'dossier_by_officer' is made: wide by a design effect that nobody is told."""
    rows = [["Maand", "Marge", "Aantal"]]
    for month, (k, n), (a, b) in zip(MONTHS, counts, RELEASED, strict=True):
        low, high = wilson(k / effect, n / effect)
        rows.append([month, f"{said(100 * low, decimals)}\u2013{said(100 * high, decimals)}%", f"{a} van {b}"])
    return rows


def limits(counts, decimals=2, *, english=False):
    """A chart of shares: the mean of all months, and three deviations of the month."""
    mean = sum(k for k, _ in counts) / sum(n for _, n in counts)
    between, of = ("to", "of") if english else ("tot", "van")
    rows = [["Month", "Number", "Usual"]]
    for month, (_, n), (a, b) in zip(MONTHS, counts, RELEASED, strict=True):
        reach = 3 * math.sqrt(mean * (1 - mean) / n)
        low, high = (said(100 * (mean + side * reach), decimals, is_dutch=not english) for side in (-1, 1))
        rows.append([month, f"{a} {of} {b}", f"{low}% {between} {high}%"])
    return rows


def rates(counts, decimals=2):
    """A chart of checks per hundred shifts."""
    mean = sum(k for k, _ in counts) / sum(n for _, n in counts)
    rows = [["Maand", "Aantal", "Gewoon"]]
    for month, (_, n), (a, b) in zip(MONTHS, counts, RELEASED, strict=True):
        reach = 3 * math.sqrt(mean / n)
        low, high = (said(100 * (mean + side * reach), decimals) for side in (-1, 1))
        rows.append([month, f"{a} in {b}", f"{low} tot {high}"])
    return rows


def one_row_of(table, leaky, place=LEFT_OVER[0] + 1):
    return [*table[:place], leaky[place], *table[place + 1 :]]


def found(*tables) -> list[str]:
    document = Document(file="noord/x.html", grids=[Grid("table", list(rows)) for rows in tables])
    return [leak.message for leak in result_leaks(document)]


LEAKY = {
    "shares with four decimals": values(EXACT),
    "percentages with a decimal": [[row[0], row[1] + "%", row[2]] for row in values(EXACT, 1, 100)],
    "rates per hundred": values(EXACT, 2, 100),
    "rates per thousand": values(EXACT, 2, 1000),
    "one row among honest ones": one_row_of(values(RELEASED, 2), values(EXACT, 4)),
    "margins by officers": margins(EXACT),
    "one margin among honest ones": one_row_of(margins(RELEASED), margins(EXACT)),
    "limits of shares": limits(EXACT),
    "limits of shares, in English": limits(EXACT, english=True),
    "limits of rates": rates(EXACT),
    "limits in a text with other tables": [["Iets"], ["a"], [], *limits(EXACT), [], *values(RELEASED, 2)],
}
HONEST = {
    "shares of released counts": values(RELEASED, 2),
    "rates of released counts": values(RELEASED, 1, 100),
    "margins of released counts": margins(RELEASED),
    "whole margins of exact counts": margins(EXACT, 0),
    "limits of released counts": limits(RELEASED),
    "rates' limits of released counts": rates(RELEASED),
    "limits in whole percents": limits(EXACT, 0),
    "another period beside it": [
        ["Maand", "Laatste periode", "Aantal"],
        *([month, said(k / n + 0.09, 2), f"{k} van {n}"] for month, (k, n) in zip(MONTHS, RELEASED, strict=True)),
    ],
    "as coarse as pages are: another team may have the same": values(EXACT, 2),
    "rates as coarse as pages are": values(EXACT, 1, 100),
    "the one other team, which is much alike": [
        ["Onderwerp", "Waarde", "Marge", "Aantal", "Andere teams"],
        ["Compleet dossier", "82%", "74\u201388", "90 van 110", "80%"],
        ["Reden verteld", "75%", "66\u201382", "75 van 100", "77%"],
        ["Objectieve grond", "95%", "89\u201398", "95 van 100", "97%"],
        ["Alleen informatie", "9,1%", "4,9\u20139,9", "10 van 110", "7,9%"],
    ],
    "small margins of another method": [
        ["Onderwerp", "Marge", "Aantal"],
        *([name, "tussen 4,1 en 9,8 van de 100", "20 van 300"] for name in MONTHS[:4]),
    ],
    "limits of another kind": [[*row[:2], "60,3 tot 266"] for row in rates(RELEASED)],
    "counts of a model, in fifties": [
        ["Onderwerp", "Waarde", "Aantal"],
        *([month, said(0.71 + place / 100, 2), "150 van 200"] for place, month in enumerate(MONTHS[:3])),
    ],
    "a float of a workbook": [["a", "b", "c"], ["x", "0.070000000000000007", "7 of 100"]],
}


@pytest.mark.parametrize("rows", LEAKY.values(), ids=LEAKY)
def test_what_follows_from_exact_counts_is_found(rows):
    assert found(rows)


@pytest.mark.parametrize("rows", HONEST.values(), ids=HONEST)
def test_what_follows_from_released_counts_is_no_leak(rows):
    assert found(rows) == []


def html(rows) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<!doctype html><html lang='nl'><head><title>x</title></head><body><table>{body}</table></body></html>"


def csv(rows) -> str:
    return "\r\n".join(";".join(row) for row in rows)


QUALITY = [["Team", "Aandeel", "Registraties"], ["Noord", "1,0%", "285"]]
WATERFALL = [["Stap", "Regels"], ["binnen", "630"], ["telt", "585"], ["dubbel", "30"]]
PLANTED = {
    "quality share": ("district/kwaliteit.html", html(QUALITY), "QUALITY"),
    "quality share in English": ("district/quality.html", html(QUALITY), "QUALITY"),
    "waterfall": ("district/kwaliteit.html", html(WATERFALL), "ADD"),
    "manifest": (MANIFEST, json.dumps({"files": {}, "inputs": {"controles_2025-07.csv": "ab" * 32}}), "MANIFEST"),
    "control limit on a page": ("noord/x.html", html(limits(EXACT)), "MODEL"),
    "control limit in a download": ("noord/x.csv", csv(limits(EXACT)), "MODEL"),
    "model result on a page": ("noord/x.html", html(margins(EXACT)), "MODEL"),
    "model result in a download": ("noord/x.csv", csv(values(EXACT)), "MODEL"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_leaky_edition_is_found_and_its_honest_twin_is_not(name, tmp_path: Path):
    file, content, kind = PLANTED[name]
    folder = write_edition(tmp_path / "edition", first().cells)
    (folder / "district").mkdir()
    assert attack(folder) == []
    (folder / file).write_text(content, encoding="utf-8")
    assert kind in {leak.kind for leak in attack(folder) if leak.certain}
