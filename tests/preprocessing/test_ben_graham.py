import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mojika.preprocessing.ben_graham import ben_graham


@pytest.mark.parametrize("shape", [(80, 120, 3), (120, 70, 1), (90, 60)])
def test_contrast_is_four_times_the_difference_to_the_gaussian_blur(shape):
    image = np.random.default_rng(0).integers(90, 160, shape).astype(np.uint8)
    sigma = (10, 10, 0)[: len(shape)]
    blur = gaussian_filter(image.astype(np.float64), sigma, mode="mirror", truncate=4)
    expected = np.clip(4.0 * image - 4 * blur + 128, 0, 255)
    result = ben_graham(image)
    assert result.shape == shape and result.dtype == np.uint8
    np.testing.assert_allclose(result, expected, atol=0.55)


def test_a_plain_page_of_any_tone_becomes_middle_gray():
    for tone in (0, 77, 255):
        assert (ben_graham(np.full((50, 50, 3), tone, np.uint8)) == 128).all()


def test_ink_and_light_saturate_instead_of_wrapping():
    image = np.full((100, 100, 1), 120, np.uint8)
    image[40:60, 49:51], image[20, 20] = 0, 255
    result = ben_graham(image)
    assert result[50, 50, 0] == 0 and result[20, 20, 0] == 255


def test_a_shadow_across_the_page_disappears_and_the_ink_stays():
    image = np.tile(np.linspace(80, 220, 400), (100, 1))
    image[48:52, 50:350] -= 40
    result = ben_graham(image.astype(np.uint8)[..., None]).astype(int)[..., 0]
    assert abs(result[20, 60:340] - 128).max() <= 6
    assert result[50, 60:340].max() < 60
