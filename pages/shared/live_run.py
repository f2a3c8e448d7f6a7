"""What of a run's page changes while the run is trained: numbers, curves, mistakes, answers for twelve digits."""

from __future__ import annotations

import html
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mnist_core.config import TrainConfig
from mnist_core.data import names, source
from mnist_core.errors import LabError
from mnist_core.runs import EpochRow, Run, Steps
from pages.shared import charts, notices, resources
from pages.shared.digit_strip import Labelled, strip_html
from pages.shared.news import News
from pages.shared.plot import prepared

UNDER_WAY = ("queued", "running", "stalled")
EVERY_S = 1.0
# Until the first point is there, more often, so that a person who has just pressed Start sees it at once; not for long, as
# a run may wait in the queue behind others, which this would slow down.
EVERY_S_AT_FIRST = 0.3
AT_FIRST_S = 5.0
STYLE = """
<style>
.lab-progress p { margin: 0 0 .4rem; font-size: .875rem; }
.lab-progress .bar { height: .5rem; border-radius: .5rem; overflow: hidden;
  background: var(--st-secondary-background-color); }
.lab-progress .bar div { height: 100%; background: var(--st-primary-color); }
.lab-age { margin: .5rem 0 0; font-size: .875rem; opacity: .7; }
.lab-numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem 1rem;
  margin: 1rem 0 0; }
.lab-numbers dt, .lab-numbers dd.about { margin: 0; font-size: .875rem; font-weight: 400; }
.lab-numbers dd.about { opacity: .7; }
.lab-numbers dd { margin: 0; font-size: 2.25rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
</style>
"""


def refresh_seconds(run: Run) -> float | None:
    """After how long a run's page has something new to show; None once it has ended."""
    if run.state not in UNDER_WAY:
        return None
    age = (datetime.now(UTC) - run.created_at).total_seconds()
    return EVERY_S_AT_FIRST if not run.step and age < AT_FIRST_S else EVERY_S


def news(run: Run, *, logarithmic: bool) -> News:
    """All that changes, of a run whose settings can be read."""
    store = resources.store()
    steps, epochs = store.steps(run.id), store.epochs(run.id)
    matrix = store.confusion(run.id, epochs[-1].epoch) if epochs else None
    parts = {"numbers": _numbers(run)}
    figures = {
        "loss": _loss(run, steps, epochs, logarithmic=logarithmic),
        "accuracy": _accuracy(run, epochs),
    }
    if matrix is not None:
        wrong = int(matrix.sum() - matrix.trace())
        parts["mistakes"] = (
            f"<b>Read as what</b>, validation pictures after epoch {epochs[-1].epoch}: {wrong:,} mistakes"
        )
        figures["confusion"] = _confusion(run, matrix, wrong)
    if run.preview:
        parts["preview"] = _preview(run)
    return News(_shape(run, parts), parts, figures)


def classes(config: TrainConfig) -> tuple[str, ...]:
    """The names of what a run tells apart."""
    # Of the published data set: a list of decisions or own digits added to it may be gone, and change no class.
    return source(names.parse(config.data).base).classes


def percent(share: float | None) -> str:
    """A share as a page says it, also while it is not known."""
    return "none yet" if share is None else notices.percent(share)


def _shape(run: Run, parts: dict[str, str]) -> str:
    """The header, what is there at all, and the list of events, which grows rarely: drawn by the page itself."""
    events = len(resources.store().events(run.id))
    return "\n".join(map(str, (refresh_seconds(run), run.state, run.reason, run.name, run.device, events, *parts)))


def _numbers(run: Run) -> str:
    words = html.escape(" · ".join(_progress_words(run)))
    share = round(100 * run.fraction, 1)
    age = notices.stale(run.beat_age) if run.is_alive else ""
    best = f"{run.best_epoch}: {percent(run.best_val_accuracy)}" if run.best_epoch else "none yet"
    numbers = [
        ("Validation accuracy", percent(run.val_accuracy), "after the latest epoch"),
        ("Best epoch", best, "its weights are the model"),
        ("Time", notices.age(run.seconds), "of training, without pauses"),
    ]
    listed = "".join(
        f'<div><dt>{title}</dt><dd>{value}</dd><dd class="about">{about}</dd></div>' for title, value, about in numbers
    )
    return (
        f'<div class="lab-progress"><p>{words}</p>'
        f'<div class="bar" role="progressbar" aria-label="Progress of the run" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share:g}"><div style="width: {share:g}%"></div></div></div>'
        + (f'<p class="lab-age">{age}</p>' if age else "")
        + (f'<dl class="lab-numbers">{listed}</dl>' if run.state != "queued" else "")
    )


def _progress_words(run: Run) -> list[str]:
    if run.state == "queued":
        queue = resources.store().queue()
        ahead = queue.index(run.id) if run.id in queue else 0
        return ["Next in the queue." if ahead == 0 else f"{ahead} runs come first."]
    config = run.config
    words = [
        f"Epoch {min(run.epoch, config.epochs)} of {config.epochs}",
        f"step {run.step:,} of {run.total_steps:,}",
    ]
    if run.is_alive and run.images_per_second:
        words.append(f"{run.images_per_second:,.0f} pictures a second")
    if run.is_alive and run.seconds_left is not None:
        return [*words, f"{notices.age(run.seconds_left)} left"]
    return [*words, f"{notices.age(run.seconds)} of training"]


def _loss(run: Run, steps: Steps, epochs: list[EpochRow], *, logarithmic: bool) -> dict[str, object]:
    figure = charts.loss_curves(steps, epochs, run.total_steps, logarithmic=logarithmic)
    now = f"; the smoothed loss is now {steps.smoothed_loss[-1]:.3f}" if len(steps) else ", no step yet"
    return {"figure": prepared(figure.update_layout(uirevision=run.id)).values, "alt": f"Loss by step{now}."}


def _accuracy(run: Run, epochs: list[EpochRow]) -> dict[str, object]:
    figure = charts.accuracy_curves(epochs, run.config.epochs)
    last = f"; validation is now {percent(epochs[-1].val_accuracy)}" if epochs else ""
    return {"figure": prepared(figure.update_layout(uirevision=run.id)).values, "alt": f"Accuracy by epoch{last}."}


def _confusion(run: Run, matrix: np.ndarray, wrong: int) -> dict[str, object]:
    figure = charts.confusion(matrix, classes(run.config))
    return {"figure": prepared(figure).values, "alt": f"Confusion matrix with {wrong} mistakes."}


def _preview(run: Run) -> str:
    try:
        pictures = resources.digits(run.config.data, run.config.validation_share).validation
    except LabError as error:
        return f"<p>{html.escape(f'{error.what} {error.fix}')}</p>"
    titles = classes(run.config)
    cells = []
    for i, guess in enumerate(run.preview):
        truth, read = titles[pictures.labels[i]], titles[guess.digit]
        wrong = truth != read
        caption = f"{read} · {guess.probability:.0%}" + (f"\nis {truth}" if wrong else "")
        cells.append(
            Labelled(pictures.images[i], caption, f"{truth} read as {read} with {guess.probability:.0%}", wrong)
        )
    return strip_html(cells)


def _news_of_run(request: Request) -> JSONResponse:
    """Not `async`: it is worked out beside the loop that serves all pages."""
    try:
        run = resources.store().run(request.path_params["run"])
        told = news(run, logarithmic=request.query_params.get("loss") == "log")
    except LabError as error:
        return JSONResponse({"error": error.what}, 404)
    return JSONResponse(asdict(told), headers={"Cache-Control": "no-store"})


def address(run: Run, *, logarithmic: bool) -> str:
    """Where the browser finds the news of a run."""
    return f"lab/run/{run.id}?loss={'log' if logarithmic else 'linear'}"


ROUTES = [Route("/lab/run/{run}", _news_of_run)]
