import cv2
import numpy as np

from mojika.preprocessing.denoise import denoise


def test_noise_goes_and_strokes_stay():
    generator = np.random.default_rng(0)
    clean = np.full((64, 64, 3), 190, np.uint8)
    clean[20:44, 30:34] = 30
    noisy = np.clip(clean + generator.normal(0, 8, clean.shape), 0, 255).astype(np.uint8)
    result = denoise(noisy)
    assert result.shape == clean.shape and result.dtype == np.uint8
    assert np.abs(result.astype(int) - clean).mean() < 0.4 * np.abs(noisy.astype(int) - clean).mean()
    assert result[32, 32].max() < 60 and result[32, 10].min() > 170


def test_red_stays_red():
    seal = np.zeros((32, 32, 3), np.uint8)
    seal[...] = (200, 40, 30)
    assert np.abs(denoise(seal).astype(int) - (200, 40, 30)).max() <= 3  # the way to Lab and back


def test_it_is_opencvs_denoiser_of_bgr_images_with_the_reference_parameters():
    image = np.random.default_rng(1).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    expected = cv2.fastNlMeansDenoisingColored(image[..., ::-1].copy(), None, 20, 20, 7, 21)[..., ::-1]
    np.testing.assert_array_equal(denoise(image), expected)
