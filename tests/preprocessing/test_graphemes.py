import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mojika.errors import UserError
from mojika.preprocessing.graphemes import GraphemeForm, crop_and_resize


def kernel_of_2020(image, side):
    """Oracle: the steps of the public kernel, on an inverted image of 137 × 236, one after the other."""
    image = (image * (255.0 / image.max())).astype(np.uint8)
    inner = image[5:-5, 5:-5] > 80
    ys, xs = np.where(inner.any(1))[0], np.where(inner.any(0))[0]
    ymin, ymax, xmin, xmax = ys[0], ys[-1], xs[0], xs[-1]
    xmin = xmin - 13 if xmin > 13 else 0
    ymin = ymin - 10 if ymin > 10 else 0
    xmax = xmax + 13 if xmax < 236 - 13 else 236
    ymax = ymax + 10 if ymax < 137 - 10 else 137
    image = image[ymin:ymax, xmin:xmax].copy()
    image[image < 28] = 0
    lx, ly = xmax - xmin, ymax - ymin
    longer = max(lx, ly) + 16
    image = np.pad(image, [((longer - ly) // 2,), ((longer - lx) // 2,)], mode="constant")
    return cv2.resize(image, (side, side))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(6, 130), st.integers(6, 229), st.integers(1, 90), st.integers(1, 200))
def test_crops_are_those_of_the_public_kernel(seed, y, x, height, width):
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 40, (137, 236), np.uint8)
    image[y : y + height, x : x + width] = generator.integers(90, 200)
    np.testing.assert_array_equal(crop_and_resize(image, 128), kernel_of_2020(image, 128))


def test_a_crop_of_known_place():
    """Ink in rows 60–79 and columns 100–149: box 55–74 and 95–144, with margins rows 45–83 and columns 82–156.

    255/51 = 5 is what gray levels are multiplied by.
    """
    image = np.zeros((137, 236), np.uint8)
    image[60:80, 100:150] = 51
    image[50, 90] = 5  # stretched to 25: faint
    image[50, 91] = 6  # stretched to 30: stays
    square = crop_and_resize(image, 91)  # 157 - 82 = 75 columns + 16: nothing is scaled
    expected = np.zeros((91, 91), np.uint8)
    top, left = (91 - 39) // 2, 8
    expected[top + 15 : top + 35, left + 18 : left + 68] = 255
    expected[top + 5, left + 9] = 30
    np.testing.assert_array_equal(square, expected)


def test_a_blank_image_stays_blank():
    np.testing.assert_array_equal(crop_and_resize(np.zeros((137, 236), np.uint8), 64), np.zeros((64, 64), np.uint8))


def test_ink_at_the_edges_only_keeps_the_whole_image():
    image = np.zeros((137, 236), np.uint8)
    image[:3] = 255
    square = crop_and_resize(image, 252)  # 236 + 16: nothing is scaled across
    assert square.shape == (252, 252) and (square[:, 8:-8] > 0).any(axis=0).all() and square[:, :8].max() == 0


@pytest.mark.parametrize(
    "text, size, cropped",
    [("native", (137, 236), False), ("192x330", (192, 330), False), ("crop:128", (128, 128), True)],
)
def test_forms_are_read_as_they_are_written(text, size, cropped):
    form = GraphemeForm.parse(text)
    assert (form.size, form.cropped, str(form)) == (size, cropped, text)
    assert form.prepare(np.full((2, 137, 236), 7, np.uint8)).shape == (2, *size, 1)
    assert form.prepare(np.empty((0, 137, 236), np.uint8)).shape == (0, *size, 1)


@pytest.mark.parametrize(
    "text", ["", "128", "+unruled", "native+x", "0x5", "crop:0", "crop:1x2", "137X236", "native ", "12x99999"]
)
def test_other_forms_are_refused_in_one_line(text):
    with pytest.raises(UserError, match="expected native, HEIGHTxWIDTH or crop:SIDE"):
        GraphemeForm.parse(text)


def test_native_images_are_inverted_and_resized_ones_are_pillows():
    images = np.random.default_rng(0).integers(0, 256, (2, 137, 236), np.uint8)
    np.testing.assert_array_equal(GraphemeForm.parse("native").prepare(images)[..., 0], 255 - images)
    expected = Image.fromarray(255 - images[1]).resize((90, 50), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(GraphemeForm.parse("50x90").prepare(images)[1, ..., 0], np.asarray(expected))
