import pytest
import timm
import torch
from timm.layers import GELU
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

from mojika.errors import UserError
from mojika.models.activations import ACTIVATIONS, set_activation
from mojika.models.backbones import create_backbone

SMALL = ("test_resnet", "test_efficientnet", "mobilenetv3_small_050", "convnext_atto", "ghostnet_100")
LARGER = ("densenet121", "legacy_seresnext50_32x4d")
OLD = ("relu", "hardtanh", "silu", "hardswish", "gelu")


def activations_in_the_graph(network):
    """How often each activation stands in the traced graph of a forward pass."""
    with torch.no_grad():
        graph = make_fx(network.eval(), tracing_mode="fake", _allow_non_fake_inputs=True)(
            torch.rand(1, 1, 64, 64)
        ).graph
    names = [str(node.target).removeprefix("aten.").split(".")[0].removesuffix("_") for node in graph.nodes]
    return {name: names.count(name) for name in (*OLD, "mish", "sigmoid", "hardsigmoid") if name in names}


@pytest.mark.parametrize("name", SMALL + LARGER)
def test_every_activation_of_the_graph_is_exchanged_and_gates_stay(name):
    before = activations_in_the_graph(create_backbone(name, 1, 64)[0])
    after = activations_in_the_graph(create_backbone(name, 1, 64, activation="mish")[0])
    gates = {key: count for key, count in before.items() if "sigmoid" in key}
    assert after == {"mish": sum(before[key] for key in OLD if key in before), **gates}
    assert after["mish"] >= 4


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "convnext_atto", "resnet18d"])
def test_exchanged_network_computes_what_timm_builds_with_that_activation(name):
    torch.manual_seed(0)
    reference = timm.create_model(
        name, num_classes=0, in_chans=1, act_layer="mish" if name == "densenet121" else nn.Mish
    )
    backbone, _ = create_backbone(name, 1, 64, activation="mish")
    backbone.load_state_dict(reference.state_dict())
    images = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(backbone.eval()(images), reference.eval()(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_can_be_trained_with(activation):
    backbone, features = create_backbone("test_resnet", 1, 64, activation=activation)
    assert backbone.training
    output = backbone(torch.rand(2, 1, 64, 64))
    output.sum().backward()
    assert output.shape == (2, features)
    assert all(torch.isfinite(parameter.grad).all() for parameter in backbone.parameters())


def test_pretrained_weights_load_strictly_with_another_activation(tmp_path):
    source = timm.create_model("test_resnet")
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    backbone, _ = create_backbone("test_resnet", 3, 64, str(tmp_path / "weights.pth"), activation="mish")
    loaded = backbone.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in source.state_dict().items() if key[:3] != "fc.")


class HalfHidden(nn.Module):
    """One activation as a layer, one inside the forward method."""

    def __init__(self, layer):
        super().__init__()
        self.act = layer

    def forward(self, images):
        return torch.nn.functional.relu(self.act(images) - 0.5)


@pytest.mark.parametrize("layer", [nn.ReLU(inplace=True), GELU(), nn.GELU(), nn.Hardswish()])
def test_network_with_an_activation_of_its_own_code_is_refused(layer):
    with pytest.raises(UserError, match="activation mish: hidden computes relu in its own code"):
        set_activation(HalfHidden(layer), "mish", "hidden", 1, 8)


def test_timm_family_with_a_functional_relu_is_refused_by_name():
    with pytest.raises(UserError, match="activation mish: mobilevitv2_050 computes relu"):
        create_backbone("mobilevitv2_050", 3, 64, activation="mish")


def test_network_without_activations_is_refused():
    with pytest.raises(UserError, match="linear has no activation layers"):
        set_activation(nn.Conv2d(1, 1, 1), "mish", "linear", 1, 8)


def test_unknown_activation_is_refused_with_the_list():
    with pytest.raises(UserError, match="activation mush: expected one of relu, .*mish"):
        create_backbone("test_resnet", 3, 64, activation="mush")
