"""What made the networks of 2019 others than timm's, against formulas and layer by layer."""

import math

import pytest
import torch
from timm.layers import DropPath
from torch import nn
from torch.nn import functional as F

from mojika.errors import UserError
from mojika.models.architecture import Architecture
from mojika.models.backbones import create_backbone
from mojika.models.batch_norm import start_from_one
from mojika.models.classifier import Classifier
from mojika.models.static_padding import StaticSameConv2d


def map_sizes(backbone: nn.Module, size: int | tuple[int, int]) -> list[tuple[int, ...]]:
    """Height and width behind every convolution with a stride."""
    found, height_and_width = [], (size, size) if isinstance(size, int) else size
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d) and max(module.stride) > 1:
            module.register_forward_hook(lambda module, inputs, output: found.append(tuple(output.shape[2:])))
    backbone.eval()(torch.zeros(1, 1, *height_and_width, device=next(backbone.parameters()).device))
    return found


def test_static_padding_of_190_pixels_makes_the_maps_of_2019():
    with torch.device("meta"):
        static, dynamic = (
            create_backbone("efficientnet-b4", 1, 190, static_padding=static)[0] for static in (True, False)
        )
        assert map_sizes(static, 190) == [(side, side) for side in (95, 47, 23, 11, 5)]
        assert map_sizes(dynamic, 190) == [(side, side) for side in (95, 48, 24, 12, 6)]
        assert list(static.state_dict()) == list(dynamic.state_dict())


@pytest.mark.parametrize("size", [190, 189, (137, 236)])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 2), ((3, 5), (2, 1))])
def test_a_statically_padded_convolution_pads_by_the_formula_of_same_for_the_fixed_size(size, kernel, stride):
    """At each end of an axis: half of max((⌈n/s⌉ − 1)·s + k − n, 0), the odd one behind."""
    torch.manual_seed(0)
    convolution = nn.Conv2d(2, 3, kernel, stride, dtype=torch.float64)
    sides = (size, size) if isinstance(size, int) else size
    pads = []
    for side, k, s in zip(sides, convolution.kernel_size, convolution.stride, strict=True):
        pad = max((math.ceil(side / s) - 1) * s + k - side, 0)
        pads = [math.floor(pad / 2), math.ceil(pad / 2), *pads]
    images = torch.rand(2, 2, 23, 31, dtype=torch.float64)
    torch.testing.assert_close(StaticSameConv2d(convolution, size)(images), convolution(F.pad(images, pads)))


def test_padding_differs_from_that_by_size_only_where_a_map_is_odd():
    torch.manual_seed(0)
    dynamic, _ = create_backbone("efficientnet-b0", 1, 64)
    static, _ = create_backbone("efficientnet-b0", 1, 64, static_padding=True)
    static.load_state_dict(dynamic.state_dict())
    dynamic.eval(), static.eval()
    even, odd = torch.rand(1, 1, 64, 64), torch.rand(1, 1, 44, 44)
    assert torch.equal(static(even), dynamic(even))
    assert not torch.allclose(static(odd), dynamic(odd))


def test_signed_features_are_the_average_of_what_the_last_batch_norm_gives():
    torch.manual_seed(0)
    backbone, _ = create_backbone("efficientnet-b0", 1, 64, signed_features=True, activation="mish")
    backbone.eval()
    before = []
    backbone.conv_head.register_forward_hook(lambda module, inputs, output: before.append(output))
    norm = backbone.bn2
    nn.init.constant_(norm.bias, -1.0)
    features = backbone(torch.rand(2, 1, 64, 64))
    expected = F.batch_norm(before[0], norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
    torch.testing.assert_close(features, expected.mean((2, 3)))
    assert (features < -0.5).all()  # SiLU and Mish are nowhere below -0.31


def test_stochastic_depth_rises_with_the_block_from_zero():
    backbone, _ = create_backbone("efficientnet-b0", 1, 64, drop_path_rate=0.2)
    blocks = [block for stage in backbone.blocks for block in stage]
    rates = [block.drop_path.drop_prob if isinstance(block.drop_path, DropPath) else 0.0 for block in blocks]
    shortcut = [block.has_skip for block in blocks]
    expected = [0.2 * number / len(blocks) for number in range(len(blocks))]
    assert [rate for rate, has in zip(rates, shortcut, strict=True) if has] == pytest.approx(
        [rate for rate, has in zip(expected, shortcut, strict=True) if has]
    )


def test_a_dropped_block_passes_its_input_on_and_a_kept_one_is_scaled_up():
    torch.manual_seed(0)
    backbone, _ = create_backbone("resnet18", 1, 32, drop_path_rate=0.75)
    block = backbone.layer4[1]
    assert block.drop_path.drop_prob == 0.75
    images, branch = torch.rand(64, 512, 2, 2), []
    block.bn2.register_forward_hook(lambda module, inputs, output: branch.append(output.clone()))
    with torch.no_grad():
        nn.init.ones_(block.bn2.weight)
        found = block(images)
        kept = torch.relu(images + 4 * branch[0])  # 1 / (1 − 0.75)
    dropped = [torch.equal(*pair) for pair in zip(found, images, strict=True)]
    assert 0.5 < sum(dropped) / 64 < 0.95
    for image, whole, was_dropped in zip(found, kept, dropped, strict=True):
        assert was_dropped or torch.allclose(image, whole, atol=1e-5)
    assert torch.equal(block.eval()(images), torch.relu(images + branch[-1]))


def test_batch_norm_momentum_is_that_of_every_layer_necks_included():
    model = Classifier(Architecture("efficientnet-b0", 1, 64, batch_norm_momentum=0.01, neck=8), {"label": 3})
    norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    assert {norm.momentum for norm in norms} == {0.01} and any(isinstance(norm, nn.BatchNorm1d) for norm in norms)
    assert {norm.eps for norm in norms if isinstance(norm, nn.BatchNorm2d)} == {1e-3}  # that of 2019 too
    model.backbone.bn1.train()(torch.full((2, 32, 4, 4), 5.0))
    torch.testing.assert_close(model.backbone.bn1.running_mean, torch.full((32,), 0.01 * 5.0))


def test_residual_blocks_begin_with_scales_of_one_where_asked():
    backbone, _ = create_backbone("resnet18", 1, 32)
    assert not backbone.layer1[0].bn2.weight.any()
    others = {key: value.clone() for key, value in backbone.state_dict().items() if not key.endswith("bn2.weight")}
    start_from_one(backbone)
    assert all((value == 1).all() for key, value in backbone.state_dict().items() if key.endswith("bn2.weight"))
    assert all(torch.equal(backbone.state_dict()[key], value) for key, value in others.items())


@pytest.mark.parametrize(("name", "option", "message"), [
    ("resnet18", {"static_padding": True}, "static_padding: no layer of resnet18 pads by size; leave it out"),
    ("resnet18", {"signed_features": True}, "signed_features: only EfficientNets have .* not resnet18"),
    ("densenet121", {"drop_path_rate": 0.2}, "drop_path_rate: timm has no stochastic depth for densenet121; leave"),
])  # fmt: skip
def test_networks_without_such_an_option_refuse_it(name, option, message):
    with torch.device("meta"), pytest.raises(UserError, match=message):
        create_backbone(name, 1, 64, **option)
