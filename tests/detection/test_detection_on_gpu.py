import numpy as np
import pytest
import torch

from mojika.detection.architecture import DETECTOR_KINDS, DetectorArchitecture
from mojika.detection.centernet_targets import draw_heat_maps, find_centres
from mojika.detection.detector import Detector
from mojika.detection.multi_scale import detect_page
from mojika.training.precision import Precision

pytestmark = pytest.mark.gpu
BOXES = [torch.tensor([[8.0, 8.0, 40.0, 36.0], [44.0, 8.0, 60.0, 30.0]]), torch.empty(0, 4)]


def test_heat_maps_are_those_of_the_cpu():
    on_cpu, on_gpu = (
        draw_heat_maps(find_centres([lot.to(device) for lot in BOXES], 16, 16), 2, 16, 16) for device in ("cpu", "cuda")
    )
    torch.testing.assert_close(on_gpu.cpu(), on_cpu)


@pytest.mark.parametrize("kind", DETECTOR_KINDS)
@pytest.mark.parametrize("dtype", [None, torch.bfloat16, torch.float16], ids=["off", "bf16", "fp16"])
def test_a_detector_learns_and_searches_on_a_gpu(draw_page, kind, dtype):
    torch.manual_seed(0)
    precision = Precision(torch.device("cuda"), dtype)
    detector = Detector(DetectorArchitecture(kind, "resnet10t", width=32)).cuda().train()
    with precision.autocast():
        losses = detector(torch.rand(2, 3, 128, 128, device="cuda"), [lot.cuda() for lot in BOXES])
    sum(losses.values()).backward()
    assert all(loss.dtype == torch.float32 and loss.isfinite() for loss in losses.values())
    boxes, scores = detect_page(
        detector.eval(),
        draw_page(150, 100, [[10, 10, 40, 50]]),
        short_sides=[64, 128],
        gray=True,
        score_threshold=0.0,
        at_most=30,
        iou=0.5,
        precision=precision,
    )
    assert boxes.dtype == scores.dtype == np.float32 and len(boxes) == len(scores) <= 30
