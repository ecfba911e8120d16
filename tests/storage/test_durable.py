"""A write is whole or not there, also when the disk is full while Polars writes a table."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.storage.durable import write_table

FULL = """
import resource, signal, sys
from pathlib import Path
import polars as pl
from meos_pipeline.errors import StorageError
from meos_pipeline.storage.durable import write_table
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
frame = pl.select(n=(pl.int_range(200_000) * 7919) % 100_003)
try:
    write_table(Path(sys.argv[1]), frame.lazy() if sys.argv[2] == "lazy" else frame)
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of a file are POSIX")
@pytest.mark.parametrize("kind", ["lazy", "eager"])
def test_a_table_that_the_disk_refuses_leaves_the_old_one_and_says_what_to_do(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "table.parquet"
    write_table(path, pl.DataFrame({"n": [1]}))
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", FULL, str(path), kind], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Cannot write 'table.parquet' in")
    assert "File too large); free space or mend the rights" in done.stdout
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["table.parquet"]


def test_a_fault_in_a_query_is_not_called_a_fault_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(pl.exceptions.InvalidOperationError):
        write_table(tmp_path / "table.parquet", pl.LazyFrame({"n": ["x"]}).select(pl.col("n").cast(pl.Int64)))
    assert list(tmp_path.iterdir()) == []
