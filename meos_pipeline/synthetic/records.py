"""What officers typed: registered checks as rows of the Dutch export, with what is late, empty or implausible."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl

from meos_pipeline.synthetic import codes as c
from meos_pipeline.synthetic import texts
from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.encounters import MINUTES_PER_DAY, Checks, Flags, Streets
from meos_pipeline.synthetic.names import DISTRICT, REGIONAL_UNIT, area_codes, spellings
from meos_pipeline.synthetic.people import Ints, full_names, person_numbers, plates
from meos_pipeline.synthetic.words import flags, spelled
from meos_pipeline.synthetic.world import Floats

_SOON_SHARE, _END_OF_SHIFT_SHARE = 0.86, 0.11
"""Share of checks entered at once, and at the end of the eight-hour shift; the others are days late."""
_MOST_DAYS_LATE = 34
_WHOLE_HOUR_SHARE, _FIVE_MINUTES_SHARE = 0.08, 0.32
"""How often the time is rounded down, to the hour and to five minutes."""
_VEHICLE, _BOTH, _GROUP = 1, 2, 3
"""Places in the list of subjects."""
_OLDER_CHECK, _WARNED = 0.06, 0.8
"""Chance that the app shows a check by another team, and that shown history comes with a warning."""
_OTHER_AREA_SHARE = 0.07
_ALIAS_SHARE = 0.10
"""How often the team is written in another spelling."""
_BODYCAM, _DEBRIEFED, _IDENTIFIED, _DRAFT = 0.35, 0.18, 0.85, 0.004
_AGE_BOUNDS = np.array([[10, 11], [12, 17], [18, 24], [25, 34], [35, 44], [45, 54], [55, 64], [65, 88]])
_IDENTITY_AGE = 14
IDENTIFIERS_PER_KIND = 2_000
EXPORT_DAY, EXPORT_MINUTE = 3, 6 * 60
"""A month's export is made on the third of the next month, at six in the morning."""


def columns_of(*, origin: bool) -> list[str]:
    """Return the headers of the export, in order."""
    headers = [
        "controle_id",
        "registratienummer",
        "datum",
        "tijd",
        "datumtijd_registratie",
        "eenheid",
        "district",
        "basisteam_medewerker",
        "basisteam_plaats",
        "dienstsoort",
        "actie_id",
        "medewerker",
        "soort_controle",
        "proactief",
        "initiatief",
        "reden_code",
        "reden_toelichting",
        "grondslag",
        "handeling",
        "resultaat_code",
        "resultaat_toelichting",
        "kenteken",
        "land_kenteken",
        "voertuigsoort",
        "persoon_id",
        "naam",
        "leeftijd",
        "geslacht",
        "aantal_personen",
        "bevraging_vooraf",
        "geschiedenis_getoond",
        "aantal_eerdere_controles",
        "melding_herhaald",
        "reden_toch_controle",
        "uitleg_gegeven",
        "uitleg_wijze",
        "gelegitimeerd",
        "reactie_burger",
        "bodycam",
        "nabesproken",
        "wijk_code",
        "duur_minuten",
        "bron",
        "app_versie",
        "status",
    ]
    return [*headers, "herkomst"] if origin else headers


@dataclass(slots=True)
class Identifiers:
    """Who and what was written down, up to ``IDENTIFIERS_PER_KIND`` of each: what may be found nowhere else."""

    numbered: list[Ints] = field(default_factory=list)
    """People whose number stands in a remark."""
    named: list[Ints] = field(default_factory=list)
    """People whose name stands in a remark."""
    people: list[Ints] = field(default_factory=list)
    vehicles: list[Ints] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)

    def add(self, numbered: Ints, named: Ints, people: Ints, vehicles: Ints, documents: list[str]) -> None:
        """Add those of one block, as far as there is room."""
        groups = (
            (self.numbered, numbered),
            (self.named, named),
            (self.people, people),
            (self.vehicles, vehicles),
        )
        for kept, more in groups:
            room = IDENTIFIERS_PER_KIND - sum(len(part) for part in kept)
            if room > 0:
                kept.append(more[:room].copy())
        self.documents += documents[: max(0, IDENTIFIERS_PER_KIND - len(self.documents))]


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
        self.identifiers = Identifiers()
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
        rows = pl.select(columns[name].alias(name) for name in columns_of(origin=self.origin))
        return Block(rows=rows, entered=entered, checks=checks)

    def _columns(
        self, checks: Checks, entered: Ints, first_number: int, month: int, rng: np.random.Generator
    ) -> dict[str, pl.Expr | pl.Series]:
        n, world, people = len(checks), self.world, self.streets.people
        number = first_number + np.arange(n)
        team = checks.team
        action = checks.proactive & ~checks.repeat & (rng.random(n) < c.SHIFTS["ACTIE"])
        reactive = ~checks.proactive
        subject = c.draw(rng, n, c.SUBJECTS)
        subject = np.where(action & (subject == _VEHICLE), 0, subject)
        has_person, has_vehicle = subject != _VEHICLE, np.isin(subject, (_VEHICLE, _BOTH))
        shift = np.where(action, 6, c.draw(rng, n, {k: p for k, p in c.SHIFTS.items() if k != "ACTIE"}))
        queried = rng.random(n) < np.where(has_vehicle, 0.55, 0.30)
        earlier = checks.repeat * (1 + rng.poisson(0.3, n)) + (rng.random(n) < _OLDER_CHECK)
        history = queried & (earlier > 0)
        warned = history & (rng.random(n) < _WARNED)
        explained = rng.random(n) < w.expit(world.explained[team])
        place_other = rng.random(n) < _OTHER_AREA_SHARE
        place = np.where(place_other, (team + 1) % world.teams, team)
        area = place * w.AREAS_PER_TEAM + rng.choice(w.AREAS_PER_TEAM, n, p=(0.5, 0.3, 0.2))
        bounds = _AGE_BOUNDS[people.age[checks.person]]
        age = bounds[:, 0] + (rng.random(n) * (bounds[:, 1] - bounds[:, 0] + 1)).astype(np.int64)
        result = np.where(
            checks.strict,
            c.draw(rng, n, c.RESULTS_STRICT),
            np.where(
                checks.hit,
                len(c.RESULTS_STRICT) + c.draw(rng, n, c.RESULTS_BROAD),
                len(c.RESULTS_STRICT) + len(c.RESULTS_BROAD) + c.draw(rng, n, c.RESULTS_NONE),
            ),
        )
        reason = c.choose(rng, n, (action, c.REASONS_ACTION), (reactive, c.REASONS_REACTIVE), (None, c.REASONS))
        basis = c.choose(
            rng,
            n,
            (action, c.BASES_ACTION),
            (reactive & has_vehicle, c.BASES_REACTIVE),
            (reactive, c.BASES_REACTIVE_PERSON),
            (has_vehicle, c.BASES_VEHICLE),
            (age < _IDENTITY_AGE, c.BASES_CHILD),
            (None, c.BASES_PERSON),
        )
        may_search = basis.cast(pl.String()).is_in(list(c.SEARCHING)).to_numpy()
        acted = c.choose(
            rng,
            n,
            (action, c.ACTIONS_ACTION),
            (may_search & has_vehicle, c.ACTIONS_SEARCH_VEHICLE),
            (may_search, c.ACTIONS_SEARCH_PERSON),
            (has_vehicle, c.ACTIONS_VEHICLE),
            (None, c.ACTIONS_PERSON),
        )
        initiative = c.choose(
            rng, n, (action, {"ACTIE": 1.0}), (reactive, c.INITIATIVES_REACTIVE), (None, c.INITIATIVES)
        )
        clock = checks.minute % MINUTES_PER_DAY
        rounding = rng.random(n)
        clock = np.where(
            rounding < _WHOLE_HOUR_SHARE,
            clock // 60 * 60,
            np.where(rounding < _WHOLE_HOUR_SHARE + _FIVE_MINUTES_SHARE, clock // 5 * 5, clock),
        )
        person, vehicle = flags(has_person), flags(has_vehicle)
        empty = world.empty_field[team]
        identifier = {
            "number": pl.lit(pl.Series(person_numbers(checks.person))),
            "plate": plates(checks.vehicle),
            "name": full_names(checks.person),
        }
        words = texts.remarks(rng, n)
        outcome_words, documents = texts.outcome_remarks(rng, n, number)
        self.identifiers.add(
            checks.person[words[1] == texts.NUMBER],
            checks.person[np.isin(words[1], texts.NAMED)],
            checks.person[has_person],
            checks.vehicle[has_vehicle],
            documents,
        )
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
            "basisteam_medewerker": spelled(team + world.teams * (rng.random(n) < _ALIAS_SHARE), self._teams),
            "basisteam_plaats": spelled(place, self._teams),
            "dienstsoort": spelled(shift, pl.Enum(list(c.SHIFTS))),
            "actie_id": pl.when(flags(action)).then(pl.concat_str(pl.lit("VRG-"), pl.lit(spelled(team, self._teams)))),
            "medewerker": pl.concat_str(
                pl.lit("MW"), pl.lit(pl.Series(checks.officer + 1)).cast(pl.String).str.zfill(6)
            ),
            "soort_controle": spelled(subject, pl.Enum(list(c.SUBJECTS))),
            "proactief": _holes(_yes_no(checks.proactive), rng, empty, -3.5),
            "initiatief": _holes(initiative, rng, empty, -3.5),
            "reden_code": _holes(reason, rng, empty, -2.7),
            "reden_toelichting": texts.with_identifiers(words, identifier),
            "grondslag": _holes(basis, rng, empty, np.where(may_search | action, -4.5, -2.3)),
            "handeling": _holes(acted, rng, empty, -2.6),
            "resultaat_code": _holes(spelled(result, c.RESULTS), rng, empty, -2.9),
            "resultaat_toelichting": outcome_words,
            "kenteken": pl.when(vehicle).then(identifier["plate"]),
            "land_kenteken": pl.when(vehicle).then(
                pl.lit(spelled(c.draw(rng, n, c.COUNTRIES), pl.Enum(list(c.COUNTRIES))))
            ),
            "voertuigsoort": pl.when(vehicle).then(
                pl.lit(spelled(c.draw(rng, n, c.VEHICLES), pl.Enum(list(c.VEHICLES))))
            ),
            "persoon_id": pl.when(person).then(identifier["number"]),
            "naam": pl.when(person).then(identifier["name"]),
            "leeftijd": pl.when(person).then(_holes(pl.Series(age), rng, empty, -3.6)),
            "geslacht": pl.when(person).then(
                _holes(spelled(people.sex[checks.person], pl.Enum(["M", "V", "X"])), rng, empty, -3.8)
            ),
            "aantal_personen": pl.Series(np.where(subject == _GROUP, 2 + rng.poisson(1.0, n), 1)),
            "bevraging_vooraf": _holes(_yes_no(queried), rng, empty, -3.0),
            "geschiedenis_getoond": _holes(_yes_no(history), rng, empty, -3.0),
            "aantal_eerdere_controles": pl.when(flags(queried)).then(pl.lit(pl.Series(earlier))),
            "melding_herhaald": _yes_no(warned),
            "reden_toch_controle": pl.when(flags(warned)).then(
                _holes(spelled(c.draw(rng, n, c.CONTINUED), pl.Enum(list(c.CONTINUED))), rng, empty, -1.5)
            ),
            "uitleg_gegeven": _holes(_yes_no(explained), rng, empty, -2.4),
            "uitleg_wijze": pl.when(flags(explained)).then(
                pl.lit(spelled(c.draw(rng, n, c.WAYS), pl.Enum(list(c.WAYS))))
            ),
            "gelegitimeerd": _yes_no(rng.random(n) < _IDENTIFIED),
            "reactie_burger": _holes(
                spelled(c.draw(rng, n, c.REACTIONS), pl.Enum(list(c.REACTIONS))), rng, empty, -2.0
            ),
            "bodycam": _yes_no(rng.random(n) < _BODYCAM),
            "nabesproken": _yes_no(rng.random(n) < _DEBRIEFED),
            "wijk_code": _holes(spelled(area, self._areas), rng, empty, -3.2),
            "duur_minuten": pl.Series(np.clip(rng.gamma(3, 4, n), 1, 120).astype(np.int64)),
            "bron": pl.lit(pl.Series(["MEOS"]).new_from_index(0, n)),
            "app_versie": pl.lit(pl.Series(["5.3" if month < world.break_month else "6.0"]).new_from_index(0, n)),
            "status": spelled((rng.random(n) < _DRAFT).astype(np.int64), pl.Enum(["DEFINITIEF", "CONCEPT"])),
            **(
                {
                    "herkomst": pl.when(person).then(
                        pl.lit(spelled(people.origin[checks.person], pl.Enum(list(w.ORIGINS))))
                    )
                }
                if self.origin
                else {}
            ),
        }

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
        days = np.minimum(rng.exponential(6.0, n), _MOST_DAYS_LATE) * MINUTES_PER_DAY + 60
        return np.where(
            kind < _SOON_SHARE, soon, np.where(kind < _SOON_SHARE + _END_OF_SHIFT_SHARE, end_of_shift, days)
        ).astype(np.int64)


_CLOCK = pl.Enum([f"{i // 60:02d}:{i % 60:02d}" for i in range(MINUTES_PER_DAY)])


def _yes_no(values: Flags) -> pl.Series:
    return spelled(values.astype(np.int64), pl.Enum(["N", "J"]))


def _holes(values: pl.Series, rng: np.random.Generator, empty: Floats, log_odds: float | Floats) -> pl.Series:
    kept = rng.random(len(values)) >= w.expit(empty + log_odds)
    return pl.select(pl.when(flags(kept)).then(pl.lit(values))).to_series()
