"""Every act that erases, broken off at every operation on the disk, is finished by the next command."""

import json
import subprocess
import sys

import pytest

ACTS = ("purge", "erase", "withdraw", "destroy_key")


def accident(act: str, **options: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tests.publication.accident_erasing", json.dumps({"act": act, **options})],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("act", [pytest.param(act, marks=pytest.mark.slow) if act == "purge" else act for act in ACTS])
def test_an_act_that_was_broken_off_is_finished_by_the_next_command(act):
    said = accident(act, step=5)
    assert said["violations"] == []
    assert said["cases"] >= 6


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTS)
def test_at_every_operation(act):
    said = accident(act)
    assert said["violations"] == []
    assert said["cases"] == 3 * said["operations"]
