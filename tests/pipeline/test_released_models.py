"""The five released layouts, at their size but with random weights, are the same networks after the import.

The original packages build them (the extra `legacy`). Released: 4,212 classes; here a few.
"""

import pytest
import torch
from networks_of_2019 import LABELS, NetworkOf2019, cut, efficientnet, save_as_in_2019

from mojika.cli.main import main
from mojika.models.input_spec import InputSpec
from mojika.training.checkpoints import load_checkpoint, save_checkpoint
from mojika.training.model_file import load_model

RELEASED = {
    "01_refine_efficientnet_b4_l2softmax_gray190-0060": (lambda: efficientnet("efficientnet-b4", 190), 1, 190),
    "02_refine_resnet152_l2softmax_gray112-0069": (lambda: cut("resnet152", gray=True), 1, 112),
    "03_refine_seresnext101_l2softmax_rgb112-0080": (lambda: cut("se_resnext101_32x4d", gray=False), 3, 112),
    "04_refine_seresnext101_l2softmax_rgb112-0082": (lambda: cut("se_resnext101_32x4d", gray=False), 3, 112),
    "05_refine_resnet152_l2softmax_rgb112-0090": (lambda: cut("resnet152", gray=False), 3, 112),
}
CASES = [pytest.param(name, id=name[:2], marks=[pytest.mark.rest] if name[:2] == "04" else []) for name in RELEASED]


def logits(path, images: torch.Tensor) -> torch.Tensor:
    """In float64, with the labels in the order of 2019."""
    model = load_model(path, torch.device("cpu"))
    labels = model.classes["label"].labels
    with torch.inference_mode():
        return model.network.double()(images)[0][:, [labels.index(label) for label in LABELS]]


@pytest.mark.parametrize("name", CASES)
def test_a_released_model_gives_the_logits_of_2019_after_its_import(name, tmp_path):
    build, channels, size = RELEASED[name]
    torch.manual_seed(int(name[:2]))
    network: NetworkOf2019 = build()
    save_as_in_2019(tmp_path / f"{name}.model", network.content)
    out = tmp_path / "ours.model"
    assert main(["import-model", str(tmp_path / f"{name}.model"), "--out", str(out)]) == 0
    images = torch.rand(1, channels, size, size, dtype=torch.float64)
    with torch.inference_mode():
        expected = network.logits(images)
    torch.testing.assert_close(logits(out, images), expected, rtol=0, atol=1e-10)

    spec, gray = load_model(out, torch.device("cpu")).spec, channels == 1
    mean, std = ((0.589,), (0.364,)) if size == 190 else ((0.0,) * channels, (1.0,) * channels)
    assert spec == InputSpec(
        channels=channels, mean=mean, std=std, scale_size={190: 200, 112: 120}[size], input_size=size,
        interpolation="bicubic", page_preprocessing=("ben-graham", "denoise"), channels_exchanged=True,
    )  # fmt: skip
    if gray and size == 190:
        _only_as_it_was(network, load_checkpoint(out), images, tmp_path / "changed.model")


def _only_as_it_was(network: NetworkOf2019, state: dict, images: torch.Tensor, path) -> None:
    """Model 01 is another network with its last activation put back, or with timm's padding; momentum is stored."""
    assert state["arch"]["batch_norm_momentum"] == 0.01
    norms = [module for module in network.body.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert {round(norm.momentum, 9) for norm in norms} == {0.01} and {norm.eps for norm in norms} == {1e-3}
    with torch.inference_mode():
        plain, activated = (network.logits(images, activation=activation) for activation in (False, True))
    for option in ("signed_features", "static_padding"):
        save_checkpoint(path, state | {"arch": state["arch"] | {option: False}})
        changed = logits(path, images)
        assert not torch.allclose(changed, plain, rtol=0, atol=1e-5)
        if option == "signed_features":
            torch.testing.assert_close(changed, activated, rtol=0, atol=1e-10)
