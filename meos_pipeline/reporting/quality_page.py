"""The analyst's page on the quality of the data: released shares for the edition, exact tables for the restricted area."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.pages import drawn_blocks, figures_js, figures_name, frame, render
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.about import waterfall
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Block, Cell, Table
from meos_pipeline.reporting.words import Words

FILE_NAMES = {"nl": "kwaliteit.html", "en": "quality.html"}
LEAST_SHOWN = 0.005
"""From this share of broken records, somewhere, a rule has a table."""


def write_quality(report: Report, house: House, folder: Path) -> None:
    """Write the page of the edition: rules by team, as released, and the row waterfall."""
    blocks = [_rules(report), _rows(report)]
    _write(report.publishable, report.words, house, blocks, folder / FILE_NAMES[report.words.language])


def _rules(report: Report) -> Block:
    """A table per rule that is broken somewhere, the most broken first; how many are kept everywhere is a sentence."""
    words, quality = report.words, report.publishable.quality
    if quality.is_empty():
        return Block(name="rules", heading=words("quality/rules"), sentences=(words("quality/nothing"),))
    newest = quality.filter(pl.col("month") == quality["month"].max())
    worst = newest.group_by("rule").agg(pl.col("share").max()).sort("share", "rule", descending=[True, False])
    broken = worst.filter(pl.col("share") >= LEAST_SHOWN)["rule"].to_list()
    tables = tuple(_rule(rule, newest.filter(pl.col("rule") == rule), report) for rule in broken)
    kept = words("quality/kept", n=words.notation.number(worst.height - len(broken)))
    return Block(name="rules", heading=words("quality/rules"), sentences=(words("quality/read"), kept), tables=tables)


def _rule(rule: str, shares: pl.DataFrame, report: Report) -> Table:
    words = report.words
    names: dict[str, str] = dict(report.publishable.organisation.select("team", "team_name").unique().iter_rows())
    named = sorted(((names.get(team, team), share) for team, share in shares.select("team", "share").iter_rows()),
                   key=lambda row: (row[0] != "", row[0].casefold()))  # fmt: skip
    rows = tuple(
        (Cell(text=name or words("quality/all_teams"), is_header=True),
         Cell(text="–" if share is None else words.notation.share(share), value=share))
        for name, share in named
    )  # fmt: skip
    return Table(key=f"rules-{rule}", caption=rule, rows=rows, numeric=frozenset({1}),
                 columns=(words("page/columns/team"), words("page/columns/share")))  # fmt: skip


def _rows(report: Report) -> Block:
    chart = waterfall(report)
    said = () if chart else (report.words("quality/no_rows"),)
    return Block(name="rows", heading=report.words("quality/rows"), sentences=said, charts=(chart,) if chart else ())


def render_quality_page(
    tables: Mapping[str, pl.DataFrame], target: Path, *, publishable: Publishable, words: Words, root: str = "assets/.."
) -> Path:
    """Write the exact tables for analysts, each as it is, under the heading that ``reports/quality.yaml`` gives it.

    This page belongs in ``restricted/``: its counts are exact. Known tables are reconciliation, mapping,
    quarantine, validation, heaping, delay and volume; others appear under their own name.

    Args:
        tables: Frames by name; empty ones say that there is nothing.
        target: Path of the page.
        publishable: For month, organisation and how the page was made.
        words: Words of one language.
        root: Where the assets of an edition are, seen from the page.
    """
    known = [name for name in words.tree["quality"]["tables"] if name in tables]
    blocks = [_exact(name, tables[name], words) for name in (*known, *sorted(set(tables) - set(known)))]
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(publishable, words, House(), blocks, target, root=root)
    return target


def _exact(name: str, frame_: pl.DataFrame, words: Words) -> Block:
    path = f"quality/tables/{name}"
    heading = words(f"{path}/heading") if words.has(f"{path}/heading") else name
    said = (words(f"{path}/text"),) if words.has(f"{path}/text") else ()
    if frame_.is_empty():
        return Block(name=name, heading=heading, sentences=(*said, words("quality/empty")))
    rows = tuple(
        tuple(_cell(value, words, first=index == 0) for index, value in enumerate(row)) for row in frame_.iter_rows()
    )
    numeric = frozenset(i for i, dtype in enumerate(frame_.dtypes) if dtype.is_numeric())
    columns = tuple(words.code("column", c) for c in frame_.columns)
    return Block(name=name, heading=heading, sentences=said,
                 tables=(Table(key=name, caption=heading, columns=columns, rows=rows, numeric=numeric),))  # fmt: skip


def _cell(value: Any, words: Words, *, first: bool) -> Cell:  # noqa: ANN401 - any column
    if value is None:
        return Cell(text="–", is_header=first)
    if isinstance(value, bool):
        return Cell(text=words(f"page/{'yes' if value else 'no'}"), is_header=first)
    if isinstance(value, float):
        return Cell(text=words.notation.number(value, 3), value=value, is_header=first)
    if isinstance(value, int):
        return Cell(text=words.notation.number(value), value=value, is_header=first)
    return Cell(text=str(value), is_header=first)


def _write(
    publishable: Publishable, words: Words, house: House, blocks: list[Block], path: Path, *, root: str = "../"
) -> None:
    other = "en" if words.language == "nl" else "nl"
    charts = drawn_blocks(blocks, words)
    script = figures_name(words.language, path.stem)
    path.with_name(script).write_text(figures_js(charts), encoding="utf-8", newline="\n")
    values = frame(publishable, words, house, root=root) | {
        "title": words("quality/title"), "heading": words("quality/title"),
        "meta": [words.notation.month(publishable.month), words("quality/only_for")],
        "crumbs": [(words("page/other_language"), FILE_NAMES[other], other)],
        "blocks": blocks, "charts": charts,
        "figures": script, "open_tables": tuple(b.name for b in blocks), "downloads": [],
    }  # fmt: skip
    path.write_text(render("report.html.j2", values), encoding="utf-8", newline="\n")
