"""The one resource: the workspace, opened when an asset runs. The clock is read here and nowhere below."""

import ast
import inspect
import itertools
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field, PrivateAttr, create_model

from meos_pipeline import policy
from meos_pipeline.defs.history import history_of
from meos_pipeline.defs.instance import open_instance
from meos_pipeline.steps.unfinished import finish
from meos_pipeline.steps.workspace import Workspace, look_at_workspace, open_workspace
from meos_pipeline.storage.intents import is_unfinished
from meos_pipeline.storage.locks import run_lock
from meos_pipeline.storage.paths import DataFolder

if TYPE_CHECKING:
    from collections.abc import Iterator


def _meanings() -> dict[str, str]:
    """Return what each threshold means, as its docstring says."""
    body = next(
        node.body
        for node in ast.parse(inspect.getsource(policy)).body
        if isinstance(node, ast.ClassDef) and node.name == "Policy"
    )
    return {
        ast.unparse(above.target): inspect.cleandoc(str(below.value.value))
        for above, below in itertools.pairwise(body)
        if isinstance(above, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }


def _thresholds() -> type[dg.Config]:
    """Return a form with every threshold that is one number, each with its meaning."""
    meanings, default = _meanings(), policy.Policy()
    numbers = {item.name: getattr(default, item.name) for item in fields(policy.Policy)}
    form: Any = {
        name: (
            type(value) | None,
            Field(default=None, description=f"{meanings[name]} Usually {value:g}, unless meos.toml says otherwise."),
        )
        for name, value in numbers.items()
        if isinstance(value, int | float)
    }
    made: type[dg.Config] = create_model("Thresholds", __base__=dg.Config, **form)
    return made


Thresholds: Any = _thresholds()


_OF_MONTHS = {"dagster/partition", "dagster/asset_partition_range_start"}
"""Tags of runs of months: where there are several machines they share the data folder, and nobody else comes in."""


class WorkspaceResource(dg.ConfigurableResource):
    """Data folder, settings and keys of this site; one run at a time has it."""

    data: str = Field(default="", description="Data folder; empty means MEOS_DATA, else dagster_home/data.")
    wait_minutes: float = Field(
        default=15, ge=0, description="How long to wait while another run is busy in the data folder, before giving up."
    )
    languages: list[str] = Field(
        default=[],
        description="Languages of messages and of the analysts' pages in this run, nl or en, the main one first; "
        "empty means those of meos.toml. Reports always come in every language.",
    )
    thresholds: Thresholds = Field(
        default=Thresholds(),
        description="Thresholds of this run alone; leave out what meos.toml should decide. Floors hold, and one "
        "below its default needs a written reason under [reasons] in meos.toml.",
    )
    _held: ExitStack | None = PrivateAttr(default=None)
    _run: str = PrivateAttr(default="")
    _is_held: bool = PrivateAttr(default=False)
    _is_of_months: bool = PrivateAttr(default=False)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> "Iterator[WorkspaceResource]":
        """Keep the data folder from the first step that opens it to the end of the run."""
        with ExitStack() as held:
            self._held, self._run, self._is_held = held, context.run.run_id[:8] if context.run else "", False
            self._is_of_months = bool(context.run and _OF_MONTHS & set(context.run.tags))
            yield self

    def open(self) -> Workspace:
        """Open the workspace, or fail with one clear sentence; inside a run, keep other runs out until it ends."""
        space = open_workspace(Path(self.data) if self.data else None, changes=self._changes())
        if self._run and self._held is not None and not self._is_held:
            self._held.enter_context(self._alone(space.folder))
            self._is_held = True
            if is_unfinished(space.folder) and not self._is_of_months:
                history = history_of(open_instance(), space.folder.root)
                for said in finish(space, now=self.now(), history=lambda: history):
                    dg.get_dagster_logger().warning(said)
        return space

    def look(self) -> Workspace:
        """Open the workspace without keeping it: for those who only read or leave a message."""
        return look_at_workspace(Path(self.data) if self.data else None, changes=self._changes())

    @staticmethod
    def now() -> datetime:
        """Return the present moment, with its time zone."""
        return datetime.now(UTC)

    def _alone(self, folder: DataFolder) -> Any:  # noqa: ANN401 - a context manager without a value
        def say(text: str) -> None:
            dg.get_dagster_logger().warning(text)

        return run_lock(
            folder,
            f"Dagster run {self._run}",
            shared=self._is_of_months,
            wait_seconds=self.wait_minutes * 60,
            waiting=say,
        )

    def _changes(self) -> dict[str, dict[str, object]]:
        thresholds = {name: value for name, value in self.thresholds if value is not None}
        changes: dict[str, dict[str, object]] = {"policy": thresholds} if thresholds else {}
        return {**changes, "site": {"languages": self.languages}} if self.languages else changes


@dg.definitions
def resources() -> dg.Definitions:
    """Make the workspace known under the name that assets ask for; steps work in the process of their run.

    That also holds for a backfill and for the button on an asset, which have no job of ours: a step in process costs
    about 0.07 s, in a process of its own 1.7-3 s, and a worker of Celery may start none.
    """
    return dg.Definitions(resources={"workspace": WorkspaceResource()}, executor=dg.in_process_executor)
