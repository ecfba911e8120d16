"""The analyst's page on the quality of the data: released shares for the edition, exact tables for the restricted area."""

import itertools
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
MOST_LAYOUTS = 3
"""So many layouts of exports are shown; older ones are read as they were."""
NEARLY_ALL = 0.995
"""A share above this and below 1 would be rounded to 100%."""


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
    confirmed = tuple(words("quality/confirmed", rule=rule) for rule in sorted(report.publishable.confirmed))
    said = (words("quality/read"), kept, *confirmed)
    return Block(name="rules", heading=words("quality/rules"), sentences=said, tables=tables)


def _rule(rule: str, shares: pl.DataFrame, report: Report) -> Table:
    words = report.words
    names: dict[str, str] = dict(report.publishable.organisation.select("team", "team_name").unique().iter_rows())
    named = sorted(
        ((names.get(team, team), share, n) for team, share, n in shares.select("team", "share", "n").iter_rows()),
        key=lambda row: (row[0] != "", row[0].casefold()),
    )
    rows = tuple(
        (
            Cell(text=name or words("quality/all_teams"), is_header=True),
            Cell(text="–" if share is None else words.notation.share(share), value=share),
            Cell(text=words.notation.number(n), value=n),
        )
        for name, share, n in named
    )
    return Table(
        key=f"rules-{rule}",
        caption=rule,
        rows=rows,
        numeric=frozenset({1, 2}),
        columns=(words("page/columns/team"), words("page/columns/share"), words("page/columns/records")),
    )


def _rows(report: Report) -> Block:
    chart = waterfall(report)
    said = () if chart else (report.words("quality/no_rows"),)
    return Block(name="rows", heading=report.words("quality/rows"), sentences=said, charts=(chart,) if chart else ())


def render_quality_page(
    tables: Mapping[str, pl.DataFrame], target: Path, *, publishable: Publishable, words: Words, root: str = "assets/.."
) -> Path:
    """Write the exact tables for analysts, each as it is, under the heading that ``reports/quality.yaml`` gives it.

    This page belongs in ``restricted/``: its counts are exact. Known tables are reconciliation, mapping,
    quarantine, validation, heaping, delay and volume; others appear under their own name. Of a column whose name ends
    in a language, ``why_nl``, a page has only its own.

    Args:
        tables: Frames by name; empty ones say that there is nothing.
        target: Path of the page.
        publishable: For month, organisation and how the page was made.
        words: Words of one language.
        root: Where the assets of an edition are, seen from the page.
    """
    known = [name for name in words.tree["quality"]["tables"] if name in tables]
    build = {"mapping": _mapping, "availability": _availability}
    blocks = [
        build.get(name, _exact)(name, tables[name], words) for name in (*known, *sorted(set(tables) - set(known)))
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(publishable, words, House(), blocks, target, root=root)
    return target


def _mapping(name: str, mapping: pl.DataFrame, words: Words) -> Block:
    """A table per layout of the exports, the newest first: columns that were read, the least understood on top."""
    if mapping.is_empty():
        return _exact(name, mapping, words)
    path = f"quality/tables/{name}"
    tables = tuple(
        _layout(number, files, words) for number, files in enumerate(_layouts(mapping)[:MOST_LAYOUTS], start=1)
    )
    said = (words(f"{path}/text"), words(f"{path}/examples"))
    return Block(name=name, heading=words(f"{path}/heading"), sentences=said, tables=tables)


def _availability(name: str, fields: pl.DataFrame, words: Words) -> Block:
    """Fields that are not filled, with their state in words."""
    said = [words.code("availability", state) for state in fields["state"]] if fields.height else []
    return _exact(name, fields.with_columns(pl.Series("state", said, dtype=pl.String)), words)


def _layouts(mapping: pl.DataFrame) -> list[pl.DataFrame]:
    """The exports whose columns were read in the same way belong together."""
    layouts: dict[tuple[object, ...], list[pl.DataFrame]] = {}
    for of_file in mapping.partition_by("export_id", maintain_order=True):
        layouts.setdefault(tuple(of_file.select("source", "field", "how").rows()), []).append(of_file)
    return [pl.concat(files) for files in layouts.values()]


def _layout(number: int, files: pl.DataFrame, words: Words) -> Table:
    path, many = "quality/tables/mapping", files["export_id"].n_unique()
    columns = files.group_by("source", "field", "how", maintain_order=True).agg(
        pl.col("filled", "understood").sum(), pl.col("examples").first()
    )
    is_read = pl.col("how").is_in(["name", "alias", "yes_no"])
    share = pl.when(pl.col("filled") > 0).then(pl.col("understood") / pl.col("filled"))
    read = columns.filter(is_read).with_columns(share=share).sort("share", nulls_last=True, maintain_order=True)
    rows = tuple(
        (
            Cell(text=row["source"], is_header=True),
            Cell(text=_becomes(row["field"], row["how"], words)),
            _cell(row["filled"], words, first=False) if row["how"] != "yes_no" else Cell(text="–"),
            Cell(text="–") if row["share"] is None else Cell(text=_part(row["share"], words), value=row["share"]),
            Cell(text=row["examples"] or "–"),
        )
        for row in read.iter_rows(named=True)
    )
    unread = [_unread(columns, "unknown", words), _unread(columns, "never_read", words)]
    caption = words(
        f"{path}/{'layout' if many > 1 else 'one_file'}", name=files["name"][0], n=words.notation.number(many)
    )
    return Table(
        key=f"mapping-{number}",
        caption=caption,
        rows=rows,
        numeric=frozenset({2, 3}),
        note=" ".join(filter(None, unread)),
        columns=tuple(words.code("column", c) for c in ("source", "field", "filled", "understood", "examples")),
    )


def _becomes(field: str, how: str, words: Words) -> str:
    """The field; and how it was found, when not by its own name."""
    path = f"quality/tables/mapping/{how}"
    return words(path, field=field) if words.has(path) else field


def _part(share: float, words: Words) -> str:
    """A share of cells; what is nearly everything is not said to be everything."""
    return words.notation.share(share) if share in {0.0, 1.0} or share < NEARLY_ALL else words("quality/nearly_all")


def _unread(columns: pl.DataFrame, how: str, words: Words) -> str:
    """One sentence that names the columns that nothing is read from, with what an unknown one could be."""
    named = [
        words("quality/tables/mapping/guess", source=source, field=field) if field else source
        for source, field in columns.filter(pl.col("how") == how).select("source", "field").iter_rows()
    ]
    return words(f"quality/tables/mapping/{how}", columns=", ".join(named)) if named else ""


def _exact(name: str, frame_: pl.DataFrame, words: Words) -> Block:
    frame_ = frame_.drop(
        f"why_{language}"
        for language in FILE_NAMES
        if f"why_{language}" in frame_.columns and language != words.language
    )
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
    return Block(
        name=name,
        heading=heading,
        sentences=said,
        tables=(Table(key=name, caption=heading, columns=columns, rows=rows, numeric=numeric),),
    )


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
    path.with_name(script).write_text(figures_js(itertools.chain(*charts.values())), encoding="utf-8", newline="\n")
    values = frame(publishable, words, house, root=root) | {
        "title": words("quality/title"),
        "heading": words("quality/title"),
        "meta": [words.notation.month(publishable.month), words("quality/only_for")],
        "crumbs": [(words("page/other_language"), FILE_NAMES[other], other)],
        "blocks": blocks,
        "charts": charts,
        "figures": script,
        "open_tables": tuple(b.name for b in blocks),
        "downloads": [],
    }
    path.write_text(render("report.html.j2", values), encoding="utf-8", newline="\n")
