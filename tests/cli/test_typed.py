"""Names that people typed are compared with the officers of the archive."""

from dataclasses import replace

import polars as pl
import pytest

from meos_pipeline.errors import DisclosureError
from meos_pipeline.steps.publishable import make_publishable, require_no_officer_named
from meos_pipeline.steps.settled import newest_month
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Said
from tests.cli.one_record import export_of


def test_the_number_of_an_officer_in_a_name_stops_a_publication(ran: tuple[DataFolder, Said]) -> None:
    space = open_workspace(ran[0].root)
    honest = make_publishable(space, newest_month(space))
    require_no_officer_named(space, honest)
    officers = sorted({row["medewerker"] for row in export_of(ran[0], "01-2025")[1]} - {""})
    assert len(officers) > 5
    for officer in officers[:5]:
        for typed in (
            replace(honest, site=replace(honest.site, contact=f"Vraag het aan {officer.lower()}, bureau 2")),
            replace(honest, organisation=honest.organisation.with_columns(team_name=pl.lit(f"Team ({officer})"))),
        ):
            with pytest.raises(DisclosureError) as raised:
                require_no_officer_named(space, typed)
            assert officer not in str(raised.value)
    require_no_officer_named(space, replace(honest, site=replace(honest.site, contact="Kamer MW999999")))
