"""Released cells and findings become an edition: rendered aside, attacked, sealed, and only then shown."""

import hashlib
import itertools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from meos_pipeline.contracts.companions import BREAKS, TEAM_ACTIONS
from meos_pipeline.errors import DisclosureError, InputError, PublicationError
from meos_pipeline.steps import intake, results
from meos_pipeline.steps.progress import tell
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.tables import read_whole

if TYPE_CHECKING:
    from meos_pipeline.attack.leak import Leak
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.publication.edition import Facts
    from meos_pipeline.reporting.render import Earlier

VERSION = "1"
EARLIER_EDITIONS = 3
"""How many earlier editions the attack combines with the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing gave."""

    edition: str
    index: str
    verifies: bool
    leaks: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def publish(space: Workspace, *, month: str = "", dry_run: bool = False) -> Published:
    """Publish the report month: what is released and found, rendered, attacked and sealed.

    Args:
        space: The workspace.
        month: As 2026-10; empty means the newest settled month.
        dry_run: Render and attack, but show nothing to readers.

    Raises:
        InputError: when the month has not settled, or is not there.
        DisclosureError: when the attack finds a leak; nothing is published.
    """
    from meos_pipeline.disclosure.ledger import LEDGER, Ledger, write_ledger
    from meos_pipeline.publication.edition import editions_folder, verify
    from meos_pipeline.publication.publish import publish as seal
    from meos_pipeline.storage.audit import last_mac, write_entry

    chosen = report_month(space, month)
    publishable = make_publishable(space, chosen)
    leaks: list[str] = []

    def build(target: Path) -> "Facts":
        from meos_pipeline.reporting.render import render_edition

        teams = publishable.organisation["team"].n_unique()
        done = itertools.count(1)
        tell("render", 0, teams)
        render_edition(
            publishable,
            target,
            house=_house(space),
            earlier=_earlier(space, chosen),
            advance=lambda _: tell("render", next(done), teams),
        )
        return _facts(space, chosen)

    def inspect(staging: Path) -> Sequence[str]:
        tell("attack", 0, 1)
        found = _attack(space, staging)
        leaks.extend(str(leak) for leak in found)
        tell("attack", 1, 1)
        return [str(leak) for leak in found if leak.certain]

    if dry_run:
        with tempfile.TemporaryDirectory(dir=space.folder.restricted) as aside:
            build(Path(aside))
            certain = inspect(Path(aside))
        if certain:
            raise DisclosureError("\n  - ".join(["Not published, this would leak:", *certain]))
        shown = Published(edition=f"{chosen:%Y-%m} (dry run)", index="", verifies=not leaks, leaks=leaks)
        return _remember(space, shown)
    write_ledger(
        space.folder.restricted / "ledger",
        Ledger(LEDGER.require(read_whole(space.folder.restricted / "release", "ledger"))),
    )
    edition = seal(
        space.folder,
        build,
        inspect=inspect,
        audit_mac=last_mac(space.folder.audit_log),
        keep=space.settings.retention.editions,
    )
    write_entry(
        space.folder.audit_log,
        space.keys.lasting_key("audit"),
        action="publish",
        purpose=space.settings.site.purpose,
        facts={"edition": edition},
        at=intake.newest_export(space),
    )
    folder = editions_folder(space.folder) / edition
    render_restricted_pages(space, publishable)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return _remember(
        space,
        Published(
            edition=edition,
            index=str(space.folder.published / "index.html"),
            verifies=verify(space.folder, edition).name == edition,
            leaks=leaks,
            facts={
                "edition": edition,
                "report month": f"{chosen:%Y-%m}",
                "files": len(files),
                "kB": sum(path.stat().st_size for path in files) // 1024,
            },
        ),
    )


def make_publishable(space: Workspace, month: date) -> "Publishable":
    """Gather what reports may say of the month; the type refuses anything else."""
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.ingest.companions import read_companions

    folder, settings = space.folder, space.settings
    root = folder.restricted / "release"
    companions = read_companions(folder, settings)
    until = pl.col("period_start") <= month
    withheld = read_whole(root, "withheld")
    return Publishable(
        month=month,
        cells=read_whole(root, "cells").filter(until),
        findings=read_whole(root, "findings").filter(pl.col("period_end").dt.month_start() <= month),
        organisation=companions["organisation"],
        policy=settings.policy,
        site=settings.site,
        fingerprint=fingerprint(space),
        made_on=intake.newest_export(space).date(),
        actions=companions.get("team_actions", TEAM_ACTIONS.empty()),
        breaks=companions.get("breaks", BREAKS.empty()),
        quality=_quality(space, month),
        waterfall=_waterfall(space, month),
        changes=read_whole(root, "changes"),
        withheld=withheld.filter(until) if withheld.height else withheld,
        reasons=settings.reasons,
    )


def render_restricted_pages(space: Workspace, publishable: "Publishable") -> Path:
    """Write the analysts' data-quality page into ``restricted/pages``: exact counts, never a value."""
    from meos_pipeline.quality.summary import read_validation
    from meos_pipeline.reporting.quality_page import FILE_NAMES, render_quality_page
    from meos_pipeline.reporting.render import write_assets
    from meos_pipeline.reporting.words import Words, read_words

    target = space.folder.restricted / "pages"
    files = intake.read_reconciliation(space).filter(pl.col("scope") == "file").drop("scope", "month", "export_id")
    quarantine = intake.read_quarantine(space)
    validation = read_validation(space.folder)
    tables = {
        "reconciliation": files,
        "quarantine": quarantine.group_by("code", "column").len("rows").sort("rows", "code", descending=[True, False]),
        "validation": validation.filter(~pl.col("passed"))
        .select("table", "rule", "month", "severity", "failed", "checked", "share", "why_nl")
        .sort("month", "table", "rule", descending=[True, False, False], nulls_last=True),
        "withheld": read_whole(space.folder.restricted / "release", "reasons"),
    }
    write_assets(target / "assets")
    tree = read_words(shipped("reports"))
    for language in space.settings.site.languages:
        render_quality_page(
            tables, target / FILE_NAMES[language], publishable=publishable, words=Words(tree, language), root=""
        )
    return target


def fingerprint(space: Workspace) -> str:
    """Return twelve hex digits that follow from code version, settings, rules, words and inputs."""
    document = json.dumps([_code_version(), _configuration(space), sorted(_inputs(space).items())])
    return hashlib.sha256(document.encode()).hexdigest()[:12]


def verify(space: Workspace, edition: str | None) -> str:
    """Verify an edition, the current one by default; return one sentence.

    Raises:
        PublicationError: with every file that differs.
    """
    from meos_pipeline.publication.edition import verify as check
    from meos_pipeline.publication.pointer import current, pointed

    name = edition or pointed(space.folder)
    found = check(space.folder, name) if name else current(space.folder)
    return f"Edition {found.name} is whole: {len(found.manifest['files'])} files have the SHA-256 of the manifest."


def withdraw(space: Workspace, edition: str, *, why: str, now: datetime) -> str:
    """Take an edition back; return one sentence that says what readers see now."""
    from meos_pipeline.publication.withdraw import withdraw as take_back
    from meos_pipeline.storage.audit import write_entry

    before = take_back(space.folder, edition, why=why)
    write_entry(
        space.folder.audit_log,
        space.keys.lasting_key("audit"),
        action="withdraw",
        purpose=space.settings.site.purpose,
        facts={"edition": edition, "why": why},
        at=now,
    )
    return f"Edition {edition} is withdrawn. Readers now see {before or 'nothing'}."


def kept_editions(space: Workspace) -> list[str]:
    """Return the ids of the editions that are kept, in order of month."""
    from meos_pipeline.publication.edition import NAME, editions_folder

    folder = editions_folder(space.folder)
    return sorted(path.name for path in folder.iterdir() if NAME.match(path.name)) if folder.is_dir() else []


def current_edition(space: Workspace) -> str:
    """Return the id of the current edition; empty when nothing (whole) is published."""
    from meos_pipeline.publication.pointer import current

    try:
        return current(space.folder).name
    except PublicationError:
        return ""


def read_published(space: Workspace) -> Published:
    """Return what the last ``publish`` of this workspace gave."""
    path = space.folder.restricted / "release" / "published.json"
    return Published(**json.loads(path.read_text(encoding="utf-8")))


def _remember(space: Workspace, published: Published) -> Published:
    write_text(
        space.folder.restricted / "release" / "published.json", json.dumps(asdict(published), ensure_ascii=False)
    )
    return published


def report_month(space: Workspace, month: str) -> date:
    """Return the first day of the month to publish: the newest settled one when ``month`` is empty.

    Raises:
        InputError: when ``month`` is none, has not settled, or is not there.
    """
    newest = results.newest_month(space)
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


def _attack(space: Workspace, staging: Path) -> "list[Leak]":
    from meos_pipeline.attack.outsider import attack
    from meos_pipeline.publication.edition import editions, editions_folder

    earlier = [editions_folder(space.folder) / name for name in editions(space.folder)[-EARLIER_EDITIONS:]]
    site = space.settings.site
    return attack(staging, earlier, contact=site.contact, publisher=site.organisation)


def _house(space: Workspace) -> Path | None:
    """Return the folder with the site's own words, logo and colours, when there is one."""
    folder = space.folder.root / "house"
    return folder if folder.is_dir() else None


def _earlier(space: Workspace, month: date) -> "list[Earlier]":
    """Return the newest edition of every earlier report month."""
    from meos_pipeline.publication.edition import editions
    from meos_pipeline.reporting.render import Earlier

    newest = {name[:7]: name for name in editions(space.folder)}
    return [
        Earlier(date.fromisoformat(f"{text}-01"), name)
        for text, name in sorted(newest.items())
        if text < f"{month:%Y-%m}"
    ]


def _facts(space: Workspace, month: date) -> "Facts":
    from meos_pipeline.publication.edition import Facts

    return Facts(
        month=f"{month:%Y-%m}",
        inputs=_inputs(space),
        configuration=_configuration(space),
        code_version=_code_version(),
        key_check=space.keys.check_value,
        checks=("released_counts_are_rounded_and_add_up", "attack_finds_nothing"),
    )


def _inputs(space: Workspace) -> dict[str, str]:
    """Return the SHA-256 of every archived export and companion file, by name."""
    return intake.input_hashes(space)


def _configuration(space: Workspace) -> str:
    content = repr(space.settings).encode()
    for folder in ("expectations", "reports"):
        for path in sorted(shipped(folder).rglob("*.*")):
            content += path.read_bytes()
    return hashlib.sha256(content).hexdigest()


def _code_version() -> str:
    try:
        return installed_version("meos-pipeline")
    except PackageNotFoundError:
        return "source"


def _quality(space: Workspace, month: date) -> pl.DataFrame:
    """Shares per rule, team and month in whole percents, where enough records were looked at."""
    path = space.folder.restricted / "validation" / "quality_summary.parquet"
    if not path.exists():
        return pl.DataFrame()
    fewest = space.settings.policy.smallest_rate_denominator
    return (
        pl.read_parquet(path)
        .filter(pl.col("month") <= month, pl.col("checked") >= fewest, pl.col("table") == "police_checks")
        .select("rule", "team", "month", share=pl.col("share").round(2))
    )


def _waterfall(space: Workspace, month: date) -> pl.DataFrame:
    """Rows in and what became of them, per month, as multiples of the base."""
    base = space.settings.policy.rounding_base
    table = intake.read_reconciliation(space)
    stages = ["rows_in", *intake.PARTS]
    return (
        table.filter(pl.col("month").is_not_null(), pl.col("month") <= month)
        .group_by("month")
        .agg(pl.col(stages).sum())
        .unpivot(on=stages, index="month", variable_name="stage", value_name="n")
        .with_columns(n=((pl.col("n") / base).round() * base).cast(pl.Int64))
        .with_columns(pl.col("stage").cast(pl.Enum(stages)))
        .sort("month", "stage")
        .with_columns(pl.col("stage").cast(pl.String))
    )
