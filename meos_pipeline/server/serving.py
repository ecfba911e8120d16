"""Serve the application on the loopback address, for the proxy; who says nothing is not kept waiting for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from starlette.applications import Starlette
    from uvicorn import Config

HOST = "127.0.0.1"
IDLE_SECONDS = 10
"""A connection over which no request comes for so long is closed."""
MOST_CONNECTIONS = 200
"""More at once are answered with 503."""


def serve(app: "Starlette", *, port: int) -> None:
    """Serve until somebody stops it.

    Args:
        app: Of ``create_app``.
        port: Port on the loopback address.
    """
    import uvicorn

    uvicorn.Server(configured(app, port=port)).run()


def configured(app: "Starlette", *, port: int, idle_seconds: int = IDLE_SECONDS) -> "Config":
    """Return uvicorn's settings."""
    from uvicorn import Config

    return Config(
        app,
        host=HOST,
        port=port,
        http=_impatient(),
        ws="none",
        timeout_keep_alive=idle_seconds,
        limit_concurrency=MOST_CONNECTIONS,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


def _impatient() -> "type[asyncio.Protocol]":
    """Uvicorn closes a connection that fell silent after an answer; ours also one that never asked anything."""
    import asyncio

    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Impatient(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            """Begin to wait."""
            super().connection_made(transport)
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    return Impatient
