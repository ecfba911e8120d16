"""Searching planted identifiers, as they are and in every disguise a program could give them."""

import base64
import hashlib
import json
import unicodedata
import urllib.parse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from meos_pipeline.attack.document import Document
from meos_pipeline.attack.leak import Leak

_SEPARATORS = str.maketrans("", "", " -./_  ")
_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")
_SHORTEST = 5
"""A canary (or a disguise of it) that is shorter would be found everywhere."""


def read_canaries(path: Path) -> tuple[str, ...]:
    """Identifiers from a text file (one a line) or from ``truth.json`` (its list ``canaries``).

    Raises:
        ValueError: if the file holds none.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        found = json.loads(text).get("canaries", [])
        values = found.values() if isinstance(found, dict) else found
        words = [str(word) for value in values for word in (value if isinstance(value, list) else [value])]
    else:
        words = text.splitlines()
    kept = tuple(sorted({word.strip() for word in words if len(word.strip()) >= _SHORTEST}))
    if not kept:
        raise ValueError("no canaries")
    return kept


def disguises(canary: str) -> dict[str, bytes]:
    """Every disguise by name, as the bytes to search."""
    bare = canary.translate(_SEPARATORS)
    plain = unicodedata.normalize("NFKD", canary).encode("ascii", "ignore").decode()
    forms = {
        "plain": canary.encode(),
        "no separators": bare.encode(),
        "other case": canary.lower().encode(),
        "other case, no separators": bare.lower().encode(),
        "no diacritics": plain.encode(),
        "reversed": canary[::-1].encode(),
        "reversed, no separators": bare[::-1].encode(),
        "URL": urllib.parse.quote(canary, safe="").encode(),
        "HTML numbers": "".join(f"&#{ord(letter)};" for letter in canary).encode(),
        "JSON escapes": json.dumps(canary)[1:-1].encode(),
        "hex": canary.encode().hex().encode(),
        "UTF-16 LE": canary.encode("utf-16-le"),
        "UTF-16 BE": canary.encode("utf-16-be"),
        "Latin-1": canary.encode("latin-1", "ignore"),
    }
    for text in {canary, bare}:
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + text.encode()).rstrip(b"=")
            # the first and last letters depend on the neighbours
            core = coded[(0, 2, 3)[shift] : (len(coded) - 1 if (len(text.encode()) + shift) % 3 else None)]
            forms[f"base64 {shift} {'' if text == canary else 'bare'}"] = core
        for name in _HASHES:
            digest = hashlib.new(name, text.encode()).digest()
            forms[f"{name} of {'it' if text == canary else 'its bare form'}"] = digest.hex().encode()
            forms[f"{name} in base64 {'' if text == canary else 'bare'}"] = base64.b64encode(digest).rstrip(b"=")
            forms[f"{name}, first half {'' if text == canary else 'bare'}"] = digest.hex()[: len(digest)].encode()
    return {name: form for name, form in forms.items() if len(form) >= _SHORTEST}


def canary_leaks(documents: Iterable[Document], canaries: Iterable[str]) -> Iterator[Leak]:
    """Search every byte and every text of the documents, without regard to case.

    Thousands of identifiers have hundreds of thousands of disguises. So the first bytes of every disguise are looked
    up at every place of a document at once, and only where they fit the rest is compared.
    """
    index: dict[int, list[tuple[bytes, int, str]]] = defaultdict(list)
    for number, canary in enumerate(canaries, start=1):
        for name, form in disguises(canary).items():
            needle = form.lower()
            index[int.from_bytes(needle[:_SHORTEST], "little")].append((needle, number, name))
    if not index:
        return
    starts = np.sort(np.fromiter(index, dtype=np.uint64, count=len(index)))
    for document in documents:
        texts = "\n".join(text.text for text in document.texts).lower()
        hay = b"\0".join(
            [*(blob.lower() for blob in document.blobs), texts.encode(), texts.translate(_SEPARATORS).encode()]
        )
        found: dict[int, str] = {}
        for place, start in _places(hay, starts):
            for needle, number, name in index[start]:
                if number not in found and hay.startswith(needle, place):
                    found[number] = name
        for number, name in sorted(found.items()):
            yield Leak("CANARY", document.file, f"canary {number}", f"a planted identifier is there ({name})")


def _places(hay: bytes, starts: npt.NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Places of which the next bytes are one of ``starts`` (sorted), with those bytes as a number."""
    letters = np.frombuffer(hay, dtype=np.uint8).astype(np.uint64)
    size = letters.size - _SHORTEST + 1
    if size <= 0:
        return
    window = np.zeros(size, dtype=np.uint64)
    for step in range(_SHORTEST):
        window |= letters[step : step + size] << np.uint64(8 * step)
    at = np.minimum(np.searchsorted(starts, window), starts.size - 1)
    hits = np.flatnonzero(starts[at] == window)
    yield from zip(hits.tolist(), window[hits].tolist(), strict=True)
