from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.disclosure.release import release
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Site
from tests.disclosure.district import KEY, MONTHS, district
from tests.disclosure.test_gate import finding

CELLS, OFFICERS = district(teams=("noord",), months=MONTHS[:3])
RELEASED = release(CELLS, OFFICERS, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=MONTHS[2])


def publishable(**given):
    fields = {
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
    return Publishable(**(fields | given))


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
