"""Settings that are wrong are refused with one sentence that says what to write."""

import pytest

from meos_pipeline.errors import SettingsError
from meos_pipeline.settings import parse_settings


@pytest.mark.parametrize(
    ("basis", "day", "is_refused"),
    [
        # legal basis      date of the decision   refused
        ("Wpg 5, besluit", "2024-01-01", False),
        ("Wpg 5, besluit", "", True),
        ("Wpg 5, besluit", "1 januari 2024", True),
        ("", "", False),
    ],
)
def test_origin_is_allowed_by_a_decision_with_a_date(basis, day, is_refused):
    document = {"groups": {"origin_legal_basis": basis, "origin_document_date": day}}
    if is_refused:
        with pytest.raises(SettingsError, match="write 'origin_document_date' as"):
            parse_settings(document)
    else:
        assert parse_settings(document).groups.origin_legal_basis == basis
