"""A client that speaks ASGI itself: no library tidies the path up before the server sees it."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import unquote


@dataclass
class Response:
    status_code: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    @property
    def text(self) -> str:
        return self.content.decode()


def request(
    app,
    path: str,
    headers: list[tuple[str, str]],
    *,
    method: str = "GET",
    address: str = "127.0.0.1",
    body: bytes = b"",
    query: str = "",
) -> Response:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        "client": (address, 50000),
        "server": ("127.0.0.1", 80),
    }
    response = Response()

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            response.status_code = message["status"]
            response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            response.content += message.get("body", b"")

    asyncio.run(app(scope, receive, send))
    return response
