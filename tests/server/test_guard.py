"""Who gets past the guard before Dagster's page, and who does not."""

import asyncio
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette")

from meos_pipeline.server.guard import guarded
from tests.server.asgi import request

TOKEN = "a-token-of-this-start"
HERE = ("host", "127.0.0.1:3000")
KNOWN = ("cookie", f"other=1; meos-token-3000={TOKEN}")
OWN = ("origin", "http://127.0.0.1:3000")


async def behind(scope, receive, send):
    """Answers everything, as Dagster does."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"changed"})


APP = guarded(behind, TOKEN)

REQUESTS = """
method | path                       | headers                                         | status
GET    | /                          | HERE KNOWN                                      | 200
GET    | /runs/1                    | HERE KNOWN                                      | 200
GET    | /                          | HERE cookie=a[b]=c;meos-token-3000=a-token-of-this-start | 200
GET    | /                          | HERE KNOWN origin=http://elsewhere.example      | 200
GET    | /graphql                   | HERE KNOWN                                      | 200
POST   | /graphql                   | HERE KNOWN                                      | 200
POST   | /graphql                   | HERE KNOWN OWN                                  | 200
POST   | /graphql                   | HERE KNOWN OWN sec-fetch-site=same-origin       | 200
POST   | /graphql                   | host=localhost:3000 KNOWN origin=http://localhost:3000 | 200
GET    | /                          | HERE                                            | 403
POST   | /graphql                   | HERE OWN                                        | 403
POST   | /graphql                   | HERE cookie=meos-token-3000=guess OWN           | 403
POST   | /graphql                   | HERE cookie=meos-token-3001=a-token-of-this-start OWN | 403
POST   | /graphql                   | HERE KNOWN origin=http://elsewhere.example      | 403
POST   | /graphql                   | HERE KNOWN origin=http://127.0.0.1:8000         | 403
POST   | /graphql                   | HERE KNOWN origin=https://127.0.0.1:3000.elsewhere.example | 403
POST   | /graphql                   | HERE KNOWN origin=null                          | 403
POST   | /graphql                   | HERE KNOWN sec-fetch-site=cross-site            | 403
POST   | /graphql                   | HERE KNOWN sec-fetch-site=same-site             | 403
GET    | /                          | host=elsewhere.example KNOWN                    | 400
POST   | /graphql                   | host=elsewhere.example:3000 KNOWN               | 400
GET    | /graphql?query=mutation    | HERE KNOWN                                      | 405
GET    | /graphql/?query=mutation   | HERE KNOWN                                      | 405
PUT    | /graphql                   | HERE KNOWN                                      | 405
DELETE | /runs/1                    | HERE KNOWN                                      | 405
OPTIONS| /graphql                   | HERE KNOWN                                      | 405
GET    | /?token=guess              | HERE                                            | 403
GET    | /?token=                   | HERE                                            | 403
POST   | /?token=a-token-of-this-start | HERE                                         | 403
GET    | /runs?token=a-token-of-this-start | HERE                                     | 303
"""


def asked(method, path, headers):
    words = {"HERE": HERE, "KNOWN": KNOWN, "OWN": OWN}
    given = [words[word] if word in words else tuple(word.split("=", 1)) for word in headers.split()]
    parts = urlsplit(path)
    return request(APP, parts.path, given, method=method, query=parts.query)


@pytest.mark.parametrize("line", REQUESTS.strip().splitlines()[1:])
def test_a_request_gets_past_the_guard_or_not(line):
    method, path, headers, status = (part.strip() for part in line.split("|"))
    response = asked(method, path, headers)
    assert response.status_code == int(status)
    assert (response.content == b"changed") == (status == "200")


def test_the_printed_link_gives_a_cookie_that_scripts_and_other_sites_cannot_use():
    response = asked("GET", f"/runs?token={TOKEN}&view=all", "HERE")
    assert response.headers["location"] == "/runs?view=all"
    cookie = response.headers["set-cookie"].lower()
    assert f"meos-token-3000={TOKEN}" in cookie
    assert {"httponly", "samesite=lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("path", ["//elsewhere.example/", "/\\elsewhere.example/"])
def test_the_link_leads_nowhere_else(path):
    location = asked("GET", f"{path}?token={TOKEN}", "HERE").headers["location"]
    assert urlsplit(location).netloc == ""
    assert not location.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ([HERE, KNOWN, OWN], "websocket.accept"),
        ([HERE, OWN], "websocket.close"),
        ([HERE, KNOWN, ("origin", "http://elsewhere.example")], "websocket.close"),
        ([("host", "elsewhere.example"), KNOWN], "websocket"),
    ],
)
def test_a_web_socket_passes_from_the_page_itself_only(headers, message):
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(said):
        sent.append(said["type"])

    scope = {
        "type": "websocket",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    asyncio.run(APP(scope, receive, send))
    assert sent[0].startswith(message)
    assert (sent[0] == "websocket.accept") == (message == "websocket.accept")


def test_a_guard_without_a_token_does_not_start():
    with pytest.raises(ValueError, match="without a token"):
        guarded(behind, "")
