
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.statistics.run import compute_findings
from meos_pipeline.statistics.statistic import Gate


def test_every_statistic_gives_contract_rows_for_a_whole_district(district):
    tables, context = district
    for gate in Gate:
        found = compute_findings(tables, context, gate=gate)
        assert FINDINGS.require(found).height == found.height
    assert found.height or True
