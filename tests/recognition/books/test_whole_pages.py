from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.recognition.books.whole_pages import read_whole_page, score_pages
from mojika.training.model_file import ReadingModel
from mojika.training.precision import choose_precision


class MeanColour(nn.Module):
    """Scores each colour by its mean; the mean of what is seen says how an image was scaled, cropped and normalised."""

    def forward(self, images: Tensor) -> list[Tensor]:
        return [images.mean((2, 3))]


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    generator = np.random.default_rng(0)
    paths = [tmp_path / f"page_{number}.png" for number in range(7)]
    for number, path in enumerate(paths):
        pixels = generator.integers(0, 256, (20 + 3 * number, 30 - number, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return paths


def scores(pages: list[Path], batch_size: int) -> Tensor:
    sizes = {"input_size": 4, "scale_size": 8, "interpolation": "bilinear"}
    spec = InputSpec(channels=3, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4), **sizes)
    books = ClassList(("a", "b", "c"), (1, 1, 1))
    model = ReadingModel("colours", MeanColour(), {"book": books}, spec, choose_precision("off", torch.device("cpu")))
    return torch.stack(list(score_pages(model, pages, batch_size=batch_size, workers=2)))


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_pages_of_any_size_are_scaled_cropped_and_normalised_in_order(pages, batch_size):
    expected = []
    for path in pages:
        square = np.asarray(Image.open(path).resize((8, 8), Image.Resampling.BICUBIC))[2:6, 2:6] / 255
        expected.append(((square - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]).mean((0, 1)))
    np.testing.assert_allclose(scores(pages, batch_size).numpy(), expected, atol=1e-5)


def test_a_colour_page_is_read_as_gray_where_gray_is_asked_for(pages):
    square = Image.open(pages[0]).convert("L").resize((8, 8), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(read_whole_page(pages[0], 8, 1)[..., 0], np.asarray(square))


def test_a_broken_page_is_named(pages):
    pages[5].write_bytes(pages[5].read_bytes()[:-60])
    with pytest.raises(UserError, match="page_5.png: expected a readable image"):
        scores(pages, 2)


def test_gray_of_exchanged_colours_is_that_of_the_exchanged_page(pages, tmp_path):
    exchanged = Image.merge("RGB", Image.open(pages[0]).convert("RGB").split()[::-1])
    exchanged.save(tmp_path / "exchanged.png")
    np.testing.assert_array_equal(
        read_whole_page(pages[0], 8, 1, exchanged=True), read_whole_page(tmp_path / "exchanged.png", 8, 1)
    )
