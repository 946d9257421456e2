import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from mojika.detection.architecture import DETECTOR_KINDS, DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.detection.faster_rcnn import FasterRcnn
from mojika.errors import UserError

BOXES = [torch.tensor([[4.0, 6.0, 30.0, 40.0]]), torch.empty(0, 4)]


def make(kind: str) -> Detector:
    torch.manual_seed(0)
    detector = Detector(DetectorArchitecture(kind, "test_resnet", width=8))
    if kind == "centernet":
        detector.network.size[-1].bias.data.fill_(5.0)  # cells; untrained sizes would be about zero, and below
    return detector


def test_an_architecture_comes_back_from_plain_values():
    architecture = DetectorArchitecture("centernet", "resnet10t", 64, (0.5, 0.5, 0.5), (0.2, 0.3, 0.4), True)
    plain = architecture.to_plain()
    assert DetectorArchitecture.from_plain(plain) == architecture
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    assert DetectorArchitecture.from_plain(lists) == architecture


def test_detectors_of_before_shared_heads_have_their_own():
    plain = DetectorArchitecture("centernet", "test_resnet", 8).to_plain()
    del plain["shared_head"]
    first, again = make("centernet"), Detector(DetectorArchitecture.from_plain(plain))
    again.load_state_dict(first.state_dict())


def test_the_default_is_the_one_of_2019():
    assert (DetectorArchitecture().kind, DetectorArchitecture().backbone) == ("faster-rcnn", "resnet101")
    assert isinstance(make("faster-rcnn").network, FasterRcnn)


def test_unknown_kinds_and_backbones_are_refused():
    with pytest.raises(ValueError, match="'yolo': expected one of"):
        make("yolo")
    with pytest.raises(UserError, match="backbone test_vit"):
        Detector(DetectorArchitecture("centernet", "test_vit"))


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
def test_weights_fit_a_detector_built_again(kind):
    first = make(kind).eval()
    again = Detector(DetectorArchitecture.from_plain(first.architecture.to_plain())).eval()
    again.load_state_dict(first.state_dict())
    images = torch.rand(1, 3, 64, 64)
    wanted, found = (model.detect(images, score_threshold=0.0, at_most=20)[0] for model in (first, again))
    assert torch.equal(wanted[0], found[0]) and torch.equal(wanted[1], found[1])


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
def test_calling_gives_scalar_losses_that_need_training_mode(kind):
    detector = make(kind).train()
    losses = detector(torch.rand(2, 3, 64, 64), BOXES)
    assert all(loss.shape == () and loss.requires_grad for loss in losses.values())
    with pytest.raises(ValueError, match="evaluation mode"):
        detector.detect(torch.rand(1, 3, 64, 64), score_threshold=0.1, at_most=5)
    with pytest.raises(ValueError, match="training mode"):
        detector.eval().losses(torch.rand(2, 3, 64, 64), BOXES)


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
def test_boxes_lie_within_an_image_of_any_size_and_fall_in_score(kind):
    detector = make(kind).eval()
    if kind == "centernet":
        detector.network.size[-1].bias.data.fill_(30.0)  # 120 pixels: every box reaches beyond the image
    for boxes, scores in detector.detect(torch.rand(2, 3, 50, 75), score_threshold=0.0, at_most=40):
        assert 0 < len(boxes) == len(scores) <= 40 and boxes.dtype == torch.float32
        assert (boxes[:, 2:] > boxes[:, :2]).all() and (boxes >= 0).all()
        assert boxes[:, 2].max() <= 75 and boxes[:, 3].max() <= 50
        assert (scores.diff() <= 0).all() and not scores.requires_grad


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
def test_threshold_and_count_take_the_best_of_all(kind):
    detector, images = make(kind).eval(), torch.rand(1, 3, 64, 64)
    ((boxes, scores),) = detector.detect(images, score_threshold=0.0, at_most=30)
    threshold = (scores[10] + scores[11]).item() / 2
    ((above, _),) = detector.detect(images, score_threshold=threshold, at_most=30)
    ((best, _),) = detector.detect(images, score_threshold=0.0, at_most=5)
    assert torch.equal(above, boxes[: int((scores > threshold).sum())]) and 11 <= len(above) < 30
    assert torch.equal(best, boxes[:5])


def test_pixels_are_normalised_per_colour():
    detector = Detector(DetectorArchitecture("centernet", "test_resnet", 8, (0.5, 0.25, 0.0), (0.5, 0.25, 1.0)))
    pixels = torch.tensor([[[[255, 0, 51], [0, 255, 255]]]], dtype=torch.uint8)
    expected = torch.tensor([[[[1.0, -1.0]], [[-1.0, 3.0]], [[0.2, 1.0]]]])
    torch.testing.assert_close(detector.normalised(pixels), expected)


@pytest.mark.parametrize(("kind", "rate"), [("centernet", 4e-3), ("faster-rcnn", 1e-3)])
def test_one_page_is_learned_by_heart(draw_page, kind, rate):
    wanted = np.array(
        [[x, y, x + 14 + 2 * (x // 40), y + 18] for x in (6, 46, 86) for y in (6, 36, 66, 96)], np.float32
    )
    page = torch.from_numpy(draw_page(128, 128, wanted))
    torch.manual_seed(0)
    detector = Detector(DetectorArchitecture(kind, "test_resnet", width=16)).train()
    images, boxes = detector.normalised(page[None]), [torch.from_numpy(wanted)]
    optimizer = torch.optim.Adam(detector.parameters(), lr=rate)
    for _ in range(60):
        optimizer.zero_grad()
        sum(detector(images, boxes).values()).backward()
        optimizer.step()
    ((found, _),) = detector.eval().detect(images, score_threshold=0.5, at_most=50)
    assert len(wanted) <= len(found) <= 1.5 * len(wanted)
    assert (box_iou(boxes[0], found).amax(1) > 0.7).all()
