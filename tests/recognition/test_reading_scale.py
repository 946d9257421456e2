from argparse import ArgumentTypeError

import pytest
import torch
from torch import Tensor, nn

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.parameters.argument_types import scale_sizes
from mojika.recognition.reading_scale import at_scale
from mojika.training.model_file import ReadingModel
from mojika.training.precision import choose_precision


class MeanLevel(nn.Module):
    def forward(self, images: Tensor) -> list[Tensor]:
        return [images.mean((2, 3))]


def model(scale_size: int | tuple[int, int], input_size: int | tuple[int, int]) -> ReadingModel:
    spec = InputSpec(
        channels=1, mean=(0.5,), std=(0.5,), scale_size=scale_size, input_size=input_size, interpolation="bilinear"
    )
    precision = choose_precision("off", torch.device("cpu"))
    return ReadingModel("a model", MeanLevel(), {"label": ClassList(("A",), (1,))}, spec, precision)


@pytest.mark.parametrize(
    ("flag", "expected"), [("200", (200, 200)), ("210:200,124:120", (200, 120)), ("124:120", (210, 120))]
)
def test_each_model_is_told_its_scale_by_the_one_it_was_trained_at(flag, expected):
    models = model(210, 190), model(124, 112)
    assert tuple(at_scale(each, scale_sizes(flag)).spec.scale_size for each in models) == expected


def test_without_a_scale_a_model_stays_as_it_is():
    own = model(210, 190)
    assert at_scale(own, None) is own and at_scale(own, {124: 120}) is own
    assert at_scale(model((60, 80), (50, 70)), {None: 90}).spec.scale_size == 90


def test_a_scale_smaller_than_the_input_is_named():
    with pytest.raises(UserError, match="scale_size 180: a model sees 190 pixels of it"):
        at_scale(model(210, 190), {None: 180})


@pytest.mark.parametrize("text", ["", "0", "a", "200,210", "210:", ":200", "124:120,124:112"])
def test_other_texts_are_no_scales(text):
    with pytest.raises((ArgumentTypeError, ValueError)):
        scale_sizes(text)
