"""`data map`: a flat map of a data set's digits, kept in a file that the page Map reads too."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from mnist_core.cli import output
from mnist_core.data import best_available, load


class MethodName(StrEnum):
    """The ways to draw a map."""

    PCA = "pca"
    TSNE = "tsne"


def map_digits(
    data: Annotated[
        str | None,
        typer.Option(help="A data set's name, as `data list` shows it. MNIST if it is here, else the sample."),
    ] = None,
    method: Annotated[
        MethodName,
        typer.Option(help="pca takes a second; tsne takes a minute or two and keeps digits that are alike together."),
    ] = MethodName.PCA,
    model: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Map what the last hidden layer of this run's model says, not the pixels."),
    ] = None,
    json: output.Json = False,
) -> None:
    """Lay out up to 10,000 training and validation digits on a flat map, where those that are alike lie together.

    The file is a NumPy .npz with the place of each digit. A map that was drawn before is taken from its file.
    """
    from mnist_core.data.catalogue import Catalogue
    from mnist_core.runs import maps, open_store

    began = time.perf_counter()
    catalogue, store = Catalogue(load(data or best_available().name)), open_store()
    with output.progress("map", json=json) as tell:
        drawn = maps.draw(store, catalogue, method.value, model, tell)
    name = maps.name_of(store, catalogue, method.value, model)
    seconds = time.perf_counter() - began
    if json:
        output.as_json(
            {
                "data": catalogue.digits.source.name,
                "method": method.value,
                "features": name.features,
                "n": name.count,
                "neighbours_of_the_same_class": drawn.agreement,
                "seconds": round(seconds, 3),
                "file": str(name.file),
            }
        )
        return
    output.result.print(f"{name.count:,} digits of {catalogue.digits.source.title}, in {seconds:.1f} s: {name.file}")
    if drawn.agreement is not None:
        output.result.print(f"{output.percent(drawn.agreement)} of the ten nearest neighbours are of the same class.")
