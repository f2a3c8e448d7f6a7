"""What a browser test needs: a Chromium, a dashboard of its own, and windows that tolerate no error and no stranger."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from mnist_core.runs import open_store
from tests.browser.dashboard import HERE, ROOT, Serve, Server
from tests.conftest import REAL_DATA

# Streamlit looks for its server below the page's own address first; on a deep link that gives two 404s by design.
PROBES = re.compile(r"/[^/]+/_stcore/(health|host-config)$")
# Every piece that the server sends waits its turn. While a page is drawn so slowly, a control that has moved can be there
# twice: where it is now, and where it was. Nobody is to see that, and nothing in a test can choose between the two.
PIECE_BY_PIECE = """
const Straight = WebSocket;
window.WebSocket = class extends Straight {
  addEventListener(kind, hear, ...rest) {
    let turn = Promise.resolve();
    const slowly = event => {
      turn = turn.then(() => new Promise(done => setTimeout(() => { hear.call(this, event); done(); }, 10)));
    };
    super.addEventListener(kind, kind === "message" ? slowly : hear, ...rest);
  }
};
const told = new Set();
new MutationObserver(() => {
  const seen = new Set();
  for (const { classList } of document.querySelectorAll("[class*=st-key-]")) {
    for (const key of classList) {
      if (!key.startsWith("st-key-")) continue;
      if (seen.has(key) && !told.has(key)) {
        told.add(key);
        console.error(`${key} is there twice`);
      }
      seen.add(key);
    }
  }
}).observe(document, { childList: true, subtree: true });
"""
QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def chromium() -> str | None:
    """The Chromium to drive: `CHROMIUM`, or the first one found on this machine."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        absent = "no Chromium found: install one (Debian: apt-get install chromium) or name it in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    # Tests run beside others on the same two cores; how fast a page is, the benchmarks measure.
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET_CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Serve]:
    """Start a server of its own for a test: `with serve() as server:` or `with serve(script) as server:`."""

    homes: set[Path] = set()

    @contextmanager
    def serving(script: Path = ROOT / "app.py", home: Path | None = None) -> Iterator[Server]:
        home = home or tmp_path_factory.mktemp("home")
        homes.add(home)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Server(f"http://127.0.0.1:{port}", home, home / "server.log")
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
        with server.log.open("wb") as log:
            process = subprocess.Popen(
                [*command, f"--server.port={port}"], cwd=ROOT, env=_environment(home), stdout=log, stderr=log
            )
        try:
            _wait_until_it_answers(server, process)
            yield server
        except BaseException:
            print(f"--- server.log of {server.url} ---\n{server.log.read_text()}")
            raise
        finally:
            # A window still fetching a piece of Streamlit would report the end of the server as its own error.
            for window in (page for context in browser.contexts for page in context.pages):
                if window.url.startswith(server.url):
                    window.close()
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    yield serving
    for home in homes:
        _stop_runs(home)


def _stop_runs(home: Path) -> None:
    """A run outlives its server, as it should; it must not outlive a test that failed."""
    if (home / "lab.db").exists():
        store = open_store(home=home)
        for run in store.runs():
            store.request_stop(run.id)


def _environment(home: Path) -> dict[str, str]:
    data = {"MNIST_DATA": str(REAL_DATA)} if REAL_DATA.is_dir() else {}
    inherited = {name: value for name, value in os.environ.items() if name not in ("MNIST_DATA", "MNIST_DB")}
    return inherited | data | {"MNIST_HOME": str(home), "PYTHONPATH": str(ROOT)}


def _wait_until_it_answers(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1) as answer:
                answer.read()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server did not answer within 60 s")


@pytest.fixture(scope="module")
def server(serve: Serve, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The dashboard, shared by the tests of a module; its log is printed if one of them fails."""
    failed_before = request.session.testsfailed
    with serve() as server:
        yield server
        if request.session.testsfailed > failed_before:
            print(server.log.read_text())


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A window of 1280 x 900 in light colours."""
    return new_page()


@pytest.fixture
def piece_by_piece(page: Page) -> None:
    """Let the window draw each page slowly; the test fails if a control is there twice meanwhile."""
    page.add_init_script(PIECE_BY_PIECE)


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open windows; at the end the test fails if any of them met an error or asked another host for something.

    Arguments are Playwright's, as in `new_page(color_scheme="dark", viewport={"width": 390, "height": 844})`.
    """
    complaints: list[str] = []
    contexts = []

    def complain_about_error(message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBES.search(message.location.get("url", "")):
            complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def complain_about_stranger(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
            complaints.append(f"asked another host: {request.url}")

    def open_page(**options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"} | options
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        context.on("request", complain_about_stranger)
        context.on("console", complain_about_error)
        context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)
