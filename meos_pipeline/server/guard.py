"""A guard before a page on this computer that can change things, and asks nobody who comes: Dagster's.

Any web page in the analyst's browser can send requests to this computer. So a request passes when it names this
computer as its host, and knows the token that was printed at the start; what can change something passes only from the
page itself, and by POST.
"""

import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
TOKEN = "token"  # noqa: S105 - its name, in the link and in the cookie
_CLOSED = "Open the link that 'meos dev' printed; it holds a token.\n"
_OTHER_PAGE = "This comes from another page, and is refused.\n"
_BY_POST = "What changes something is sent by POST.\n"
_LONGEST = 4096


def guarded(app: "ASGIApp", token: str) -> "ASGIApp":
    """Put the guard before an application.

    Args:
        app: What answers when a request passes.
        token: A secret of this start, in the link that is printed.

    Raises:
        ValueError: when the token is empty.
    """
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    if not token:
        raise ValueError("a guard without a token lets everybody in")
    return TrustedHostMiddleware(_Guard(app, token), allowed_hosts=list(HOSTS), www_redirect=False)


class _Guard:
    def __init__(self, app: "ASGIApp", token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Let a request pass, or answer it here."""
        from starlette.datastructures import Headers
        from starlette.responses import PlainTextResponse, RedirectResponse, Response

        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = parse_qs(scope.get("query_string", b"")[:_LONGEST].decode("latin-1"), keep_blank_values=True)
        refused: Response | None = None
        if scope["type"] == "http" and scope["method"] == "GET" and self._is_right(asked.pop(TOKEN, [""])[0]):
            rest = urlencode(asked, doseq=True)
            # Not to an address that somebody else chose: '//elsewhere' would be one.
            refused = RedirectResponse(
                "/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else ""), status_code=HTTPStatus.SEE_OTHER
            )
            refused.set_cookie(self._cookie(headers), self._token, httponly=True, samesite="lax")
        elif not self._is_known(scope, headers):
            refused = PlainTextResponse(_CLOSED, status_code=HTTPStatus.FORBIDDEN)
        elif not self._is_from_here(scope, headers):
            refused = PlainTextResponse(_OTHER_PAGE, status_code=HTTPStatus.FORBIDDEN)
        elif not _is_allowed(scope, asked):
            refused = PlainTextResponse(_BY_POST, status_code=HTTPStatus.METHOD_NOT_ALLOWED)
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await refused(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _is_known(self, scope: "Scope", headers: "Headers") -> bool:
        from starlette.requests import HTTPConnection

        return self._is_right(HTTPConnection(scope).cookies.get(self._cookie(headers), ""))

    @staticmethod
    def _cookie(headers: "Headers") -> str:
        """Name of the cookie: browsers keep one jar for all ports of a computer."""
        return f"meos-{TOKEN}-{headers.get('host', '').rpartition(':')[2]}"

    @staticmethod
    def _is_from_here(scope: "Scope", headers: "Headers") -> bool:
        """Whether what can change something comes from this very page; a program that is no browser names no origin."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            return True
        origin = headers.get("origin")
        from_here = headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
        return from_here and (origin is None or urlsplit(origin).netloc == headers.get("host"))


def _is_allowed(scope: "Scope", asked: dict[str, list[str]]) -> bool:
    """A question to GraphQL in an address could be a change: those come by POST."""
    if scope["type"] != "http" or scope["method"] == "POST":
        return True
    return scope["method"] in {"GET", "HEAD"} and not (scope["path"].rstrip("/").endswith("/graphql") and asked)
