"""Which results fit a reason: the shipped map behind "related hit". A profile's ``[related]`` replaces it."""

from meos_pipeline.contracts import values as v

_CRIME = tuple(result for result, kind in v.RESULT_HIT_CLASS.items() if kind == "H1")
_WANTED = tuple(result for result, kind in v.RESULT_HIT_CLASS.items() if kind == "H2")
_TRAFFIC = ("offence_report", "traffic_fine", "licence_taken", "driving_ban")
_BYLAW = ("bylaw_seizure", "bylaw_fine")

RELATED: dict[str, tuple[str, ...]] = {
    "behaviour_driving": (*_TRAFFIC, "drugs_seized", "arrest"),
    "behaviour_suspicious": _CRIME,
    "behaviour_traffic_offence": _TRAFFIC,
    "circumstance_time_place": (*_CRIME, *_BYLAW),
    "circumstance_hotspot": (*_CRIME, *_BYLAW),
    "circumstance_vehicle": (*_TRAFFIC, "stolen_goods"),
    "information_description": ("arrest", "wanted_person", "weapon_seized", "stolen_goods", "crime_report"),
    "information_briefing": (*_CRIME, *_WANTED),
    "information_query": (*_WANTED, "stolen_goods", "arrest", "traffic_fine", "licence_taken"),
    "information_report": _CRIME,
    "general_traffic": (*_TRAFFIC, *_WANTED),
    "area_action": ("weapon_seized", "arrest", *_BYLAW),
    "random": (*_TRAFFIC, *_WANTED, *_CRIME),
}
"""Gut feeling and 'other' name nothing a result could fit."""
