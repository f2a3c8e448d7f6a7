"""Fetching a data set from its mirrors: every file verified, all of them put in place or none."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from mnist_core import places
from mnist_core.data import raw
from mnist_core.data.idx import GZIP_MAGIC
from mnist_core.data.sources import RemoteFile, Source, source
from mnist_core.data.staging import disk_problems, staged
from mnist_core.errors import DownloadFailed

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
CHUNK = 128 * 1024
MOST_REDIRECTS = 5

# `identity`: the files are packed already, and the checksum is of the packed file.
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "digit-lab"}


@dataclass(frozen=True)
class Progress:
    """How far a download is: the file that is coming, and bytes done and in total over all files of the data set."""

    file: str
    done_bytes: int
    total_bytes: int

    @property
    def fraction(self) -> float:
        """Share that is done, in [0, 1]; goes back when a mirror failed half-way and the next one is tried."""
        return min(1.0, self.done_bytes / self.total_bytes)


def download(
    name: str,
    *,
    root: Path | None = None,
    mirrors: Sequence[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> None:
    """Fetch a data set; files that are there and have the right checksum are kept.

    Args:
        name: of the source.
        root: the data folder; None for `places.data_folder()`.
        mirrors: addresses of folders to fetch from, in order, instead of the source's own. None for the environment
            variable MNIST_MIRROR if it is set, else the source's own. MNIST_MIRROR is a teacher's mirror in the class
            room, for twenty laptops and one local server: the address of somebody's data folder, as served by
            `python -m http.server` there. Nothing else is asked then.
        on_progress: called about every 128 kB. An exception from it stops the download and comes out of this function.

    Raises:
        NotFound: there is no such source.
        DownloadFailed: no mirror gave us one of the files; the sentence says what each of them did instead.
        DiskProblem: the disk is full, read-only or gone.
        In every case what was there before is untouched, and nothing is left behind.
    """
    chosen = source(name)
    folder = (root or places.data_folder()) / chosen.folder
    wanted = [file for file in chosen.files if not _is_there(chosen, file, folder)]
    if not wanted:
        return
    total = sum(file.size for file in wanted)
    done = 0
    with staged(folder) as stage, requests.Session() as session:
        for file in wanted:
            _fetch(session, _addresses(chosen, file, mirrors), file, stage, _reporter(on_progress, file, done, total))
            _take_members(file, stage)
            done += file.size


def _addresses(chosen: Source, file: RemoteFile, mirrors: Sequence[str] | None) -> Sequence[str]:
    """Where to ask for a file, in order."""
    if mirrors is not None:
        return [f"{mirror.rstrip('/')}/{file.name}" for mirror in mirrors]
    class_room = os.environ.get("MNIST_MIRROR")
    # A data folder has a place for each data set, because MNIST and its imitations give their files the same names.
    return [f"{class_room.rstrip('/')}/{chosen.folder}/{file.name}"] if class_room else file.urls


def _reporter(
    on_progress: Callable[[Progress], None] | None, file: RemoteFile, done: int, total: int
) -> Callable[[int], None]:
    """What to call with the bytes received of one file, when `done` bytes of others are there already."""
    if on_progress is None:
        return lambda received: None
    return lambda received: on_progress(Progress(file.name, done + received, total))


def _is_there(chosen: Source, file: RemoteFile, folder: Path) -> bool:
    names = file.members or (file.name,)
    for part in (part for part in chosen.parts if part.name in names):
        path = folder / part.name
        if not path.is_file() or not raw.looks_complete(path, part):
            return False
        if part.md5 is not None and raw.md5(raw.content(path, part)) != part.md5:
            return False
    return True


def _fetch(
    session: requests.Session, urls: Sequence[str], file: RemoteFile, stage: Path, report: Callable[[int], None]
) -> None:
    failures = []
    for url in urls:
        try:
            _fetch_from(session, url, file, stage, report)
        except _MirrorError as failure:
            failures.append(f"{urlsplit(url).netloc or url} {failure}")
        else:
            return
    raise DownloadFailed(
        f"{file.name} could not be downloaded: {'; '.join(failures)}.",
        "What was there before is untouched. Try again later, or get the files elsewhere and import their folder.",
    )


class _MirrorError(Exception):
    """What one mirror did instead of sending the file, as the rest of a sentence that begins with its name."""


def _fetch_from(
    session: requests.Session, url: str, file: RemoteFile, stage: Path, report: Callable[[int], None]
) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    received = 0
    path = stage / file.name
    path.unlink(missing_ok=True)  # what the mirror before this one sent
    try:
        with _answer(session, url) as response:
            for chunk in response.iter_content(CHUNK):
                if received == 0:
                    _check_start(chunk, file)
                digest.update(chunk)
                received += len(chunk)
                if received > 2 * file.size:
                    raise _MirrorError(f"sent far more than the {file.size:,} bytes of the file")
                with disk_problems(stage.parent), path.open("ab") as out:
                    out.write(chunk)
                report(received)
    except requests.RequestException as error:
        raise _MirrorError(_reason(error)) from error
    if digest.hexdigest() != file.md5:
        raise _MirrorError(
            f"sent {received:,} bytes with the checksum (MD5) {digest.hexdigest()} instead of {file.size:,} bytes with "
            f"{file.md5}"
        )


def _answer(session: requests.Session, url: str) -> requests.Response:
    """The opened answer to a request, after following redirects to https and to nothing else."""
    for _ in range(MOST_REDIRECTS):
        response = session.get(
            url, stream=True, allow_redirects=False, headers=HEADERS, timeout=(CONNECT_SECONDS, READ_SECONDS)
        )
        if response.status_code == requests.codes.ok:
            return response
        response.close()
        if not response.is_redirect:
            raise _MirrorError(f"answered {response.status_code} {response.reason}")
        url = urljoin(url, response.headers["location"])
        if urlsplit(url).scheme != "https":
            raise _MirrorError(f"wanted to redirect us to {url}, which is not https")
    raise _MirrorError(f"redirected us more than {MOST_REDIRECTS} times")


def _check_start(chunk: bytes, file: RemoteFile) -> None:
    if chunk.startswith(b"PK" if file.members else GZIP_MAGIC):
        return
    raise _MirrorError(
        "sent a web page (HTML) instead of the file"
        if chunk.lstrip().startswith(b"<")
        else "sent something that is not the packed file"
    )


def _reason(error: requests.RequestException) -> str:
    silent = f"sent nothing for {READ_SECONDS:g} s"
    reasons: list[tuple[type[requests.RequestException], str]] = [
        (requests.ConnectTimeout, f"did not answer within {CONNECT_SECONDS:g} s"),
        (requests.ReadTimeout, silent),
        (requests.exceptions.SSLError, "has a certificate that cannot be trusted"),
        (requests.exceptions.ChunkedEncodingError, "ended the transfer before the end of the file"),
        # While a file is coming, requests wraps urllib3's timeout in a plain ConnectionError.
        (requests.ConnectionError, silent if "Read timed out" in str(error) else "could not be reached"),
        (requests.RequestException, f"failed ({error})"),
    ]
    return next(words for kind, words in reasons if isinstance(error, kind))


def _take_members(file: RemoteFile, stage: Path) -> None:
    """Replace a fetched archive by the data files in it; its checksum has been verified, so it is what it should be."""
    if not file.members:
        return
    archive = stage / file.name
    with disk_problems(stage.parent):
        with zipfile.ZipFile(archive) as opened:
            for entry in opened.infolist():
                if Path(entry.filename).name in file.members:
                    entry.filename = Path(entry.filename).name
                    opened.extract(entry, stage)
        archive.unlink()
