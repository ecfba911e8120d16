"""The key file: what turns numbers of people into pseudonyms, and what makes that impossible again.

One JSON file outside the data folder, readable by its owner only, never overwritten. It holds one random
key per calendar year (persons, vehicles, documents and officers can be linked within a year, never across
years) and one lasting key (record numbers, rounding, audit). Destroying a year's key makes its
pseudonyms unlinkable and irreversible at once, also in back-ups.
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meos_pipeline.errors import KeyFileError
from meos_pipeline.storage.durable import PARTIAL, sync_folder

FORM = "meos-keys/1"
YEARS = range(2010, 2061)
"""Calendar years that a new key file has a key for."""
POSSIBLE = range(2000, 2101)
"""Calendar years that a record can be of."""
YEARLY_PURPOSES = ("person", "vehicle", "document", "officer")
LASTING_PURPOSES = ("record", "rounding", "audit", "check", "door", "inputs")
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Opened keys. The secrets are not shown by ``repr``."""

    lasting: bytes = field(repr=False)
    years: dict[int, bytes] = field(repr=False)
    destroyed: tuple[int, ...] = ()
    remembered: dict[int, str] = field(default_factory=dict)
    """Check value of each destroyed year: what was parsed with its key is not parsed again."""

    def of_year(self, year: int, purpose: str) -> bytes:
        """Return the sub-key of a calendar year for person, vehicle, document or officer.

        Raises:
            KeyFileError: when the year has no key, or its key was destroyed.
        """
        if purpose not in YEARLY_PURPOSES:
            raise KeyFileError(f"No yearly key has the purpose '{purpose}'; use one of {list(YEARLY_PURPOSES)}")
        if year not in self.years:
            hint = "it was destroyed and cannot be made again" if year in self.destroyed else "run 'meos key rotate'"
            raise KeyFileError(f"The key file has no key for {year}: {hint}")
        return _sub_key(self.years[year], purpose)

    def lasting_key(self, purpose: str) -> bytes:
        """Return the sub-key for record, rounding or audit, which outlives the years.

        Raises:
            KeyFileError: when there is no key of that purpose.
        """
        if purpose not in LASTING_PURPOSES:
            raise KeyFileError(f"No lasting key has the purpose '{purpose}'; use one of {list(LASTING_PURPOSES)}")
        return _sub_key(self.lasting, purpose)

    @property
    def rounding(self) -> bytes:
        """The secret behind the offsets of released blocks."""
        return self.lasting_key("rounding")

    @property
    def check_value(self) -> str:
        """Sixteen hex digits that tell two key files apart and tell nothing about the keys."""
        return hmac.new(self.lasting_key("check"), b"meos/v1/check value", hashlib.sha256).hexdigest()[:16]

    def year_check_value(self, year: int) -> str:
        """The same for the key of one year, also after it was destroyed; empty when there never was one."""
        key = self.years.get(year)
        if key is None:
            return self.remembered.get(year, "")
        return hmac.new(key, b"meos/v1/check value", hashlib.sha256).hexdigest()[:16]


def new_key_file(path: Path) -> Keys:
    """Make a key file with fresh random keys; an existing file is never touched.

    Raises:
        KeyFileError: when something of that name exists, or it cannot be written.
    """
    return _write_new(path, secrets.token_bytes)


def fictional_key_file(path: Path, *, seed: int) -> Keys:
    """Make a key file that follows from a seed: for generated or public data only, so that pages repeat.

    Raises:
        KeyFileError: when something of that name exists, or it cannot be written.
    """
    drawn = iter(range(len(YEARS) + 1))
    return _write_new(path, lambda n: hashlib.sha256(f"fictional/{seed}/{next(drawn)}".encode()).digest()[:n])


def _write_new(path: Path, draw: Callable[[int], bytes]) -> Keys:
    keys = Keys(lasting=draw(_KEY_BYTES), years={year: draw(_KEY_BYTES) for year in YEARS})
    if path.exists() or path.is_symlink():
        raise KeyFileError(
            f"'{path.name}' exists already and is not overwritten (its pseudonyms would be lost); choose another name"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(path, keys)
    except OSError as error:
        raise KeyFileError(f"Cannot make '{path.name}' ({error.strerror}); choose a folder you may write in") from error
    return keys


def read_keys(path: Path) -> Keys:
    """Open a key file after checking that nobody else can.

    Raises:
        KeyFileError: ``K-RECHTEN`` when it is a link or others may read it, ``K-SLEUTEL`` when it is
            missing or not a key file.
    """
    content = _read_protected(path)
    try:
        document = json.loads(content)
        return _keys_of(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileError(
            f"K-SLEUTEL: '{path.name}' is not a key file of this program; restore it from its back-up"
        ) from error


def rotate(path: Path, year: int) -> Keys:
    """Add a key for ``year`` when it has none; a destroyed year stays destroyed.

    Raises:
        KeyFileError: when the key of the year was destroyed, no record can be of that year, or the file cannot be read
            or written.
    """
    if year not in POSSIBLE:
        raise KeyFileError(f"No record can be of {year}; give a calendar year from {POSSIBLE[0]} to {POSSIBLE[-1]}")
    keys = read_keys(path)
    if year in keys.destroyed:
        raise KeyFileError(f"The key of {year} was destroyed on purpose; records of that year cannot be read again")
    if year in keys.years:
        return keys
    return _rewrite(
        path,
        Keys(
            lasting=keys.lasting,
            years=keys.years | {year: secrets.token_bytes(_KEY_BYTES)},
            destroyed=keys.destroyed,
            remembered=keys.remembered,
        ),
    )


def destroy(path: Path, year: int) -> Keys:
    """Destroy the key of ``year`` for good; a second call changes nothing."""
    keys = read_keys(path)
    if year in keys.destroyed:
        return keys
    return _rewrite(
        path,
        Keys(
            lasting=keys.lasting,
            years={other: key for other, key in keys.years.items() if other != year},
            destroyed=tuple(sorted({*keys.destroyed, year})),
            remembered=keys.remembered | {year: keys.year_check_value(year)},
        ),
    )


def _sub_key(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"meos/v1/{purpose}".encode(), hashlib.sha256).digest()


def _document(keys: Keys) -> bytes:
    return json.dumps(
        {
            "form": FORM,
            "lasting": keys.lasting.hex(),
            "years": {str(year): key.hex() for year, key in sorted(keys.years.items())},
            "destroyed": {str(year): keys.remembered.get(year, "") for year in keys.destroyed},
            "check": keys.check_value,
        },
        indent=1,
    ).encode()


def _keys_of(document: dict[str, Any]) -> Keys:
    gone = document["destroyed"]
    if isinstance(gone, list):  # as key files were until version 1.1
        gone = dict.fromkeys(gone, "")
    keys = Keys(
        lasting=bytes.fromhex(document["lasting"]),
        years={int(year): bytes.fromhex(key) for year, key in document["years"].items()},
        destroyed=tuple(sorted(int(year) for year in gone)),
        remembered={int(year): str(value) for year, value in gone.items()},
    )
    lengths = {len(key) for key in (keys.lasting, *keys.years.values())}
    if document["form"] != FORM or lengths != {_KEY_BYTES} or document["check"] != keys.check_value:
        raise ValueError("form, length or check value differ")
    return keys


def has_modes() -> bool:
    """Tell whether files here have an owner and a mode (0600). On Windows rights are lists, which are not looked at."""
    return hasattr(os, "geteuid")


def _read_protected(path: Path) -> bytes:
    try:
        if path.is_symlink():
            raise KeyFileError(f"K-RECHTEN: '{path.name}' is a link; give the path of the key file itself")
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise KeyFileError(
            f"K-SLEUTEL: key file '{path.name}' cannot be opened ({error.strerror}); "
            "set MEOS_KEYS to your key file, or make one with 'meos key new'"
        ) from error
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise KeyFileError(f"K-SLEUTEL: '{path.name}' is not a file; set MEOS_KEYS to your key file")
    with os.fdopen(descriptor, "rb") as stream:
        if has_modes() and (facts.st_mode & 0o077 or facts.st_uid != os.geteuid()):
            raise KeyFileError(
                f"K-RECHTEN: others may read '{path.name}'; make yourself the owner and run: chmod 600 {path.name}"
            )
        return stream.read(1 << 20)


def _rewrite(path: Path, keys: Keys) -> Keys:
    try:
        _put(path, keys)
    except OSError as error:
        raise KeyFileError(f"Cannot rewrite '{path.name}' ({error.strerror}); nothing has changed") from error
    return keys


def sweep(path: Path) -> None:
    """Remove what a broken act left beside the key file: it may hold a key that is to be gone.

    Raises:
        KeyFileError: when it cannot be removed.
    """
    try:
        for leftover in path.parent.glob(f"{path.name}.*{PARTIAL}"):
            leftover.unlink(missing_ok=True)
            sync_folder(path.parent)
    except OSError as error:
        raise KeyFileError(
            f"A part of '{path.name}' that was left over cannot be removed ({error.strerror}); mend the rights of its folder"
        ) from error


def _put(path: Path, keys: Keys) -> None:
    """Write the file aside and give it its name; whatever goes wrong, no part of it stays."""
    partial = path.with_name(f"{path.name}.{os.getpid()}{PARTIAL}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_document(keys))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
