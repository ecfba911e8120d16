"""What a team agreed, on its first screen, the sheet and the district: from the day of the data on, until it is looked back on."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.reporting.render import render_edition
from tests.reporting.fixture import publishable

PAGES = ("team-noordkade/index.html", "team-noordkade/a4.html", "district/index.html")
"""The report is of October, with data up to 3 November."""


def _pages(folder: Path, **agreement: object) -> dict[str, str]:
    made = publishable(teams=4)
    changed = [pl.lit(value, made.actions.schema[name]).alias(name) for name, value in agreement.items()]
    actions = made.actions.filter(pl.col("kind").cast(pl.String) == "agreement").with_columns(changed)
    render_edition(replace(made, actions=actions), folder)
    return {name: (folder / name).read_text(encoding="utf-8") for name in PAGES}


@pytest.mark.parametrize(
    ("starts", "is_there"),
    [
        (date(2026, 10, 28), True),
        (date(2026, 10, 31), True),
        (date(2026, 11, 1), True),
        (date(2026, 11, 3), True),
        (date(2026, 11, 4), False),
    ],
)
def test_an_agreement_is_there_from_the_newest_day_of_the_data_on(
    tmp_path: Path, starts: date, *, is_there: bool
) -> None:
    pages = _pages(tmp_path, starts=starts, look_back=date(2026, 12, 1))
    for name, none in zip(PAGES, ("Nog geen afspraak.", "Nog geen afspraak.", ""), strict=True):
        assert ("We kijken terug op 1 december 2026." in pages[name]) is is_there, name
        assert (bool(none) and none in pages[name]) is (bool(none) and not is_there), name
    if is_there:
        assert "Van na de afspraak is er nog geen cijfer." in pages[PAGES[0]]
        assert "Voor de afspraak, in" not in pages[PAGES[0]]


@pytest.mark.parametrize(
    ("look_back", "state", "said"),
    [
        (date(2026, 11, 4), "running", "We kijken terug op 4 november 2026."),
        (date(2026, 11, 3), "running", "We zouden op 3 november 2026 terugkijken: hoe staat het ermee?"),
        (date(2026, 11, 3), "kept", ""),
        (None, "running", ""),
    ],
)
def test_a_page_says_when_the_team_looks_back_or_asks_how_it_stands(
    tmp_path: Path, look_back: date | None, state: str, said: str
) -> None:
    pages = _pages(tmp_path, look_back=look_back, state=state)
    for name in PAGES:
        assert said in pages[name]
        assert said or "erugkijken" not in pages[name].replace("terugkijken op", "")
