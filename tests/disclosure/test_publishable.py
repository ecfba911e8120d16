import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import FINDINGS, Label
from meos_pipeline.disclosure.door import passed
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.publishable import COUNTING, Publishable
from meos_pipeline.disclosure.release import release
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Site
from tests.disclosure.district import KEY, MONTHS, district
from tests.disclosure.test_gate import finding

CELLS, OFFICERS = district(teams=("noord",), months=MONTHS[:3])
RELEASED = release(CELLS, OFFICERS, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=MONTHS[2])


FIELDS = {
    "month": MONTHS[2],
    "cells": RELEASED.cells,
    "findings": FINDINGS.empty(),
    "organisation": pl.DataFrame({"team": ["noord"], "team_name": ["Noord"]}),
    "policy": Policy(),
    "site": Site(),
    "fingerprint": "x",
    "made_on": date(2025, 6, 1),
    "changes": RELEASED.changes,
    "withheld": RELEASED.withheld,
}


def publishable(**given):
    return Publishable(**(FIELDS | {name: let_in(name, frame) for name, frame in given.items()}))


def let_in(name, frame):
    """As if a function of ``disclosure`` had made the table: the other checks have to see what is in it."""
    return passed(frame) if name in COUNTING else frame


@pytest.mark.parametrize("name", COUNTING)
def test_a_table_that_did_not_come_out_of_disclosure_is_refused_whatever_is_in_it(name):
    honest = {
        "findings": finding(statistic="x", events=25, n=50, reference_events=20, reference_n=60),
        "quality": pl.DataFrame({"rule": ["x"], "team": ["noord"], "month": [MONTHS[0]], "share": [0.05]}),
        "waterfall": pl.DataFrame({"month": [MONTHS[0]], "stage": ["accepted"], "n": [115]}),
        "withheld": pl.DataFrame({"team": ["noord"], "period": ["month"], "period_start": [MONTHS[0]]}),
        "changes": pl.DataFrame({"n_before": [5], "n": [10]}),
        "cells": RELEASED.cells,
        "provisional": finding(statistic="provisional", events=25, n=50).with_columns(
            period_start=pl.lit(MONTHS[3]),
            reference_events=pl.lit(None, dtype=pl.Int64),
            label=pl.lit(Label.NOT_YET_JUDGED.value, dtype=FINDINGS["label"].dtype),
        ),
    }[name]
    worked_on = honest.with_columns(pl.all())
    with pytest.raises(DisclosureError, match=f"table '{name}' did not come through the door"):
        Publishable(**(FIELDS | {name: worked_on}))
    assert publishable(**{name: honest})


def test_a_month_that_is_none_is_refused():
    with pytest.raises(DisclosureError, match="a month that is none"):
        publishable(waterfall=pl.DataFrame({"month": [date(1, 1, 1)], "stage": ["accepted"], "n": [115]}))


def test_what_came_through_the_door_is_accepted():
    assert publishable().cells.height > 0
    assert (
        publishable(findings=finding(statistic="x", events=25, n=50, reference_events=20, reference_n=60)).month
        == MONTHS[2]
    )


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"cells": CELLS}, "not multiples of 5"),
        ({"cells": RELEASED.cells.with_columns(n=-pl.col("n"))}, "not multiples of 5"),
        ({"cells": RELEASED.ledger.table}, "n_exact"),
        ({"cells": RELEASED.cells.with_columns(period_start=pl.lit(date(2026, 1, 1)))}, "after the report month"),
        ({"findings": finding(statistic="x", events=23)}, "'events' of table 'findings'"),
        ({"findings": finding(statistic="x", events=25, n=49)}, "'n' of table 'findings'"),
        ({"waterfall": pl.DataFrame({"month": [MONTHS[0]], "stage": ["in"], "n": [117]})}, "table 'waterfall'"),
        ({"quality": pl.DataFrame({"rule": ["x"], "officer_key": ["ab"]})}, "officer_key"),
        ({"organisation": pl.DataFrame({"team": ["a"], "person_key": ["b"]})}, "one person or record"),
        ({"actions": pl.DataFrame({"check_date": [MONTHS[0]]})}, "check_date"),
        ({"policy": replace(Policy(), rounding_base=3)}, "below its floor"),
        ({"policy": replace(Policy(), records_per_unit=20)}, "without a written reason"),
        ({"changes": pl.DataFrame({"n_before": [3], "n": [5]})}, "n_before"),
    ],
)
def test_what_did_not_come_through_the_door_is_refused(given_, message):
    with pytest.raises(DisclosureError, match=message):
        publishable(**given_)


def test_a_lower_setting_with_a_written_reason_is_accepted():
    policy = replace(Policy(), records_per_unit=20)
    assert publishable(policy=policy, reasons={"records_per_unit": "kleine teams, besluit 2026-03-01"}).reasons


def test_every_breach_is_told_at_once():
    with pytest.raises(DisclosureError) as raised:
        publishable(
            cells=CELLS, quality=pl.DataFrame({"officer_key": ["x"]}), policy=replace(Policy(), rounding_base=3)
        )
    assert str(raised.value).count("\n") >= 3


NAMES = {
    "Noordkade": "",
    "Sint-Jan (oost) 2": "",
    "Ĳsselmonde": "",
    "Team \u202eedakdrooN": "turns the text",
    "Noord\u200bkade": "nobody sees",
    "Noord\nkade": "nobody sees",
    "N" * 121: "longer than 120",
    "Team 12": "",
    "Wijk 10 in de stad": "",
    "WK036300": "",
    "Bureau 2-3, 0900-8844": "",
    "Team 111222333": "number of a person",
    "Team 111 222 333": "number of a person",
    "1112.22.333 Noord": "number of a person",
    "Team \uff11\uff11\uff11\uff12\uff12\uff12\uff13\uff13\uff13": "number of a person",
    "Team van AB-123-C": "a plate",
    "Team van ab-123-c": "a plate",
    "Team van AB 123 C": "a plate",
    "Team van AB\u2013123\u2013C": "a plate",
    "Team van 12-AB-34": "a plate",
    "Team van 1-ABC-23": "a plate",
}


@pytest.mark.parametrize(("name", "rule"), NAMES.items(), ids=range(len(NAMES)))
@pytest.mark.parametrize("place", ["organisatie.csv", "organisatie.csv, of a team that ended", "meos.toml"])
def test_a_name_that_people_typed_is_looked_at_before_it_is_on_a_page(name, rule, place):
    former = {"team": ["noord"], "former": [name], "last_day": [date(2025, 1, 31)], "is_carried": [True]}
    given = {
        "organisatie.csv": {"organisation": pl.DataFrame({"team": ["a"], "team_name": [name]})},
        "organisatie.csv, of a team that ended": {"former": pl.DataFrame(former)},
        "meos.toml": {"site": Site(organisation=name)},
    }[place]
    if not rule:
        assert publishable(**given)
        return
    with pytest.raises(DisclosureError) as raised:
        publishable(**given)
    assert re.search(f"{place.partition(',')[0]}.*{rule}", str(raised.value))
    assert name not in str(raised.value)
