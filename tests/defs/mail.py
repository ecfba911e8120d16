"""A mail server of a few lines: it speaks SMTP on a local port and keeps what it got."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Inbox:
    """Where the server is, and the mails that arrived: recipients and message."""

    port: int = 0
    mails: list[tuple[list[str], Message]] = field(default_factory=list)


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """Run the server while the block works."""
    inbox = Inbox()

    class Talk(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            recipients: list[str] = []
            self.say("220 local ESMTP")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    recipients.append(line.decode().split("<", 1)[1].split(">")[0])
                if word == b"DATA":
                    self.say("354 go on")
                    lines = list(iter(self.rfile.readline, b".\r\n"))
                    inbox.mails.append((recipients, message_from_bytes(b"".join(lines))))
                self.say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        inbox.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield inbox
        server.shutdown()
