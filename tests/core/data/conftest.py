"""A data set of thirty noise pictures, and a local server that behaves as badly as real mirrors do."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import SOURCES, Source
from mnist_core.data.sources import IDX_NAMES, RemoteFile


@dataclass(frozen=True)
class Tiny:
    """A source that the table knows during one test, and the bytes of its four packed files."""

    source: Source
    files: dict[str, bytes]

    def write_to(self, folder: Path, unpacked: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            if unpacked:
                (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress(data))
            else:
                (folder / name).write_bytes(data)
        return folder


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Tiny:
    random = np.random.default_rng(7)
    images = random.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = np.arange(30, dtype=np.uint8) % 10
    parts = (
        struct.pack(">IIII", 0x803, 20, 28, 28) + images[:20].tobytes(),
        struct.pack(">II", 0x801, 20) + labels[:20].tobytes(),
        struct.pack(">IIII", 0x803, 10, 28, 28) + images[20:].tobytes(),
        struct.pack(">II", 0x801, 10) + labels[20:].tobytes(),
    )
    files = {name: gzip.compress(part, mtime=0) for name, part in zip(IDX_NAMES, parts, strict=True)}
    source = Source(
        name="tiny",
        title="Tiny",
        classes=tuple("0123456789"),
        train_count=10,
        validation_count=10,
        test_count=10,
        mean=float(images[:20].mean() / 255),
        std=0.29,
        licence="none",
        origin="made by a test",
        folder="Tiny/raw",
        files=tuple(
            RemoteFile(name, hashlib.md5(data).hexdigest(), len(data), ("http://127.0.0.1:9/",))
            for name, data in files.items()
        ),
        train_histogram=(2,) * 10,
        test_histogram=(1,) * 10,
    )
    monkeypatch.setitem(SOURCES, "tiny", source)
    return Tiny(source, files)


@dataclass
class Mirrors:
    """A local server; `address("html")` is a mirror that behaves like that, see `BEHAVIOURS`."""

    port: int
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def address(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.port}/{behaviour}/"


class Handler(BaseHTTPRequestHandler):
    mirrors: Mirrors

    def do_GET(self) -> None:
        self.mirrors.asked.append(self.path)
        _, behaviour, name = self.path.split("/")
        BEHAVIOURS[behaviour](self, self.mirrors.files.get(name, b""))

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send(self, body: bytes, *, status: int = 200, length: int | None = None, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def send_half_and_fall_silent(self, data: bytes) -> None:
        self.send(data[: len(data) // 2], length=len(data))
        self.wfile.flush()
        self.mirrors.closing.wait(20)


BEHAVIOURS: dict[str, Callable[[Handler, bytes], None]] = {
    "good": lambda handler, data: handler.send(data),
    "html": lambda handler, data: handler.send(b"<!doctype html><p>Please sign in to the Wi-Fi"),
    "noise": lambda handler, data: handler.send(b"7" * len(data)),
    "empty": lambda handler, data: handler.send(b""),
    "forbidden": lambda handler, data: handler.send(b"no", status=403),
    "busy": lambda handler, data: handler.send(b"later", status=503),
    "cut": lambda handler, data: handler.send(data[: len(data) // 2], length=len(data)),
    "short": lambda handler, data: handler.send(data[: len(data) // 2]),
    "flipped": lambda handler, data: handler.send(data[:-1] + bytes([data[-1] ^ 1])),
    "endless": lambda handler, data: handler.send(data * 50),
    "silent": Handler.send_half_and_fall_silent,
    "insecure": lambda handler, data: handler.send(b"", status=302, location="http://example.invalid/file"),
    "unreachable": lambda handler, data: handler.send(b"", status=302, location="https://127.0.0.1:9/file"),
}


@pytest.fixture
def mirrors() -> Iterator[Mirrors]:
    handler = type("HandlerOfOneTest", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.mirrors = Mirrors(server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield handler.mirrors
    handler.mirrors.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()
