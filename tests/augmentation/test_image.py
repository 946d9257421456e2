"""Numbers without meaning are refused in one line."""

import pytest

from mojika.augmentation.parameters import centre_parameters
from mojika.errors import UserError


@pytest.mark.parametrize(
    "wrong",
    [
        {"rotate_degree": -1},
        {"shear_degree": 90},
        {"crop_scale": (0.9, 0.8)},
        {"crop_scale": (0.5, 1.5)},
        {"crop_ratio": (0.0, 1.0)},
        {"horizontal_flip": 1.5},
        {"brightness": -0.1},
        {"hue": 0.6},
        {"interpolation": "lanczos"},
        {"std": (0.0,)},
        {"mean": (0.5, 0.5)},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_number_without_meaning_is_refused_by_name(plain, wrong):
    with pytest.raises(UserError, match=next(iter(wrong))) as refusal:
        plain(112, 124, **wrong)
    assert "\n" not in str(refusal.value)


def test_mean_for_another_number_of_channels_is_refused(plain):
    with pytest.raises(UserError, match="1 numbers and the images 3 channels"):
        centre_parameters(plain(112, 124, channels=1), 2, 124, 3)
