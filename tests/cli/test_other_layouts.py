"""Exports of other countries' police, from the file to the findings of an edition: the figures that readers get.

The rows are made up; their forms are those of published files (tests/data/cases/README.md). What is planted is counted
here by hand: a share of arrests, of searches, of related hits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, settle

CASES = Path(__file__).parents[1] / "data" / "cases"
FIRST, DAYS, A_DAY = date(2014, 1, 1), 90, 10
TEAMS = ("Bayview", "Mission")
LETTERS = ("A", "B")
"""Districts of San Francisco are called by one letter."""
Row = dict[str, object]


@dataclass(frozen=True)
class Layout:
    """A layout: its profile, the zone of the site, the name of its file, and how a check becomes a row."""

    profile: str
    zone: str
    name: str
    row: Callable[[int, date], Row]
    teams: tuple[str, str] = TEAMS
    persons: Callable[[int], int] = lambda _: 1
    """Rows of a check: one for each of its persons."""


def is_arrest(number: int) -> bool:
    """One check in four, in both teams."""
    return number // 2 % 4 == 0


def is_searched(number: int) -> bool:
    """One check in five, in both teams."""
    return number // 2 % 5 == 0


def minute_of(number: int) -> int:
    """A minute of the day; the first hour of the night among them."""
    return number * 37 % 1440


def checks() -> Iterator[tuple[int, date]]:
    for day in range(DAYS):
        for number in range(A_DAY):
            yield day * A_DAY + number, FIRST + timedelta(days=day)


def nypd(number: int, day: date) -> Row:
    """Month first without zeros or signs, hours and minutes without zeros, flags of which blank says nothing."""
    hour, minute = divmod(minute_of(number), 60)
    return {
        "year": day.year,
        "pct": 42,
        "ser_num": number,
        "datestop": int(f"{day.month}{day:%d%Y}"),
        "timestop": hour * 100 + minute,
        "arstmade": "Y" if is_arrest(number) else "N",
        "sumissue": "N",
        "frisked": "Y" if is_searched(number) else "N",
        "pistol": "",
        "contrabn": "N",
        "repcmd": TEAMS[number % 2],
        "sex": "M",
        "race": "PQ"[number % 2],
        "age": 20 + number % 40,
    }


def seattle(number: int, day: date) -> Row:
    """One flag for an arrest, seconds in seven digits."""
    hour, minute = divmod(minute_of(number), 60)
    return {
        "TERRY_STOP_ID": number,
        "Reported_Date": f"{day:%Y-%m-%d}",
        "Reported_Time": f"{hour:02d}:{minute:02d}:00.0000000",
        "Precinct": TEAMS[number % 2],
        "CallType": "ONVIEW",
        "ArrestFlag": "Y" if is_arrest(number) else "N",
        "FriskFlag": "Y" if is_searched(number) else "N",
        "SubjectPerceivedGender": "Male",
        "SubjectAgeGroup": "26 - 35",
    }


def san_francisco(number: int, day: date) -> Row:
    """Month first with slashes, TRUE and FALSE, NA where a flag does not apply."""
    hour, minute = divmod(minute_of(number), 60)
    return {
        "raw_row_number": number,
        "date": f"{day.month}/{day.day}/{day.year}",
        "time": f"{hour}:{minute:02d}:00",
        "district": LETTERS[number % 2],
        "subject_age": 20 + number % 40,
        "subject_race": "white",
        "subject_sex": "male",
        "arrest_made": "TRUE" if is_arrest(number) else "FALSE",
        "citation_issued": "FALSE",
        "warning_issued": "FALSE",
        "contraband_found": "FALSE" if is_searched(number) else "NA",
        "search_conducted": "TRUE" if is_searched(number) else "FALSE",
        "search_vehicle": "FALSE",
        "reason_for_stop": "Moving Violation",
    }


def british(number: int, day: date) -> Row:
    """Moments with a zone, outcomes that are linked to the object of search although nothing was found."""
    hour, minute = divmod(minute_of(number), 60)
    return {
        "Type": "Person search",
        "Date": f"{day:%Y-%m-%d}T{hour:02d}:{minute:02d}:{number % 60:02d}+00:00",
        "Part of a policing operation": "False",
        "Policing operation": "",
        "Latitude": "51.5",
        "Longitude": f"-0.{number:04d}",
        "Gender": "Male",
        "Age range": "over 34",
        "Self-defined ethnicity": "",
        "Officer-defined ethnicity": "White",
        "Legislation": "Misuse of Drugs Act 1971 (section 23)",
        "Object of search": "Controlled drugs",
        "Outcome": "Arrest" if is_arrest(number) else "A no further action disposal",
        "Outcome linked to object of search": "True",
        "Removal of more than just outer clothing": "False",
    }


def in_a_check(number: int) -> int:
    """Two or three persons in two checks of five, in both teams."""
    return (1, 1, 1, 2, 3)[number // 2 % 5]


def californian(number: int, day: date) -> Row:
    """A row per person of a stop; the first one is arrested, the others are let go."""
    hour, minute = divmod(minute_of(number), 60)
    return {
        "stop_id": number,
        "pid": 1,
        "date_stop": f"{day:%Y-%m-%d}",
        "time_stop": f"{hour:02d}:{minute:02d}:00",
        "beat": TEAMS[number % 2],
        "gend": "Male",
        "perceived_age": 20 + number % 40,
        "race": "White",
        "result": "Arrest" if is_arrest(number) else "No Action",
    }


LAYOUTS = {
    "nypd": Layout(
        str(CASES / "real_nypd_dates_times" / "nypd.toml"), "America/New_York", "sqf_20150401T0600.csv", nypd
    ),
    "seattle": Layout(
        str(CASES / "real_flags_all_no" / "seattle.toml"), "America/Los_Angeles", "terry_20150401T0600.csv", seattle
    ),
    "san_francisco": Layout(
        str(CASES / "real_short_team_names" / "sf.toml"),
        "America/Los_Angeles",
        "stops_20150401T0600.csv",
        san_francisco,
        LETTERS,
    ),
    "ripa": Layout(
        str(CASES / "real_persons_per_stop" / "ripa.toml"),
        "America/Los_Angeles",
        "ripa_20150401T0600.csv",
        californian,
        persons=in_a_check,
    ),
    "police_uk": Layout("police_uk", "Europe/London", "2014-01-{team}-stop-and-search_20150401T0600.csv", british),
}


@pytest.fixture(scope="module", params=sorted(LAYOUTS))
def ran(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, meos: Meos
) -> tuple[str, DataFolder, pl.DataFrame]:
    """A site with one layout: its name, its data, and the findings of its edition."""
    name = str(request.param)
    layout = LAYOUTS[name]
    folder = DataFolder(tmp_path_factory.mktemp(name) / "data").make()
    (folder.root / "meos.toml").write_text(
        f'[site]\norganisation = "Verzonnen"\nfictional = true\npurpose = "proef"\ncontact = "niemand"\n'
        f'time_zone = "{layout.zone}"\nlatitude = 40.7\nlongitude = -74.0\nlanguages = ["en"]\n'
        f'[sources]\nprofile = "{layout.profile}"\ninclude_officers = false\n'
    )
    fictional_key_file(folder.restricted / "fictional-keys.json", seed=1)
    rows = [
        layout.row(number, day) | ({"pid": person, "result": "No Action"} if person > 1 else {})
        for number, day in checks()
        for person in range(1, layout.persons(number) + 1)
    ]
    if "{team}" in layout.name:
        for place, team in enumerate(TEAMS):
            own = pl.DataFrame(rows[place::2])
            own.write_csv(folder.landing / layout.name.format(team=team.lower()))
    else:
        pl.DataFrame(rows).write_csv(folder.landing / layout.name)
    settle(folder)
    said = meos("run", "--data", folder.root)
    assert said.code in (0, 3), said.text
    return name, folder, pl.read_parquet(folder.restricted / "release" / "findings.parquet")


def shares(findings: pl.DataFrame, statistic: str) -> dict[str, float]:
    """Share of one statistic in all months of the site, per team; '' is the district."""
    wanted = ["series", "group", "stratum"]
    year = findings.filter(
        pl.col("statistic") == statistic,
        *(pl.col(name) == "" for name in wanted),
        pl.col("estimate").is_not_null(),
        (pl.col("period_end") - pl.col("period_start")).dt.total_days() > 31,  # not the newest month alone
    )
    return dict(year.select("team", "estimate").iter_rows())


def test_the_yield_of_an_edition_is_that_of_the_file(ran: tuple[str, DataFolder, pl.DataFrame]) -> None:
    found = shares(ran[2], "yield_strict")
    assert {"", *(team.lower() for team in LAYOUTS[ran[0]].teams)} <= set(found)
    assert ran[1].root.joinpath("published", "index.html").exists()
    assert {team: share for team, share in found.items() if abs(share - 0.25) > 0.03} == {}


def test_every_check_has_a_known_result_and_its_own_hour(ran: tuple[str, DataFolder, pl.DataFrame]) -> None:
    table = pl.read_parquet(ran[1].tables / "police_checks" / "**" / "*.parquet")
    assert table.height == DAYS * A_DAY
    assert table["result"].null_count() == table["hour"].null_count() == 0
    first_hour = sum(minute_of(number) < 60 for number, _ in checks())
    shift = {"police_uk": 0.02}.get(ran[0], 0)
    assert abs((table["hour"] == 0).sum() - first_hour) <= shift * table.height


def test_a_related_hit_of_an_edition_needs_a_hit(ran: tuple[str, DataFolder, pl.DataFrame]) -> None:
    if ran[0] == "police_uk":
        found = shares(ran[2], "related_hits")
        assert {team: share for team, share in found.items() if abs(share - 0.25) > 0.03} == {}


def test_how_many_checks_are_of_more_persons_is_said_where_the_rows_are_persons(
    ran: tuple[str, DataFolder, pl.DataFrame],
) -> None:
    """The others deliver no persons: they get no figure, and it is said why."""
    found = shares(ran[2], "several_persons")
    if ran[0] == "ripa":
        assert {"", *(team.lower() for team in TEAMS)} <= set(found)
        assert {team: share for team, share in found.items() if abs(share - 0.4) > 0.03} == {}
        page = next(ran[1].root.joinpath("published").rglob("bayview/*use*.html"), None)
        assert page is not None
        assert "Of more than one person" in page.read_text(encoding="utf-8")
        return
    assert found == {}
    told = ran[2].filter(pl.col("statistic") == "several_persons")
    assert set(told["label_reason"]) == {"no_column_person_count"}
