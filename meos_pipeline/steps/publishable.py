"""What reports may say of a month: what was released and found, gathered for the pages."""

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.companions import BREAKS, TEAM_ACTIONS
from meos_pipeline.contracts.succession import former_teams
from meos_pipeline.errors import InputError
from meos_pipeline.steps import correcting, intake, settled
from meos_pipeline.steps.confirming import read_confirmed, rules_confirmed
from meos_pipeline.steps.succession import public_tables
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.paths import shipped

if TYPE_CHECKING:
    from meos_pipeline.disclosure.publishable import Publishable


def report_month(space: Workspace, month: str) -> date:
    """Return the first day of the month to publish: the newest settled one when ``month`` is empty.

    Raises:
        InputError: when ``month`` is none, has not settled, or is not there.
    """
    newest = settled.newest_month(space)
    if not month:
        return newest
    try:
        chosen = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise InputError(f"'{month}' is not a month; write it as 2026-10") from error
    if chosen != newest:
        known = intake.months_known(space)
        if chosen > newest or chosen not in known:
            raise InputError(
                f"Month {month} cannot be published: the newest settled month is {newest:%Y-%m}; choose that, or an earlier one that is there"
            )
    return chosen


def make_publishable(space: Workspace, month: date) -> "Publishable":
    """Gather what reports may say of the month; the type refuses anything else."""
    from meos_pipeline.disclosure.door import select, take
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.publication.edition import editions

    folder, settings = space.folder, space.settings
    root = folder.restricted / "release"
    companions = read_companions(folder, settings)
    made_on = intake.newest_export(space).date()
    newest = settled.newest_month(space, made_on)
    public = public_tables(companions, newest)
    door = space.keys.lasting_key("door")
    until = pl.col("period_start") <= month
    passed = {
        "cells": select(take(root, "cells", door), until),
        "findings": select(take(root, "findings", door), pl.col("period_end").dt.month_start() <= month),
        "quality": select(take(root, "quality", door), pl.col("month") <= month),
        "waterfall": select(take(root, "rows", door), pl.col("month") <= month),
        "changes": take(root, "changes", door),
        "withheld": select(take(root, "withheld", door), until),
        # An older month that is published again stands by itself.
        "provisional": select(take(root, "provisional", door), pl.lit(month == newest)),
    }
    return Publishable(
        month=month,
        **passed,
        organisation=public["organisation"],
        former=former_teams(companions["organisation"], newest),
        policy=settings.policy,
        site=settings.site,
        fingerprint=fingerprint(space, passed),
        made_on=made_on,
        actions=public.get("team_actions", TEAM_ACTIONS.empty()),
        breaks=public.get("breaks", BREAKS.empty()),
        confirmed=frozenset(rules_confirmed(read_confirmed(folder), month)),
        reasons=settings.reasons,
        has_earlier=any(name[:7] < f"{month:%Y-%m}" for name in editions(folder)),
        corrections=correcting.corrections(space),
    )


def fingerprint(space: Workspace, tables: Mapping[str, pl.DataFrame]) -> str:
    """Return twelve hex digits that follow from code version, settings, rules, words, what is published, and the key.

    Not from the exports: whoever holds two of them could tell which one was used, and so which record was corrected. With
    the key, for readers do not have all of it: who guesses the rest could try guesses against a plain hash.
    """
    released = {name: table.write_json() for name, table in sorted(tables.items())}
    document = json.dumps([code_version(), configuration(space), released])
    return keyed(space, document)[:12]


def require_house(space: Workspace) -> dict[str, set[str]]:
    """Read the site's own looks and figures before anything is made; return what people typed there, by its place.

    Raises:
        SettingsError: when its words, colours, outlines or a figure that it declared are not right.
    """
    from meos_pipeline.reporting.site import read_house
    from meos_pipeline.reporting.words import read_words

    house = read_house(house_of(space))
    read_words(shipped("reports"), house.words)
    return house.typed()


def house_of(space: Workspace) -> Path | None:
    """Return the folder with the site's own words, logo and colours, when there is one."""
    folder = space.folder.root / "house"
    return folder if folder.is_dir() else None


def of_teams(publishable: "Publishable", teams: Sequence[str], *, dry_run: bool) -> "Publishable":
    """Keep only these teams, all when none is named.

    Raises:
        InputError: when teams are named for an edition, or one is not in the organisation list.
    """
    if not teams:
        return publishable
    if not dry_run:
        raise InputError("An edition holds every team; choose teams for a dry run only, or leave them out")
    known = publishable.organisation["team"].unique().sort().to_list()
    strange = sorted(set(teams) - set(known))
    if strange:
        raise InputError(f"Team {', '.join(strange)} is not in the organisation list; known are {', '.join(known)}")
    return dataclasses.replace(publishable, organisation=publishable.organisation.filter(pl.col("team").is_in(teams)))


def inputs(space: Workspace) -> dict[str, str]:
    """Return the SHA-256 of every archived export and companion file, by name."""
    return intake.input_hashes(space)


def configuration(space: Workspace) -> str:
    """Return the SHA-256 of the settings, rules and words that are in force; for readers it is ``keyed``."""
    content = repr(space.settings).encode()
    for folder in ("expectations", "reports"):
        for path in sorted(shipped(folder).rglob("*.*")):
            content += path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def keyed(space: Workspace, content: str) -> str:
    """Return a hash that only a holder of the key can check: of settings, reasons in own words among them, nobody can guess any."""
    return hmac.new(space.keys.lasting_key("inputs"), content.encode(), hashlib.sha256).hexdigest()


def code_version() -> str:
    """Return the version of the program; ``source`` when it was not installed."""
    try:
        return installed_version("meos-pipeline")
    except PackageNotFoundError:
        return "source"
