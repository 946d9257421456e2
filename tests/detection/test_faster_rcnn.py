import pytest
import torch
from torchvision.models.detection.image_list import ImageList

from mojika.detection.faster_rcnn import ANCHOR_RATIOS, ANCHOR_SIZES, ExactAnchors, FasterRcnn
from mojika.detection.feature_maps import FeatureMaps
from mojika.training.distributed import World

BOXES = [torch.tensor([[8.0, 8.0, 40.0, 36.0], [44.0, 8.0, 60.0, 30.0]]), torch.empty(0, 4)]


@pytest.fixture(scope="module")
def network() -> FasterRcnn:
    torch.manual_seed(0)
    return FasterRcnn(FeatureMaps("test_resnet"), width=8)


def test_anchors_are_those_of_the_table(network):
    # width x height in pixels; the area is that of the square, height / width is 0.5, 0.85, 1 and 2
    table = {
        8: [(11.314, 5.657), (8.677, 7.376), (8, 8), (5.657, 11.314)],
        16: [(22.627, 11.314), (17.354, 14.751), (16, 16), (11.314, 22.627)],
        32: [(45.255, 22.627), (34.709, 29.503), (32, 32), (22.627, 45.255)],
        64: [(90.510, 45.255), (69.418, 59.005), (64, 64), (45.255, 90.510)],
        128: [(181.019, 90.510), (138.836, 118.011), (128, 128), (90.510, 181.019)],
    }
    cells = network.parts.rpn.anchor_generator.cell_anchors
    assert len(cells) == len(table)
    for anchors, sizes in zip(cells, table.values(), strict=True):
        torch.testing.assert_close(anchors[:, 2:] - anchors[:, :2], torch.tensor(sizes).float(), atol=1e-3, rtol=0)
        torch.testing.assert_close(anchors[:, :2], -anchors[:, 2:])


def test_each_level_of_the_pyramid_has_one_size_at_its_stride():
    anchors = ExactAnchors(tuple((size,) for size in ANCHOR_SIZES), (ANCHOR_RATIOS,) * 5)
    images = torch.zeros(1, 3, 128, 192)
    maps = [torch.zeros(1, 1, 128 // stride, 192 // stride) for stride in (4, 8, 16, 32, 64)]
    (placed,) = anchors(ImageList(images, [(128, 192)]), maps)
    levels = placed.split([4 * level.shape[2] * level.shape[3] for level in maps])
    for level, size, stride in zip(levels, ANCHOR_SIZES, (4, 8, 16, 32, 64), strict=True):
        sides = level[:, 2:] - level[:, :2]
        torch.testing.assert_close(sides.prod(1), torch.full((len(level),), float(size**2)), rtol=1e-5, atol=0)
        centres = (level[:, 2:] + level[:, :2]) / 2
        torch.testing.assert_close(centres[4] - centres[0], torch.tensor([stride, 0.0]), atol=1e-4, rtol=0)


def test_proposals_suffice_for_1300_boxes_of_one_class(network):
    parts = network.parts
    assert parts.rpn.head.cls_logits.out_channels == 4
    for training in (True, False):
        parts.rpn.train(training)
        assert parts.rpn.pre_nms_top_n() >= parts.rpn.post_nms_top_n() >= 2 * 1300
    assert parts.roi_heads.box_predictor.cls_score.out_features == 2


def test_every_weight_learns_also_from_empty_pages(network):
    network.train()
    torch.manual_seed(1)
    for boxes in (BOXES, [torch.empty(0, 4)] * 2):
        network.zero_grad()
        losses = network.losses(torch.rand(2, 3, 64, 64), boxes)
        assert losses.keys() == {"objectness", "rpn_box_reg", "classifier", "box_reg"}
        sum(losses.values()).backward()
        assert all(torch.isfinite(parameter.grad).all() for parameter in network.parameters())
    assert losses["box_reg"] == losses["rpn_box_reg"] == 0


def test_of_several_processes_each_counts_by_its_number_of_images(network):
    class ThirdOfSixImages(World):
        def sum(self, tensor: torch.Tensor) -> torch.Tensor:
            return tensor.fill_(6)

    images, found = torch.rand(2, 3, 64, 64), []
    for world in (World(), ThirdOfSixImages(size=2)):
        network.train()
        torch.manual_seed(1)
        found.append(network.losses(images, BOXES, world))
    alone, together = found
    for name, loss in alone.items():
        torch.testing.assert_close(together[name], loss * 2 * 2 / 6)


def test_images_of_any_size_keep_their_size_and_their_levels(network):
    network.eval()
    seen = []
    handle = network.parts.backbone.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.rand(1, 3, 70, 100) - 5
    with torch.no_grad():
        ((boxes, scores),) = network.detect(images, score_threshold=0.0, at_most=7)
    handle.remove()
    assert seen[0].shape == (1, 3, 128, 128) and torch.equal(seen[0][..., :70, :100], images)
    assert boxes.shape == (7, 4) and (scores.diff() <= 0).all()
    assert (boxes >= 0).all() and (boxes[:, [0, 2]] <= 100).all() and (boxes[:, [1, 3]] <= 70).all()


def test_boxes_are_as_fine_as_float32_under_autocast(network):
    network.eval()
    images = torch.rand(1, 3, 64, 1024)
    rpn, seen = network.parts.rpn, {}
    handles = [
        rpn.anchor_generator.register_forward_hook(lambda *call: seen.update(anchors=call[2])),
        rpn.register_forward_hook(lambda *call: seen.update(proposals=call[2])),
    ]
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        ((boxes, _),) = network.detect(images, score_threshold=0.0, at_most=500)
    for handle in handles:
        handle.remove()
    assert all(level.dtype == torch.float32 for level in (*seen["anchors"], *seen["proposals"][0]))
    far = boxes[boxes[:, 0] > 512]
    assert boxes.dtype == torch.float32 and len(far) and not torch.equal(far, far.bfloat16().float())
