"""TrainConfig refuses every value that cannot work, naming the setting, the value and what is allowed."""

import pytest

from mnist_core.config import CNN, MLP, TrainConfig, allowed, field_of, setting_names
from mnist_core.errors import BadConfig


@pytest.mark.parametrize(
    ("setting", "value", "limits"),
    [
        ("learning_rate", "nan", "greater than 0"),
        ("learning_rate", float("nan"), "greater than 0"),
        ("learning_rate", float("inf"), "at most 1,000,000"),
        ("learning_rate", "", "greater than 0"),
        ("learning_rate", "1e", "greater than 0"),
        ("learning_rate", -1, "greater than 0"),
        ("learning_rate", 0, "greater than 0"),
        ("batch_size", 0, "at least 1"),
        ("batch_size", -1, "at least 1"),
        ("batch_size", 2.5, "whole number"),
        ("batch_size", True, "whole number"),
        ("epochs", 0, "at least 1"),
        ("epochs", 10**9, "at most 1,000"),
        ("seed", -1, "at least 0"),
        ("seed", 2**64, "at most 4,294,967,295"),
        ("network.hidden", "10000000000", "1 to 8192"),
        ("network.hidden", "128,x", "1 to 8192"),
        ("network.kind", "rnn", "mlp, cnn"),
        ("network.dropout", 1.0, "at most 0.9"),
        ("network.activation", "step", "relu, gelu, tanh, sigmoid"),
        ("optimizer", "lion", "sgd, adam, adamw"),
        ("momentum", 1, "less than 1"),
        ("validation_share", 0.9, "at most 0.5"),
        ("augmentation.rotation", 90, "at most 45"),
        ("device", "tpu", "auto, cpu, cuda, mps"),
    ],
)
def test_a_bad_value_is_refused_with_the_setting_the_value_and_the_range(setting, value, limits):
    with pytest.raises(BadConfig) as refusal:
        TrainConfig().changed({setting: value})
    sentence = str(refusal.value)
    assert limits in sentence
    assert setting.split(".")[0] in sentence


def test_every_bad_value_is_named_at_once():
    with pytest.raises(BadConfig, match=r"learning_rate is -1\..*epochs is 0\.") as refusal:
        TrainConfig().changed({"learning_rate": -1, "epochs": 0})
    assert "Allowed" in str(refusal.value)


def test_an_unknown_setting_is_refused_with_the_list_of_known_ones():
    for name in ("lerning_rate", "network.layers", "nothing.at.all"):
        with pytest.raises(BadConfig, match="no setting called.*learning_rate"):
            TrainConfig().changed({name: 1})


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(BadConfig, match="nesterov needs a momentum"):
        TrainConfig().changed({"optimizer": "sgd", "momentum": 0, "nesterov": True})
    with pytest.raises(BadConfig, match="leaves no picture after block 4"):
        TrainConfig(network=CNN()).changed({"network.channels": "8,8,8,8"})
    # 28 -> 26 -> 13 -> 11 -> 5 -> 3 -> 1: a third block leaves a place, and a global maximum needs no pooling of it.
    assert CNN(channels=(8, 8, 8)).head == "flatten"
    with pytest.raises(BadConfig, match="after block 3"):
        TrainConfig(network=CNN()).changed({"network.channels": "8,8,8", "network.depth": 2})
    assert CNN(channels=(8, 8), depth=3, head="global max").depth == 3


def test_settings_may_come_as_the_text_a_form_or_a_command_line_gives():
    config = TrainConfig().changed(
        {
            "network.kind": "cnn",
            "network.channels": "8, 16",
            "network.kernel": "5",
            "learning_rate": "3e-4",
            "train_size": "500",
        }
    )
    assert config.network == CNN(channels=(8, 16), kernel=5)
    assert (config.learning_rate, config.train_size) == (3e-4, 500)
    assert config.changed({"train_size": "all"}).train_size is None


def test_a_changed_config_leaves_the_old_one_as_it_was():
    old = TrainConfig()
    assert old.changed({"epochs": 7}).epochs == 7
    assert old == TrainConfig()


def test_a_config_survives_being_saved_and_read_back():
    config = TrainConfig(network=CNN(channels=(4,), padding="same"), learning_rate=0.1, seed=3)
    assert TrainConfig.parse(config.model_dump(mode="json")) == config


def test_every_setting_has_a_title_and_says_what_it_does():
    for name in setting_names():
        if name in ("network.kind", "recipe"):
            continue
        field = field_of(name, "cnn")
        assert field.title, name
        assert field.description and len(field.description) > 40, name


def test_the_settings_of_a_config_are_listed_by_their_dotted_names():
    settings = TrainConfig(network=MLP(hidden=(5,))).settings()
    assert settings["network.hidden"] == (5,)
    assert settings["augmentation.shift"] == 0
    assert set(settings) <= set(setting_names())


def test_the_allowed_range_is_given_in_words():
    assert allowed(field_of("learning_rate")) == "greater than 0 and at most 1,000,000"
    assert allowed(field_of("optimizer")) == "one of sgd, adam, adamw"
