"""The two backends against each other, threads against none, and the memory they write to."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from mojika.augmentation.memory import empty_batch
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import centre_parameters, draw_parameters
from mojika.augmentation.tensor_backend import augment_tensor

GEOMETRY = {"rotate_degree": 5, "crop_scale": (0.7, 0.9), "crop_ratio": (0.875, 1.143), "horizontal_flip": 0.5}
COLOUR = {"brightness": 0.25, "contrast": 0.25, "saturation": 0.25, "hue": 0.125}
NOISE = {"pca_noise": 0.125, "grayscale_prob": 0.3}


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(
    ("channels", "sizes"), [(1, (112, 124)), (3, (112, 124)), (1, (90, 100)), (3, ((60, 110), (70, 124)))]
)
def test_backends_agree_within_interpolation_error(pictures, plain, generator, channels, sizes, interpolation):
    input_size, source_size = sizes
    images = pictures(24, source_size, channels)
    recipe = plain(input_size, source_size, channels, interpolation=interpolation, **GEOMETRY, **COLOUR, **NOISE)
    parameters = draw_parameters(recipe, 24, source_size, channels, generator)
    by_opencv = augment_opencv(images, np.arange(24), parameters, recipe)
    by_tensors = augment_tensor(torch.from_numpy(images), parameters, recipe)
    difference = (by_opencv - by_tensors).abs()
    assert difference.mean() < 0.7  # levels of 255; rounding four times alone makes 0.4
    assert difference.max() < 8


@pytest.mark.parametrize("channels", [1, 3])
def test_black_border_is_where_pil_turns_a_corner_away(augment, pictures, plain, generator, channels):
    """White pictures, turned only, against what PIL's rotation leaves black."""
    images = np.full((12, 90, 90, channels), 255, np.uint8)
    recipe = plain(90, 90, channels, rotate_degree=30, border="black")
    parameters = draw_parameters(recipe, 12, 90, channels, generator)
    turned = augment(images, parameters, recipe)
    for image, matrix in zip(turned, parameters.matrices.numpy(), strict=True):
        degrees = np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0]))
        expected = np.asarray(Image.fromarray(images[0, ..., 0]).rotate(degrees, Image.Resampling.BICUBIC))
        assert np.mean((image[0].numpy() > 127) != (expected > 127)) < 0.005  # a pixel here and there along the edge
    assert set(np.unique(turned.numpy().round())) == {0, 255}


@pytest.mark.parametrize("border", ["edge", "black"])
def test_border_does_not_matter_inside(augment, pictures, plain, border):
    """Enlarged to the rim: positions between the last pixel's centre and its outer edge belong to the picture."""
    images, recipe = pictures(4, 50, 1), plain(80, 80, border=border)
    parameters = centre_parameters(recipe, 4, 50, 1)
    assert torch.equal(augment(images, parameters, recipe), augment(images, parameters, plain(80, 80)))


def test_backends_agree_on_a_black_border(pictures, plain, generator):
    images = pictures(24, 124, 3)
    recipe = plain(112, 124, 3, border="black", **GEOMETRY | {"rotate_degree": 20, "crop_scale": (0.9, 1.0)})
    parameters = draw_parameters(recipe, 24, 124, 3, generator)
    by_opencv = augment_opencv(images, np.arange(24), parameters, recipe)
    by_tensors = augment_tensor(torch.from_numpy(images), parameters, recipe)
    differ = (by_opencv - by_tensors).abs() > 8
    assert differ.float().mean() < 0.001  # a pixel that lies on the edge itself
    assert (by_tensors == 0).float().mean() > 0.03


def test_validation_batches_of_both_backends_hold_the_same_levels(pictures, plain):
    images, recipe = pictures(8, 124, 3), plain(112, 124, 3)
    parameters = centre_parameters(recipe, 8, 124, 3)
    by_opencv = augment_opencv(images, np.arange(8), parameters, recipe)
    torch.testing.assert_close(by_opencv, augment_tensor(torch.from_numpy(images), parameters, recipe))


@pytest.mark.parametrize("channels", [1, 3])
def test_threads_change_no_bit(pictures, plain, generator, channels):
    images = pictures(100, 70, channels)
    recipe = plain(61, 70, channels, **GEOMETRY, **COLOUR, **NOISE)
    parameters, rows = draw_parameters(recipe, 100, 70, channels, generator), np.arange(100)[::-1]
    alone = augment_opencv(images, rows, parameters, recipe)
    before = cv2.getNumThreads()
    try:
        for own_threads, opencv_threads in ((1, 1), (3, 1), (3, 4)):
            cv2.setNumThreads(opencv_threads)
            with ThreadPoolExecutor(own_threads) as pool:
                assert torch.equal(augment_opencv(images, rows, parameters, recipe, pool=pool), alone)
    finally:
        cv2.setNumThreads(before)


def test_an_image_does_not_depend_on_its_batch(pictures, plain, generator):
    images, recipe = pictures(40, 70, 3), plain(64, 70, 3, **GEOMETRY, **COLOUR)
    parameters = draw_parameters(recipe, 40, 70, 3, generator)
    rows = np.arange(40)
    assert torch.equal(
        augment_opencv(images, rows, parameters, recipe),
        augment_opencv(images[rows], rows, parameters, recipe),
    )
    assert torch.equal(
        augment_opencv(images, rows[:1], parameters, recipe)[0], augment_opencv(images, rows, parameters, recipe)[0]
    )


def test_rows_of_a_memory_map_are_taken_in_their_order(tmp_path, pictures, plain):
    np.save(tmp_path / "images.npy", pictures(10, 16, 1))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    rows, recipe = np.array([7, 0, 7]), plain(16, 16)
    result = augment_opencv(mapped, rows, centre_parameters(recipe, 3, 16, 1), recipe)
    np.testing.assert_allclose(result[:, 0].numpy(), mapped[rows][..., 0], atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_batches_are_float_channels_last(augment, pictures, plain, channels, count):
    images, recipe = pictures(5, 20, channels)[:count], plain(16, 20, channels)
    batch = augment(images, centre_parameters(recipe, count, 20, channels), recipe)
    assert batch.shape == (count, channels, 16, 16)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)


def test_memory_of_a_finished_batch_is_used_again():
    first = empty_batch(7, 3, 50, 50)
    address = first.data_ptr()
    del first
    assert empty_batch(6, 3, 50, 50).data_ptr() == address


@pytest.mark.parametrize(
    "view_of",
    [lambda batch: batch[2:], lambda batch: batch.permute(0, 2, 3, 1).numpy()[3], lambda batch: batch.detach().half],
    ids=["slice", "array", "bound method"],
)
def test_memory_is_not_used_again_while_any_view_of_the_batch_lives(view_of):
    first = empty_batch(7, 3, 50, 50)
    address, view = first.data_ptr(), view_of(first)
    del first
    assert empty_batch(7, 3, 50, 50).data_ptr() != address
    del view
    assert address in {batch.data_ptr() for batch in [empty_batch(7, 3, 50, 50) for _ in range(2)]}


@pytest.mark.gpu
@pytest.mark.parametrize("channels", [1, 3])
def test_gpu_gives_what_the_cpu_gives(pictures, plain, generator, channels):
    images = torch.from_numpy(pictures(24, 124, channels))
    recipe = plain(112, 124, channels, **GEOMETRY, **COLOUR, **NOISE)
    parameters = draw_parameters(recipe, 24, 124, channels, generator)
    on_gpu = augment_tensor(images.cuda(), parameters, recipe)
    assert on_gpu.is_cuda
    assert on_gpu.is_contiguous(memory_format=torch.channels_last)
    difference = (on_gpu.cpu() - augment_tensor(images, parameters, recipe)).abs()
    assert difference.mean() < 0.01  # a level where rounding falls the other way
    assert difference.max() < 8
