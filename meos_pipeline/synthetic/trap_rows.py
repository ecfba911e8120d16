"""Rows that are wrong in one way each, planted in one extra export. Codes are those of the bad-input catalogue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from meos_pipeline.synthetic.daylight import is_autumn_change, is_spring_change

Row = dict[str, str]
PER_KIND = 3
"""Rows planted of each kind."""
CANARY_NUMBER = "999990019"
"""Stands in a plate field; passes the test of eleven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTrap:
    """One way in which a row can be wrong.

    ``change`` replaces fields, and may use the row's own {id}, {team}, and its date in {short} or {iso} form; ``spoil`` changes the row's text after it was written.
    """

    code: str
    kind: str
    verdict: str
    expected: str
    change: Mapping[str, str]
    spoil: Callable[[str], str] | None = None


def row_traps(first: date, last: date, exported: date) -> tuple[RowTrap, ...]:
    """Return every row trap; those of the clock changes only when such a day lies between ``first`` and ``last``."""
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    changes = [
        RowTrap(
            code=code,
            kind=kind,
            verdict=verdict,
            expected=expected,
            change={"datum": f"{day:%d-%m-%Y}", "tijd": "02:30", "datumtijd_registratie": f"{day:%d-%m-%Y} 04:00"},
        )
        for code, kind, verdict, expected, rule in (
            ("B55", "time that does not exist", "W", "W-ZOMERTIJD", is_spring_change),
            ("B56", "time that occurs twice", "A", "", is_autumn_change),
        )
        for day in [day for day in days if rule(day)][:1]
    ]
    future = f"{exported + timedelta(days=400):%d-%m-%Y}"
    return (*_REFUSED, _quarantined("B58", "date in the future", "R-TOEKOMST", datum=future), *_KEPT, *changes)


def _quarantined(code: str, kind: str, expected: str, **change: str) -> RowTrap:
    return RowTrap(code=code, kind=kind, verdict="Q", expected=expected, change=change)


def _kept(code: str, kind: str, expected: str, **change: str) -> RowTrap:
    return RowTrap(code=code, kind=kind, verdict="W" if expected else "A", expected=expected, change=change)


_REFUSED = (
    RowTrap(
        code="B11",
        kind="row with an extra field",
        verdict="Q",
        expected="R-KOLOMMEN",
        change={},
        spoil=lambda text: f"{text};x",
    ),
    RowTrap(
        code="B12",
        kind="row too short",
        verdict="Q",
        expected="R-KOLOMMEN",
        change={},
        spoil=lambda text: text.rsplit(";", 2)[0],
    ),
    _quarantined("B27", "script as team", "R-TEAM-ONBEKEND", basisteam_medewerker="<script>alert(1)</script>"),
    _quarantined("B28", "formula as reason", "R-CODE", reden_code="=cmd|'/c calc'!A0"),
    _quarantined("B29", "path as team", "R-TEAM-ONBEKEND", basisteam_medewerker="../../etc"),
    _quarantined("B49", "spreadsheet error", "R-EXCELFOUT", datum="#WAARDE!"),
    _quarantined("B49", "spreadsheet error in a code", "R-EXCELFOUT", resultaat_code="#N/B"),
    _quarantined("B50", "number in scientific form", "R-BSN_WETENSCHAPPELIJK", persoon_id="9,00001E+08"),
    _quarantined("B54", "spreadsheet day number", "R-DATUM", datum="45646"),
    _quarantined("B57", "30 February", "R-DATUM", datum="30-02-2025"),
    _quarantined("B60", "year 1900", "R-DATUM", datum="01-01-1900"),
    _quarantined("B60", "year 0001", "R-DATUM", datum="01-01-0001"),
    _quarantined("B72", "no number of the check", "R-SLEUTEL-LEEG", controle_id=""),
    _quarantined("B77", "unknown team", "R-TEAM-ONBEKEND", basisteam_medewerker="Verweggistan"),
    _quarantined("B79", "unknown result", "R-CODE-UITKOMST", resultaat_code="ONTVOERD_DOOR_ALIENS"),
)
_KEPT = (
    _kept("B22", "invisible sign in the team", "W-ONZICHTBAAR", basisteam_medewerker="{team}\u200b"),
    _kept("B25", "quotation marks within a field", "", reden_toelichting='zei: "hoi" en liep door'),
    _kept("B51", "number that lost its zero", "W-BSN-NUL", persoon_id="12345672"),
    _kept("B52", "number that fails the test of eleven", "R-BSN_ELFPROEF", persoon_id="123456789"),
    _kept("B73", "number of the check with spaces", "W-SLEUTEL-VORM", controle_id=" {id} "),
    _kept("B80", "code in small letters", "W-CODE-VORM", reden_code="gedrag_rij "),
    _kept("B81", "no officer", "R-OFFICIER-LEEG", medewerker=""),
    _kept(
        "B82",
        "foreign plate",
        "W-KENTEKEN-BUITENLAND",
        kenteken="B-VZ 1234",
        land_kenteken="DE",
        soort_controle="VOERTUIG",
    ),
    _kept("B83", "sentence in the plate field", "R-KENTEKEN-VORM", kenteken=f"eigenaar bekend bsn {CANARY_NUMBER}"),
    _kept("B86", "age above 120", "R-LEEFTIJD", leeftijd="999"),
    _kept("B86", "age below 0", "R-LEEFTIJD", leeftijd="-3"),
    _kept("8.3", "plate turned into a date", "R-KENTEKEN-VORM", kenteken="8-mrt-12"),
    _kept("8.3", "time with a point", "", tijd="7.05"),
    _kept("8.3", "time without separator", "", tijd="0705"),
    _kept("8.3", "day and month without zeros", "", datum="{short}"),
    _kept("8.3", "date in ISO form", "", datum="{iso}"),
    _kept("8.3", "yes and no in words", "", proactief="Ja", uitleg_gegeven="WAAR", bodycam="Nee", nabesproken="x"),
    _kept("8.3", "missing written as n.v.t.", "", resultaat_code="n.v.t."),
    _kept("8.3", "missing written as a dash", "", reden_code="-"),
)
