"""What lies downstream is made again when content changed, not when the same content was made again."""

import dagster as dg

from tests.defs.conftest import Site

DOWNSTREAM = dg.AssetSelection.assets("released_cells", "findings")


def _remade(site: Site, asset: str, version: str, partition: str | None = None) -> None:
    site.instance.report_runless_asset_event(
        dg.AssetMaterialization(asset, partition=partition, tags={"dagster/data_version": version})
    )


def _asked(site: Site, cursor: object = None) -> dg.EvaluateAutomationConditionsResult:
    return dg.evaluate_automation_conditions(
        defs=site.definitions, instance=site.instance, asset_selection=DOWNSTREAM, cursor=cursor
    )


def test_cells_of_the_same_content_ask_for_nothing_and_of_other_content_for_a_release(site: Site) -> None:
    known = _asked(site)
    _remade(site, "cells", site.version("cells", "2025-02"), "2025-02")
    same = _asked(site, known.cursor)
    assert same.total_requested == 0
    _remade(site, "cells", "another", "2025-02")
    other = _asked(site, same.cursor)
    assert other.get_num_requested(dg.AssetKey("released_cells")) == 1


def test_an_edition_is_never_made_by_automation(site: Site) -> None:
    conditions = {
        spec.key.to_user_string() for spec in site.definitions.resolve_all_asset_specs() if spec.automation_condition
    }
    assert conditions == {"released_cells", "findings"}
