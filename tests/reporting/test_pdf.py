import subprocess
import sys

import pytest

WRITE = """
import sys, time
from pathlib import Path
now = time.time()
time.time = lambda: now + float(sys.argv[2])
from meos_pipeline.reporting.pdf import font_css, pages_of, write_pdf
page = (
    f'<html lang="nl"><head><title>x</title><style>{font_css()} body {{font-family: "Source Sans 3"}}</style></head>'
    "<body><h1>Team Noord</h1></body></html>"
)
if sys.argv[3] == "measured":
    assert pages_of(page) == 1
assert write_pdf(page, Path(sys.argv[1]), identifier="x")
"""


@pytest.mark.parametrize("order", ["straight", "measured"])
def test_the_same_page_gives_the_same_pdf_on_another_day(tmp_path, order):
    """Fonts are converted once per process, and fontTools writes the time of that into them."""
    for name, later in (("one.pdf", "0"), ("two.pdf", "10000000")):
        subprocess.run([sys.executable, "-c", WRITE, str(tmp_path / name), later, order], check=True)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
