"""The quick version of the appendix: every cheap claim with few worlds; the full run is a benchmark."""

import numpy as np
import pytest

from benchmarks.appendix import appendix, claims, markdown, shipped_appendix

QUICK = [claim for claim in claims() if claim.cost == 1]
SLOW = [claim for claim in claims() if claim.cost > 1]
POWERS = ("finds what is there", "signal on the page")


def _reached(claim, replications):
    value = claim.measure(np.random.default_rng([11, 3]), replications)
    room = 3 * np.sqrt(0.05 * 0.95 / replications) if claim.quantity not in POWERS else 0.15
    return claim.low - room <= value <= claim.high + room


@pytest.mark.parametrize("claim", QUICK, ids=lambda claim: f"{claim.method}, {claim.scenario}")
def test_a_claim_of_the_appendix_is_kept_in_sixty_worlds(claim):
    assert _reached(claim, 60)


@pytest.mark.slow
@pytest.mark.parametrize("claim", SLOW, ids=lambda claim: f"{claim.method}, {claim.scenario}")
def test_a_costly_claim_of_the_appendix_is_kept(claim):
    assert _reached(claim, 60)


def test_the_shipped_appendix_holds_every_claim_and_each_was_kept():
    shipped = shipped_appendix()
    assert shipped.select("method", "scenario", "quantity").rows() == [
        (claim.method, claim.scenario, claim.quantity) for claim in claims()
    ]
    assert shipped["kept"].all()


def test_a_broken_promise_is_printed_as_broken():
    shipped = shipped_appendix().head(1)
    assert "| yes |" in markdown(shipped)
    assert "| NO |" in markdown(shipped.with_columns(kept=False))
    assert callable(appendix)
