"""The table of layers agrees with the published parameter counts and with torch itself."""

import copy

import pytest
import torch

from mnist_core.config import CNN, MLP
from mnist_core.models import RECIPES, layer_table, parameter_count, recipe
from mnist_core.models.code import loading_code
from mnist_core.models.layers import multiplications, seen_side
from mnist_core.models.networks import FEWEST_TO_READ_PACKED, build, folded, order_of_memory, packs

NETWORKS = [
    MLP(hidden=()),
    MLP(hidden=(32, 16), activation="tanh", dropout=0.2, batch_norm=True),
    CNN(channels=(4, 8), activation="gelu", batch_norm=True, dropout=0.1),
    CNN(channels=(2, 3, 4, 5), padding="same", kernel=5, hidden=()),
    CNN(channels=(3, 4), depth=2, head="global max", activation="gelu", dropout=0.1),
    *[each.config.network for each in RECIPES.values()],
]


@pytest.mark.parametrize(("name", "count"), [("mlp-512", 669_706), ("mlp-128-64", 109_386), ("cnn-32-64", 121_930)])
def test_a_published_recipe_has_its_published_number_of_parameters(name, count):
    assert parameter_count(recipe(name).config.network) == count


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_table_says_what_torch_computes(network):
    torch.manual_seed(0)
    module = build(network)
    picture = torch.rand(2, 1, 28, 28)
    for layer, part in zip(layer_table(network), module, strict=True):
        assert tuple(picture.shape[1:]) == layer.input
        picture = part(picture)
        assert tuple(picture.shape[1:]) == layer.output
        assert sum(weight.numel() for weight in part.parameters()) == layer.parameters


def test_multiplications_are_counted_for_every_place_a_filter_visits():
    # By hand: 784*128 + 128*64 + 64*10, and 26*26*32*9 + 11*11*64*(32*9) + 1600*64 + 64*10.
    assert multiplications(MLP(hidden=(128, 64))) == 109_184
    assert multiplications(CNN()) == 194_688 + 2_230_272 + 102_400 + 640


@pytest.mark.parametrize(
    ("network", "side"),
    [
        (MLP(), 28),
        # By hand: 28 -> 26 -> 13 -> 11 -> 5; backwards 5 needs 10 of 11, they need 12 of 13, they 24 of 26, they 26.
        (CNN(), 26),
        (CNN(channels=(4,)), 28),
        (CNN(channels=(4, 8, 8)), 22),
        # By hand: 28 -> 26 -> 24 -> 12 -> 10 -> 8 -> 4; backwards 4 needs 8, they need 10, 12, 24, 26 and 28.
        (CNN(depth=2), 28),
        # By hand: 28 -> 26 -> 13 -> 11, all of which count; backwards they need 13, 26 and 28.
        (CNN(head="global max"), 28),
        (CNN(padding="same"), 28),
        (CNN(batch_norm=True), 28),
    ],
    ids=str,
)
def test_an_edge_that_pooling_drops_is_not_computed_and_changes_no_answer_and_no_gradient(network, side):
    assert seen_side(network) == side
    torch.manual_seed(3)
    module = build(network)
    pictures = torch.rand(7, 1, 28, 28, requires_grad=True)
    plain = torch.nn.Sequential(*module)
    torch.testing.assert_close(module(pictures), plain(pictures))
    (seen,) = torch.autograd.grad(plain(pictures).square().sum(), pictures)
    assert seen[..., :side, side - 1].any()
    assert not seen[..., side:, :].any()
    assert not seen[..., :, side:].any()


@pytest.mark.parametrize(
    "network",
    [
        CNN(),
        CNN(channels=(4, 8), kernel=5),
        CNN(channels=(4, 8, 8), hidden=(), activation="relu"),
        CNN(channels=(4, 8), depth=2, padding="same", batch_norm=True, head="global max", hidden=()),
    ],
    ids=str,
)
def test_a_network_in_packed_memory_learns_what_the_plain_row_of_layers_learns(network):
    torch.manual_seed(4)
    module = build(network)
    assert packs(network)
    copied = torch.nn.Sequential(*copy.deepcopy(list(module)))
    pictures = torch.rand(9, 1, 28, 28)
    packed, expected = module(pictures), copied(pictures)
    torch.testing.assert_close(packed, expected)
    gradients = torch.autograd.grad(packed.square().sum(), list(module.parameters()))
    truths = torch.autograd.grad(expected.square().sum(), list(copied.parameters()))
    # A bias before batch normalisation has no gradient but the rounding of others.
    rounding = 1e-5 * max(float(truth.abs().max()) for truth in truths)
    for gradient, truth in zip(gradients, truths, strict=True):
        torch.testing.assert_close(gradient, truth, rtol=1e-4, atol=rounding)
    assert list(module.state_dict()) == list(copied.state_dict())
    for mean_and_spread, truth in zip(module.buffers(), copied.buffers(), strict=True):
        torch.testing.assert_close(mean_and_spread, truth)


@pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this processor cannot compute with bfloat16"
)
@pytest.mark.parametrize("network", [CNN(), CNN(channels=(4, 8), depth=2, head="global max", hidden=())], ids=str)
def test_a_network_in_packed_memory_learns_alike_in_bfloat16_and_answers_in_float32(network):
    torch.manual_seed(4)
    module = build(network)
    pictures = torch.rand(64, 1, 28, 28)
    expected = module(pictures)
    with torch.autocast("cpu", torch.bfloat16):
        answers = module(pictures)
    assert answers.dtype == expected.dtype == torch.float32
    assert not torch.equal(answers, expected)
    torch.testing.assert_close(answers, expected, rtol=0.02, atol=0.02)
    gradients = torch.autograd.grad(answers.square().sum(), list(module.parameters()))
    truths = torch.autograd.grad(expected.square().sum(), list(module.parameters()))
    for gradient, truth in zip(gradients, truths, strict=True):
        assert gradient.dtype == torch.float32
        assert torch.cosine_similarity(gradient.flatten(), truth.flatten(), dim=0) > 0.99


def having_learned(network, rounds=5):
    """A network with statistics and scales of batch normalisation that are no longer those of its first step."""
    torch.manual_seed(5)
    module = build(network)
    for _ in range(rounds):
        module(torch.rand(8, 1, 28, 28))
    with torch.no_grad():
        for layer in module:
            if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 2)
                layer.bias.uniform_(-1, 1)
    return module.eval()


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_a_network_to_read_with_answers_alike_without_batch_normalisation(network):
    module = having_learned(network)
    before = copy.deepcopy(module.state_dict())
    reader = folded(module)
    kinds = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
    assert not any(isinstance(layer, kinds) for layer in reader)
    pictures = torch.rand(9, 1, 28, 28)
    torch.testing.assert_close(reader(pictures), module(pictures), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(module.state_dict(), before, rtol=0, atol=0)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_many_pictures_read_at_once_are_answered_as_one_by_one_and_as_by_the_plain_row_of_layers(network):
    module = having_learned(network)
    plain = torch.nn.Sequential(*module)
    pictures = torch.rand(FEWEST_TO_READ_PACKED, 1, 28, 28)
    for reader in (module, folded(module)):
        with torch.inference_mode():
            together = reader(pictures)
            alone = torch.cat([reader(picture) for picture in pictures.split(1)])
            torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(together, plain(pictures), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("device", "order"),
    [("cpu", torch.channels_last), ("cuda", torch.channels_last), ("mps", torch.contiguous_format)],
)
def test_channels_lie_side_by_side_but_not_where_torch_learns_wrongly_from_them(device, order):
    assert order_of_memory(device) is order_of_memory(torch.device(device)) is order


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_pooling_before_or_after_the_activation_gives_what_the_recipe_says(activation):
    torch.manual_seed(1)
    network = build(CNN(channels=(3,), hidden=(), activation=activation))
    picture = torch.rand(5, 1, 28, 28)
    bend = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": torch.nn.functional.gelu}[
        activation
    ]
    as_published = torch.nn.functional.max_pool2d(bend(network[0](picture)), 2)
    # The same values in another order of memory: a vectorised tanh or sigmoid may differ in the last bit, ReLU may not.
    torch.testing.assert_close(network[:3](picture), as_published, rtol=0 if activation == "relu" else 1e-6, atol=0)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_code_shown_for_a_model_rebuilds_it_and_answers_the_same(network, tmp_path):
    torch.manual_seed(2)
    module = build(network).eval()
    torch.save(module.state_dict(), tmp_path / "model.pth")
    place: dict = {}
    exec(loading_code(network, str(tmp_path / "model.pth"), 0.1307, 0.3081), place)
    picture = torch.rand(3, 1, 28, 28)
    assert torch.equal(place["model"](picture), module(picture))
