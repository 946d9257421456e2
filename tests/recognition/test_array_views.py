import numpy as np
import pytest
import torch

from mojika.recognition.array_views import views_of_arrays
from mojika.recognition.test_time_augmentation import views_of
from mojika.recognition.view_windows import VIEWS


@pytest.mark.parametrize("views", VIEWS)
@pytest.mark.parametrize(("side", "input_size"), [(28, 24), (31, (24, 17)), (64, 20)])
def test_views_are_those_of_torch(views, side, input_size):
    crops = np.random.default_rng(2).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    wanted = views_of(torch.from_numpy(crops).permute(0, 3, 1, 2), input_size, views).permute(0, 2, 3, 1).numpy()
    found = views_of_arrays(crops, input_size, views)
    assert found.shape == wanted.shape and found.dtype == np.uint8
    differing = np.abs(found - wanted)
    # the bilinear filter of these sides often gives halves, which other sums round to the other side
    assert differing.max() <= 1 and (differing > 0).mean() < (5e-3 if views in (6, "10-inner", 20) else 1e-3)
