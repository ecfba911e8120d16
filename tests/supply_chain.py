"""What a release is run with: every package in its SBOM with every hash of the lock, and its licence told.

``python -m tests.supply_chain SBOM`` checks an SBOM against ``uv.lock``; without an argument it writes
``docs/operations/licences.csv`` anew from what is installed. Where nothing installed tells a licence, somebody looked it up
at the version in the column ``looked_up``; at another version it has to be looked up again.
"""

import csv
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LICENCES = ROOT / "docs/operations/licences.csv"
OURS = "meos-pipeline"
_SHORT = 60
UNTOLD = "not told by its metadata: look at the package, and write it here"
_OF_CLASSIFIER = "License :: OSI Approved :: "


def locked() -> list[dict[str, Any]]:
    """Packages of ``uv.lock`` that are run: what ours needs with all extras, and what those need; not ours itself."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    named: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        named.setdefault(package["name"], []).append(package)
    seen: set[str] = set()
    waiting = [OURS]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [needed for package in named[name] for needed in _needs(package)]
    return [package for package in packages if package["name"] in seen - {OURS}]


def _needs(package: dict[str, Any]) -> Iterator[str]:
    extras = package.get("optional-dependencies", {})
    for needed in [*package.get("dependencies", []), *(one for extra in extras.values() for one in extra)]:
        yield needed["name"]


def hashes(package: dict[str, Any]) -> set[str]:
    """SHA-256 of each file of a package that may be installed."""
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"].removeprefix("sha256:") for file in files}


def differing(sbom: dict[str, Any]) -> list[str]:
    """What the lock and the SBOM do not have alike: packages, and hashes of their files; one sentence each."""
    there: dict[tuple[str, str], set[str]] = {
        (part["name"], part.get("version", "")): {
            one["content"] for place in part.get("externalReferences", []) for one in place.get("hashes", [])
        }
        for part in sbom.get("components", [])
    }
    run = {(package["name"], package["version"]): hashes(package) for package in locked()}
    told = [f"{name} {version} is not in the SBOM" for name, version in sorted(run.keys() - there.keys())]
    told += [f"{name} {version} is in the SBOM and not run" for name, version in sorted(there.keys() - run.keys())]
    told += [
        f"{name} {version}: a file is not in the SBOM by its hash"
        for name, version in sorted(run.keys() & there.keys())
        if run[name, version] - there[name, version]
    ]
    return told


def licence_of(name: str) -> str:
    """Licence of an installed package as its metadata tells it; empty when they do not, or it is not installed here."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ""
    of_lists = [
        line.removeprefix(_OF_CLASSIFIER) for line in told.get_all("Classifier") or [] if _OF_CLASSIFIER in line
    ]
    text = (told.get("License") or "").strip()
    short = text if text and len(text) < _SHORT and "\n" not in text and text.lower() != "unknown" else ""
    return told.get("License-Expression") or short or " / ".join(of_lists)


def listed() -> dict[str, tuple[str, str]]:
    """Package -> its licence, and where somebody looked it up at which versions; empty where metadata told it."""
    with LICENCES.open(encoding="utf-8", newline="") as stream:
        return {row["package"]: (row["licence"], row["looked_up"]) for row in csv.DictReader(stream)}


def versions() -> dict[str, str]:
    """Package -> its versions in the lock, with a blank between them."""
    found: dict[str, set[str]] = {}
    for package in locked():
        found.setdefault(package["name"], set()).add(package["version"])
    return {name: " ".join(sorted(its)) for name, its in sorted(found.items())}


def to_look_up() -> list[str]:
    """Packages whose licence nothing installed tells, and that nobody looked up at the versions of the lock."""
    page = listed()
    return [
        name
        for name, locked_at in versions().items()
        if not licence_of(name) and not page.get(name, ("", ""))[1].endswith(f" {locked_at}")
    ]


def main(words: list[str]) -> int:
    """Check an SBOM, or write the list."""
    if words:
        told = differing(json.loads(Path(words[0]).read_text(encoding="utf-8")))
        sys.stdout.write(
            "".join(f"{line}\n" for line in told) or f"The SBOM holds all of uv.lock: {len(locked())} packages.\n"
        )
        return 1 if told else 0
    before = listed() if LICENCES.exists() else {}
    with LICENCES.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["package", "licence", "looked_up"])
        for name in versions():
            licence, looked_up = before.get(name, ("", ""))
            told_here = licence_of(name)
            writer.writerow(
                [name, told_here or licence or UNTOLD, looked_up if licence == (told_here or licence) else ""]
            )
    sys.stdout.write("".join(f"{name}: look up its licence at {versions()[name]}\n" for name in to_look_up()))
    return 1 if to_look_up() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
