"""Where a step has got to. The command line listens; without a listener nothing happens."""

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Listener = Callable[[str, int, int], None]
"""Called with a stage name, how much is done, and how much there is."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
Item = TypeVar("Item")


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send progress to ``listener`` inside this block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(stage: str, done: int, total: int) -> None:
    """Say that ``done`` of ``total`` parts of ``stage`` are ready."""
    listener = _listener.get()
    if listener is not None:
        listener(stage, done, total)


def track(stage: str, items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, telling progress before the first and after each."""
    known = items if isinstance(items, Sized) else list(items)
    tell(stage, 0, len(known))
    for done, item in enumerate(known, start=1):
        yield item
        tell(stage, done, len(known))
