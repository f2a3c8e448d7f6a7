"""Where a run's weights begin: at random, or at the best ones of an earlier run (fine-tuning)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnist_core.config import TrainConfig
from mnist_core.data import best_available, is_present, names, source
from mnist_core.data.splits import counts
from mnist_core.errors import BadConfig, BadInput, Busy, NotFound
from mnist_core.runs.run import Run
from mnist_core.runs.shipped import DEFAULT, run_named, weights_hash
from mnist_core.runs.store import Store

if TYPE_CHECKING:
    from mnist_core.training.engine import Training

# Weights that already read well are only to be adjusted: large steps would first undo what they know.
SLOWER = 3
# Of the pictures learned from, the share that shall be a person's own, however few there are.
OWN_SHARE = 0.1
MOST_REPEATS = 1000
# Enough to learn thirty drawings by without forgetting the others; less than a minute for the shipped network on one core.
PICTURES_SEEN = 30_000
OTHERWISE = "Choose another run to start from, or none."


def check_start(store: Store, config: TrainConfig) -> None:
    """Make sure that the run a config starts from has weights that fit it; nothing to do if it starts at random.

    Raises:
        BadConfig: there is no such run, it lies in the bin, has no checkpoint, or its network or number of classes differs.
        Busy: it is being trained now.
        BadFile: its settings cannot be read.
    """
    if config.start_from:
        _origin(store, config)


def take_start(store: Store, config: TrainConfig, training: Training) -> str:
    """Give a training that has not begun the weights its config starts from, and say in a sentence which they are.

    Raises:
        BadConfig, Busy: as `check_start`.
        BadFile: the checkpoint is gone or damaged.
    """
    from mnist_core.runs.model import predictor_of

    origin = _origin(store, config)
    training.network.load_state_dict(predictor_of(store, origin.id).network.state_dict())
    whose = "the model that comes with the lab" if origin.id == DEFAULT else f"run {origin.id}"
    told = (
        f"Starting with the weights of {whose} after epoch {origin.best_epoch} "
        f"(SHA-256 {weights_hash(store, origin.id)[:12]})."
    )
    if not all(_kept_aside_alike(earlier, config) for earlier in lineage(store, config)):
        told += " It was trained with other splits: it may have learned from digits that this run is judged on."
    return told


def lineage(store: Store, config: TrainConfig) -> list[TrainConfig | None]:
    """Settings of the runs that a config's weights come from, the nearest first; None where nobody can know any more."""
    found: list[TrainConfig | None] = []
    while config.start_from:
        try:
            config = run_named(store, config.start_from).config
        except BadInput:
            return [*found, None]
        found.append(config)
    return found


def fine_tuning(run: Run) -> TrainConfig:
    """Settings that teach a run's model a person's own digits: its own data with those added, so that nothing is forgotten.

    Where the run's data are not here, MNIST or the bundled sample of it stands in for them.

    Raises:
        BadFile: the run's settings cannot be read.
        NotFound: its classes are not digits.
    """
    config = run.config
    data = names.with_own(config.data)
    if not is_present(config.data):
        data = names.with_own(best_available().name)
    chosen = source(data)
    learned = min(PICTURES_SEEN, counts(chosen, validation_share=config.validation_share).train)
    return config.changed(
        {
            "start_from": run.id,
            "data": data,
            "learning_rate": config.learning_rate / SLOWER,
            "train_size": learned if learned == PICTURES_SEEN else None,
            "own_repeat": min(max(1, round(OWN_SHARE * learned / max(1, chosen.own))), MOST_REPEATS),
            "epochs": max(1, round(PICTURES_SEEN / learned)),
            "schedule": "cosine",
            # The most accurate epoch would be chosen by others' digits, which most of those kept aside are.
            "best_epoch": "last",
            "early_stopping": 0,
        }
    )


def _origin(store: Store, config: TrainConfig) -> Run:
    """The run that a config starts from, if its weights fit."""
    try:
        run = run_named(store, config.start_from)
    except NotFound as error:
        raise BadConfig(f"start_from is {config.start_from!r}: {error.what}", OTHERWISE) from error
    earlier = run.config
    if run.deleted_at is not None:
        raise BadConfig(f"start_from is {run.id!r}, which is in the bin.", "Restore that run first, or choose another.")
    if run.is_alive:
        raise Busy(f"start_from is {run.id!r}, which is being trained now.", "Wait until it has ended, or stop it.")
    if run.id != DEFAULT and not store.checkpoints(run.id):
        raise BadConfig(f"start_from is {run.id!r}, which has no checkpoint yet.", OTHERWISE)
    if earlier.network != config.network:
        theirs, ours = earlier.network.model_dump(), config.network.model_dump()
        differing = (
            ["kind"] if theirs["kind"] != ours["kind"] else [name for name in ours if ours[name] != theirs[name]]
        )
        raise BadConfig(
            f"start_from is {run.id!r}, whose network has {_described(theirs, differing)}; this one has "
            f"{_described(ours, differing)}.",
            "The networks must be alike: choose the same settings, or another run to start from.",
        )
    classes = [len(source(data).classes) for data in (earlier.data, config.data)]
    if classes[0] != classes[1]:
        raise BadConfig(
            f"start_from is {run.id!r}, which knows {classes[0]} classes; {config.data} has {classes[1]}.", OTHERWISE
        )
    return run


def _kept_aside_alike(earlier: TrainConfig | None, config: TrainConfig) -> bool:
    """Whether the digits that a run is judged on were kept aside in the earlier one too."""
    if earlier is None:
        return False
    bases = {names.parse(each.data).base for each in (earlier, config)}
    # Which of the own digits are kept aside changes with their number.
    return len(bases) == 1 and names.OWN not in bases and earlier.validation_share == config.validation_share


def _described(network: dict[str, Any], settings: list[str]) -> str:
    return ", ".join(f"{name} {network[name]}" for name in settings)
