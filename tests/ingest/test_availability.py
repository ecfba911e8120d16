"""What an export holds of a field: not delivered, delivered and not understood, delivered and empty, or filled."""

import pytest

from meos_pipeline.ingest.understood import read_availability
from meos_pipeline.settings import Settings
from tests.ingest.district import HEADER, NAME, new_folder, row, take_in, text_of

EXTRA = ("uitleg_gegeven", "dienstsoort")


@pytest.mark.parametrize(
    ("header", "change", "field", "state"),
    [
        (HEADER, {}, "results", "filled"),
        (HEADER, {}, "time", "filled"),
        (HEADER, {}, "explained", "not_delivered"),
        (HEADER, {}, "shift_kind", "not_delivered"),
        (HEADER, {"reden_code": ""}, "reasons", "empty"),
        ((*HEADER, *EXTRA), {}, "explained", "empty"),
        ((*HEADER, *EXTRA), {"uitleg_gegeven": "J"}, "explained", "filled"),
        (tuple(name for name in HEADER if name != "tijd"), {}, "time", "not_delivered"),
        (tuple(name for name in HEADER if name != "grondslag"), {}, "legal_bases", "not_delivered"),
        (HEADER, {"leeftijd": "999"}, "age", "not_understood"),
    ],
)
def test_the_state_of_a_field_is_told_apart(tmp_path, header, change, field, state):
    folder = new_folder(tmp_path)
    result = take_in(folder, {NAME: text_of([row(number, **change) for number in range(30)], header)})
    assert not result.refused
    known = read_availability(folder, Settings()).filter(field=field)
    assert [str(item) for item in known["state"]] == [state]
