"""Nothing that is written can be read by others, whatever the umask of the account is."""

import subprocess
import sys
from pathlib import Path

import pytest

ENTRIES = {
    "command line": "from meos_pipeline.cli.app import main\ntry:\n    main(['--version'])\nexcept SystemExit:\n    pass",
    "programs of Dagster": "import meos_pipeline.definitions",
    "server of reports": "from pathlib import Path\nfrom meos_pipeline.server.app import Proxy, create_app\n"
    "from meos_pipeline.storage.paths import DataFolder\nPath('readers.toml').write_text('[readers]')\n"
    "create_app(DataFolder(Path()), permissions=Path('readers.toml'), audit=Path('a'), proxy=Proxy(secret='s'))",
}


def new_file_after(entry: str, umask: int, at: Path) -> int:
    """Mode of a file that a process makes after it went through an entry."""
    program = f"import os\nos.umask({umask})\n{entry}\nopen('made', 'w').close()"
    subprocess.run([sys.executable, "-c", program], cwd=at, check=True, capture_output=True)
    return (at / "made").stat().st_mode & 0o777


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_closes_what_it_makes_to_others(entry, tmp_path):
    assert new_file_after(ENTRIES[entry], 0o000, tmp_path) == 0o640


def test_a_stricter_umask_stays(tmp_path):
    assert new_file_after(ENTRIES["command line"], 0o077, tmp_path) == 0o600
