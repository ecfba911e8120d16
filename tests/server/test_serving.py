"""The server over real connections: it answers, and lets go of who says nothing."""

import asyncio

import pytest

pytest.importorskip("uvicorn")

from uvicorn import Server

from meos_pipeline.server.serving import HOST, configured


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def said_over_a_line(words: bytes) -> bytes:
    """Everything that comes back over one connection until the server closes it."""
    config = configured(hello, port=0, idle_seconds=1)
    config.load()
    server = Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(words)
    told = await asyncio.wait_for(reader.read(), timeout=60)
    writer.close()
    await server.shutdown()
    return told


@pytest.mark.parametrize(
    ("words", "answer"),
    [(b"", b""), (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"hello")],
    ids=["nothing was asked", "asked once"],
)
def test_a_connection_that_falls_silent_is_closed(words, answer):
    assert asyncio.run(said_over_a_line(words)).endswith(answer)


def test_nothing_tells_what_serves():
    told = asyncio.run(said_over_a_line(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).lower()
    assert b"uvicorn" not in told
