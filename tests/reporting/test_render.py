import csv
import hashlib
import html
import itertools
import re
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pypdf
import pytest

from meos_pipeline.disclosure.door import passed
from meos_pipeline.errors import DisclosureError, SettingsError
from meos_pipeline.policy import Policy
from meos_pipeline.reporting.notation import Notation
from meos_pipeline.reporting.pdf import STATIC
from meos_pipeline.reporting.quality_page import render_quality_page
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.site import read_house
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.browser.exact import exact_tables
from tests.reporting.dutch import render_dutch
from tests.reporting.fixture import publishable

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><b>x</b>',
    "'><i>x</i>",
    "</title><script>1</script>",
    "<a href='https://evil.example'>klik</a>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "{% raw %}",
    "${7*7}",
    "%{customdata}",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "&lt;b&gt;",
    "&#60;script&#62;",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[x]]>",
    "<style>*{display:none}</style>",
    "<iframe src=x>",
    "\u2028alert(1)",
    "</script><script>1",
    "<details open ontoggle=alert(1)>",
    "<math><mi xlink:href='x'>",
    "{0.__class__}",
)
PARTS = (
    "use",
    "effectiveness",
    "accountability",
    "repeats",
    "where_when",
    "other_teams",
    "differences",
    "actions",
    "about",
)
PAGES = ("index.html", "index_en.html", "rapporten.html", "reports.html", "a4.html")


def digest(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_team_gets_its_pages_and_the_district_its_overview(edition: Path) -> None:
    files = {
        "index.html",
        "index_en.html",
        "a4.pdf",
        "a4.html",
        "a4_en.pdf",
        "a4_en.html",
        *(f"{part}{end}.html" for part in PARTS for end in ("", "_en")),
        "tables.xlsx",
        "tables.csv",
        "tables_en.xlsx",
        "tables_en.csv",
        "cells.csv",
        "rapporten.html",
        "reports.html",
    }
    for team in (p for p in edition.iterdir() if p.name.startswith("team-")):
        assert files <= {p.name for p in team.iterdir()}
    assert {
        "index.html",
        "index_en.html",
        "cijfers.html",
        "figures.html",
        "kwaliteit.html",
        "quality.html",
        "tables.xlsx",
        "tables_en.csv",
    } <= {p.name for p in (edition / "district").iterdir()}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        render_edition(publishable(teams=1), tmp_path / name)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_a_small_count_changes_no_byte_of_what_is_published(tmp_path: Path) -> None:
    """Released counts are multiples of the base; with base 1 the whole range below the limit is tried."""
    seen = set()
    policy = Policy()
    for cell in (5, *range(6, policy.smallest_shown_count)):
        edition = publishable(teams=1)
        hidden = (edition.cells["partition"] == "area") & (edition.cells["category"] == "W05")
        frame = edition.cells.with_columns(n=edition.cells["n"].set(hidden, cell))
        object.__setattr__(edition, "cells", frame)
        render_edition(edition, tmp_path / str(cell))
        seen.add(tuple(digest(tmp_path / str(cell)).items()))
    assert len(seen) == 1


def test_a_page_asks_nothing_of_the_network_and_has_a_strict_policy(edition: Path) -> None:
    for page in edition.rglob("*.html"):
        text = text_of(page)
        if page.stem.startswith("telmee"):
            continue  # one file, with its script in it: see test_count_page.py
        assert "default-src 'none'; script-src 'self'" in html.unescape(text)
        assert set(re.findall(r"https?://[^\s\"'<)]+", text)) <= {"http://www.w3.org/2000/svg"}
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", text), page


def test_a_page_weighs_little(edition: Path) -> None:
    """150 kB without Plotly, 1.8 MB with it."""
    shared = sum(
        (edition / "assets" / n).stat().st_size for n in ("report.css", "report.js", "plotly-cartesian.min.js")
    )
    for page in [*edition.glob("team-*/*.html"), *edition.glob("district/*.html")]:
        bare = page.stat().st_size + (edition / "assets" / "report.css").stat().st_size
        assert bare <= 150_000, page
        named = re.search(r'data-figures="([^"]+)"', text_of(page))
        figures = page.with_name(named[1]) if named else page
        assert page.stat().st_size + figures.stat().st_size + shared <= 1_800_000, page


def card(text: str, name: str) -> str:
    """One question of a team page, as text."""
    part = text[text.index(f'id="v-{name}"') :].split("</details>\n", maxsplit=1)[0]
    return " ".join(html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", part, flags=re.DOTALL)).split())


def test_the_corrected_yield_leads_and_without_coverage_there_is_no_yield_and_no_bound(
    edition: Path, tmp_path: Path
) -> None:
    render_dutch(publishable(teams=1, with_sample=False), tmp_path)
    known = card(text_of(edition / "team-noordkade" / "index.html"), "checks_yield")
    assert known.index("Waarschijnlijk hebben 20 van de 100") < known.index("In MEOS lijkt het 31")
    assert "Hooguit tussen 14 en 57" in known
    unknown = card(text_of(tmp_path / "team-noordkade" / "index.html"), "checks_yield")
    assert "Dat weten we pas als er genoeg is meegeteld" in unknown
    assert not re.search(r"\d", unknown.replace("100", ""))


def test_figures_side_by_side_say_what_they_rest_on(edition: Path) -> None:
    filled = text_of(edition / "team-noordkade" / "use.html").split(
        "Deel van de controles met het veld ingevuld</caption>"
    )[1]
    row = re.search(r"<th scope=\"row\">wijk</th><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", filled)
    assert row and row[1] == "71%" and row[2].startswith("tussen") and " van " in row[3]


def test_other_teams_have_no_name_on_a_team_page(edition: Path) -> None:
    for name in (
        "index.html",
        "index_en.html",
        *(f"{part}.html" for part in PARTS),
        "effectiveness_nl.js",
        "tables.csv",
        "cells.csv",
        "a4.html",
        "rapporten.html",
    ):
        text = text_of(edition / "team-noordkade" / name)
        assert "Havenkwartier" not in text and "team-havenkwartier" not in text, name


def test_every_marked_number_is_a_released_cell(edition: Path) -> None:
    cells = {
        "|".join((r["team"], r["period"], r["period_start"].isoformat(), r["partition"], r["category"])): r["n"]
        for r in publishable(teams=12).cells.cast({"period": str}).iter_rows(named=True)
    }
    early = publishable(teams=12).provisional.filter(pl.col("stratum") == "measure=registrations")
    cells |= {f"{r['team']}|provisional|{r['period_start']}|proactive|*": r["n"] for r in early.iter_rows(named=True)}
    marked = [
        found
        for page in (edition / "team-noordkade").glob("*.html")
        for found in re.findall(r'data-cell="([^"]+)">(?:<svg.*?</svg> )?([^<]+)<', text_of(page))
        if not page.stem.endswith("_en")
    ]
    assert len(marked) > 40
    for reference, shown in marked:
        n = cells[reference]
        assert shown == ("minder dan 10" if 0 < n < 10 else Notation("nl").number(n))


def test_the_district_lists_teams_by_name_and_names_only_outliers_in_its_funnel(edition: Path) -> None:
    names = re.findall(r'<th scope="row"><a [^>]*>(Team [^<]+)</a></th>', text_of(edition / "district" / "index.html"))
    assert len(names) == 12 and names == sorted(names, key=str.casefold)
    figures = text_of(edition / "district" / "cijfers.html")
    funnel = re.search(r'<figure id="funnels-dossier_complete".*?</figure>', figures, re.DOTALL)
    assert funnel is not None
    assert set(re.findall(r"Team [A-Z]\w+", funnel.group())) == {"Team Ooststad"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_are_text_everywhere(payload: str, tmp_path: Path) -> None:
    from meos_pipeline.reporting.downloads import tables_csv, tables_of
    from meos_pipeline.reporting.pages import drawn_blocks, figures_js
    from meos_pipeline.reporting.render import blocks_of
    from meos_pipeline.reporting.results import results_by_team
    from meos_pipeline.reporting.site import House
    from meos_pipeline.reporting.team_page import part_html, team_html
    from meos_pipeline.reporting.team_reports import team_report

    if {"\t", "\u2028"} & set(payload):
        with pytest.raises(DisclosureError, match="a sign that nobody sees"):
            publishable(teams=1, name=payload, title=payload)
        return
    edition = publishable(teams=1, name=payload, title=payload)
    words = Words(read_words(shipped("reports")), "nl")
    report = team_report("team-noordkade", payload, edition, results_by_team(edition), words, House())
    blocks = blocks_of(report)
    charts = drawn_blocks(blocks, words)
    parts = [part_html(report, House(), block, charts) for block in blocks]
    page, scripts = team_html(report, House(), blocks, [], {})
    text = "\n".join([page, *parts])
    assert not re.search(r"<(script(?! src=\"\.\./)|img|iframe|style|math|b>|i>)", text)
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', text))
    assert "https://evil" not in re.findall(r'href="([^"]*)"', text)
    assert "</script" not in figures_js(one for of_block in charts.values() for one in of_block) + scripts
    for line in tables_csv(tables_of(blocks), report).decode("utf-8-sig").splitlines():
        assert not re.match(r'^"?[=+@\t]', line)


def test_the_a4_is_one_tagged_page_with_named_figures(edition: Path) -> None:
    for path in edition.rglob("a4.pdf"):
        reader = pypdf.PdfReader(path)
        assert len(reader.pages) == 1
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and str(root["/Lang"]).startswith("nl")
    kinds: list[object] = []

    def walk(node: object) -> None:
        item = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(item, list):
            for child in item:
                walk(child)
        elif isinstance(item, dict):
            if item.get("/S") == "/Figure":
                kinds.append(item.get("/Alt"))
            if item.get("/S") == "/TH":
                kinds.append(item["/A"]["/Scope"])
            if "/K" in item:
                walk(item["/K"])

    walk(root["/StructTreeRoot"])
    assert kinds and all(kinds)


def test_the_workbook_has_real_tables_and_no_formula(edition: Path) -> None:
    path = edition / "team-noordkade" / "tables.xlsx"
    with zipfile.ZipFile(path) as archive:
        assert not any(
            b"<f>" in archive.read(n) or b"<f " in archive.read(n) for n in archive.namelist() if "sheets/" in n
        )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "Lees mij"
    assert all(len(sheet.tables) == 1 for sheet in book.worksheets[1:])
    assert {sheet.sheet_state for sheet in book.worksheets} == {"visible"}


def test_texts_for_dutch_excel_use_its_signs(edition: Path) -> None:
    raw = (edition / "team-noordkade" / "tables.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw
    assert re.search(r";0,\d+", raw.decode("utf-8-sig"))


def test_who_reads_english_takes_english_tables_along_with_the_same_numbers(edition: Path) -> None:
    folder = edition / "team-noordkade"
    for page in ("index_en.html", "reports.html"):
        linked = set(re.findall(r'href="(tables[^"]*)"', text_of(folder / page)))
        assert {"tables_en.xlsx"} <= linked <= {"tables_en.xlsx", "tables_en.csv"}
    assert 'href="tables_en' not in text_of(folder / "index.html") + text_of(folder / "rapporten.html")
    dutch, english = (openpyxl.load_workbook(folder / f"tables{end}.xlsx") for end in ("", "_en"))
    assert english.sheetnames[0] == "Read me" and len(english.sheetnames) == len(dutch.sheetnames)

    def told(book: openpyxl.Workbook) -> tuple[list[float], set[str]]:
        cells = [c.value for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
        return [c for c in cells if not isinstance(c, str)], {c for c in cells if isinstance(c, str)}

    assert told(dutch)[0] == told(english)[0]
    of_dutch, of_english = (Words(read_words(shipped("reports")), language) for language in ("nl", "en"))
    heads = {f"page/columns/{name}" for name in ("measure", "margin", "verdict", "month")} | {
        "downloads/explain/rounded"
    }
    assert {of_english(path) for path in heads} <= told(english)[1]
    assert not {of_dutch(path) for path in heads} & told(english)[1]
    raw = (folder / "tables_en.csv").read_bytes().decode("utf-8-sig")
    assert re.search(r",0\.\d+,", raw) and ";0" not in raw
    assert [len(row) for row in csv.reader(raw.splitlines())] == [
        len(row)
        for row in csv.reader((folder / "tables.csv").read_bytes().decode("utf-8-sig").splitlines(), delimiter=";")
    ]


def test_the_bundle_is_the_one_that_was_read_and_offers_no_cloud() -> None:
    import plotly.offline

    bundle = (STATIC / "plotly-cartesian.min.js").read_bytes()
    assert hashlib.sha256(bundle).hexdigest() == "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a"
    assert plotly.offline.get_plotlyjs_version().encode() in bundle[:200]
    script = text_of(STATIC / "live.js")
    assert "displayModeBar: false" in script and "showSendToCloud: false" in script and 'plotlyServerURL: ""' in script


def test_a_site_brings_its_colours_and_logo_and_bad_contrast_is_refused(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "colours.yaml").write_text("own: '#00483A'", encoding="utf-8")
    (house / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    render_dutch(publishable(teams=1), tmp_path / "out", house=house)
    page = text_of(tmp_path / "out" / "team-noordkade" / "index.html")
    assert "assets/site.css" in page and "assets/logo.svg" in page
    (house / "colours.yaml").write_text("own: '#BBBBBB'", encoding="utf-8")
    with pytest.raises(SettingsError, match="too little contrast"):
        read_house(house)


def test_the_analysts_page_shows_exact_tables_as_text(tmp_path: Path) -> None:
    import polars as pl

    words = Words(read_words(shipped("reports")), "nl")
    tables = {
        "quarantine": pl.DataFrame({"reason": ["<b>datum</b>"], "n": [3]}),
        "volume": pl.DataFrame({"n": []}, schema={"n": pl.Int64}),
    }
    page = render_quality_page(tables, tmp_path / "kwaliteit.html", publishable=publishable(teams=1), words=words)
    text = text_of(page)
    assert "&lt;b&gt;datum" in text and ">3<" in text and "Hier is niets te melden" in text


def test_the_analysts_page_tells_per_layout_how_columns_were_read(tmp_path: Path) -> None:
    for language, name, filled, nearly in (
        ("nl", "kwaliteit.html", "4.880", "bijna alles"),
        ("en", "quality.html", "4,880", "nearly all"),
    ):
        words = Words(read_words(shipped("reports")), language)
        render_quality_page(exact_tables(), tmp_path / name, publishable=publishable(teams=1), words=words)
        text = text_of(tmp_path / name)
        part = text[text.index('id="mapping"') : text.index('id="quarantine"')]
        rows = [re.findall(r">([^<]+)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", part, re.DOTALL)]
        assert [row[0] for row in rows[1:6]] == [
            "resultaat_code",
            "leeftijd",
            "datum controle",
            "bsn",
            "wapen gevonden",
        ]
        assert rows[1][2:] == [filled, "91%", "GEEN_BIJZONDERHEDEN, BOETE_VERKEER"]
        assert rows[2][3:] == [nearly, "–"] and rows[4][2:] == ["0", "–", "–"]
        assert part.count("<table") == 2 and "controles_2026-10.csv" in part and "controles_2026-09.csv" not in part
    assert "Unknown and not read: leeftijdd (perhaps age), kleur." in part and "Known and never read: naam." in part


def test_made_up_data_says_so_on_every_page_and_real_public_data_says_what_it_is(edition: Path, tmp_path: Path) -> None:
    assert all("verzonnen gegevens" in text_of(p) or "made-up data" in text_of(p) for p in edition.rglob("*.html"))
    made = publishable(teams=1, fictional=False)
    real = replace(made, site=replace(made.site, public_source="Hartford (VS), 2013-2016", test_key=True))
    render_edition(real, tmp_path)
    for page in tmp_path.rglob("*.html"):
        assert "openbare gegevens: Hartford" in text_of(page) or "public data: Hartford" in text_of(page), page
        assert "verzonnen" not in text_of(page) and "made-up" not in text_of(page), page


def test_no_list_and_no_caption_says_a_sentence_twice(edition: Path) -> None:
    for page in edition.rglob("*.html"):
        parts = re.findall(r"<ul>.*?</ul>|<figcaption.*?</figcaption>", text_of(page), flags=re.DOTALL)
        assert len(parts) > 5 or not (page.parent / "rapporten.html").exists() or not page.stem.startswith("index")
        for part in parts:
            words = html.unescape(re.sub(r"<[^>]+>", " ", part))
            said = [sentence.strip() for sentence in re.split(r"(?<=[.?])\s", words) if len(sentence.split()) > 3]
            assert sorted(said) == sorted(set(said)), page


def test_a_team_is_told_what_it_can_mend_in_words_the_largest_gap_first(edition: Path) -> None:
    text = text_of(edition / "team-havenkwartier" / "rapporten.html")
    part = text[text.index('id="quality"') : text.index('id="help"')]
    assert re.findall(r"<li>(.*?)</li>", part) == [
        "Bij 47 van de 100 controles is de toelichting te kort om na te bespreken.",
        "Bij 14 van de 100 controles ontbreekt de grondslag.",
        "Bij 5 van de 100 controles ontbreekt de wijk.",
    ]
    assert not re.search(r"\w+_are_\w+", text)


def test_the_data_quality_page_has_a_table_per_broken_rule_and_counts_the_kept_ones(edition: Path) -> None:
    text = text_of(edition / "district" / "kwaliteit.html")
    assert re.findall(r"<caption>(\w+_\w+)</caption>", text) == [
        "explanations_are_mostly_usable",
        "legal_bases_are_mostly_recorded",
        "areas_are_mostly_recorded",
        "only_vehicles_have_a_kind_of_vehicle",
    ]
    assert "Overal gehaald: 2 andere afspraken." in text


def test_the_waterfall_adds_up_and_a_step_that_took_nothing_is_not_drawn() -> None:
    from meos_pipeline.reporting.results import results_by_team
    from meos_pipeline.reporting.sections.about import waterfall
    from meos_pipeline.reporting.site import House
    from meos_pipeline.reporting.team_reports import team_report

    made = publishable(teams=1)
    frame = made.waterfall.with_columns(n=pl.when(pl.col("stage") == "quarantined").then(0).otherwise("n"))
    object.__setattr__(made, "waterfall", frame)
    words = Words(read_words(shipped("reports")), "nl")
    chart = waterfall(team_report("team-noordkade", "x", made, results_by_team(made), words, House()))
    assert chart is not None
    assert [s.label for s in chart.steps] == [
        "ontvangen, elk één keer geteld",
        "ingetrokken",
        "buiten de periode",
        "goedgekeurd",
    ]
    assert [(s.other, s.value) for s in chart.steps[::2][:2]] == [(0, 1870), (1845, 20)]
    assert chart.steps[1].value is None, "under ten is no number"
    assert [row[0].text for row in chart.table.rows].count("afgekeurd") == 1


def test_the_a4_asks_one_question_with_its_one_figure_and_leaves_room_for_an_agreement(edition: Path) -> None:
    for team in ("team-noordkade", "team-havenkwartier"):
        for name, actions, agreed in (
            ("a4.html", ("VR-bril", "bejegeningsprofiel", "dialoog"), "Onze afspraak"),
            ("a4_en.html", ("VR headset", "treatment profile", "dialogue"), "Our agreement"),
        ):
            text = text_of(edition / team / name)
            assert text.count("<svg") - ('<div class="side">' in text) <= 1
            assert all(action in text for action in actions) and agreed in text
    assert "Vorige keer spraken we af" in text_of(edition / "team-noordkade" / "a4.html")
    assert "Vorige keer" not in text_of(edition / "team-havenkwartier" / "a4.html")


def test_not_every_team_and_month_has_the_same_question() -> None:
    from meos_pipeline.reporting import agenda
    from meos_pipeline.reporting.results import results_by_team
    from meos_pipeline.reporting.site import House
    from meos_pipeline.reporting.team_reports import team_report

    made = publishable(teams=8)
    words, everyone = Words(read_words(shipped("reports")), "nl"), results_by_team(made)
    asked: dict[str, list[str]] = {}
    for team, name in made.organisation.select("team", "team_name").rows():
        report = team_report(team, name, made, everyone, words, House())
        quiet = {n: f for n, f in report.results.findings.items() if n != "control_chart"}
        calm = replace(report, results=replace(report.results, findings=quiet))
        months = [date(2026, month, 1) for month in (8, 9, 10)]
        asked[team] = [agenda.item(replace(calm, month=month)).name for month in months]
        assert all(one != other for one, other in itertools.pairwise(asked[team])), team
    assert len({tuple(names) for names in asked.values()}) > 2


def test_what_changed_since_the_last_report_is_shown_with_its_period(tmp_path: Path) -> None:
    one = publishable()
    team = one.organisation["team"][0]
    rows = [("month", 8, "dossier", 35, 25), ("month", 8, "dossier", 5, 15), ("quarter", 4, "block_hit", 10, 15)]
    changes = pl.DataFrame(
        {
            "team": team,
            "period": [row[0] for row in rows],
            "period_start": [date(2026, row[1], 1) for row in rows],
            "partition": [row[2] for row in rows],
            "n_before": [row[3] for row in rows],
            "n": [row[4] for row in rows],
        }
    )
    render_dutch(replace(one, changes=passed(changes)), tmp_path)
    page = text_of(tmp_path / team / "about.html")
    table = re.search(r"<caption[^>]*>\s*Anders dan in het vorige rapport.*?</table>", page, re.DOTALL)
    assert table
    shown = [re.findall(r">([^<>]+)</t[hd]>", row) for row in re.findall(r"<tr.*?</tr>", table[0], re.DOTALL)]
    assert [row[1:] for row in shown[1:]] == [["april – juni 2026", "1"], ["augustus 2026", "2"]]
    assert "Anders dan in het vorige rapport" not in text_of(tmp_path / one.organisation["team"][1] / "about.html")


def test_a_setting_below_its_default_says_that_a_reason_is_on_record_and_not_which(tmp_path: Path) -> None:
    """What somebody typed reaches no reader."""
    one, lower = publishable(), Policy(smallest_rate_denominator=40)
    why = "Team Texel is klein; besluit stuurgroep 3 maart"
    with pytest.raises(DisclosureError, match="without a written reason"):
        replace(one, policy=lower)
    render_edition(replace(one, policy=lower, reasons={"smallest_rate_denominator": why}), tmp_path)
    page = text_of(tmp_path / one.organisation["team"][0] / "about.html")
    assert re.search(r">40</td>\s*<td[^>]*>de reden is vastgelegd</td>", page)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and b"Texel" in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("page", "word", "final"),
    [
        ("team-noordkade/index.html", "Voorlopig: november 2026", "komt definitief op 11 januari 2027"),
        ("team-noordkade/index_en.html", "Provisional: November 2026", "becomes final on 11 January 2027"),
        ("team-noordkade/a4.html", "Voorlopig, november 2026", "Definitief op 11 januari 2027"),
        ("team-noordkade/a4_en.html", "Provisional, November 2026", "Final on 11 January 2027"),
        ("team-noordkade/tables.csv", "Voorlopig: november 2026", "definitief op 11 januari 2027"),
        ("district/index.html", "Voorlopig: november 2026", "komt definitief op 11 januari 2027"),
        ("index.html", "november 2026 zijn voorlopig", "komen definitief op 11 januari 2027"),
    ],
)
def test_a_provisional_month_is_marked_wherever_it_stands(edition: Path, page: str, word: str, final: str) -> None:
    text = (edition / page).read_text(encoding="utf-8-sig")
    assert word in text
    assert final in text


def test_a_provisional_month_has_a_count_with_what_is_to_come_and_no_verdict(edition: Path) -> None:
    page = text_of(edition / "team-noordkade" / "index.html")
    box = re.search(r'<section id="voorlopig".*?</section>', page, re.DOTALL)[0]
    text = re.sub(r"<[^>]+>", " ", box)
    assert "Tot en met 8 december 2026 staan er 90 controles in MEOS over november 2026." in text
    assert "worden dat er ongeveer 95 (90–100)" in text
    assert "De reden verteld: 62 van de 100 (54–70), van 90 controles waar dit is ingevuld in november 2026." in text
    assert 'class="st' not in box
    assert 'data-cell="team-noordkade|provisional|2026-11-01|proactive|*">90</td>' in page
    assert (
        b"provisional,2026-11-01,proactive,*,90,provisional" in (edition / "team-noordkade" / "cells.csv").read_bytes()
    )
    (sheet,) = pypdf.PdfReader(edition / "team-noordkade" / "a4.pdf").pages
    assert "Voorlopig, november 2026: 90 controles in MEOS" in sheet.extract_text()
