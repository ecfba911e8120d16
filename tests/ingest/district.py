"""A small district with its own key: what every test of the door needs."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.merge import RefreshResult, refresh
from meos_pipeline.ingest.receive import receive
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder

NOW = datetime(2025, 3, 1, tzinfo=UTC)
ORGANISATION = (
    "basisteam_code;basisteam;district;eenheid;wijk_code;geldig_van;geldig_tot;schrijfwijzen\n"
    "zuid;Utrecht-Zuid;Stad;Midden;WK034407;2020-01-01;;BT Zuid|Zuid\n"
    "west;Utrecht-West;Stad;Midden;WK034401;2020-01-01;;\n"
    "oud;Utrecht-Oud;Stad;Midden;WK034402;2020-01-01;2024-06-30;\n"
    "nieuw;Utrecht-Nieuw;Stad;Midden;WK034402;2024-07-01;;Utrecht-Oud\n"
)
KEYS = Keys(lasting=bytes(range(32)), years={year: bytes([year % 256] * 32) for year in range(2010, 2040)})
HEADER = (
    "controle_id",
    "datum",
    "tijd",
    "basisteam_medewerker",
    "soort_controle",
    "proactief",
    "reden_code",
    "reden_toelichting",
    "grondslag",
    "resultaat_code",
    "kenteken",
    "bsn",
    "medewerker",
    "geslacht",
    "leeftijd",
)
GOOD = {
    "datum": "14-10-2024",
    "tijd": "21:37",
    "basisteam_medewerker": "Utrecht-Zuid",
    "soort_controle": "PERSOON",
    "proactief": "J",
    "reden_code": "GEDRAG_VERDACHT",
    "grondslag": "WID2_PW8",
    "resultaat_code": "GEEN_BIJZONDERHEDEN",
    "kenteken": "AB-12-CD",
    "bsn": "123456782",
    "medewerker": "p100",
    "geslacht": "M",
    "leeftijd": "33",
}
NAME = "controles_2024-10_20241110T0600.csv"


def row(number: int, **change: str) -> dict[str, str]:
    """A good row with some fields changed."""
    return {"controle_id": f"C{number:04d}", **GOOD, **change}


def month_of_rows(
    numbers: Iterable[int], change: Callable[[int], Mapping[str, str]] = lambda _: {}
) -> list[dict[str, str]]:
    """Rows of October 2024 that differ in day, hour, officer and age."""
    return [
        row(
            number,
            **{
                "datum": f"{1 + number % 28:02d}-10-2024",
                "tijd": f"{number % 24:02d}:17",
                "medewerker": f"p{number % 7}",
                "leeftijd": str(18 + number % 40),
                "bsn": "",
                "kenteken": "",
            }
            | change(number),
        )
        for number in numbers
    ]


def text_of(rows: list[Mapping[str, str]], header: tuple[str, ...] = HEADER, *, delimiter: str = ";") -> str:
    """CSV text of rows."""
    lines = [delimiter.join(header), *(delimiter.join(item.get(name, "") for name in header) for item in rows)]
    return "\n".join(lines) + "\n"


def new_folder(root: Path) -> DataFolder:
    """An empty data folder with an organisation list."""
    made = DataFolder(root / "data").make()
    (made.landing / "organisatie.csv").write_text(ORGANISATION)
    return made


def take_in(folder: DataFolder, files: Mapping[str, bytes | str], settings: Settings | None = None) -> RefreshResult:
    """Put files in landing, receive and refresh; refusals of the landing are in the answer too."""
    chosen = settings or Settings()
    for name, content in files.items():
        (folder.landing / name).write_bytes(content.encode() if isinstance(content, str) else content)
    receipt = receive(folder, chosen, now=NOW)
    result = refresh(folder, chosen, KEYS, now=NOW)
    result.refused |= receipt.refused
    for warning in receipt.warnings:
        result.warnings.setdefault("landing", {})[warning.split(":")[0]] = 1
    return result
