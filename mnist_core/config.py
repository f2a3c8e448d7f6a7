"""TrainConfig: every setting of a training run in one validated, printable, comparable value.

The form, the library, the command line and the worker all build a run's settings here, so a bad value is refused by the
same check and in the same words everywhere. What needs more than the settings themselves (the data set's size, this
machine's memory) is checked by `mnist_core.training.plan`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from mnist_core.errors import BadConfig

Activation = Literal["relu", "gelu", "tanh", "sigmoid"]
InputScale = Literal["unit", "standard"]
OptimizerName = Literal["sgd", "adam", "adamw"]
ScheduleName = Literal["constant", "step", "cosine", "one-cycle"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "float32", "bfloat16"]
BestEpoch = Literal["most accurate", "last"]


def _not_a_bool(value: object) -> object:
    # Python counts True as 1; as a batch size or a learning rate it can only be a mistake.
    if isinstance(value, bool):
        raise ValueError("true or false where a number belongs")
    return value


def _numbers_from_text(value: object) -> object:
    # "128,64" is how the form and `--set network.hidden=128,64` write a list of widths; "" is the empty list.
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _none_from_text(value: object) -> object:
    # `--set train_size=all` takes a limit away again.
    return None if isinstance(value, str) and value.strip().lower() in ("", "all", "none", "default") else value


def _whole_from_text(value: object) -> object:
    # A Literal of numbers does not read text by itself, as every other number here does.
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


Whole = Annotated[int, BeforeValidator(_not_a_bool)]
Number = Annotated[float, BeforeValidator(_not_a_bool)]
Width = Annotated[Whole, Field(ge=1, le=8192)]
Channels = Annotated[Whole, Field(ge=1, le=1024)]


class _Settings(BaseModel):
    """What all parts share: frozen, no unknown keys, no infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)


class _Layers(_Settings):
    """What every kind of network has."""

    activation: Activation = Field(
        default="relu",
        title="Activation",
        description="The bend after each layer; without one, all layers together would be a single straight line. "
        "ReLU is the usual first choice.",
    )
    dropout: Number = Field(
        default=0.0,
        ge=0.0,
        le=0.9,
        title="Dropout",
        description="Share of neurons switched off at random in each training step. Higher fights memorising, too high "
        "and the network cannot learn.",
    )
    batch_norm: bool = Field(
        default=False,
        title="Batch normalisation",
        description="Rescales each layer's output by the batch's own mean and spread. Usually lets a larger learning "
        "rate work; needs at least two images a batch.",
    )


class MLP(_Layers):
    """A multi-layer perceptron: the 784 pixels, hidden layers of neurons, ten scores."""

    kind: Literal["mlp"] = "mlp"
    hidden: Annotated[tuple[Width, ...], BeforeValidator(_numbers_from_text)] = Field(
        default=(128, 64),
        max_length=8,
        title="Hidden layers",
        description="Neurons in each hidden layer, from input to output. Wider or more layers can learn finer "
        "distinctions, but cost time and memorise sooner.",
    )


class CNN(_Layers):
    """A convolutional network: blocks of filters that slide over the picture, pooling after each block, then neurons."""

    kind: Literal["cnn"] = "cnn"
    channels: Annotated[tuple[Channels, ...], BeforeValidator(_numbers_from_text)] = Field(
        default=(32, 64),
        min_length=1,
        max_length=4,
        title="Channels",
        description="Filters in each block, from input to output; every block is followed by 2x2 pooling. "
        "More filters see more kinds of strokes and cost time in proportion.",
    )
    depth: Annotated[Literal[1, 2, 3], BeforeValidator(_whole_from_text)] = Field(
        default=1,
        title="Convolutions in a block",
        description="How many convolutions, with as many filters each, come before each pooling. More can put strokes "
        "together into finer shapes; each costs about as much time as all of the block did before.",
    )
    kernel: Annotated[Literal[1, 3, 5, 7], BeforeValidator(_whole_from_text)] = Field(
        default=3,
        title="Kernel",
        description="Width and height of a filter in pixels. Larger filters see more of the picture at once and cost "
        "time with their area.",
    )
    padding: Literal["valid", "same"] = Field(
        default="valid",
        title="Padding",
        description="'valid' lets the picture shrink at each convolution; 'same' adds a margin of paper so that it "
        "does not. Deep networks on 28x28 pictures need 'same'.",
    )
    head: Literal["flatten", "global max"] = Field(
        default="flatten",
        title="After the last block",
        description="'flatten' hands every place of the last pictures to the neurons. 'global max' hands on the strongest "
        "answer of each filter, wherever it was, in place of the last pooling: far fewer numbers to learn, and a digit "
        "may stand anywhere.",
    )
    hidden: Annotated[tuple[Width, ...], BeforeValidator(_numbers_from_text)] = Field(
        default=(64,),
        max_length=8,
        title="Hidden layers",
        description="Neurons in each layer between the filters and the ten scores. More can combine more features and "
        "memorise sooner.",
    )

    @model_validator(mode="after")
    def _the_picture_lasts(self) -> Self:
        side = 28
        lost = 0 if self.padding == "same" else self.depth * (self.kernel - 1)
        for i, _ in enumerate(self.channels, start=1):
            side -= lost
            if i < len(self.channels) or self.head == "flatten":
                side //= 2
            if side < 1:
                raise ValueError(
                    f"kernel {self.kernel} with padding 'valid' leaves no picture after block {i} of "
                    f"{len(self.channels)}; use fewer convolutions, a smaller kernel or padding 'same'"
                )
        return self


Network = Annotated[MLP | CNN, Field(discriminator="kind")]


class Augmentation(_Settings):
    """Random changes to each training picture, so that the network sees every digit in many positions."""

    shift: Number = Field(
        default=0.0,
        ge=0.0,
        le=8.0,
        title="Shift (pixels)",
        description="Moves each digit by up to this many pixels in each direction. Higher helps with digits that are "
        "off centre; too high cuts them off.",
    )
    rotation: Number = Field(
        default=0.0,
        ge=0.0,
        le=45.0,
        title="Rotation (degrees)",
        description="Turns each digit by up to this angle either way. Higher helps with slanted writing; beyond 30 a 1 "
        "starts to look like a 7.",
    )
    scale: Number = Field(
        default=0.0,
        ge=0.0,
        le=0.5,
        title="Scale (share)",
        description="Enlarges or shrinks each digit by up to this share: 0.1 is 10 %. Higher helps with large and "
        "small writing.",
    )
    elastic: Number = Field(
        default=0.0,
        ge=0.0,
        le=6.0,
        title="Elastic (pixels)",
        description="Bends the strokes smoothly by about this many pixels, like another hand writing the same digit. "
        "Higher is more variety; above 3 digits become hard to read.",
    )
    stroke: Number = Field(
        default=0.0,
        ge=0.0,
        le=3.0,
        title="Stroke width (pixels)",
        description="Makes the strokes thicker or thinner by up to this many pixels, like other pens. Higher helps with "
        "drawings and photos, whose pens differ from MNIST's; above 2 thick loops begin to close.",
    )

    def is_on(self) -> bool:
        """Whether any of the changes has a strength above zero."""
        return any(strength > 0 for strength in (self.shift, self.rotation, self.scale, self.elastic, self.stroke))


class TrainConfig(_Settings):
    """Everything that decides what a training run does; two equal configs on one machine give equal weights."""

    recipe: str = Field(default="own", max_length=80, title="Recipe", description="Name of the recipe started from.")
    data: str = Field(
        default="mnist",
        max_length=80,
        title="Data",
        description="Which pictures to learn from; `python -m mnist_core data list` names them.",
    )
    network: Network = Field(default=MLP(), title="Network")
    start_from: str = Field(
        default="",
        max_length=80,
        title="Start from",
        description="Id of an earlier run, or 'default' for the model that comes with the lab, whose best weights this one "
        "goes on from, for fine-tuning: it learns sooner and "
        "needs fewer digits and a lower learning rate. Empty starts with random weights. The networks must be alike.",
    )
    input: InputScale = Field(
        default="standard",
        title="Input",
        description="How pixels reach the network: 'unit' divides by 255, 'standard' also subtracts the data set's "
        "mean and divides by its spread, which usually trains a little faster.",
    )
    optimizer: OptimizerName = Field(
        default="adam",
        title="Optimiser",
        description="The rule that turns gradients into steps. Adam adapts the step per weight and forgives a poor "
        "learning rate; SGD with momentum needs tuning and can end a little better.",
    )
    learning_rate: Number = Field(
        default=1e-3,
        gt=0.0,
        le=1e6,
        title="Learning rate",
        description="Size of each step. Higher learns faster until the loss jumps about or explodes; lower is steadier "
        "and slower.",
    )
    momentum: Number = Field(
        default=0.9,
        ge=0.0,
        lt=1.0,
        title="Momentum",
        description="SGD only: share of the last step carried into the next. Higher rolls through small bumps, too "
        "high overshoots.",
    )
    nesterov: bool = Field(
        default=False,
        title="Nesterov",
        description="SGD only: measures the slope where momentum is about to land. Often a little steadier.",
    )
    weight_decay: Number = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="Weight decay",
        description="Pulls all weights towards zero in every step. Higher gives a simpler network that memorises "
        "less; too high and it learns little.",
    )
    schedule: ScheduleName = Field(
        default="constant",
        title="Schedule",
        description="How the learning rate changes during the run: constant, down in steps, down along a cosine, or "
        "one cycle up and down. Ending low usually wins a few tenths of a percent.",
    )
    schedule_epochs: Whole = Field(
        default=2,
        ge=1,
        le=1000,
        title="Epochs between steps",
        description="Step schedule only: the learning rate drops each time this many epochs have passed. Higher keeps "
        "it up longer.",
    )
    schedule_factor: Number = Field(
        default=0.5,
        gt=0.0,
        lt=1.0,
        title="Factor at each step",
        description="Step schedule only: what the learning rate is multiplied by. Higher is a gentler drop.",
    )
    batch_size: Whole = Field(
        default=64,
        ge=1,
        le=65536,
        title="Batch size",
        description="Pictures averaged in each step. Larger is faster per picture and smoother, but takes fewer steps, "
        "so the learning rate usually has to rise with it.",
    )
    epochs: Whole = Field(
        default=5,
        ge=1,
        le=1000,
        title="Epochs",
        description="How often the network sees the whole training set. More takes longer in proportion; at some point "
        "it only memorises.",
    )
    label_smoothing: Number = Field(
        default=0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        description="Share of certainty taken from the right answer and spread over all ten. Higher makes the network "
        "less sure of itself.",
    )
    augmentation: Augmentation = Field(default=Augmentation(), title="Augmentation")
    train_size: Annotated[Whole | None, BeforeValidator(_none_from_text)] = Field(
        default=None,
        ge=10,
        le=10_000_000,
        title="Training pictures",
        description="How many training pictures to use, the same share of each class; empty is all. More is more "
        "accurate and slower.",
    )
    own_repeat: Whole = Field(
        default=1,
        ge=1,
        le=1000,
        title="Repeats of own digits",
        description="How often each of your own digits is learned from in an epoch, where they are added to a data set. "
        "Higher learns your hand sooner and forgets others'; a few among thousands need about 20.",
    )
    validation_share: Annotated[Number | None, BeforeValidator(_none_from_text)] = Field(
        default=None,
        ge=0.01,
        le=0.5,
        title="Validation share",
        description="Share of the training pictures kept aside to judge the run. Higher judges more exactly and leaves "
        "less to learn from; with a low one, luck decides which epoch is the most accurate, so that the last is the better "
        "choice ('Best epoch'). Empty is the data set's usual share.",
    )
    seed: Whole = Field(
        default=0,
        ge=0,
        le=2**32 - 1,
        title="Seed",
        description="Start of all randomness. The same seed gives the same run again; another seed shows how much of a "
        "result is luck.",
    )
    early_stopping: Whole = Field(
        default=0,
        ge=0,
        le=1000,
        title="Early stopping (epochs)",
        description="Stops after this many epochs without a better validation accuracy; 0 never stops early. Higher is "
        "more patient.",
    )
    best_epoch: BestEpoch = Field(
        default="most accurate",
        title="Best epoch",
        description="Which epoch's weights become the model. 'most accurate' takes those that read most validation "
        "pictures right; 'last' those that the run ends with, the better choice where so few validation pictures are kept "
        "aside that the most accurate epoch is a matter of luck, and the learning rate ends low.",
    )
    device: DeviceName = Field(
        default="auto",
        title="Device",
        description="Where to compute. 'auto' takes a CUDA graphics card if there is one, else Apple's MPS, else the "
        "processor.",
    )
    precision: PrecisionName = Field(
        default="auto",
        title="Precision",
        description="How exactly numbers are multiplied while training. 'auto' takes bfloat16 (16 bits) for convolutions "
        "where the machine multiplies those faster, up to 1.8 times, and float32 (32 bits) elsewhere. The weights, and the "
        "finished model's answers, are float32 either way.",
    )
    threads: Whole = Field(
        default=0,
        ge=0,
        le=256,
        title="Threads",
        description="Processor threads to compute with; 0 takes one for small networks and tries for up to a second what is "
        "faster for large ones. More helps large networks on an idle machine; another number changes the last digits.",
    )

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.optimizer == "sgd" and self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs a momentum above 0")
        return self

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Build a config from plain values, as read from a form, a file or the store.

        Raises:
            BadConfig: a value is outside its range; the sentence names the setting, the value and what is allowed.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise BadConfig(" ".join(_sentences(cls, error))) from error

    def changed(self, settings: Mapping[str, Any]) -> Self:
        """The same config with some settings replaced; keys may be dotted, as in `network.hidden`.

        Changing `network.kind` starts from that kind's defaults, since an MLP's settings mean nothing to a CNN.

        Raises:
            BadConfig: an unknown key, or a value outside its range.
        """
        values = self.model_dump()
        kind = settings.get("network.kind")
        if kind is not None and kind != self.network.kind:
            values["network"] = {"kind": kind}
        for key, value in settings.items():
            *path, last = key.split(".")
            place = values
            for part in path:
                place = place.get(part) if isinstance(place, dict) else None  # type: ignore[assignment]
            if not isinstance(place, dict):
                raise BadConfig(
                    f"There is no setting called {key!r}.", f"The settings are: {', '.join(setting_names())}."
                )
            place[last] = value
        return self.parse(values)

    def settings(self) -> dict[str, Any]:
        """Every setting by its dotted name, in the order of the form: `{"learning_rate": 0.001, ...}`."""
        flat: dict[str, Any] = {}
        for name, value in self.model_dump().items():
            if isinstance(value, dict):
                flat |= {f"{name}.{key}": part for key, part in value.items()}
            else:
                flat[name] = value
        return flat


def setting_names() -> list[str]:
    """Dotted names of all settings that `TrainConfig.changed` and `--set` understand."""
    networks = {f"network.{name}" for part in (MLP, CNN) for name in part.model_fields}
    augmentation = {f"augmentation.{name}" for name in Augmentation.model_fields}
    plain = set(TrainConfig.model_fields) - {"network", "augmentation"}
    return sorted(plain | networks | augmentation)


def field_of(name: str, kind: str = "mlp") -> FieldInfo:
    """The field behind a dotted setting name: its title, description, default and range.

    Args:
        name: as in `setting_names()`.
        kind: "mlp" or "cnn", for names that begin with `network.`.

    Raises:
        BadConfig: there is no such setting.
    """
    part, _, leaf = name.rpartition(".")
    owner: type[BaseModel] = {
        "": TrainConfig,
        "network": CNN if kind == "cnn" else MLP,
        "augmentation": Augmentation,
    }.get(part, TrainConfig)
    if leaf not in owner.model_fields:
        raise BadConfig(f"There is no setting called {name!r}.", f"The settings are: {', '.join(setting_names())}.")
    return owner.model_fields[leaf]


def allowed(field: FieldInfo) -> str:
    """What a field accepts, in words: "greater than 0 and at most 1000000", "one of sgd, adam, adamw"."""
    choices = get_args(field.annotation)
    if choices and not any(isinstance(choice, type) for choice in choices) and field.annotation is not None:
        return f"one of {', '.join(str(choice) for choice in choices)}"
    words = []
    for limit in _limits(field):
        match limit:
            case Gt(gt=bound):
                words.append(f"greater than {bound:,.10g}")
            case Ge(ge=bound):
                words.append(f"at least {bound:g}")
            case Lt(lt=bound):
                words.append(f"less than {bound:g}")
            case Le(le=bound):
                words.append(f"at most {bound:,.10g}")
    return " and ".join(words)


def _limits(field: FieldInfo) -> list[Any]:
    return [limit for limit in field.metadata if isinstance(limit, Gt | Ge | Lt | Le)]


def _sentences(config: type[BaseModel], error: ValidationError) -> list[str]:
    """One plain sentence for each thing that pydantic found wrong."""
    sentences = []
    for problem in error.errors(include_url=False):
        where = [part for part in problem["loc"] if part not in ("mlp", "cnn")]
        name = ".".join(str(part) for part in where if isinstance(part, str))
        if problem["type"] == "extra_forbidden":
            sentences.append(f"There is no setting called {name!r}. The settings are: {', '.join(setting_names())}.")
            continue
        if problem["type"] == "value_error" and (
            not where or (not isinstance(where[-1], int) and name in ("", "network"))
        ):
            sentences.append(f"These settings do not fit together: {problem['ctx']['error']}.")
            continue
        kind = "cnn" if "cnn" in problem["loc"] else "mlp"
        limits = _allowed_at(name, where, kind) or problem["msg"]
        sentences.append(f"{name} is {problem['input']!r}. Allowed: {limits}.")
    return sentences


def _allowed_at(name: str, where: list[int | str], kind: str) -> str:
    if name in ("network", "augmentation", "network.kind"):
        return "one of mlp, cnn" if name.startswith("network") else ""
    field = field_of(name, kind)
    if isinstance(where[-1], int):
        return "whole numbers from 1 to " + ("1024" if name.endswith("channels") else "8192")
    if name.endswith(("hidden", "channels")):
        return "whole numbers with commas between them, " + (
            "1 to 4 of them" if name.endswith("channels") else "at most 8"
        )
    words = allowed(field)
    if field.annotation is int or int in get_args(field.annotation):
        return f"a whole number {words}"
    if field.annotation is bool:
        return "true or false"
    return words
