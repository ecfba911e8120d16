"""The data folder and its parts. No other module spells a folder name."""

import os
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
_SHIPPED = PACKAGE / "shipped"


def shipped(folder: str) -> Path:
    """Return a folder of the checkout (``expectations``, ``reports``, ``docs``, ``dagster_home``), or its copy in the wheel."""
    carried = _SHIPPED / folder
    return carried if carried.is_dir() else PACKAGE.parent / folder


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One data folder; ``MEOS_DATA`` names it; else ``dagster_home/data`` in a checkout, ``~/.meos/data`` elsewhere."""

    root: Path

    @classmethod
    def of_environment(cls) -> "DataFolder":
        """Return the folder that ``MEOS_DATA`` names, or the default."""
        named = os.environ.get("MEOS_DATA")
        if named:
            return cls(Path(named).resolve())
        return cls(Path("~/.meos/data").expanduser() if _SHIPPED.is_dir() else shipped("dagster_home") / "data")

    @property
    def landing(self) -> Path:
        """Exports and companion files as received."""
        return self.root / "landing"

    @property
    def archive(self) -> Path:
        """Received files under their SHA-256; never changed."""
        return self.root / "archive"

    @property
    def handed_in(self) -> Path:
        """Files of the counting page as received, under their SHA-256; never changed."""
        return self.archive / "handed_in"

    @property
    def drop(self) -> Path:
        """Files of the counting page that readers posted to the viewer: the only folder that it may write in."""
        return self.root / "drop"

    @property
    def tables(self) -> Path:
        """Pseudonymised tables (Parquet)."""
        return self.root / "tables"

    @property
    def restricted(self) -> Path:
        """Exact cells, ledger, quarantine, validation results: for analysts only."""
        return self.root / "restricted"

    @property
    def quarantine(self) -> Path:
        """Quarantined rows, by reason and place, never a value."""
        return self.restricted / "quarantine"

    @property
    def published(self) -> Path:
        """Editions and the pointer to the current one."""
        return self.root / "published"

    @property
    def dialogue(self) -> Path:
        """Dialogue sheets, which may leave the organisation; apart from editions and from who may read these."""
        return self.root / "dialogue"

    @property
    def audit_log(self) -> Path:
        """Hash-chained log of who did what for which purpose."""
        return self.restricted / "audit.jsonl"

    def make(self) -> "DataFolder":
        """Create the folders, the restricted ones for the owner only."""
        self.published.mkdir(parents=True, exist_ok=True)
        self.landing.mkdir(parents=True, exist_ok=True, mode=0o770)  # exports hold names: not for everybody
        for folder in (self.archive, self.tables, self.restricted, self.quarantine):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self
