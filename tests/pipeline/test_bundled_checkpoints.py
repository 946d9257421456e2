"""A model of a reader's folder computes what the checkpoint did that it was made from, to the last bit.

Checkpoints of every layout that there has been: heads of each kind, weight averages, rectangles, several heads.
"""

from pathlib import Path

import pytest
import torch
from checkpoints.write import WRITTEN

from mojika.cli.main import main
from mojika.detection.detector_file import load_detector
from mojika.sizes import height_width
from mojika.training.model_file import load_model

FOLDER = Path(__file__).parent / "checkpoints"
CPU = torch.device("cpu")


@pytest.mark.parametrize("name", WRITTEN)
def test_a_bundled_checkpoint_computes_the_same(name, tmp_path):
    file, folder = FOLDER / f"{name}.model", tmp_path / "reader"
    assert main(["bundle", str(file), "--out", str(folder)]) == 0
    load = load_detector if WRITTEN[name][1] == "detector" else load_model
    before, after = load(file, CPU), load(folder, CPU)
    assert after.spec == before.spec and after.precision == before.precision
    assert after.network.architecture == before.network.architecture
    weights, own = before.network.state_dict(), after.network.state_dict()
    assert list(own) == list(weights) and all(torch.equal(own[each], weights[each]) for each in weights)
    if load is load_model:
        assert after.classes == before.classes
        images = torch.rand(3, before.spec.channels, *height_width(before.spec.input_size))
        pairs = zip(before.logits(images), after.logits(images), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
