"""Plants the catalogue of bad input beside the clean exports, and says what each piece should lead to."""

import csv
import io
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from meos_pipeline.synthetic.trap_files import FILE_TRAPS
from meos_pipeline.synthetic.trap_rows import PER_KIND, Row, row_traps
from meos_pipeline.synthetic.truth import Defect

OVERLAP = 300
CORRECTED = 5
ROWS_IN_FILE_TRAP = 6
SAME_KEY = 2


def plant(target: Path, files: Sequence[str], *, seed: int) -> tuple[Defect, ...]:
    """Add files with every trap to the exports ``files`` in ``target``; the clean files stay as they are.

    Returns:
        What was planted, per file and kind.
    """
    planter = _Planter.of(target, files, np.random.default_rng([seed, 5]))
    return tuple(
        itertools.chain(
            planter.rows(),
            planter.whole_files(),
            planter.overlap(),
            planter.same_key(),
            planter.older(),
            planter.corrections(),
            planter.deletions(),
            planter.same_file(files[0]),
        )
    )


@dataclass(slots=True)
class _Planter:
    target: Path
    header: list[str]
    pool: list[Row]
    month: str
    exported: datetime
    """Moment of the last clean export; traps come minutes later."""
    _number: int = 0

    @classmethod
    def of(cls, target: Path, files: Sequence[str], rng: np.random.Generator) -> "_Planter":
        name = files[min(1, len(files) - 1)]
        with (target / name).open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, delimiter=";")
            # Only rows that any profile reads in one way: complete, and with a person.
            complete = ("tijd", "resultaat_code", "reden_code", "persoon_id", "proactief", "medewerker")
            pool = [row for row in itertools.islice(reader, 20_000) if all(row[column] for column in complete)]
        order = rng.permutation(len(pool))
        stamp = files[-1].removesuffix(".csv").split("_")[2]
        return cls(
            target,
            list(pool[0]),
            [pool[i] for i in order],
            name.split("_")[1],
            datetime.strptime(stamp, "%Y%m%dT%H%M"),  # noqa: DTZ007 - a local time, as in the name
        )

    def rows(self) -> Iterator[Defect]:
        """One file with every row trap, among clean rows."""
        first = datetime.strptime(self.pool[0]["datum"], "%d-%m-%Y").date()  # noqa: DTZ007
        traps = row_traps(first.replace(day=1), self.exported.date(), self.exported.date())
        name = self._name("rijen")
        texts = [self._text(self._fresh()) for _ in range(OVERLAP)]
        for trap in traps:
            for _ in range(PER_KIND):
                row = self._fresh()
                facts = _facts(row)
                row |= {column: value.format_map(facts) for column, value in trap.change.items() if column in row}
                text = self._text(row)
                texts.append(trap.spoil(text) if trap.spoil else text)
            yield Defect(
                code=trap.code, kind=trap.kind, file=name, count=PER_KIND, verdict=trap.verdict, expected=trap.expected
            )
        yield Defect(code="8.3", kind="clean rows among the traps", file=name, count=OVERLAP, verdict="A", expected="")
        self._write(name, texts)

    def whole_files(self) -> Iterator[Defect]:
        """One small file per file trap."""
        for place, trap in enumerate(FILE_TRAPS):
            plain = self._name(f"{trap.code}-{place}")
            name = (plain if trap.has_time else f"controles_{trap.code}.csv").removesuffix(".csv") + trap.ending
            good = self._content(self._text(self._plain()) for _ in range(ROWS_IN_FILE_TRAP))
            self._save(name, trap.spoil(good))
            yield Defect(
                code=trap.code, kind=trap.kind, file=name, count=1, verdict=trap.verdict, expected=trap.expected
            )

    def overlap(self) -> Iterator[Defect]:
        """An export that repeats rows of the month."""
        name = self._name("overlap")
        rows = self.pool[:OVERLAP]
        self._write(name, [self._text(row) for row in rows])
        yield Defect(code="B67", kind="overlapping export", file=name, count=len(rows), verdict="D", expected="")

    def same_key(self) -> Iterator[Defect]:
        """One number twice in a file, with different content."""
        name = self._name("sleutel")
        row = self._plain()
        other = row | {"resultaat_code": "AANHOUDING" if row["resultaat_code"] != "AANHOUDING" else "BON_APV"}
        self._write(name, [self._text(row), self._text(other), self._text(self._plain())])
        yield Defect(
            code="B71",
            kind="same number twice in one file",
            file=name,
            count=SAME_KEY,
            verdict="Q",
            expected="R-SLEUTEL-DUBBEL",
        )

    def older(self) -> Iterator[Defect]:
        """An export older than what is known of the same checks."""
        name = f"controles_{self.month}_20200101T0600_ouder.csv"
        rows = [row | {"resultaat_code": "AANHOUDING"} for row in self.pool[:CORRECTED]]
        self._write(name, [self._text(row) for row in rows])
        yield Defect(
            code="B69", kind="older export after the newer", file=name, count=len(rows), verdict="D", expected="W-OUDER"
        )

    def corrections(self) -> Iterator[Defect]:
        """A newer export with other content for known checks."""
        name = self._name("correctie")
        chosen = self.pool[CORRECTED : 2 * CORRECTED]
        rows = [row | {"resultaat_code": "BON_APV", "uitleg_gegeven": "J"} for row in chosen]
        self._write(name, [self._text(row) for row in rows])
        yield Defect(code="B68", kind="corrected checks", file=name, count=len(rows), verdict="D", expected="")

    def deletions(self) -> Iterator[Defect]:
        """Rows that withdraw a check: known ones, and one that nobody knows."""
        name = self._name("verwijderd")
        known = self.pool[2 * CORRECTED : 3 * CORRECTED]
        unknown = self._plain()
        lines = [f"{self._text(row)};J" for row in [*known, unknown]]
        header = [*self.header, "verwijderd"]
        self._save(name, ("\n".join([";".join(header), *lines]) + "\n").encode())
        yield Defect(code="B74", kind="withdrawn checks", file=name, count=len(known), verdict="D", expected="")
        yield Defect(
            code="B74",
            kind="withdrawal of an unknown check",
            file=name,
            count=1,
            verdict="W",
            expected="W-GRAF-ONBEKEND",
        )

    def same_file(self, file: str) -> Iterator[Defect]:
        """The first export again, under another name."""
        name = self._name("nogmaals")
        shutil.copyfile(self.target / file, self.target / name)
        self._date(name)
        yield Defect(
            code="B65",
            kind="same file under another name",
            file=name,
            count=1,
            verdict="W",
            expected="W-DUBBEL-BESTAND",
        )

    def _fresh(self) -> Row:
        self._number += 1
        return self.pool[self._number % len(self.pool)] | {"controle_id": f"T{self._number:09d}"}

    def _plain(self) -> Row:
        """Return a row without quoted or non-ASCII text, so that byte-wise spoiling does only what it says."""
        row = self._fresh()
        return row | {
            "reden_toelichting": "",
            "resultaat_toelichting": "",
            "naam": "",
            "basisteam_medewerker": row["basisteam_plaats"],
        }

    def _text(self, row: Row) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=";", lineterminator="").writerow([row[column] for column in self.header])
        return line.getvalue()

    def _content(self, lines: Iterable[str]) -> bytes:
        return ("\n".join([";".join(self.header), *lines]) + "\n").encode()

    def _write(self, name: str, lines: Iterable[str]) -> None:
        self._save(name, self._content(lines))

    def _save(self, name: str, content: bytes) -> None:
        (self.target / name).write_bytes(content)
        self._date(name)

    def _date(self, name: str) -> None:
        """Give the file the time of its export, so that nobody takes it for one that still grows."""
        moment = self.exported.timestamp()
        os.utime(self.target / name, (moment, moment))

    def _name(self, kind: str) -> str:
        later = self.exported + timedelta(minutes=len(kind))
        return f"controles_{self.month}_{later:%Y%m%dT%H%M}_{kind}.csv"


def _facts(row: Row) -> dict[str, str]:
    day, month, year = row["datum"].split("-")
    return {
        "id": row["controle_id"],
        "team": row["basisteam_medewerker"],
        "short": f"{int(day)}-{int(month)}-{year}",
        "iso": f"{year}-{month}-{day}",
    }
