"""A local web server that stands in for the internet: it serves a folder laid out as a data folder, and can be held."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

LOGIN_PAGE = b"<!doctype html><title>Welcome to our Wi-Fi</title><p>Please sign in"


@dataclass
class Mirror:
    """What the server does, and what it was asked for.

    While `flows` is not set, only the first file comes. With `login_page`, it answers everything with a web page.
    """

    folder: Path
    url: str = ""
    login_page: bool = False
    flows: Event = field(default_factory=Event)
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Iterator[Mirror]:
    """Serve a data folder on a free port of this machine until the block ends."""
    mirror = Mirror(folder)
    mirror.flows.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.asked.append(self.path)
            if len(mirror.asked) > 1:
                mirror.flows.wait(25)  # less than a downloader's patience
            path = mirror.folder / self.path.lstrip("/")
            if mirror.login_page:
                self.send(LOGIN_PAGE)
            elif path.is_file():
                self.send(path.read_bytes())
            else:
                self.send_error(404)

        def send(self, body: bytes) -> None:
            with contextlib.suppress(ConnectionError):  # the other side may have stopped
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mirror.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mirror
    finally:
        mirror.flows.set()
        server.shutdown()
        server.server_close()
        thread.join()
