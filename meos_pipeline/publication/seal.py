"""The seal beside an edition: ties it to the audit log without changing its bytes."""

import hashlib
import json
from pathlib import Path

from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder


def seals_folder(data: DataFolder) -> Path:
    """Folder of the seals."""
    return data.published / "seals"


def withdrawn_folder(data: DataFolder) -> Path:
    """Folder of what was withdrawn, and why."""
    return data.published / "withdrawn"


def write_seal(data: DataFolder, name: str, manifest: bytes, audit_mac: str) -> None:
    """Keep the manifest's SHA-256 and the audit log's last mac; the first seal of an edition stays."""
    path = seals_folder(data) / f"{name}.json"
    if path.exists():
        return
    content = {"edition": name, "manifest": hashlib.sha256(manifest).hexdigest(), "audit_mac": audit_mac}
    write_text(path, json.dumps(content, sort_keys=True, indent=1) + "\n")
