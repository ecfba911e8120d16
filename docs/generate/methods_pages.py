"""One page per statistic, from its own metadata and the docstring of the module that computes it."""

import inspect
import sys
from itertools import groupby
from types import FunctionType, ModuleType

import polars as pl

from benchmarks.appendix import markdown, shipped_appendix
from benchmarks.pages import shipped_pages, table
from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.statistic import Gate, Statistic, Theme

_TITLES = {Theme.TEAMS: "Beside other teams", Theme.DISPARITY: "Groups"}
"""Titles that are not the theme's own name."""
_GATES = {
    Gate.RELEASED: "Reads released cells only: whatever it computes may be shown.",
    Gate.MODEL: "Reads exact fine cells: its result passes the second, narrower gate of `disclosure` before anyone sees it.",
}
_TABLES = {
    "cells": "counts per team, period and category (see the [data dictionary](../reference/data-dictionary.md#cells))"
}
MEASURED = {
    "share of released counts": "proportion.share_interval",
    "rate of released counts": "rate.rate_interval",
    "share over officers": "proportion.clustered_share",
    "share over rows (not used)": "proportion.clustered_share",
    "difference of shares": "proportion.difference_interval",
    "partial pooling": "pooling.pool_binomial",
    "label of a team": "labels.pooled_label",
    "funnel with false discovery": "funnel",
    "effect of an action": "event_study.event_study",
    "line by month": "control_chart",
    "corrected yield": "yield_corrected",
    "direction of the yield": "coverage_direction",
    "change of coverage": "coverage_change",
    "repeats above chance": "repeat_excess",
    "outcome test alone (not used)": "robust_test",
    "placebo of check rates": "benchmark_ratio",
    "placebo of results": "outcome_gap",
    "placebo of the internal benchmark": "internal_benchmark",
    "placebo of the stratified odds": "stratified_odds",
    "placebo of the veil": "veil_of_darkness",
    "veil without season terms (not used)": "veil_of_darkness",
}
"""Method of the appendix -> the function, or the statistic, that it measures. A method that is named like a statistic needs
no line here."""


def pages() -> dict[str, str]:
    """Place -> Markdown: an index and one page per statistic."""
    found = _statistics()
    own = {"methods/index.md": _index(found), "methods/appendix.md": _appendix()}
    return own | {f"methods/{s.name}.md": _page(s) for s in found}


def navigation() -> list[dict[str, list[dict[str, str]]]]:
    """Lines for the menu, grouped by theme in reading order; how well the methods do comes last."""
    return [
        *(
            {_title(theme): [{_heading(s): f"methods/{s.name}.md"} for s in group]}
            for theme, group in groupby(_statistics(), key=lambda s: s.theme)
        ),
        {"Promises": [{"What the methods promise": "methods/appendix.md"}]},
    ]


def _statistics() -> list[Statistic]:
    order = list(Theme)
    return sorted(all_statistics().values(), key=lambda s: (order.index(s.theme), s.name))


def _title(theme: Theme) -> str:
    return _TITLES.get(theme, theme.value.replace("_", " and ").capitalize())


def _heading(statistic: Statistic) -> str:
    return statistic.name.replace("_", " ").capitalize()


def _index(found: list[Statistic]) -> str:
    lines = [
        "# Methods",
        "",
        (
            "One page per statistic, made from the code that computes it. A statistic cannot be registered without"
            " a question, an estimand, its assumptions, and a sentence on when it misleads."
        ),
        "",
        (
            "Every share has a Wilson interval unless its page says otherwise. Every number is a function of released"
            " counts, which are multiples of the rounding base; see [privacy](../privacy/index.md)."
        ),
        "",
    ]
    lines += ["How well they do in worlds whose truth is known: [what the methods promise](appendix.md).", ""]
    for theme, group in groupby(found, key=lambda s: s.theme):
        lines += [f"## {_title(theme)}", "", "| statistic | question | in Dutch |", "| --- | --- | --- |"]
        lines += [f"| [{_heading(s)}]({s.name}.md) | {_cell(s.question)} | {_cell(s.question_nl)} |" for s in group]
        lines.append("")
    lines += [
        "## Measured properties { #measured }",
        "",
        (
            "Each method was tried in worlds where the truth is known, made as the real ones are: rounded counts, teams and"
            " months that vary. *Promised* is what we hold it to, *found* is what came out, with two Monte-Carlo standard"
            " errors. Run it again with `make bench-statistics`."
        ),
        "",
        markdown(shipped_appendix()),
    ]
    return "\n".join(lines)


def _appendix() -> str:
    found = shipped_appendix()
    worlds = int(found["replications"].sum())
    return "\n".join(
        [
            "# What the methods promise",
            "",
            (
                f"Each method was run on worlds whose truth is known, {worlds:,} of them, and here is how often it kept its"
                " promise. Behind every number stands twice its Monte-Carlo error. Rows that say 'not used' show what a"
                " common alternative does in the same worlds."
            ),
            "",
            (
                "A method that compares groups is guarded by placebos: the same method on groups that cannot matter"
                " (weekdays, odd months, a random split). When one fires, the method says nothing of that period."
            ),
            "",
            markdown(found),
            "Run it yourself: `make bench-statistics`. A quick version runs with the tests.",
            "",
            "## What pages say",
            "",
            (
                "Methods may keep their promises and pages may not. So whole districts with a known truth were drawn as"
                " counts, went through disclosure control and all statistics, and every claim of every page was set beside"
                " the truth. A page is all that a team reads in a month: its page, its sheet, the pages of its figures. A"
                " false statement is a difference, signal, direction or change that is not there; an indication counts."
                " Residents are off by 0.2 on the logit scale. Behind 'wrongly' stands the upper 95 % bound."
                " Four teams without anything, and 40 % more checks, were run with the rule of decision 0043 for signals that"
                " last; the other worlds with the rule before, which said .7 in a hundred fewer pages something false."
            ),
            "",
            table(shipped_pages()),
            "Run it yourself: `python benchmarks/pages.py`.",
            "",
        ]
    )


def _page(statistic: Statistic) -> str:
    module = _module(statistic)
    optional = (
        '\n!!! note "Off unless asked for"\n'
        f'    Put `statistics = ["{statistic.name}"]` in `meos.toml` to switch it on.\n'
        if statistic.optional
        else ""
    )
    return "\n".join(
        [
            f"# {_heading(statistic)}",
            "",
            f"**{statistic.question}** · {statistic.question_nl}",
            optional,
            "## What it estimates",
            "",
            statistic.estimand,
            "",
            "## How it is computed",
            "",
            inspect.cleandoc(module.__doc__ or ""),
            "",
            *_methods(module),
            "",
            "## Measured properties",
            "",
            *_measured(statistic, module),
            "",
            "## Assumptions",
            "",
            statistic.assumptions,
            "",
            "## When it misleads",
            "",
            statistic.misleads,
            "",
            "## How much is needed",
            "",
            statistic.minimum,
            "",
            "## What it reads",
            "",
            *[f"- `{name}`: {_table(name)}" for name in statistic.inputs],
            "",
            _GATES[statistic.gate],
            "",
            "## Source",
            "",
            statistic.source,
            "",
            f"*Name in tables: `{statistic.name}`, version {statistic.version}. Code: `{module.__name__}`.*",
            "",
        ]
    )


def _module(statistic: Statistic) -> ModuleType:
    """Module that registers the statistic; a factory's function lives elsewhere, so look for the registration first."""
    for name, module in sorted(sys.modules.items()):
        if not name.startswith("meos_pipeline.statistics."):
            continue
        held = [getattr(module, "STATISTIC", None), *(getattr(module, "STATISTICS", None) or ())]
        if any(one is statistic for one in held):
            return module
    return sys.modules[statistic.compute.__module__]


def _methods(module: ModuleType) -> list[str]:
    """Functions below ``statistics.methods`` that it is built on, with the first paragraph of each docstring."""
    found = _built_on(module, set())
    return [
        f"- `{function.__module__.rpartition('.')[2]}.{function.__name__}`: {_first_paragraph(function)}"
        for function in sorted(found, key=lambda f: (f.__module__, f.__name__))
    ]


def measured(statistic: Statistic, module: ModuleType) -> pl.DataFrame:
    """Rows of the appendix about the statistic, or about a method that it is built on."""
    built_on = {f"{one.__module__.rpartition('.')[2]}.{one.__name__}" for one in _built_on(module, set())}
    own = built_on | {statistic.name}
    found = shipped_appendix()
    of = {
        method: MEASURED.get(method, method.replace("-", "_").replace(" ", "_")) for method in found["method"].unique()
    }
    return found.filter(pl.col("method").replace_strict(of, return_dtype=pl.String).is_in(sorted(own)))


def _measured(statistic: Statistic, module: ModuleType) -> list[str]:
    found = measured(statistic, module)
    if found.is_empty():
        return [
            "No simulation of this method is in the [appendix](index.md#measured); its tests hold planted cases only."
        ]
    return [
        "In worlds with a known truth; what the columns mean is told [here](index.md#measured).",
        "",
        markdown(found),
    ]


def _built_on(module: ModuleType, seen: set[str]) -> set[FunctionType]:
    seen.add(module.__name__)
    found: set[FunctionType] = set()
    for value in vars(module).values():
        home = getattr(value, "__module__", "") if isinstance(value, FunctionType) else ""
        if ".statistics.methods." in home:
            found.add(value)
        elif home.startswith("meos_pipeline.statistics.") and home not in seen:
            found |= _built_on(sys.modules[home], seen)
    return found


def _first_paragraph(function: FunctionType) -> str:
    return inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("``", "`")


def _table(name: str) -> str:
    if name in COMPANION_FILES:
        return f"the companion file `{COMPANION_FILES[name]}`"
    return _TABLES.get(name, "a table of fine cells; exact, never shown")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
