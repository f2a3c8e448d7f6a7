"""`data`: which data sets there are, getting one, and checking its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from mnist_core.cli import labels, output, own
from mnist_core.data import SOURCES, best_available, check, download, import_folder, is_present, load, source
from mnist_core.data import Progress as DownloadProgress
from mnist_core.data.statistics import class_counts, duplicates, mean_and_std, pixel_histogram

app = typer.Typer(no_args_is_help=True, help="The data sets: list them, get one, check its files, count what is in it.")
app.command("doubts")(labels.doubts)
app.add_typer(labels.app, name="labels")
app.add_typer(own.app, name="own")
Name = Annotated[str, typer.Argument(help="A data set's name, as `data list` shows it.")]


@app.command("list")
def list_sources(json: output.Json = False) -> None:
    """Show every data set the lab knows, and whether it is on this machine."""
    if json:
        output.as_json(
            {
                "sources": [
                    {
                        "name": each.name,
                        "title": each.title,
                        "present": is_present(each.name),
                        "train": each.train_count,
                        "validation": each.validation_count,
                        "test": each.test_count,
                        "licence": each.licence,
                    }
                    for each in SOURCES.values()
                ]
            }
        )
        return
    rows: list[list[object]] = [
        [
            each.name,
            each.title,
            f"{each.train_count:,}",
            f"{each.validation_count:,}",
            f"{each.test_count:,}",
            "yes" if is_present(each.name) else "no",
            each.licence,
        ]
        for each in SOURCES.values()
    ]
    output.table(["name", "title", "train", "validation", "test", "here", "licence"], rows)


@app.command()
def get(
    name: Name,
    folder: Annotated[
        Path | None, typer.Option(help="Take the IDX files from this folder instead of downloading them.")
    ] = None,
    json: output.Json = False,
) -> None:
    """Download a data set, or take it over from a folder you already have; every file is verified first."""
    if folder is not None:
        import_folder(name, folder)
    else:
        _download_with_a_bar(name)
    if json:
        output.as_json({"name": name, "present": is_present(name)})
    else:
        output.result.print(f"{source(name).title} is here.")


@app.command("check")
def check_source(name: Name, json: output.Json = False) -> None:
    """Verify a data set's files: are they there, unchanged, and complete?"""
    findings = check(name)
    whole = not any(finding.problem for finding in findings)
    if json:
        output.as_json({"name": name, "ok": whole, "files": [vars(finding) for finding in findings]})
    else:
        output.table(
            ["file", "items", "finding"], [[f.file, f"{f.count:,}", f.problem or "as published"] for f in findings]
        )
    if not whole:
        raise typer.Exit(2)


@app.command()
def stats(
    data: Annotated[
        str | None,
        typer.Option(help="A data set's name, as `data list` shows it. MNIST if it is here, else the sample."),
    ] = None,
    json: output.Json = False,
) -> None:
    """Count a data set: digits of each class, mean and standard deviation of its pixels, pictures that occur twice.

    Mean and standard deviation are of the training file (training and validation), as fractions in [0, 1].
    """
    digits = load(data or best_available().name)
    chosen, counted, found = digits.source, class_counts(digits), duplicates(digits)
    mean, std = mean_and_std(pixel_histogram(digits.train.images, digits.validation.images))
    twins = {
        "within_training_file": found.within_training_file,
        "train_validation": found.train_validation,
        "train_test": found.train_test,
        "validation_test": found.validation_test,
    }
    if json:
        output.as_json(
            {
                "data": chosen.name,
                "n": int(counted.sum()),
                "counts": {
                    split: dict(zip(chosen.classes, row, strict=True))
                    for split, row in zip(("train", "validation", "test"), counted.tolist(), strict=True)
                },
                "mean": mean,
                "std": std,
                "published_mean": chosen.mean,
                "published_std": chosen.std,
                "duplicates": twins,
            }
        )
        return
    by_class = zip(chosen.classes, *counted.tolist(), strict=True)
    rows: list[list[object]] = [[name, *(f"{n:,}" for n in each)] for name, *each in by_class]
    rows.append(["all", *(f"{n:,}" for n in counted.sum(1).tolist())])
    output.table(["class", "train", "validation", "test"], rows)
    output.table(
        ["", "computed", "published"], [["mean", f"{mean:.6f}", chosen.mean], ["std", f"{std:.6f}", chosen.std]]
    )
    output.table(["identical pictures", "digits"], [[name.replace("_", " "), n] for name, n in twins.items()])


def _download_with_a_bar(name: str) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.remark) as bar:
        task = bar.add_task(source(name).title, total=None)

        def show(progress: DownloadProgress) -> None:
            bar.update(task, description=progress.file, completed=progress.done_bytes, total=progress.total_bytes)

        download(name, on_progress=show)
