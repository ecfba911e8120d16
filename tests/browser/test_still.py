"""Stills: there without script, readable in every set of colours, calm when asked."""

import pytest

from meos_pipeline.reporting.spec import State
from tests.browser.conftest import PAGES, UNFOLD, Reader

CONTRAST = """(least) => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m.slice(0, 3); };
  const lum = c => { const l = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                     return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
  const ratio = (a, b) => { const [h, l] = [lum(a), lum(b)].sort((x, y) => y - x); return (h + 0.05) / (l + 0.05); };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c) return c; }
                        return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255]; };
  const low = []; let count = 0, onShape = 0;
  for (const svg of document.querySelectorAll('main svg')) {
    if (!svg.checkVisibility()) continue;
    const shapes = [...svg.querySelectorAll('rect,path,circle')].filter(s => getComputedStyle(s).fill !== 'none');
    for (const text of svg.querySelectorAll('text')) {
      const box = text.getBBox(), at = svg.createSVGPoint();
      let under = null;
      for (const share of [0.1, 0.5, 0.9]) {
        at.x = box.x + box.width * share; at.y = box.y + box.height / 2;
        under = null;
        for (const shape of shapes)
          if (shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING && shape.isPointInFill(at)) under = shape;
        const back = under ? parse(getComputedStyle(under).fill) : ground(svg);
        const found = ratio(parse(getComputedStyle(text).fill), back);
        count++; if (under) onShape++;
        if (found < least) low.push(svg.getAttribute('aria-labelledby') + ': ' + text.textContent + ' ' + found.toFixed(1));
      }
    }
  }
  return [count, onShape, [...new Set(low)]];
}"""


@pytest.mark.parametrize("colours", ["light", "dark", "forced", "forced dark"])
@pytest.mark.parametrize("name", ["team", "district figures"])
def test_text_in_pictures_has_contrast_as_it_is_rendered(reader: Reader, name: str, colours: str) -> None:
    """axe calls text in SVG 'incomplete'; here each text is held against the shape that lies under it."""
    settings = {"color_scheme": "dark"} if "dark" in colours else {}
    settings |= {"forced_colors": "active"} if "forced" in colours else {}
    for width in (1280, 390):
        page = reader.look(
            PAGES[name], viewport={"width": width, "height": 900}, java_script_enabled=False, **settings
        ).page
        count, on_shape, low = page.evaluate(CONTRAST, 4.5)
        assert count > 100
        assert on_shape > 3
        assert low == []


@pytest.mark.parametrize("name", ["team", "district figures"])
def test_without_script_every_picture_is_seen_and_every_table_unfolds(reader: Reader, name: str) -> None:
    for mode, shown, hidden in (("light", "wide", "narrow"), ("phone", "narrow", "wide")):
        page = reader.open(PAGES[name], mode, java_script_enabled=False).page
        assert not page.locator("button.go-live:visible").count()
        page.evaluate("() => document.querySelectorAll('details.card').forEach(card => { card.open = true; })")
        figures = page.evaluate(
            """([shown, hidden]) => [...document.querySelectorAll('figure.chart')].map(f => {
              const drawn = [...f.querySelectorAll('.still svg')].filter(s => s.checkVisibility()), box = drawn[0].getBoundingClientRect();
              const told = f.closest('.nu') ? drawn[0].querySelector('desc').textContent.trim() : f.querySelector('tbody tr');
              return [drawn.length, box.width > 250 && box.height > 60 && box.right <= innerWidth, !drawn[0].closest(`.${hidden}`), !!told];
            })""",
            [shown, hidden],
        )
        assert len(figures) >= 4
        assert all(figure == [1, True, True, True] for figure in figures)
        first = page.locator("details.figures").first
        first.locator("summary").click()
        assert first.locator("table").is_visible()


def test_the_page_moves_only_for_those_who_did_not_ask_for_rest(reader: Reader) -> None:
    scroll = "() => getComputedStyle(document.documentElement).scrollBehavior"
    assert reader.open(PAGES["team"], reduced_motion="no-preference").page.evaluate(scroll) == "smooth"
    visit = reader.open(PAGES["team"], reduced_motion="reduce")
    calm = visit.page
    assert calm.evaluate(scroll) == "auto"
    visit.go_live()
    assert calm.evaluate("() => document.getAnimations().length") == 0
    moving = calm.evaluate("""() => [...document.querySelectorAll('*')].filter(e => {
      const s = getComputedStyle(e); return parseFloat(s.animationDuration) > 0 || (parseFloat(s.transitionDuration) > 0 && !e.closest('.live'));
    }).length""")
    assert moving == 0


def test_forced_colours_keep_every_mark_visible(reader: Reader) -> None:
    """High contrast: bars, dots and lines take system colours and stand out from the ground."""
    page = reader.open(PAGES["team"], forced_colors="active", java_script_enabled=False).page
    page.evaluate(UNFOLD)
    colours = page.evaluate("""() => {
      const probe = document.createElement('p'); document.body.append(probe);
      const system = name => { probe.style.color = name; return getComputedStyle(probe).color; };
      const of = (s, p) => [...document.querySelectorAll(`figure .still ${s}`)].map(e => getComputedStyle(e)[p]);
      return {ground: system('Canvas'), ink: system('CanvasText'), own: [...of('.f-own', 'fill'), ...of('.s-own', 'stroke')],
              signal: [...of('.f-signal', 'fill'), ...of('.s-signal', 'stroke')]};
    }""")
    assert colours["ground"] != colours["ink"]
    assert set(colours["own"]) == {colours["ink"]}
    assert colours["signal"]
    assert set(colours["signal"]) == {colours["ink"]}


def test_every_state_differs_in_word_and_shape_and_a_signal_in_colour_too(reader: Reader) -> None:
    page = reader.look(PAGES["team"]).page
    states = [state.value for state in State]
    drawn = page.evaluate(
        """(states) => states.map(state => {
          const mark = document.querySelector(`#i-${state}`).firstElementChild, style = getComputedStyle(mark);
          const filled = style.fill !== 'none';
          return [mark.tagName + mark.getAttribute('d') + filled + style.strokeDasharray, filled ? style.fill : style.stroke];
        })""",
        states,
    )
    assert len({shape for shape, _ in drawn}) == len(states)
    colours = dict(zip(states, (colour for _, colour in drawn), strict=True))
    spoken = [colours[State.ORDINARY], colours[State.SIGNAL]]
    silent = {colours[state] for state in states if state not in {State.ORDINARY, State.SIGNAL}}
    assert len({*spoken, *silent}) == len(spoken) + len(silent)
    words = page.evaluate(
        """(states) => Object.fromEntries(states.map(s => [s, [...new Set(
          [...document.querySelectorAll(`use[href='#i-${s}']`)].map(u => u.closest('.st, .silent, td').textContent.trim()))]]))""",
        states,
    )
    assert all(words.values())
    flat = [word for found in words.values() for word in found if word != "–"]
    assert flat
    assert len(flat) == len(set(flat))
