"""Reading IDX, the file format of MNIST: a magic number, the sizes, then the items, all big-endian.

Every file is untrusted: nothing is unpacked beyond the size that its header has a right to, and whatever is wrong
becomes a `BadFile` with a sentence.

Source of the format: LeCun, Cortes & Burges, "The MNIST database", section on file formats.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from math import prod

import numpy as np

from mnist_core.errors import BadFile

GZIP_MAGIC = b"\x1f\x8b"

# Four times the largest set of this family (EMNIST by class); what claims more is damaged or hostile.
MOST_ITEMS = 4_000_000


@dataclass(frozen=True)
class _Kind:
    """A sort of IDX file: what its items are, and how the header says so."""

    holds: str
    magic: int
    item_shape: tuple[int, ...]
    item_type: str

    @property
    def header_size(self) -> int:
        return 4 * (2 + len(self.item_shape))

    def size(self, count: int) -> int:
        return self.header_size + count * prod(self.item_shape) * np.dtype(self.item_type).itemsize


PICTURES = _Kind("pictures", 0x803, (28, 28), ">u1")
LABELS = _Kind("labels", 0x801, (), ">u1")
# QMNIST's own: class, NIST series, writer and five more numbers for each picture.
LABEL_TABLE = _Kind("labels", 0xC02, (8,), ">i4")


def read_images(data: bytes, name: str, *, count: int | None = None) -> np.ndarray:
    """The pictures in an IDX file, packed with gzip or not.

    Args:
        data: the whole file.
        name: what to call it in error messages.
        count: how many pictures it must hold; None for any number from 1.

    Returns:
        (n, 28, 28) uint8 array; 0 is paper, 255 is full ink.

    Raises:
        BadFile: damaged, cut, too long, of another kind, or not of this many 28x28 pictures.
    """
    return _items(data, name, PICTURES, count)


def read_labels(data: bytes, name: str, *, count: int | None = None) -> np.ndarray:
    """The labels in an IDX file, packed with gzip or not: MNIST's bytes, or the first column of QMNIST's table.

    Args:
        data: the whole file.
        name: what to call it in error messages.
        count: how many labels it must hold; None for any number from 1.

    Returns:
        (n,) int64 array with values 0 to 9.

    Raises:
        BadFile: damaged, cut, too long, of another kind, not of this many labels, or a label is outside 0 to 9.
    """
    is_table = _magic(_start(data, name, 4)) == LABEL_TABLE.magic
    items = _items(data, name, LABEL_TABLE if is_table else LABELS, count)
    labels = (items[:, 0] if is_table else items).astype(np.int64)
    wrong = labels[(labels < 0) | (labels > 9)]
    if wrong.size:
        raise BadFile(f"{name} has {wrong.size:,} labels outside 0 to 9; the first of them is {wrong[0]}.")
    return labels


def _items(data: bytes, name: str, kind: _Kind, count: int | None) -> np.ndarray:
    header = _start(data, name, kind.header_size)
    size = kind.size(_claimed_count(header, name, kind, count))
    unpacked = _unpacked(data, name, most=size + 1)
    if len(unpacked) != size:
        found = "more" if len(unpacked) > size else f"{len(unpacked):,}"
        raise BadFile(
            f"{name} should have {size:,} bytes by its own header, but it has {found}.", "Get the file again."
        )
    items = np.frombuffer(unpacked, kind.item_type, offset=kind.header_size)
    return items.reshape(-1, *kind.item_shape).copy()  # writable: torch warns of arrays that are not


def _claimed_count(header: bytes, name: str, kind: _Kind, count: int | None) -> int:
    """How many items the header announces, once everything it says has been found possible."""
    if len(header) < kind.header_size:
        raise BadFile(f"{name} ends inside its header, after {len(header)} bytes.", "Get the file again.")
    _check_magic(header, name, kind)
    claimed, *shape = (int.from_bytes(header[at : at + 4], "big") for at in range(4, kind.header_size, 4))
    if tuple(shape) != kind.item_shape:
        found, wanted = ("x".join(map(str, sizes)) for sizes in (shape, kind.item_shape))
        raise BadFile(f"{name} has {kind.holds} of {found} numbers each; only {wanted} can be used.")
    if count is not None and claimed != count:
        raise BadFile(f"{name} announces {claimed:,} {kind.holds}; there must be {count:,}.")
    if not 1 <= claimed <= MOST_ITEMS:
        raise BadFile(f"{name} announces {claimed:,} {kind.holds}; between 1 and {MOST_ITEMS:,} can be used.")
    return claimed


def _check_magic(header: bytes, name: str, kind: _Kind) -> None:
    found = _magic(header)
    if found == kind.magic:
        return
    if int.from_bytes(header[:4], "little") == kind.magic:
        guess = "Its bytes are swapped (little-endian); IDX files are big-endian."
    elif header.lstrip()[:1] == b"<":
        guess = "It looks like a web page; get the file again."
    elif other := next((each for each in (PICTURES, LABELS) if each.magic == found), None):
        guess = f"It holds {other.holds}, not {kind.holds}."
    else:
        guess = "It is damaged or not an IDX file."
    raise BadFile(f"{name} begins with 0x{found:x} instead of 0x{kind.magic:x}, the mark of {kind.holds}.", guess)


def _magic(header: bytes) -> int:
    return int.from_bytes(header[:4], "big")


def _start(data: bytes, name: str, size: int) -> bytes:
    """The first `size` bytes after unpacking, or fewer if there are no more."""
    if not data.startswith(GZIP_MAGIC):
        return data[:size]
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:4096], size)
    except zlib.error as error:
        raise BadFile(f"{name} is damaged and cannot be unpacked.", "Get the file again.") from error


def _unpacked(data: bytes, name: str, *, most: int) -> bytes:
    """All bytes of the file, unpacked where it is packed; stops at `most`, however much more there would be."""
    if not data.startswith(GZIP_MAGIC):
        return data
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(data, most)
    except zlib.error as error:
        why = "its checksum does not match" if "check" in str(error) else "it cannot be unpacked"
        raise BadFile(f"{name} is damaged: {why}.", "Get the file again.") from error
    if not stream.eof and len(unpacked) < most:
        raise BadFile(f"{name} is incomplete: it ends before its packed data does.", "Get the file again.")
    if stream.unused_data:
        raise BadFile(f"{name} has {len(stream.unused_data):,} bytes after its end.", "Get the file again.")
    return unpacked
