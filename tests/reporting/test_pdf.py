import subprocess
import sys

import pytest
from pypdf import PdfReader

from meos_pipeline.errors import PublicationError
from meos_pipeline.reporting.pdf import font_css, in_our_letters, letters_written_plainly, pages_of, write_pdf

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


LETTERS = {
    "Team Noord – één, “twee” ½ · 3": "Team Noord – één, “twee” ½ · 3",
    "Ĳsselmonde": "IJsselmonde",
    "Şişli Łódź": "Sisli Lódz",
    "a\u00ad\u200bb\n": "a\u00ad\u200bb\n",
}


@pytest.mark.parametrize(("text", "written"), LETTERS.items(), ids=range(len(LETTERS)))
def test_letters_that_our_fonts_lack_are_written_plainly_and_told(text, written):
    assert in_our_letters(text) == written
    told = letters_written_plainly([text])
    assert set(told) == {sign for sign in text if sign not in written}


def test_signs_without_a_plain_form_stop_the_page_and_are_named():
    with pytest.raises(PublicationError, match=r"U\+0633"):
        pages_of("<p>\u0633</p>")


def test_every_letter_of_a_page_is_of_a_font_that_we_ship(tmp_path):
    """Whatever fonts a machine has: none of them is in the file."""
    page = (
        f'<html lang="nl"><head><title>x</title><style>{font_css()} {STYLE}</style></head><body>Şişli Ĳ é</body></html>'
    )
    assert write_pdf(page, tmp_path / "a.pdf", identifier="x")
    (sheet,) = PdfReader(tmp_path / "a.pdf").pages
    names = {str(font.get_object()["/BaseFont"]) for font in sheet["/Resources"]["/Font"].values()}
    assert names
    assert all("Source-Sans-3" in name for name in names)


STYLE = 'body{font-family:"Source Sans 3","Liberation Sans",sans-serif}'
