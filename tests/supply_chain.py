"""What a release is run with: every package in its SBOM with every hash of the lock, and its licence told.

``python -m tests.supply_chain SBOM`` checks an SBOM against ``uv.lock``; without an argument it writes
``docs/operations/licences.csv`` anew from what is installed; a licence that somebody wrote by hand stays where metadata tell none.
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


def listed() -> dict[str, str]:
    """Package -> licence, as the list has it."""
    with LICENCES.open(encoding="utf-8", newline="") as stream:
        return {row["package"]: row["licence"] for row in csv.DictReader(stream)}


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
        writer.writerow(["package", "licence"])
        for name in sorted({package["name"] for package in locked()}):
            writer.writerow([name, licence_of(name) or before.get(name) or UNTOLD])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
