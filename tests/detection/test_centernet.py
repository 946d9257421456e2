import pytest
import torch

from mojika.detection.centernet import CenterNet, TopDownNeck
from mojika.detection.centernet_targets import draw_heat_maps, find_centres, focal_loss
from mojika.detection.feature_maps import FeatureMaps

BOXES = [torch.tensor([[8.0, 8.0, 40.0, 36.0], [44.0, 8.0, 60.0, 30.0]]), torch.empty(0, 4)]


@pytest.fixture
def network() -> CenterNet:
    torch.manual_seed(0)
    return CenterNet(FeatureMaps("test_resnet"), width=16)


def test_maps_have_stride_four_and_begin_at_a_probability_of_a_tenth(network):
    with torch.no_grad():
        heat, size, offset = network.eval()(torch.zeros(2, 3, 64, 96))
    assert heat.shape == (2, 1, 16, 24) and size.shape == offset.shape == (2, 2, 16, 24)
    network.heat[-1].weight.data.zero_()
    with torch.no_grad():
        torch.testing.assert_close(network(torch.rand(1, 3, 64, 64))[0].sigmoid().mean().item(), 0.1, atol=1e-3, rtol=0)


def test_the_necks_one_map_depends_on_every_map_of_the_backbone():
    neck = TopDownNeck((4, 6, 8, 10), 5)
    shapes = zip((4, 6, 8, 10), (16, 8, 4, 2), strict=True)
    maps = [torch.rand(2, channels, side, 2 * side, requires_grad=True) for channels, side in shapes]
    merged = neck(maps)
    assert merged.shape == (2, 5, 16, 32)
    (merged**2).sum().backward()
    assert all(features.grad.abs().sum() > 0 for features in maps)


def test_losses_are_those_of_the_maps_at_the_centres(network):
    images = torch.rand(2, 3, 64, 64)
    losses = network.losses(images, BOXES)
    heat, size, offset = network(images)
    cells = [(5, 6), (4, 13)]  # row and column: (22, 24) / 4 and (19, 52) / 4
    wanted_size, wanted_offset = [(8, 7), (4, 5.5)], [(0, 0.5), (0, 0.75)]
    size_error = sum(
        (size[0, :, r, c] - torch.tensor(w)).abs().sum() for (r, c), w in zip(cells, wanted_size, strict=True)
    )
    offset_error = sum(
        (offset[0, :, r, c] - torch.tensor(w)).abs().sum() for (r, c), w in zip(cells, wanted_offset, strict=True)
    )
    wanted_heat = draw_heat_maps(find_centres(BOXES, 16, 16), 2, 16, 16)
    torch.testing.assert_close(losses["heat"], focal_loss(heat, wanted_heat))
    torch.testing.assert_close(losses["size"], 0.1 * size_error / 2)
    torch.testing.assert_close(losses["offset"], offset_error / 2)


def test_every_weight_learns_also_from_empty_pages(network):
    for boxes in (BOXES, [torch.empty(0, 4)] * 2):
        network.zero_grad()
        losses = network.losses(torch.rand(2, 3, 64, 64), boxes)
        sum(losses.values()).backward()
        assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())
    assert losses["size"] == losses["offset"] == 0 and losses["heat"] > 0


def test_maps_and_losses_are_float32_under_autocast(network):
    images = torch.rand(2, 3, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        maps, losses = network(images), network.losses(images, BOXES)
    assert all(values.dtype == torch.float32 for values in (*maps, *losses.values()))


def test_a_shared_head_has_one_first_convolution_and_all_its_weights_learn():
    shared, own = (CenterNet(FeatureMaps("test_resnet"), 16, shared_head) for shared_head in (True, False))
    count = {network: sum(weight.numel() for weight in network.parameters()) for network in (shared, own)}
    assert count[own] - count[shared] == 2 * (16 * 16 * 9 + 16)
    sum(shared.losses(torch.rand(2, 3, 64, 64), BOXES).values()).backward()
    assert all(weight.grad is not None for weight in shared.parameters())
    assert shared.heat[-1].bias.item() == own.heat[-1].bias.item()
