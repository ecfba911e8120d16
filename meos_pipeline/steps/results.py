"""Exact cells pass the door, and statistics say what they mean. What is written here is still restricted."""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.companions import COVERAGE_SAMPLE
from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.contracts.quality import QUALITY_SUMMARY
from meos_pipeline.contracts.table import Table
from meos_pipeline.errors import InputError
from meos_pipeline.steps import accounts, counting, intake
from meos_pipeline.steps import released_facts as told
from meos_pipeline.steps.progress import tell
from meos_pipeline.steps.settled import early_months, newest_month
from meos_pipeline.steps.sheets import SHEETS, settled_sheets, state_of_sheets
from meos_pipeline.steps.succession import public_tables
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import code_of, hash_of, recall, recall_all, remember, why_again
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import months_of, scan_months, write_whole

if TYPE_CHECKING:
    from meos_pipeline.disclosure.groups import ShownGroups
    from meos_pipeline.disclosure.quality import Quality
    from meos_pipeline.disclosure.release import Release

KIND = "release"
LEDGER, QUALITY_LEDGER = "ledger", "quality_ledger"
"""Folders in ``restricted/`` with what was released before."""
CORRECTION = "correction.json"
"""File in ``restricted/`` of a correction that an analyst declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a step tells: a hash of what it wrote, whether that is sound, and facts for people."""

    state: str
    facts: dict[str, object]
    is_sound: bool = True
    trend: dict[str, int] = field(default_factory=dict)
    """A number per month, for a small picture."""


def require_results_up_to_date(space: Workspace) -> None:
    """Refuse to publish counts and findings that were made from other cells, thresholds or companion files.

    Raises:
        InputError: when they were.
    """
    if why_release_again(space) or why_find_again(space):
        raise InputError(
            "Not published: released counts or findings are older than the months, the thresholds or the companion "
            "files. Start the job publish_month as a whole ('meos publish' does); nothing was changed"
        )


def release_cells(space: Workspace) -> Told:
    """Protect the exact cells of all settled months; the ledger is only kept when an edition is published."""
    from meos_pipeline.attack.cells import released_leaks
    from meos_pipeline.disclosure.door import keep
    from meos_pipeline.disclosure.revision import spent
    from meos_pipeline.disclosure.succession import carried

    tell("protect", 0, 1)
    folder, settings = space.folder, space.settings
    newest = intake.newest_export(space).date()
    month, ledger = newest_month(space, newest), newest_ledger(space)
    sources = release_sources(space, _cells_made(space))
    made = released_now(space, correcting=is_correcting(space))
    released = carried(made, organisation_of(space), month)
    root, door = folder.restricted / "release", space.keys.lasting_key("door")
    quality = _release_quality(space, month, made.withheld)  # under the names that the quality of then has
    passed = {
        "cells": released.cells,
        "withheld": released.withheld,
        "changes": released.changes,
        "provisional_cells": released.provisional,
        "quality": quality.shares,
        "rows": quality.rows,
    }
    ledgers = {"ledger": released.ledger.table, "quality_ledger": quality.ledger.table}
    restricted = ledgers | {"reasons": released.reasons}
    written = [path for name, table in passed.items() for path in keep(root, name, table, door)]
    written += [write_whole(root, name, frame) for name, frame in restricted.items()]
    remember(folder, KIND, "cells", sources, facts={"ledgers": [ledger]}, files=written)
    tell("protect", 1, 1)
    base = settings.policy.rounding_base
    claims = {(team, period, start.isoformat(), *rest): n for team, period, start, *rest, n in released.cells.rows()}
    leaks = [leak for leak in released_leaks(claims) if leak.certain]
    return Told(
        state=_state(released.cells),
        is_sound=not leaks and bool((released.cells["n"] % base == 0).all()) and bool((released.cells["n"] >= 0).all()),
        facts={
            "released until": f"{month:%Y-%m}",
            "provisional months": ", ".join(f"{early:%Y-%m}" for early in early_months(space, newest)) or "none",
            "released cells": released.cells.height,
            "units withheld": released.withheld.height,
            "withheld months, by reason": released.reasons.group_by("why").len("months").sort("why"),
            "cells changed since the last edition": released.changes.height,
            "blocks whose revisions are spent": spent(released.ledger.table, settings.policy),
            "preview of the newest month": told.preview(released.cells, month),
        },
        trend=told.released_trend(released.cells),
    )


def released_now(space: Workspace, *, correcting: bool) -> "Release":
    """Return what leaves the door from the cells and the ledger as they are, by the teams of then; nothing is written.

    Args:
        space: The workspace.
        correcting: Provisional months may change: they were wrong.
    """
    from meos_pipeline.disclosure.ledger import read_ledger
    from meos_pipeline.disclosure.release import release

    newest = intake.newest_export(space).date()
    month, officers = newest_month(space, newest), _all_months(space.folder, OFFICER_COUNTS)
    return release(
        _all_months(space.folder, CELLS),
        officers,
        space.settings.policy,
        rounding_key=space.keys.rounding,
        ledger=read_ledger(space.folder.restricted / LEDGER),
        published_until=month,
        groups=_shown_groups(space),
        teams=teams_of(space),
        officers_known=bool(officers.filter(pl.col("officer_key") != "").height),
        provisional=early_months(space, newest),
        seen_on=newest,
        correcting=correcting,
    )


def is_correcting(space: Workspace) -> bool:
    """Tell whether an analyst declared a correction that is not published yet."""
    return (space.folder.restricted / CORRECTION).exists()


def _release_quality(space: Workspace, month: date, withheld: pl.DataFrame) -> "Quality":
    """Protect what is told of the quality of the data: broken rules, and what became of the rows of real months."""
    from meos_pipeline.disclosure.ledger import read_ledger
    from meos_pipeline.disclosure.quality import release_quality

    path = space.folder.restricted / "validation" / "quality_summary.parquet"
    summary = pl.read_parquet(path) if path.exists() else QUALITY_SUMMARY.empty()
    parts, rows = told.account_of_readers(accounts.read_reconciliation(space), accounts.PARTS)
    broken = summary.filter(pl.col("table") == "police_checks").select("rule", "team", "month", "checked", "failed")
    return release_quality(
        pl.concat([broken, told.kept_as_rules(space.folder)]),
        rows,
        space.settings.policy,
        rounding_key=space.keys.rounding,
        ledger=read_ledger(space.folder.restricted / QUALITY_LEDGER),
        published_until=month,
        withheld=withheld,
        stages=("rows_in", *parts),
    )


def find(space: Workspace) -> Told:
    """Run all statistics: on released cells, and through the model gate on fine cells."""
    from meos_pipeline.contracts.succession import heirs, under_heirs
    from meos_pipeline.disclosure.door import keep, take
    from meos_pipeline.disclosure.gate import let_findings
    from meos_pipeline.disclosure.provisional import provisional_findings
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.ingest.profiles import in_own_bands, read_profile
    from meos_pipeline.statistics.cells.fine import FINE_CELLS
    from meos_pipeline.statistics.kept import kept_shares
    from meos_pipeline.statistics.run import compute_findings, wanted_statistics
    from meos_pipeline.statistics.statistic import Context, Gate

    folder, settings = space.folder, space.settings
    wanted, done = sum(len(wanted_statistics(gate, settings.statistics)) for gate in Gate), itertools.count(1)
    tell("analyse", 0, wanted)
    month, made = newest_month(space), recall(folder, KIND, "cells")
    sources = findings_sources(space, made.state if made else "")
    policy = in_own_bands(settings.policy, read_profile(settings.sources.profile, folder.root))
    companions = read_companions(folder, settings)
    found = heirs(companions["organisation"], month)
    public = public_tables(companions, month)
    context = Context(policy=policy, month=month, teams=tuple(public["organisation"]["team"].unique().sort()))
    root, door = folder.restricted / "release", space.keys.lasting_key("door")
    released: pl.DataFrame = take(root, "cells", door)
    public["kept"] = kept_shares(take(root, "quality", door), found)
    early = take(root, "provisional_cells", door)
    frozen = hash_of(
        _state(released),
        _state(early),
        _state(public["kept"]),
        sources["code"],
        sources["statistics"],
        repr(policy),
        intake.companions_state(space),
    )
    kept = recall(folder, KIND, "findings")
    if kept is not None and kept.facts.get("frozen") == frozen and not why_again(folder, kept, kept.sources):
        # Models read exact counts: while no released count changed, what they said stands, or one record would show.
        remember(folder, KIND, "findings", sources, facts=kept.facts, files=[folder.root / name for name in kept.files])
        tell("analyse", wanted, wanted)
        return _told_of_findings(take(root, "findings", door), month)
    compute = partial(
        compute_findings,
        context=context,
        optional=settings.statistics,
        advance=lambda: tell("analyse", next(done), wanted),
    )
    shown = compute({"cells": released, **public}, gate=Gate.RELEASED)
    fine = {
        name: under_heirs(_all_months(folder, item.table, until=month), item.table, found)
        for name, item in FINE_CELLS.items()
        if name != ENTERED.name
    }
    officers = under_heirs(_all_months(folder, OFFICER_COUNTS, until=month), OFFICER_COUNTS, found)
    sheets = {}
    if (settled := settled_sheets(space)) is not None:
        write_whole(folder.restricted / "release", SHEETS, settled)
        sheets["coverage_sample"] = under_heirs(settled, COVERAGE_SAMPLE, found)
    # Models read the released cells too: how many checks have no known group limits what may be said (D8).
    modelled = compute({**fine, "officer_counts": officers, "cells": released, **public, **sheets}, gate=Gate.MODEL)
    findings = let_findings(shown, modelled, settings.policy)
    entered = under_heirs(_all_months(folder, ENTERED), ENTERED, found)
    newest = intake.newest_export(space).date()
    provisional = provisional_findings(early, entered, context, newest=newest)
    written = [*keep(root, "findings", findings, door), *keep(root, "provisional", provisional, door)]
    remember(folder, KIND, "findings", sources, facts={"frozen": frozen}, files=written)
    return _told_of_findings(findings, month)


def _told_of_findings(findings: pl.DataFrame, month: date) -> Told:
    return Told(
        state=_state(findings),
        facts={
            "findings": findings.height,
            "statistics": findings["statistic"].n_unique(),
            "labels": findings.group_by("label").len("findings").sort("findings", "label", descending=[True, False]),
            "what stands out": told.what_stands_out(findings, month),
            "companion files that are missing": ", ".join(told.missing(findings)) or "none",
        },
    )


def release_code() -> str:
    """Return a hash of the code that protects counts."""
    return code_of(
        "meos_pipeline.disclosure.release",
        "meos_pipeline.disclosure.groups",
        "meos_pipeline.disclosure.quality",
        "meos_pipeline.disclosure.succession",
        "meos_pipeline.steps.released_facts",
    )


def findings_code() -> str:
    """Return a hash of the code that computes findings."""
    return code_of(
        "meos_pipeline.statistics.*",
        "meos_pipeline.disclosure.gate",
        "meos_pipeline.disclosure.sheets",
        "meos_pipeline.disclosure.provisional",
    )


def release_sources(space: Workspace, cells: Mapping[str, str]) -> dict[str, str]:
    """Return what the released counts follow from.

    Args:
        space: The workspace.
        cells: State of the cells of every month, as text.
    """
    settings, newest = space.settings, intake.newest_export(space).date()
    return {
        "cells": hash_of(dict(cells)),
        "policy": hash_of(repr(settings.policy), repr(settings.groups)),
        "companion files": intake.companions_state(space),
        "settled until": f"{newest_month(space, newest):%Y-%m}",
        "provisional": ",".join(f"{month:%Y-%m}" for month in early_months(space, newest)),
        "key": space.keys.check_value,
        "code": release_code(),
    }


def findings_sources(space: Workspace, released: str) -> dict[str, str]:
    """Return what the findings follow from, given the state of the released counts."""
    return {
        "released counts": released,
        "statistics": hash_of(repr(space.settings.statistics)),
        "sheets": state_of_sheets(space),
        "code": findings_code(),
    }


def why_release_again(space: Workspace) -> tuple[str, ...]:
    """Return why the counts have to pass the door again; empty when those that did still stand."""
    sources = release_sources(space, counting.states_wanted(space))
    return why_again(space.folder, recall(space.folder, KIND, "cells"), sources) or _other_ledger(space)


def why_find_again(space: Workspace) -> tuple[str, ...]:
    """Return why the statistics have to be computed again; empty when what they found stands."""
    released = hash_of(release_sources(space, counting.states_wanted(space)))
    return why_again(space.folder, recall(space.folder, KIND, "findings"), findings_sources(space, released))


def remember_ledger(space: Workspace) -> None:
    """Keep that the ledger now holds what the release itself wrote: the same release from it gives the same counts."""
    made = recall(space.folder, KIND, "cells")
    if made is not None:
        ledgers = sorted({*made.facts["ledgers"], newest_ledger(space)})
        paths = [space.folder.root / name for name in made.files]
        remember(space.folder, KIND, "cells", made.sources, facts={"ledgers": ledgers}, files=paths)


def _other_ledger(space: Workspace) -> tuple[str, ...]:
    """Tell when something else was published since: neither the ledger before the release nor the one it wrote."""
    made = recall(space.folder, KIND, "cells")
    return ("ledger",) if made and newest_ledger(space) not in made.facts["ledgers"] else ()


def newest_ledger(space: Workspace) -> str:
    """Name of the newest generation, which holds its hash; empty when nothing was published yet."""
    return max((path.name for path in (space.folder.restricted / "ledger").glob("*.parquet")), default="")


def _cells_made(space: Workspace) -> dict[str, str]:
    there = recall_all(space.folder, "records")
    return {month: made.state for month, made in recall_all(space.folder, counting.KIND).items() if month in there}


def organisation_of(space: Workspace) -> pl.DataFrame:
    """Return the organisation list, with the teams that ended."""
    from meos_pipeline.ingest.companions import read_companions

    return read_companions(space.folder, space.settings)["organisation"]


def teams_of(space: Workspace) -> list[str]:
    """Return the slugs of all teams in the organisation list."""
    return organisation_of(space)["team"].unique().sort().to_list()


def _shown_groups(space: Workspace) -> "ShownGroups | None":
    from meos_pipeline.disclosure.groups import shown_groups
    from meos_pipeline.ingest.companions import read_companions

    companions = read_companions(space.folder, space.settings)
    if "population" not in companions:
        return None
    public = companions["population"].filter(pl.col("group_kind").is_in(space.settings.groups.kinds))
    return shown_groups(public, companions["organisation"], space.settings.policy)


def _all_months(folder: DataFolder, table: Table, *, until: date | None = None) -> pl.DataFrame:
    root = folder.restricted / "cells"
    months = [month for month in months_of(root, table.name) if until is None or month <= until]
    return scan_months(root, table, months).collect()


def _state(frame: pl.DataFrame) -> str:
    return hashlib.sha256(frame.write_json().encode()).hexdigest()[:16]
