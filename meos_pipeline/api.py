"""The few functions an analyst wants in a notebook, also as ``import meos_pipeline``.

They are the pipeline's own functions with the file handling done: nothing is computed here. What
``count_cells`` returns is exact and stays with analysts; a reader sees released cells only.
"""

import dataclasses
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.contracts.findings import FINDINGS, VERDICT_OF_LABEL, Label, Unit
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import ContractError, InputError
from meos_pipeline.policy import Policy
from meos_pipeline.settings import Settings, Sources
from meos_pipeline.storage.paths import DataFolder

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from meos_pipeline.reporting.spec import Forest
    from meos_pipeline.reporting.words import Words

__all__ = ["count_cells", "figure", "read_companions", "read_export", "statistic", "statistic_names"]

_ANY_TIME = datetime(9000, 1, 1, tzinfo=UTC)
"""A notebook may look at an export of any day: no export time lies after this."""


def read_export(*paths: Path | str, profile: str = "meos", encoding: str = "utf-8") -> pl.DataFrame:
    """Read exports as the pipeline would: checked, mapped, pseudonymised, the newest version of each record.

    Works in a temporary folder with a key that is thrown away, so pseudonyms link records inside this
    table and nothing else. Rows that the pipeline would set aside are left out. Without a list of teams each
    name in the team column is a team, however it is spelled.

    Args:
        *paths: CSV, XLSX or Parquet. Companion files (``organisatie.csv``) are taken from the folder of the first.
        profile: Name of a shipped source profile (meos, opp, police_uk), or path of your own TOML file.
        encoding: Encoding of a text file: utf-8, cp1252 or utf-16.

    Returns:
        ``POLICE_CHECKS``: one row per check.

    Raises:
        InputError: when a file is not there or is refused; the message has its code.
    """
    from meos_pipeline.ingest.keys import new_key_file
    from meos_pipeline.ingest.merge import refresh
    from meos_pipeline.ingest.receive import receive
    from meos_pipeline.storage.tables import scan_months

    sources = [Path(path) for path in paths]
    absent = [source.name for source in sources if not source.is_file()]
    if absent or not sources:
        raise InputError(f"Not there: {', '.join(absent) or 'a file to read'}; check the path")
    chosen = str(Path(profile).resolve()) if profile.endswith(".toml") else profile
    settings = dataclasses.replace(Settings(), sources=Sources(profile=chosen, encoding=encoding))
    with TemporaryDirectory(prefix="meos-") as temporary:
        folder = DataFolder(Path(temporary) / "data").make()
        for file in (*sources, *(sources[0].parent / name for name in COMPANION_FILES.values())):
            if file.is_file():
                shutil.copy2(file, folder.landing / file.name)
        keys = new_key_file(Path(temporary) / "keys.json")
        receipt = receive(folder, settings, now=_ANY_TIME)
        _require_teams(folder, settings)
        result = refresh(folder, settings, keys, now=_ANY_TIME)
        refused = {**receipt.refused, **result.refused}
        if refused:
            raise InputError("\n".join(refused.values()))
        return POLICE_CHECKS.require(scan_months(folder.tables, POLICE_CHECKS).collect())


def _require_teams(folder: DataFolder, settings: Settings) -> None:
    """Write a list of teams from the exports themselves, when there is none and the profile needs one."""
    from meos_pipeline.ingest.companions import organisation_of_exports
    from meos_pipeline.ingest.profiles import read_profile

    path = folder.landing / COMPANION_FILES[ORGANISATION.name]
    profile = read_profile(settings.sources.profile, folder.root)
    if path.exists() or profile.teams in {"constant", "from_column"}:
        return
    teams = organisation_of_exports(folder, settings, profile)
    teams.rename({column.name: column.source_name or column.name for column in ORGANISATION.columns}).write_csv(
        path, separator=";"
    )


def read_companions(folder: Path | str) -> dict[str, pl.DataFrame]:
    """Read the companion files that lie in a folder.

    Args:
        folder: Folder with files named as in ``landing`` (``inzet_maand.csv``, …).

    Returns:
        Table per companion, by the name of its contract; nothing when none lies there.

    Raises:
        InputError: when a file is wrong, or there are files and no list of teams (``organisatie.csv``) to read them by.
    """
    from meos_pipeline.ingest.companions import read_companions as read

    with TemporaryDirectory(prefix="meos-") as temporary:
        data = DataFolder(Path(temporary)).make()
        for name in COMPANION_FILES.values():
            if (Path(folder) / name).is_file():
                shutil.copy2(Path(folder) / name, data.landing / name)
        return read(data, Settings()) if any(data.landing.iterdir()) else {}


def count_cells(
    checks: pl.DataFrame, companions: Mapping[str, pl.DataFrame] | None = None, *, policy: Policy | None = None
) -> pl.DataFrame:
    """Count checks into exact cells, month by month. For analysts: exact counts are not for readers.

    Args:
        checks: ``POLICE_CHECKS``.
        companions: Companion tables by name.
        policy: Numbers people decide; the defaults when left out.

    Returns:
        ``CELLS``: team, period, partition, category, n; at the period of each partition.

    Example:
        >>> from meos_pipeline.contracts.police_checks import POLICE_CHECKS
        >>> count_cells(POLICE_CHECKS.empty()).height
        0
    """
    from meos_pipeline.contracts.cells import PARTITIONS
    from meos_pipeline.statistics.cells import month_cells

    rows = POLICE_CHECKS.require(checks).lazy()
    months: list[date] = rows.select(pl.col("month").unique().sort()).collect()["month"].to_list()
    counted = [
        month_cells(
            rows.filter(pl.col("month") == month),
            rows.filter(pl.col("month") < month),
            companions or {},
            month=month,
            policy=policy or Policy(),
        )
        for month in months
    ]
    lengths = pl.DataFrame({"partition": list(PARTITIONS), "length": [p.period for p in PARTITIONS.values()]})
    starts = {"month": "1mo", "quarter": "1q", "year": "1y"}
    return CELLS.require(
        pl.concat([CELLS.empty(), *counted])
        .join(lengths, on="partition")
        .with_columns(
            pl.coalesce(
                pl.when(pl.col("length") == name).then(pl.col("period_start").dt.truncate(step))
                for name, step in starts.items()
            ).alias("period_start"),
            pl.col("length").cast(CELLS["period"].dtype).alias("period"),
        )
        .group_by(CELLS.key)
        .agg(pl.col("n").sum())
        .sort(CELLS.key)
    )


def statistic_names() -> tuple[str, ...]:
    """Names that ``statistic`` knows.

    Example:
        >>> "yield_strict" in statistic_names()
        True
    """
    from meos_pipeline.statistics import all_statistics

    return tuple(all_statistics())


def statistic(
    name: str,
    cells: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame] | None = None,
    *,
    month: date | None = None,
    policy: Policy | None = None,
) -> pl.DataFrame:
    """Compute one statistic for every team, and for all teams together (team '').

    Args:
        name: One of ``statistic_names()``.
        cells: ``CELLS``, released or exact.
        tables: Other tables it reads: companions, fine cells. What is absent gives rows that say so.
        month: First day of the report month; the newest in ``cells`` when left out.
        policy: Numbers people decide; the defaults when left out.

    Returns:
        ``FINDINGS``: estimate, lower and upper bound, counts, label, caveats.

    Raises:
        InputError: when there is no statistic of that name, or no cell.
        ContractError: when the cells hold no dates.

    Example:
        >>> from datetime import date
        >>> import polars as pl
        >>> from meos_pipeline.contracts.cells import CELLS
        >>> cells = pl.DataFrame(
        ...     {"team": "west", "period": "month", "period_start": date(2026, 8, 1), "partition": "explained",
        ...      "category": ["yes", "no"], "n": [80, 20]}
        ... ).cast(dict(CELLS.schema))
        >>> found = statistic("explanation_given", cells).filter(team="west")
        >>> found["estimate"].unique().to_list()
        [0.8]
    """
    from meos_pipeline.statistics import all_statistics
    from meos_pipeline.statistics.run import findings_of_one
    from meos_pipeline.statistics.statistic import Context

    known = all_statistics()
    if name not in known:
        raise InputError(f"There is no statistic '{name}'; known are {', '.join(known)}")
    if cells.is_empty():
        raise InputError("There are no cells to compute from; count an export first")
    newest = cells.filter(pl.col("period").cast(pl.String()) == "month")["period_start"].max()
    chosen = month or newest or cells["period_start"].max()
    if not isinstance(chosen, date):
        raise ContractError("Column 'period_start' of the cells holds no dates; use CELLS as its contract says")
    context = Context(policy=policy or Policy(), month=chosen, teams=tuple(cells["team"].unique().sort()))
    return FINDINGS.require(
        findings_of_one(known[name], {"cells": cells, **(tables or {})}, context).sort(FINDINGS.key)
    )


def figure(findings: pl.DataFrame, *, language: str = "nl", names: Mapping[str, str] | None = None) -> "go.Figure":
    """Draw findings with their margins below each other, as the reports do.

    Args:
        findings: Rows of one statistic, in one unit; filter them first (one period, one series).
        language: nl or en.
        names: What to call each team; the slug when left out.

    Returns:
        A Plotly figure. Rows without estimate keep their place and say why; what nobody judged yet is a dashed ring.

    Raises:
        InputError: when there is nothing to draw, or there are several statistics or units.
    """
    import plotly.graph_objects as go

    from meos_pipeline.reporting.charts.draw import plotly_figure
    from meos_pipeline.reporting.charts.style import ROLES, WIDE
    from meos_pipeline.reporting.words import Words, read_words
    from meos_pipeline.storage.paths import shipped

    kinds = findings.select(pl.col("statistic"), pl.col("unit").cast(pl.String())).unique()
    if kinds.height != 1:
        raise InputError(f"A figure shows one statistic in one unit, not {kinds.height}; filter the findings first")
    words = Words(read_words(shipped("reports")), language)
    return go.Figure(
        _coloured(plotly_figure(_forest(findings, kinds.item(0, "unit"), names or {}, words), WIDE, words), ROLES)
    )


def _forest(findings: pl.DataFrame, unit: str, names: Mapping[str, str], words: "Words") -> "Forest":
    """Findings as the specification that all outputs of a chart are made from."""
    from meos_pipeline.reporting.measures import SCALES
    from meos_pipeline.reporting.spec import Forest, Mark, Scale, State, Table

    marks = []
    for row in findings.with_columns(pl.col("label").cast(pl.String())).iter_rows(named=True):
        said = [names.get(row["team"], row["team"]) or "all", row["stratum"], row["group"], row["series"]]
        marks.append(
            Mark(
                label=" · ".join(part for part in said if part),
                value=row["estimate"],
                low=row["lower"],
                high=row["upper"],
                state=State(VERDICT_OF_LABEL[Label(row["label"])]),
                basis=_basis(row, words),
            )
        )
    name = findings["statistic"][0]
    return Forest(
        key=name,
        title=name,
        description=name,
        caption="",
        how_to_read="",
        table=Table(key=name, caption=name, columns=(), rows=()),
        marks=tuple(marks),
        scale=SCALES.get(Unit(unit), Scale.NUMBER),
    )


def _basis(row: Mapping[str, Any], words: "Words") -> str:
    """On how much an estimate rests, as the reports tell it to who points at a value."""
    if row["n"] is None:
        return ""
    number = words.notation.number
    n = number(row["n"])
    if row["events"] is not None:
        of = "rate_of" if row["unit"] == Unit.PER_100_SHIFTS else "of"
        n = words(f"page/{of}", events=number(row["events"]), n=n)
    return words("charts/live/basis", n=n)


def _coloured(node: Any, roles: Mapping[str, str]) -> Any:  # noqa: ANN401 - Plotly's own vocabulary
    """Replace the names of colour roles, which a page fills in, by colours."""
    if isinstance(node, str) and node.startswith("role:"):
        return roles[node.removeprefix("role:")]
    if isinstance(node, dict):
        return {key: _coloured(value, roles) for key, value in node.items()}
    return [_coloured(value, roles) for value in node] if isinstance(node, list) else node
