"""Closed lists: every coded value of the product, with its Dutch source code beside it.

A list is a ``pl.Enum``: a value outside it cannot exist in a table. ``*_SOURCE`` maps the Dutch
code of our own export layout (``domain`` dictionary) to the value; source profiles do the same for
other layouts.
"""

import polars as pl

TEAM_SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
"""Form of a team code after mapping through the organisation list; also its folder name."""

AGE_BANDS = pl.Enum(["<12", "12-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+"])
"""Age bands of a site that does not choose its own."""


def band_start(band: str) -> int:
    """First age of a band written as '<12', '12-17' or '65+'.

    Raises:
        ValueError: for another form.
    """
    if band.startswith("<"):
        int(band[1:])
        return 0
    return int(band.removesuffix("+").split("-")[0])


def origin_form(text: str) -> str:
    """One form of an origin, however it was written: small letters, single blanks."""
    return " ".join(text.split()).lower()


SEXES = pl.Enum(["male", "female", "other"])
SEX_SOURCE = {"M": "male", "V": "female", "X": "other", "O": None}
LIGHT = pl.Enum(["day", "twilight", "dark"])
TIME_BLOCKS = pl.Enum(["00-04", "04-08", "08-12", "12-16", "16-20", "20-24"])
MINUTE_CLASSES = pl.Enum(["midnight", "hour", "five", "other"])
TEXT_LENGTHS = pl.Enum(["none", "short", "usable"])
DST_FLAGS = pl.Enum(["double", "missing"])
REGISTERS = pl.Enum(["meos", "bvh", "paper"])
REGISTER_SOURCE = {"MEOS": "meos", "BVH": "bvh", "PAPIER": "paper"}
STATUSES = pl.Enum(["draft", "final", "void"])
STATUS_SOURCE = {"CONCEPT": "draft", "DEFINITIEF": "final", "VERVALLEN": "void"}

SHIFT_KINDS = pl.Enum(["emergency", "community", "nightlife", "traffic", "action", "flex", "other"])
SHIFT_KIND_SOURCE = {
    "NOODHULP": "emergency", "WIJK": "community", "HORECA": "nightlife", "VERKEER": "traffic",
    "ACTIE": "action", "FLEX": "flex", "OVERIG": "other",
}  # fmt: skip

SUBJECT_KINDS = pl.Enum(["person", "vehicle", "address", "group"])
SUBJECT_KIND_SOURCE = {"PERSOON": "person", "VOERTUIG": "vehicle", "ADRES": "address", "GROEP": "group"}

INITIATIVES = pl.Enum(["own", "report", "order", "alert", "action"])
INITIATIVE_SOURCE = {
    "EIGEN": "own",
    "MELDING": "report",
    "OPDRACHT": "order",
    "SIGNALERING": "alert",
    "ACTIE": "action",
}

REASONS = pl.Enum([
    "behaviour_driving", "behaviour_suspicious", "behaviour_traffic_offence",
    "circumstance_time_place", "circumstance_hotspot", "circumstance_vehicle",
    "information_description", "information_briefing", "information_query", "information_report",
    "general_traffic", "area_action", "random", "feeling", "other",
])  # fmt: skip
REASON_SOURCE = {
    "GEDRAG_RIJ": "behaviour_driving", "GEDRAG_VERDACHT": "behaviour_suspicious",
    "GEDRAG_VERKEERSOVERTREDING": "behaviour_traffic_offence",
    "OMST_TIJD_PLAATS": "circumstance_time_place", "OMST_HOTSPOT": "circumstance_hotspot",
    "OMST_VOERTUIGSTAAT": "circumstance_vehicle",
    "INFO_SIGNALEMENT": "information_description", "INFO_BRIEFING": "information_briefing",
    "INFO_BEVRAGING": "information_query", "INFO_MELDING": "information_report",
    "ALGEMEEN_VERKEER": "general_traffic", "ACTIE_GEBIED": "area_action", "ASELECT": "random",
    "GEVOEL": "feeling", "ANDERS": "other", "ONBEKEND": None,
}  # fmt: skip
GROUND_CLASSES = pl.Enum(["behaviour", "circumstances", "information", "whole_group", "none"])
"""The triad of the Handelingskader, the whole-group class, and no objective ground."""
REASON_GROUND: dict[str, str | None] = {
    "behaviour_driving": "behaviour", "behaviour_suspicious": "behaviour", "behaviour_traffic_offence": "behaviour",
    "circumstance_time_place": "circumstances", "circumstance_hotspot": "circumstances",
    "circumstance_vehicle": "circumstances",
    "information_description": "information", "information_briefing": "information",
    "information_query": "information", "information_report": "information",
    "general_traffic": "whole_group", "area_action": "whole_group", "random": "whole_group",
    "feeling": "none", "other": None,
}  # fmt: skip

LEGAL_BASES = pl.Enum([
    "WID2_PW8", "WVW160_1", "WVW160_3", "WVW160_4", "WVW160_5", "PW3", "PW7_3", "SV27_52", "SV55B", "SV96B",
    "WWM50_1", "WWM51_1", "WWM52_2", "GEMW151B", "GEMW174B", "OPW9_1", "OPW9_2", "VW50", "APV", "VRIJWILLIG",
    "ANDERS",
])  # fmt: skip
"""Codes of powers, kept as the law's own abbreviations; their articles and dates are configuration."""
LEGAL_BASIS_SOURCE: dict[str, str | None] = {code: code for code in LEGAL_BASES.categories} | {"ONBEKEND": None}
SUSPECT_POWERS = ("SV27_52", "SV55B", "SV96B", "OPW9_2")
SEARCH_POWERS = (
    "PW7_3",
    "SV55B",
    "SV96B",
    "WWM50_1",
    "WWM51_1",
    "WWM52_2",
    "GEMW151B",
    "GEMW174B",
    "OPW9_1",
    "OPW9_2",
    "VRIJWILLIG",
)
VEHICLE_POWERS = ("WVW160_1", "WVW160_3", "WVW160_4", "WVW160_5")
AREA_POWERS = ("GEMW151B", "GEMW174B")

ACTIONS = pl.Enum([
    "identity_asked", "queried", "breath_test", "safety_frisk", "preventive_search", "vehicle_viewed",
    "vehicle_searched", "conversation",
])  # fmt: skip
ACTION_SOURCE = {
    "ID_GEVRAAGD": "identity_asked", "BEVRAAGD": "queried", "ADEMTEST": "breath_test",
    "VEILIGHEIDSFOUILLERING": "safety_frisk", "PREVENTIEF_FOUILLEREN": "preventive_search",
    "VOERTUIG_BEKEKEN": "vehicle_viewed", "VOERTUIG_DOORZOCHT": "vehicle_searched", "GESPREK": "conversation",
}  # fmt: skip
IMPLAUSIBLE_RULES = (
    "suspect_power", "under_fourteen", "no_vehicle", "no_action", "search_without_power", "alien_with_traffic",
)  # fmt: skip
"""Plausibility rules of the legal basis, in the order in which they are tried."""

SEARCH_ACTIONS = ("safety_frisk", "preventive_search", "vehicle_searched")

RESULTS = pl.Enum([
    "arrest", "weapon_seized", "drugs_seized", "stolen_goods", "crime_report", "wanted_person", "open_fine",
    "offence_report", "traffic_fine", "licence_taken", "driving_ban", "bylaw_seizure", "bylaw_fine",
    "warning", "care", "referral", "information_only", "nothing_found",
])  # fmt: skip
"""From most to least far-reaching: the order decides which of several results is the primary one."""
RESULT_SOURCE = {
    "AANHOUDING": "arrest", "INBESLAGNAME_WAPEN_WWM": "weapon_seized", "INBESLAGNAME_DRUGS": "drugs_seized",
    "GOED_GESTOLEN": "stolen_goods", "PV_MISDRIJF": "crime_report", "SIGNALERING_GEZOCHT": "wanted_person",
    "OPENSTAANDE_BOETE": "open_fine", "PV_OVERTREDING": "offence_report", "BON_VERKEER": "traffic_fine",
    "RIJBEWIJS_INGENOMEN": "licence_taken", "RIJVERBOD": "driving_ban", "INBESLAGNAME_APV": "bylaw_seizure",
    "BON_APV": "bylaw_fine", "WAARSCHUWING": "warning", "HULPVERLENING": "care", "DOORVERWIJZING": "referral",
    "INFORMATIE_VASTGELEGD": "information_only", "GEEN_BIJZONDERHEDEN": "nothing_found", "ONBEKEND": None,
}  # fmt: skip
HIT_CLASSES = pl.Enum(["H1", "H2", "H3", "H4", "H5", "H0"])
"""H1 crime, H2 wanted or open fine, H3 traffic or by-law, H4 warning, H5 care, H0 no result or information only."""
RESULT_HIT_CLASS = {
    "arrest": "H1", "weapon_seized": "H1", "drugs_seized": "H1", "stolen_goods": "H1", "crime_report": "H1",
    "wanted_person": "H2", "open_fine": "H2",
    "offence_report": "H3", "traffic_fine": "H3", "licence_taken": "H3", "driving_ban": "H3",
    "bylaw_seizure": "H3", "bylaw_fine": "H3",
    "warning": "H4", "care": "H5", "referral": "H5", "information_only": "H0", "nothing_found": "H0",
}  # fmt: skip
STRICT_HITS = ("H1",)
BROAD_HITS = ("H1", "H2", "H3")

VEHICLE_KINDS = pl.Enum(["car", "van", "motorcycle", "moped", "bicycle", "fatbike", "other"])
VEHICLE_KIND_SOURCE = {
    "AUTO": "car", "BESTEL": "van", "MOTOR": "motorcycle", "BROMFIETS": "moped", "FIETS": "bicycle",
    "FATBIKE": "fatbike", "OVERIG": "other",
}  # fmt: skip
CONTINUED_REASONS = pl.Enum(["new_information", "other_behaviour", "alert", "none"])
CONTINUED_REASON_SOURCE = {
    "NIEUWE_INFO": "new_information", "ANDER_GEDRAG": "other_behaviour", "SIGNALERING": "alert", "GEEN": "none",
    "ONBEKEND": None,
}  # fmt: skip
EXPLANATION_WAYS = pl.Enum(["spoken", "card", "other"])
EXPLANATION_WAY_SOURCE = {"MONDELING": "spoken", "KAARTJE": "card", "ANDERS": "other"}
REACTIONS = pl.Enum(["calm", "questions", "irritated", "escalation"])
REACTION_SOURCE = {"RUSTIG": "calm", "VRAGEN": "questions", "GEIRRITEERD": "irritated", "ESCALATIE": "escalation"}
ACTIVITIES = pl.Enum(["virtual_reality", "profile_talk", "dialogue", "ride_along", "briefing"])
ACTIVITY_SOURCE = {
    "VR": "virtual_reality", "PROFIEL": "profile_talk", "DIALOOG": "dialogue", "MEEDRAAIEN": "ride_along",
    "BRIEFING": "briefing",
}  # fmt: skip
QUERY_SUBJECTS = pl.Enum(["person", "plate"])
QUERY_SUBJECT_SOURCE = {"PERSOON": "person", "KENTEKEN": "plate"}
BENCHMARKS = pl.Enum(["residents", "daytime", "suspects"])

SHIFT_BLOCKS = pl.Enum(["early", "late", "night"])
"""Part of the day in which a shift begins: from 5, from 13 and from 21 o'clock."""
SHIFT_BLOCK_SOURCE = {"VROEG": "early", "LAAT": "late", "NACHT": "night"}
ACTION_KINDS = pl.Enum(["training", "agreement", "area_search", "other"])
ACTION_KIND_SOURCE = {
    "TRAINING": "training", "AFSPRAAK": "agreement", "GEBIEDSACTIE": "area_search", "OVERIG": "other",
}  # fmt: skip
ACTION_WAYS = pl.Enum(["vr", "profile", "dialogue", "ride_along", "register", "explain", "other"])
"""How a team goes about an agreement; all of it is told in words from a list."""
ACTION_WAY_SOURCE = {
    "VR_BRIL": "vr", "BEJEGENINGSPROFIEL": "profile", "DIALOOG": "dialogue", "MEEDRAAIEN": "ride_along",
    "REGISTREREN": "register", "UITLEG": "explain", "ANDERS": "other",
}  # fmt: skip
AGREEMENT_STATES = pl.Enum(["running", "kept", "adjusted", "dropped"])
AGREEMENT_STATE_SOURCE = {
    "LOOPT": "running", "GEHAALD": "kept", "BIJGESTELD": "adjusted", "LOSGELATEN": "dropped",
}  # fmt: skip
AIMS = pl.Enum([
    "coverage_no_result", "registrations", "explained", "dossier", "reason", "timeliness", "debriefed", "reason_text",
    "history", "repeat", "repeat_vehicle", "yield",
])  # fmt: skip
"""What an action wants to change; each is a measure that the reports follow."""
AIM_SOURCE = {
    "PROACTIVE": "registrations", "RESULT": "yield", "GROUND": "reason", "QUERIED_BEFORE": "history",
    "REPEAT_PERSON_30": "repeat", "REPEAT_VEHICLE_30": "repeat_vehicle", "SAMPLE": "coverage_no_result",
}  # fmt: skip
"""Names of partitions, as files of before 2027 have them."""
CHOSEN_AIMS = ("coverage_no_result", "explained", "dossier", "reason", "repeat", "timeliness", "history")
"""Those that a team can choose from; the others are of older files, or would invite to chase a result."""

BENCHMARK_SOURCE = {
    "INWONERS": "residents",
    "DAGBEVOLKING": "daytime",
    "VERDACHTEN": "suspects",
    "RESIDENTS": "residents",
    "DAYTIME": "daytime",
    "SUSPECTS": "suspects",
}
GROUP_KIND_SOURCE = {
    "LEEFTIJD": "age_band",
    "GESLACHT": "sex",
    "HERKOMST": "origin",
    "AGE_BAND": "age_band",
    "SEX": "sex",
    "ORIGIN": "origin",
}
