"""Narrow, enlarged, printed: nothing is cut off and nothing has to be scrolled sideways."""

import io
import re

import pypdf
import pytest

from tests.browser.conftest import PAGES, UNFOLD, Reader

WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('.tw, .hidden, .symbols, .skip'));
  const out = all.filter(e => e.getBoundingClientRect().right > wide + 1).map(e => e.tagName + '.' + e.className);
  return [document.documentElement.scrollWidth > wide ? document.documentElement.scrollWidth : 0, out.slice(0, 5)];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_at_320_pixels_nothing_is_wider_than_the_window(reader: Reader, name: str) -> None:
    """WCAG 1.4.10; a table scrolls in its own box."""
    page = reader.open(PAGES[name], viewport={"width": 320, "height": 640}).page
    page.evaluate(UNFOLD)
    assert page.evaluate(WIDER) == [0, []]


@pytest.mark.parametrize("name", ["team", "district", "way in"])
def test_on_a_phone_a_page_says_of_which_month_it_is(reader: Reader, name: str) -> None:
    page = reader.folded(PAGES[name], "phone").page
    assert "oktober 2026" in page.locator(".meta").inner_text()


def test_on_a_phone_each_cell_of_the_district_says_of_what_and_when_it_is(reader: Reader) -> None:
    cells = reader.folded(PAGES["district"], "phone").page.locator(".matrix tbody tr").first.locator("td[data-l]")
    told = [cells.nth(i).get_attribute("data-l") for i in range(4)]
    assert all(re.search(r"\w, .*\d{4} – .*2026$", text or "") for text in told), told


@pytest.mark.parametrize("name", PAGES)
def test_enlarged_to_200_percent_nothing_is_wider_than_the_window(reader: Reader, name: str) -> None:
    """WCAG 1.4.4: zoom halves the window; enlarged text alone must fit as well."""
    zoomed = reader.open(PAGES[name], viewport={"width": 640, "height": 450}, device_scale_factor=2).page
    zoomed.evaluate(UNFOLD)
    assert zoomed.evaluate(WIDER) == [0, []]
    zoomed.set_viewport_size({"width": 1280, "height": 900})
    zoomed.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert zoomed.evaluate(WIDER) == [0, []]


@pytest.mark.parametrize("name", ["team", "team figures", "district figures"])
def test_labels_in_a_picture_stay_inside_it_and_do_not_overlap(reader: Reader, name: str) -> None:
    """Measured on the rendered text, in both widths; a pixel of antialiasing is forgiven."""
    for mode in ("light", "phone"):
        found = reader.folded(PAGES[name], mode, java_script_enabled=False).page.evaluate("""() => {
          const wrong = [];
          for (const svg of document.querySelectorAll('figure.chart svg')) {
            if (!svg.checkVisibility()) continue;
            const frame = svg.getBoundingClientRect();
            const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
            for (const [text, b] of texts)
              if (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 2 || b.bottom > frame.bottom + 2)
                wrong.push(svg.closest('figure').id + ' outside: ' + text);
            texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
              const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
              const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
              if (across > 1 && down > 5) wrong.push(svg.closest('figure').id + ': ' + one + ' / ' + other);
            }));
          }
          return wrong;
        }""")
        assert found == [], mode


@pytest.mark.parametrize("name", ["team figures", "district figures"])
def test_a_printed_page_shows_pictures_and_tables_in_full(reader: Reader, name: str) -> None:
    """Printed from a wide window in which figures were live: the stills come back, tables are unfolded."""
    visit = reader.open(PAGES[name])
    visit.go_live()
    visit.page.emulate_media(media="print")
    state = visit.page.evaluate("""() => [...document.querySelectorAll('figure.chart')].map(f => {
      const svg = f.querySelector('.wide svg').getBoundingClientRect();
      return [getComputedStyle(f.querySelector('.live')).display, svg.width > 300, f.querySelector('table').getBoundingClientRect().height > 20];
    })""")
    assert state
    assert all(row == ["none", True, True] for row in state)
    text = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(visit.page.pdf(format="A4"))).pages)
    captions = visit.page.locator("figure table caption").all_inner_texts()
    flat = re.sub(r"\s+", "", text)
    assert [c for c in captions if re.sub(r"\s+", "", c) not in flat] == []


def test_the_a4_prints_from_any_browser_on_one_page(reader: Reader) -> None:
    printed = reader.open(PAGES["A4"]).page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(pypdf.PdfReader(io.BytesIO(printed)).pages) == 1


def test_the_pdf_says_what_its_print_page_says(reader: Reader) -> None:
    visit = reader.open(PAGES["A4"])
    said = visit.page.locator("h1,h2,li,th,td,.lines p").all_inner_texts()
    pdf = pypdf.PdfReader(reader.root / PAGES["A4"].replace(".html", ".pdf"))
    assert len(pdf.pages) == 1
    flat = re.sub(r"\s+", "", pdf.pages[0].extract_text())
    assert [s for s in said if re.sub(r"\s+", "", s)[:25] not in flat] == []
