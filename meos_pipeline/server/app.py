"""A small web server. It serves bytes that the manifest knows, of folders that are yours; all else is 404.

It trusts the user header only from the proxy (by address, and by a shared secret when one is set), never
follows a path on disk that is not in the manifest, and leaves one line per request in an audit file. It
needs ``published/`` only, and ``drop/`` when readers may post sheets: run it as another user than the pipeline,
without rights on ``restricted/``.
"""

import hashlib
import hmac
import json
import mimetypes
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.contracts.handed_in import MOST_BYTES
from meos_pipeline.errors import PipelineError, SettingsError
from meos_pipeline.publication.edition import MANIFEST, NAME, editions_folder
from meos_pipeline.publication.pointer import pointed
from meos_pipeline.server import hand_in
from meos_pipeline.server.permissions import EVERYTHING, read_permissions
from meos_pipeline.storage.modes import close_to_others
from meos_pipeline.storage.paths import DataFolder

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SHARED = frozenset({"assets"})
"""Folders of an edition that every known reader may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy that signs readers on and names them."""

    user_header: str = "x-remote-user"
    """Header that the proxy sets, and strips from what readers send."""
    addresses: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    """Where the proxy speaks from."""
    secret: str = ""
    """The value of ``x-proxy-secret`` that only the proxy knows."""
    is_trusted_without_secret: bool = False
    """Say so when nothing but the proxy can reach the server: without a secret it refuses to start otherwise."""


def create_app(
    data: DataFolder, *, permissions: Path, audit: Path, proxy: Proxy | None = None, takes_sheets: bool = False
) -> "Starlette":
    """Make the application; ``uvicorn`` serves it on 127.0.0.1.

    Args:
        data: The data folder; only ``published/`` is read.
        permissions: TOML file, see ``read_permissions``; read at every request, so a change holds at once.
        audit: File to which a line per request is appended: time, user, path, outcome.
        proxy: How the proxy is recognised.
        takes_sheets: Whether readers may post sheets and agreements of their own teams, into ``drop/``. That folder
            has to be there, and this account needs the right to write in it, and nowhere else.

    Raises:
        SettingsError: if the permissions cannot be read at the start, or nothing proves who the proxy is.
    """
    from starlette.applications import Starlette

    close_to_others()
    read_permissions(permissions)
    chosen = proxy or Proxy()
    if not chosen.secret and not chosen.is_trusted_without_secret:
        raise SettingsError(
            "The server trusts whoever names a reader: give the proxy a secret (`x-proxy-secret`), or say "
            "'is_trusted_without_secret' when nothing but the proxy can reach it"
        )
    door = _Door(
        data=data,
        permissions=permissions,
        audit=audit,
        proxy=chosen,
        drop=data.drop if takes_sheets else None,
    )
    app = Starlette()
    # no route: a path with a line break matches none, and would be answered without a line in the audit
    app.router.default = door
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    data: DataFolder
    permissions: Path
    audit: Path
    proxy: Proxy
    drop: Path | None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request, and write down that it was made."""
        from starlette.requests import Request
        from starlette.responses import Response

        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        request = Request(scope, receive)
        user, path = self._user(request), scope["path"].removeprefix("/")
        if request.method in {"GET", "HEAD"}:
            response = self._answer(path, self._folders(user))
        elif request.method == "POST" and path == hand_in.PATH and self.drop:
            response = await self._take(request, self._folders(user), self.drop)
        else:
            response = Response(status_code=405, headers=HEADERS)
        self._write(user, path, response.status_code)
        await response(scope, receive, send)

    async def _take(self, request: "Request", folders: frozenset[str], drop: Path) -> "Response":
        from starlette.responses import Response

        if not folders:
            return Response("Not found\n", status_code=404, media_type="text/plain", headers=HEADERS)
        if not hand_in.is_own_page(request.headers):
            return Response(status_code=403, headers=HEADERS)
        content = b""
        async for part in request.stream():
            content += part
            if len(content) > MOST_BYTES:
                break
        status, told = hand_in.lay_down(content, folders, drop)
        return Response(told, status_code=status, media_type="application/json", headers=HEADERS)

    def _answer(self, path: str, folders: frozenset[str]) -> "Response":
        from starlette.responses import RedirectResponse, Response

        home = self._home(folders) if path == "" else None
        if home:
            return RedirectResponse(home, status_code=302, headers=HEADERS)
        content = self._content(path, folders)
        if content is None:
            return Response("Not found\n", status_code=404, media_type="text/plain", headers=HEADERS)
        kind = mimetypes.guess_type(path)[0] or "text/html"
        return Response(content, media_type=kind, headers=HEADERS)

    def _user(self, request: "Request") -> str:
        """Name of the reader, or '' when the proxy does not vouch for one."""
        address = request.client.host if request.client else ""
        secret = request.headers.get("x-proxy-secret", "")
        names = request.headers.getlist(self.proxy.user_header)
        if address not in self.proxy.addresses or len(names) != 1:
            return ""
        if self.proxy.secret and not hmac.compare_digest(secret.encode(), self.proxy.secret.encode()):
            return ""
        return names[0].strip().casefold()

    def _folders(self, user: str) -> frozenset[str]:
        try:
            return read_permissions(self.permissions).get(user, frozenset()) if user else frozenset()
        except PipelineError:
            return frozenset()  # a broken file opens nothing

    def _home(self, folders: frozenset[str]) -> str | None:
        """Where a reader starts: the only page, or the first of his folders, of the current edition."""
        name = pointed(self.data)
        files = self._files(name) if name and folders else {}
        pages = ["index.html"] if EVERYTHING in folders else [f"{folder}/index.html" for folder in sorted(folders)]
        there = [page for page in pages if page in files]
        return f"/editions/{name}/{there[0]}" if there else None

    def _content(self, path: str, folders: frozenset[str]) -> bytes | None:
        """Bytes of a file, when the edition's manifest has it, it is the reader's, and it is still as published."""
        root, _, rest = path.partition("/")
        name, _, inside = rest.partition("/")
        if root != "editions" or not NAME.match(name) or not folders:
            return None
        files = self._files(name)
        inside = inside if inside in files else f"{inside.rstrip('/')}/index.html".lstrip("/")
        mine = EVERYTHING in folders or inside.partition("/")[0] in folders | SHARED
        if inside not in files or not mine or ("/" not in inside and EVERYTHING not in folders):
            return None
        try:
            content = (editions_folder(self.data) / name / inside).read_bytes()
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest() == files[inside] else None

    def _files(self, name: str) -> Mapping[str, str]:
        try:
            raw = (editions_folder(self.data) / name / MANIFEST).read_bytes()
        except OSError:
            return {}
        if not name.endswith(hashlib.sha256(raw).hexdigest()[:16]):
            return {}
        files: Mapping[str, str] = json.loads(raw)["files"]
        return files

    def _write(
        self, user: str, path: str, status: int, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        line = {"at": now().isoformat(timespec="seconds"), "user": user, "path": path[:300], "status": status}
        descriptor = os.open(self.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.write(descriptor, (json.dumps(line, ensure_ascii=True, sort_keys=True) + "\n").encode())
        finally:
            os.close(descriptor)
