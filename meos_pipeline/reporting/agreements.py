"""Words and figures of what a team agreed: every title comes from a list, so no typed word reaches a reader."""

from collections.abc import Mapping
from typing import Any

from meos_pipeline.reporting.words import Words

STATISTIC_OF_AIM = {
    "coverage_no_result": "coverage_sample",
    "registrations": "registrations_per_100_shifts",
    "yield": "yield_broad",
    "reason": "objective_ground",
    "dossier": "dossier_complete",
    "explained": "explanation_given",
    "timeliness": "timeliness",
    "debriefed": "debriefed",
    "reason_text": "reason_text_usable",
    "history": "history_consulted",
    "repeat": "repeat_persons",
    "repeat_vehicle": "repeat_vehicles",
}
"""Statistic that shows how the aim of an agreement stands."""


def action_title(action: Mapping[str, Any], words: Words) -> str:
    """Words for an action: what an agreement aims at; for other actions their kind, and the aim when there is one.

    Args:
        action: A row of ``TEAM_ACTIONS``.
        words: Words of one language.
    """
    kind, aim = str(action["kind"]), action["aim"]
    if aim is None:
        return words(f"codes/action_kind/{kind}")
    told = words(f"codes/aim/{aim}")
    return told if kind == "agreement" else f"{words(f'codes/action_kind/{kind}')}: {told}"
