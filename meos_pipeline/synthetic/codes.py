"""How often which code is typed, and drawing from such lists. Several codes in one field are joined by a comma."""

import numpy as np
import polars as pl

from meos_pipeline.synthetic.encounters import Flags
from meos_pipeline.synthetic.people import Ints
from meos_pipeline.synthetic.words import spelled
from meos_pipeline.synthetic.world import Floats

SUBJECTS = {"PERSOON": 0.30, "VOERTUIG": 0.20, "PERSOON,VOERTUIG": 0.46, "GROEP": 0.04}
SHIFTS = {"NOODHULP": 0.52, "WIJK": 0.20, "HORECA": 0.08, "VERKEER": 0.08, "FLEX": 0.06, "OVERIG": 0.02, "ACTIE": 0.04}
REASONS = {
    "GEDRAG_RIJ": 0.17, "GEDRAG_VERDACHT": 0.14, "OMST_TIJD_PLAATS": 0.12, "OMST_TIJD_PLAATS,INFO_BRIEFING": 0.06,
    "OMST_HOTSPOT": 0.08, "OMST_VOERTUIGSTAAT": 0.07, "INFO_SIGNALEMENT": 0.05, "INFO_BRIEFING": 0.05,
    "INFO_BEVRAGING": 0.05, "ALGEMEEN_VERKEER": 0.10, "ASELECT": 0.02, "GEVOEL": 0.04, "GEVOEL,GEDRAG_VERDACHT": 0.02,
    "ANDERS": 0.03,
}  # fmt: skip
REASONS_REACTIVE = {"GEDRAG_VERKEERSOVERTREDING": 0.5, "INFO_MELDING": 0.3, "INFO_SIGNALEMENT": 0.2}
REASONS_ACTION = {"ACTIE_GEBIED": 1.0}
BASES_VEHICLE = {
    "WVW160_1": 0.62, "WVW160_4": 0.16, "WVW160_5": 0.09, "WID2_PW8,WVW160_1": 0.10, "PW3": 0.019, "SV27_52": 0.004,
    "VW50,WVW160_1": 0.002, "OPW9_1": 0.005,
}  # fmt: skip
BASES_PERSON = {
    "WID2_PW8": 0.64, "PW3": 0.165, "APV": 0.09, "VRIJWILLIG": 0.06, "PW3,PW7_3": 0.025, "SV27_52": 0.004,
    "WVW160_1": 0.003, "VW50": 0.003, "ANDERS": 0.01,
}  # fmt: skip
BASES_CHILD = {"PW3": 0.80, "APV": 0.185, "WID2_PW8": 0.015}
"""Under 14, on foot."""
BASES_REACTIVE = {"SV27_52": 0.45, "WVW160_4": 0.35, "SV55B": 0.08, "WWM52_2": 0.07, "SV96B": 0.05}
BASES_REACTIVE_PERSON = {"SV27_52": 0.75, "SV55B": 0.13, "WWM52_2": 0.07, "SV96B": 0.05}
BASES_ACTION = {"GEMW151B": 1.0}
SEARCHING = frozenset({"PW3,PW7_3", "OPW9_1", "SV55B", "WWM52_2", "SV96B"})
"""Bases that allow a search and are chosen for it."""
ACTIONS_VEHICLE = {
    "ID_GEVRAAGD,BEVRAAGD": 0.34, "BEVRAAGD": 0.22, "ID_GEVRAAGD": 0.13, "GESPREK": 0.12, "ADEMTEST": 0.08,
    "BEVRAAGD,VOERTUIG_BEKEKEN": 0.1096, "VOERTUIG_DOORZOCHT": 0.0004,
}  # fmt: skip
ACTIONS_PERSON = {
    "ID_GEVRAAGD,BEVRAAGD": 0.40, "BEVRAAGD": 0.22, "ID_GEVRAAGD": 0.20, "GESPREK": 0.1796,
    "ID_GEVRAAGD,VEILIGHEIDSFOUILLERING": 0.0004,
}  # fmt: skip
ACTIONS_SEARCH_VEHICLE = {"VOERTUIG_DOORZOCHT": 0.55, "BEVRAAGD,VOERTUIG_BEKEKEN": 0.45}
ACTIONS_SEARCH_PERSON = {"ID_GEVRAAGD,VEILIGHEIDSFOUILLERING": 0.80, "ID_GEVRAAGD,BEVRAAGD": 0.20}
ACTIONS_ACTION = {"PREVENTIEF_FOUILLEREN": 0.7, "ID_GEVRAAGD,PREVENTIEF_FOUILLEREN": 0.3}
RESULTS_STRICT = {
    "AANHOUDING": 0.33, "AANHOUDING,INBESLAGNAME_DRUGS": 0.10, "INBESLAGNAME_DRUGS": 0.16, "PV_MISDRIJF": 0.25,
    "INBESLAGNAME_WAPEN_WWM": 0.09, "GOED_GESTOLEN": 0.07,
}  # fmt: skip
RESULTS_BROAD = {
    "BON_VERKEER": 0.44, "OPENSTAANDE_BOETE": 0.10, "SIGNALERING_GEZOCHT": 0.08, "PV_OVERTREDING": 0.12,
    "BON_APV": 0.13, "RIJVERBOD": 0.05, "BON_VERKEER,RIJBEWIJS_INGENOMEN": 0.05, "INBESLAGNAME_APV": 0.03,
}  # fmt: skip
RESULTS_NONE = {
    "GEEN_BIJZONDERHEDEN": 0.70, "INFORMATIE_VASTGELEGD": 0.14, "WAARSCHUWING": 0.11, "HULPVERLENING": 0.02,
    "DOORVERWIJZING": 0.03,
}  # fmt: skip
VEHICLES = {
    "AUTO": 0.62, "BESTEL": 0.10, "MOTOR": 0.04, "BROMFIETS": 0.11, "FIETS": 0.05, "FATBIKE": 0.07, "OVERIG": 0.01,
}  # fmt: skip
INITIATIVES = {"EIGEN": 0.998, "OPDRACHT": 0.002}
INITIATIVES_REACTIVE = {"MELDING": 0.62, "EIGEN": 0.30, "SIGNALERING": 0.08}
COUNTRIES = {"NL": 0.92, "DE": 0.03, "BE": 0.02, "PL": 0.03}
WAYS = {"MONDELING": 0.92, "KAARTJE": 0.06, "ANDERS": 0.02}
REACTIONS = {"RUSTIG": 0.74, "VRAGEN": 0.16, "GEIRRITEERD": 0.08, "ESCALATIE": 0.02}
CONTINUED = {"NIEUWE_INFO": 0.35, "ANDER_GEDRAG": 0.25, "SIGNALERING": 0.10, "GEEN": 0.30}

RESULTS = pl.Enum([*RESULTS_STRICT, *RESULTS_BROAD, *RESULTS_NONE])
"""In the order in which they are drawn."""


def draw(rng: np.random.Generator, n: int, shares: dict[str, float]) -> Ints:
    """Draw ``n`` positions in the list of codes."""
    weights = np.array(list(shares.values()))
    return _position(weights, rng.random(n))


def _position(weights: Floats, uniform: Floats) -> Ints:
    running = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(running, uniform, side="right"), len(weights) - 1).astype(np.int64)


def choose(rng: np.random.Generator, n: int, *cases: tuple[Flags | None, dict[str, float]]) -> pl.Series:
    """Draw codes: each row from the first case whose condition holds (None: always)."""
    words = list(dict.fromkeys(word for _, shares in cases for word in shares))
    place = {word: i for i, word in enumerate(words)}
    uniform = rng.random(n)
    conditions: list[Flags] = []
    drawn: list[Ints] = []
    for condition, shares in cases:
        codes = np.array([place[word] for word in shares])
        conditions.append(np.ones(n, dtype=bool) if condition is None else condition)
        drawn.append(codes[_position(np.array(list(shares.values())), uniform)])
    return spelled(np.select(conditions, drawn), pl.Enum(words))
