"""Quality of the data for readers: a function of released counts, so one record never shows."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.attack.beside import _is_released
from meos_pipeline.disclosure.door import Passed, keep, select, take
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.quality import release_quality
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy

KEY = bytes(range(32))
MONTHS = [date(2025, 1, 1), date(2025, 2, 1)]
STAGES = ("rows_in", "accepted", "duplicate", "quarantined")
NOBODY = pl.DataFrame(schema={"team": pl.String, "period": pl.String, "period_start": pl.Date})


def broken(more: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"rule": rule, "team": team, "month": month, "checked": 287 + place, "failed": failed + more * (place == 0)}
            for place, (rule, failed) in enumerate({"a_reason": 13, "a_time": 4, "a_place": 0}.items())
            for team in ("noord", "oost")
            for month in MONTHS
        ]
    )


def rows(more: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"month": month, "stage": stage, "n": n + more * (stage == "accepted")}
            for month in MONTHS
            for stage, n in {"accepted": 587, "duplicate": 31, "quarantined": 12}.items()
        ]
    )


def released(more: int = 0, ledger: Ledger | None = None, withheld: pl.DataFrame = NOBODY):
    return release_quality(
        broken(more),
        rows(more),
        Policy(),
        rounding_key=KEY,
        ledger=ledger or Ledger(),
        published_until=MONTHS[-1],
        withheld=withheld,
        stages=STAGES,
    )


def test_every_share_is_one_of_released_counts_and_every_account_adds_up():
    found = released()
    assert isinstance(found.shares, Passed)
    assert isinstance(found.rows, Passed)
    assert found.shares.height == 12
    assert all(
        n % 5 == 0 and _is_released(f"{share * 100:g}", n) for share, n in found.shares.select("share", "n").iter_rows()
    )
    for _, part in found.rows.group_by("month"):
        counts = dict(part.select("stage", "n").iter_rows())
        assert counts.pop("rows_in") == sum(counts.values())
        assert all(n % 5 == 0 for n in counts.values())


@pytest.mark.parametrize("records", [1, 4, 9])
def test_fewer_records_than_the_threshold_change_no_byte_and_ten_do(records):
    before = released()
    again = released(records, before.ledger)
    assert again.shares.equals(before.shares)
    assert again.rows.equals(before.rows)
    assert not released(10, before.ledger).shares.equals(before.shares)


def test_a_withheld_month_and_a_small_one_have_no_share():
    hidden = pl.DataFrame({"team": ["noord"], "period": ["month"], "period_start": [MONTHS[0]]})
    left = released(withheld=hidden).shares
    assert left.filter(pl.col("team") == "noord", pl.col("month") == MONTHS[0]).is_empty()
    assert left.height == 9


def test_a_table_comes_back_from_disk_only_as_the_door_left_it(tmp_path):
    shares = released().shares
    keep(tmp_path, "quality", shares, KEY)
    assert take(tmp_path, "quality", KEY).equals(shares)
    assert isinstance(select(take(tmp_path, "quality", KEY), pl.col("n") > 0), Passed)
    with pytest.raises(DisclosureError, match="not as the door left it"):
        take(tmp_path, "quality", bytes(32))
    shares.with_columns(n=pl.col("n") + 1).write_parquet(tmp_path / "quality.parquet")
    with pytest.raises(DisclosureError, match="not as the door left it"):
        take(tmp_path, "quality", KEY)
    with pytest.raises(DisclosureError, match="did not come through the door"):
        select(shares.with_columns(pl.all()), pl.col("n") > 0)
