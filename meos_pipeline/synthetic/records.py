"""What officers typed: registered checks as rows of the Dutch export, with what is late, empty or implausible."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from meos_pipeline.synthetic import texts
from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.encounters import MINUTES_PER_DAY, Checks, Flags, Streets
from meos_pipeline.synthetic.names import DISTRICT, REGIONAL_UNIT, area_codes, spellings
from meos_pipeline.synthetic.people import Ints, full_names, person_numbers, plates
from meos_pipeline.synthetic.words import flags, spelled
from meos_pipeline.synthetic.world import Floats

_AGE_BOUNDS = np.array([[10, 11], [12, 17], [18, 24], [25, 34], [35, 44], [45, 54], [55, 64], [65, 88]])
_SUBJECTS = {"PERSOON": 0.30, "VOERTUIG": 0.20, "PERSOON,VOERTUIG": 0.46, "GROEP": 0.04}
_SHIFTS = {"NOODHULP": 0.52, "WIJK": 0.20, "HORECA": 0.08, "VERKEER": 0.08, "FLEX": 0.06, "OVERIG": 0.02, "ACTIE": 0.04}
_REASONS = {
    "GEDRAG_RIJ": 0.17, "GEDRAG_VERDACHT": 0.14, "OMST_TIJD_PLAATS": 0.12, "OMST_TIJD_PLAATS,INFO_BRIEFING": 0.06,
    "OMST_HOTSPOT": 0.08, "OMST_VOERTUIGSTAAT": 0.07, "INFO_SIGNALEMENT": 0.05, "INFO_BRIEFING": 0.05,
    "INFO_BEVRAGING": 0.05, "ALGEMEEN_VERKEER": 0.10, "ASELECT": 0.02, "GEVOEL": 0.04, "GEVOEL,GEDRAG_VERDACHT": 0.02,
    "ANDERS": 0.03,
}  # fmt: skip
_REASONS_REACTIVE = {"GEDRAG_VERKEERSOVERTREDING": 0.5, "INFO_MELDING": 0.3, "INFO_SIGNALEMENT": 0.2}
_REASONS_ACTION = {"ACTIE_GEBIED": 1.0}
_BASES_VEHICLE = {
    "WVW160_1": 0.60, "WVW160_4": 0.15, "WVW160_5": 0.09, "WID2_PW8,WVW160_1": 0.10, "PW3": 0.02, "SV27_52": 0.02,
    "VW50,WVW160_1": 0.01, "OPW9_1": 0.01,
}  # fmt: skip
_BASES_PERSON = {
    "WID2_PW8": 0.60, "PW3": 0.16, "APV": 0.09, "VRIJWILLIG": 0.06, "WVW160_1": 0.04, "SV27_52": 0.03, "VW50": 0.01,
    "ANDERS": 0.01,
}  # fmt: skip
_BASES_REACTIVE = {"SV27_52": 0.45, "WVW160_4": 0.35, "SV55B": 0.08, "WWM52_2": 0.07, "SV96B": 0.05}
_BASES_ACTION = {"GEMW151B": 1.0}
_ACTIONS = {
    "ID_GEVRAAGD,BEVRAAGD": 0.34, "BEVRAAGD": 0.20, "ID_GEVRAAGD": 0.14, "GESPREK": 0.14, "ADEMTEST": 0.05,
    "BEVRAAGD,VOERTUIG_BEKEKEN": 0.08, "ID_GEVRAAGD,VEILIGHEIDSFOUILLERING": 0.03, "VOERTUIG_DOORZOCHT": 0.02,
}  # fmt: skip
_ACTIONS_ACTION = {"PREVENTIEF_FOUILLEREN": 0.7, "ID_GEVRAAGD,PREVENTIEF_FOUILLEREN": 0.3}
_RESULTS_STRICT = {
    "AANHOUDING": 0.33, "AANHOUDING,INBESLAGNAME_DRUGS": 0.10, "INBESLAGNAME_DRUGS": 0.16, "PV_MISDRIJF": 0.25,
    "INBESLAGNAME_WAPEN_WWM": 0.09, "GOED_GESTOLEN": 0.07,
}  # fmt: skip
_RESULTS_BROAD = {
    "BON_VERKEER": 0.44, "OPENSTAANDE_BOETE": 0.10, "SIGNALERING_GEZOCHT": 0.08, "PV_OVERTREDING": 0.12,
    "BON_APV": 0.13, "RIJVERBOD": 0.05, "BON_VERKEER,RIJBEWIJS_INGENOMEN": 0.05, "INBESLAGNAME_APV": 0.03,
}  # fmt: skip
_RESULTS_NONE = {
    "GEEN_BIJZONDERHEDEN": 0.70, "INFORMATIE_VASTGELEGD": 0.14, "WAARSCHUWING": 0.11, "HULPVERLENING": 0.02,
    "DOORVERWIJZING": 0.03,
}  # fmt: skip
_VEHICLES = {
    "AUTO": 0.62, "BESTEL": 0.10, "MOTOR": 0.04, "BROMFIETS": 0.11, "FIETS": 0.05, "FATBIKE": 0.07, "OVERIG": 0.01,
}  # fmt: skip
_INITIATIVES = {"EIGEN": 0.90, "OPDRACHT": 0.10}
_INITIATIVES_REACTIVE = {"MELDING": 0.62, "EIGEN": 0.30, "SIGNALERING": 0.08}
_COUNTRIES = {"NL": 0.92, "DE": 0.03, "BE": 0.02, "PL": 0.03}
_WAYS = {"MONDELING": 0.92, "KAARTJE": 0.06, "ANDERS": 0.02}
_REACTIONS = {"RUSTIG": 0.74, "VRAGEN": 0.16, "GEIRRITEERD": 0.08, "ESCALATIE": 0.02}
_CONTINUED = {"NIEUWE_INFO": 0.35, "ANDER_GEDRAG": 0.25, "SIGNALERING": 0.10, "GEEN": 0.30}

EXPORT_DAY, EXPORT_MINUTE = 3, 6 * 60
"""A month's export is made on the third of the next month, at six in the morning."""


def columns_of(*, origin: bool) -> list[str]:
    """Return the headers of the export, in order."""
    headers = [
        "controle_id", "registratienummer", "datum", "tijd", "datumtijd_registratie", "eenheid", "district",
        "basisteam_medewerker", "basisteam_plaats", "dienstsoort", "actie_id", "medewerker", "soort_controle",
        "proactief", "initiatief", "reden_code", "reden_toelichting", "grondslag", "handeling", "resultaat_code",
        "resultaat_toelichting", "kenteken", "land_kenteken", "voertuigsoort", "persoon_id", "naam", "leeftijd",
        "geslacht", "aantal_personen", "bevraging_vooraf", "geschiedenis_getoond", "aantal_eerdere_controles",
        "melding_herhaald", "reden_toch_controle", "uitleg_gegeven", "uitleg_wijze", "gelegitimeerd",
        "reactie_burger", "bodycam", "nabesproken", "wijk_code", "duur_minuten", "bron", "app_versie", "status",
    ]  # fmt: skip
    return [*headers, "herkomst"] if origin else headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows of one month and some teams, in the order of entry, with the minute at which each was entered."""

    rows: pl.DataFrame
    entered: Ints
    checks: Checks


class Desk:
    """Writes checks down as the app's users do."""

    def __init__(self, streets: Streets, *, origin: bool) -> None:
        """Prepare the lists of words that every month uses."""
        self.streets, self.world, self.origin = streets, streets.world, origin
        self.planted_people: list[Ints] = []
        """Those whose name, number or plate stands in a remark."""
        self.documents: list[str] = []
        """Document numbers in remarks."""
        self._teams = pl.Enum([*self.world.names, *(spellings(name)[0] for name in self.world.names)])
        areas = [code for team in range(self.world.teams) for code in area_codes(team, w.AREAS_PER_TEAM)]
        self._areas = pl.Enum(areas)

    def write(self, checks: Checks, first_number: int, month: int, rng: np.random.Generator) -> Block:
        """Return the registered ones among the checks as rows of the export."""
        checks = checks.take(checks.registered)
        n = len(checks)
        delay = self._delays(checks.minute, n, rng)
        order = np.argsort(checks.minute + delay, kind="stable")
        checks, delay = checks.take(order), delay[order]
        entered = checks.minute + delay
        columns = self._columns(checks, entered, first_number, month, rng)
        rows = pl.select(**columns).select(columns_of(origin=self.origin))
        return Block(rows=rows, entered=entered, checks=checks)

    def _columns(
        self, checks: Checks, entered: Ints, first_number: int, month: int, rng: np.random.Generator
    ) -> dict[str, pl.Expr | pl.Series]:
        n, world, people = len(checks), self.world, self.streets.people
        number = first_number + np.arange(n)
        team = checks.team
        action = checks.proactive & ~checks.repeat & (rng.random(n) < _SHIFTS["ACTIE"])
        reactive = ~checks.proactive
        subject = _draw(rng, n, _SUBJECTS)
        subject = np.where(action & (subject == 1), 0, subject)
        has_person, has_vehicle = subject != 1, (subject == 1) | (subject == 2)
        shift = np.where(action, 6, _draw(rng, n, {k: p for k, p in _SHIFTS.items() if k != "ACTIE"}))
        queried = rng.random(n) < np.where(has_vehicle, 0.55, 0.30)
        earlier = checks.repeat * (1 + rng.poisson(0.3, n)) + (rng.random(n) < 0.06)
        history = queried & (earlier > 0)
        warned = history & (rng.random(n) < 0.8)
        explained = rng.random(n) < w.expit(world.explained[team])
        place_other = rng.random(n) < 0.07
        place = np.where(place_other, (team + 1) % world.teams, team)
        area = place * w.AREAS_PER_TEAM + rng.choice(w.AREAS_PER_TEAM, n, p=(0.5, 0.3, 0.2))
        bounds = _AGE_BOUNDS[people.age[checks.person]]
        age = bounds[:, 0] + (rng.random(n) * (bounds[:, 1] - bounds[:, 0] + 1)).astype(np.int64)
        result = np.where(
            checks.strict, _draw(rng, n, _RESULTS_STRICT),
            np.where(checks.hit, len(_RESULTS_STRICT) + _draw(rng, n, _RESULTS_BROAD),
                     len(_RESULTS_STRICT) + len(_RESULTS_BROAD) + _draw(rng, n, _RESULTS_NONE)),
        )  # fmt: skip
        reason = _choose(rng, n, (action, _REASONS_ACTION), (reactive, _REASONS_REACTIVE), (None, _REASONS))
        basis = _choose(
            rng, n, (action, _BASES_ACTION), (reactive, _BASES_REACTIVE), (has_vehicle, _BASES_VEHICLE),
            (None, _BASES_PERSON),
        )  # fmt: skip
        acted = _choose(rng, n, (action, _ACTIONS_ACTION), (None, _ACTIONS))
        initiative = _choose(rng, n, (action, {"ACTIE": 1.0}), (reactive, _INITIATIVES_REACTIVE), (None, _INITIATIVES))
        clock = checks.minute % MINUTES_PER_DAY
        rounding = rng.random(n)
        clock = np.where(rounding < 0.08, clock // 60 * 60, np.where(rounding < 0.40, clock // 5 * 5, clock))
        person, vehicle = flags(has_person), flags(has_vehicle)
        empty = world.empty_field[team]
        identifier = {
            "number": person_numbers(checks.person),
            "plate": plates(checks.vehicle),
            "name": full_names(checks.person),
        }
        words = texts.remarks(rng, n)
        outcome_words, documents = texts.outcome_remarks(rng, n, number)
        self.planted_people.append(checks.person[words[1] > 0])
        self.documents += documents
        return {
            "controle_id": pl.concat_str(pl.lit("C"), pl.lit(pl.Series(number)).cast(pl.String).str.zfill(10)),
            "registratienummer": pl.when(flags(checks.hit)).then(
                pl.concat_str(pl.lit("PL9900-"), pl.lit(pl.Series(number)).cast(pl.String).str.zfill(10), pl.lit("-1"))
            ),
            "datum": self._dates(checks.minute // MINUTES_PER_DAY),
            "tijd": _holes(spelled(clock, _CLOCK), rng, empty, -4.0),
            "datumtijd_registratie": pl.concat_str(
                pl.lit(self._dates(entered // MINUTES_PER_DAY)),
                pl.lit(" "),
                pl.lit(spelled(entered % MINUTES_PER_DAY, _CLOCK)),
            ),
            "eenheid": pl.lit(pl.Series([REGIONAL_UNIT]).new_from_index(0, n)),
            "district": pl.lit(pl.Series([DISTRICT]).new_from_index(0, n)),
            "basisteam_medewerker": spelled(team + world.teams * (rng.random(n) < 0.1), self._teams),
            "basisteam_plaats": spelled(place, self._teams),
            "dienstsoort": spelled(shift, pl.Enum(list(_SHIFTS)[:-1] + ["ACTIE"])),
            "actie_id": pl.when(flags(action)).then(
                pl.concat_str(pl.lit("VRG-"), pl.lit(spelled(team, self._teams)))
            ),
            "medewerker": pl.concat_str(
                pl.lit("MW"), pl.lit(pl.Series(checks.officer + 1)).cast(pl.String).str.zfill(6)
            ),
            "soort_controle": spelled(subject, pl.Enum(list(_SUBJECTS))),
            "proactief": _holes(_yes_no(checks.proactive), rng, empty, -3.5),
            "initiatief": _holes(initiative, rng, empty, -3.5),
            "reden_code": _holes(reason, rng, empty, -2.7),
            "reden_toelichting": texts.with_identifiers(words, identifier),
            "grondslag": _holes(basis, rng, empty, -2.3),
            "handeling": _holes(acted, rng, empty, -2.6),
            "resultaat_code": _holes(spelled(result, _RESULTS), rng, empty, -2.9),
            "resultaat_toelichting": outcome_words,
            "kenteken": pl.when(vehicle).then(identifier["plate"]),
            "land_kenteken": pl.when(vehicle).then(pl.lit(spelled(_draw(rng, n, _COUNTRIES), pl.Enum(list(_COUNTRIES))))),
            "voertuigsoort": pl.when(vehicle).then(pl.lit(spelled(_draw(rng, n, _VEHICLES), pl.Enum(list(_VEHICLES))))),
            "persoon_id": pl.when(person).then(pl.lit(pl.Series(identifier["number"]))),
            "naam": pl.when(person).then(identifier["name"]),
            "leeftijd": pl.when(person).then(_holes(pl.Series(age), rng, empty, -3.6)),
            "geslacht": pl.when(person).then(
                _holes(spelled(people.sex[checks.person], pl.Enum(["M", "V", "X"])), rng, empty, -3.8)
            ),
            "aantal_personen": pl.Series(np.where(subject == 3, 2 + rng.poisson(1.0, n), 1)),
            "bevraging_vooraf": _holes(_yes_no(queried), rng, empty, -3.0),
            "geschiedenis_getoond": _holes(_yes_no(history), rng, empty, -3.0),
            "aantal_eerdere_controles": pl.when(flags(queried)).then(pl.lit(pl.Series(earlier))),
            "melding_herhaald": _yes_no(warned),
            "reden_toch_controle": pl.when(flags(warned)).then(
                _holes(spelled(_draw(rng, n, _CONTINUED), pl.Enum(list(_CONTINUED))), rng, empty, -1.5)
            ),
            "uitleg_gegeven": _holes(_yes_no(explained), rng, empty, -2.4),
            "uitleg_wijze": pl.when(flags(explained)).then(
                pl.lit(spelled(_draw(rng, n, _WAYS), pl.Enum(list(_WAYS))))
            ),
            "gelegitimeerd": _yes_no(rng.random(n) < 0.85),
            "reactie_burger": _holes(spelled(_draw(rng, n, _REACTIONS), pl.Enum(list(_REACTIONS))), rng, empty, -2.0),
            "bodycam": _yes_no(rng.random(n) < 0.35),
            "nabesproken": _yes_no(rng.random(n) < 0.18),
            "wijk_code": _holes(spelled(area, self._areas), rng, empty, -3.2),
            "duur_minuten": pl.Series(np.clip(rng.gamma(3, 4, n), 1, 120).astype(np.int64)),
            "bron": pl.lit(pl.Series(["MEOS"]).new_from_index(0, n)),
            "app_versie": pl.lit(
                pl.Series(["5.3" if month < world.break_month else "6.0"]).new_from_index(0, n)
            ),
            "status": spelled((rng.random(n) < 0.004).astype(np.int64), pl.Enum(["DEFINITIEF", "CONCEPT"])),
            **({"herkomst": pl.when(person).then(
                pl.lit(spelled(people.origin[checks.person], pl.Enum(list(w.ORIGINS)))))} if self.origin else {}),
        }  # fmt: skip

    def _dates(self, day: Ints) -> pl.Series:
        first = int(day.min()) if len(day) else 0
        last = int(day.max()) if len(day) else 0
        start: date = self.streets.origin_day
        written = pl.Enum([(start + timedelta(days=i)).strftime("%d-%m-%Y") for i in range(first, last + 1)])
        return spelled(day - first, written)

    @staticmethod
    def _delays(minute: Ints, n: int, rng: np.random.Generator) -> Ints:
        kind = rng.random(n)
        soon = np.minimum(np.exp(rng.normal(np.log(16), 0.9, n)), 600)
        clock = minute % MINUTES_PER_DAY
        end_of_shift = (7 * 60 - clock) % (8 * 60) + 1 + rng.integers(0, 3, n)
        days = np.minimum(rng.exponential(6.0, n), 34) * MINUTES_PER_DAY + 60
        return np.where(kind < 0.86, soon, np.where(kind < 0.97, end_of_shift, days)).astype(np.int64)


_CLOCK = pl.Enum([f"{i // 60:02d}:{i % 60:02d}" for i in range(MINUTES_PER_DAY)])
_RESULTS = pl.Enum([*_RESULTS_STRICT, *_RESULTS_BROAD, *_RESULTS_NONE])


def _yes_no(values: Flags) -> pl.Series:
    return spelled(values.astype(np.int64), pl.Enum(["N", "J"]))


def _draw(rng: np.random.Generator, n: int, shares: dict[str, float]) -> Ints:
    weights = np.array(list(shares.values()))
    return _position(weights, rng.random(n))


def _position(weights: Floats, uniform: Floats) -> Ints:
    running = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(running, uniform, side="right"), len(weights) - 1).astype(np.int64)


def _choose(rng: np.random.Generator, n: int, *cases: tuple[Flags | None, dict[str, float]]) -> pl.Series:
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


def _holes(values: pl.Series, rng: np.random.Generator, empty: Floats, log_odds: float) -> pl.Series:
    kept = rng.random(len(values)) >= w.expit(empty + log_odds)
    return pl.select(pl.when(flags(kept)).then(pl.lit(values))).to_series()
