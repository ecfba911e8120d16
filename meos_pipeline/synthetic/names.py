"""Names of the fictional district: places, people and codes that nobody bears, and that say so."""

import unicodedata
from datetime import date

DISTRICT = "Waterland (verzonnen)"
REGIONAL_UNIT = "Midden (verzonnen)"
ORGANISATION = "District Waterland (verzonnen)"
TRIAL_TEAMS = ("Noordkade", "Zuiderhaven", "Westerveld", "Oosterpark")
"""The first four; other teams get a name of a direction and a landscape word."""
_DIRECTIONS = ("Noord", "Zuid", "Ooster", "Wester", "Boven", "Beneden", "Midden", "Binnen", "Buiten", "Oud", "Nieuw",
               "Groot", "Klein", "Lange", "Hoge")  # fmt: skip
_LANDSCAPES = ("kade", "haven", "veld", "park", "dijk", "sluis", "polder", "bos", "plein", "werf", "duin", "meer",
               "gracht", "brug", "hof", "akker")  # fmt: skip

_MOST_AREAS = 3
_PLACES = ("Molen", "Linden", "Kerk", "Rozen", "Vogel", "Schippers", "Zeehelden", "Bloemen", "Componisten", "Stations",
           "Wilgen", "Tuinders", "Muziek", "Water", "Sterren", "Vissers")  # fmt: skip
_QUARTERS = ("buurt", "wijk", "kwartier")

LAST_NAMES = ("Verzonnen", "Bedenksel", "Fictiema", "Nepstra", "Zogenaamd", "Schijnbaar", "Dichterlijk", "Fantasma",
              "Nergenshuizen", "Niemandsma", "Proefkonijn", "Voorbeeldstra", "Oefenaar", "Testerink", "Wensdroom",
              "Luchtkasteel")  # fmt: skip
FIRST_NAMES = ("Aafke", "Bram", "Cérise", "Daan", "Eline", "Fons", "Guusje", "Hidde", "Ilse", "Joep", "Karim", "Lotte",
               "Mees", "Nadia", "Otis", "Puk", "Rayan", "Sanne", "Teun", "Yara")  # fmt: skip


def team_names(n: int) -> list[str]:
    """Return ``n`` different names of teams, at most 240.

    Raises:
        ValueError: when more teams are asked than there are names.
    """
    made = [direction + landscape for landscape in _LANDSCAPES for direction in _DIRECTIONS]
    names = list(dict.fromkeys([*TRIAL_TEAMS, *made]))
    if not 1 <= n <= len(names):
        message = f"the name pool holds {len(names)} teams; ask for 1 to {len(names)}"
        raise ValueError(message)
    return names[:n]


def slug(name: str) -> str:
    """Return the team code of a name: lower case, letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def spellings(name: str) -> list[str]:
    """Return the other ways in which exports write the team."""
    return [f"BT {name}", name.upper(), f"Basisteam {name}"]


def area_codes(team: int, areas: int) -> list[str]:
    """Return codes of areas in the form of the statistics office (WK and six digits), of a municipality that is not."""
    return [f"WK99{team:03d}{area}" for area in range(areas)]


def area_name(team: int, place: int) -> str:
    """Return the name of an area, such as Molenbuurt; no two areas of a district of 240 teams bear the same."""
    rest, first = divmod(team * _MOST_AREAS + place, len(_PLACES))
    again, last = divmod(rest, len(_QUARTERS))
    name = _PLACES[first] + _QUARTERS[last]
    return f"{name} {again + 1}" if again else name


def months_from(first_month: date, n: int) -> list[date]:
    """Return the first days of ``n`` months."""
    start = first_month.year * 12 + first_month.month - 1
    return [date((start + i) // 12, (start + i) % 12 + 1, 1) for i in range(n + 1)][:n]


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
