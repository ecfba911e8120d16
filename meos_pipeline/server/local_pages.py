"""Pages of a data folder for the analyst at this computer, so that Dagster's page can link to them.

Serves what readers see, the last dry run and the analysts' pages; nothing else of the data folder, on the loopback
address only, under a key that lies in ``restricted/``. A page of another site cannot read it: it does not know the
key, and a request that names another host is refused. Key and port stay the same, so that links of earlier runs work.
"""

import mimetypes
import secrets
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder

HOST = "127.0.0.1"
KEY = "pages.key"
IDLE_SECONDS = 10.0
"""A connection over which nothing comes for so long is closed; otherwise each would hold a thread for ever."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class LocalPages:
    """A running server; ``url`` is the address of the data folder."""

    def __init__(self, folder: DataFolder, *, port: int = 0) -> None:
        """Start on this port, on another free one when it is taken."""
        self._key = _key_of(folder)
        roots = (folder.published, folder.restricted / "pages", folder.restricted / "preview")
        handler: Any = partial(_Handler, folder.root.resolve(), tuple(root.resolve() for root in roots), self._key)
        try:
            self._server = ThreadingHTTPServer((HOST, port), handler)
        except OSError:
            self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the data folder is, with the key in it."""
        return f"http://{HOST}:{self._server.server_port}/{self._key}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def _key_of(folder: DataFolder) -> str:
    """Return the key of this data folder's pages; make one the first time."""
    path = folder.restricted / KEY
    if not path.exists():
        write_text(path, secrets.token_urlsafe(18))
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


class _Handler(BaseHTTPRequestHandler):
    timeout = IDLE_SECONDS

    def __init__(self, root: Path, roots: tuple[Path, ...], key: str, *args: Any) -> None:  # noqa: ANN401 - of the base
        self._root, self._roots, self._key = root, roots, key
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with a file of one of the folders; all else is 404."""
        path = self._path()
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        content = path.read_bytes()
        self.send_response(HTTPStatus.OK)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - of the base
        """Write no line: the address holds the key."""

    def _path(self) -> Path | None:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        key, _, rest = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if (
            host not in {HOST, "localhost"}
            or not secrets.compare_digest(key.encode(), self._key.encode())
            or "\0" in rest
        ):
            return None
        path = (self._root / rest).resolve()
        if path.is_dir():
            path = path / "index.html"
        is_ours = any(path.is_relative_to(root) for root in self._roots)
        return path if is_ours and path.is_file() else None
