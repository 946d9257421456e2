from dataclasses import dataclass
from typing import Annotated

import pytest

from mojika.errors import ParameterError, UserError
from mojika.parameters.declaration import FRACTION, POSITIVE, Checked, Parameter, declared, low_high


@dataclass(frozen=True, kw_only=True)
class Grid(Checked):
    share: Annotated[float, Parameter("share of images", FRACTION)] = 0.5
    cells: Annotated[int | None, Parameter("cells a side", POSITIVE, metavar="N")] = None
    sides: Annotated[tuple[float, float], Parameter("their sides", low_high(1.0))] = (0.2, 0.4)
    images: str = "none"  # not declared

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cells == 13:
            raise ParameterError("{cells} 13: with {share} there are none")


def focal(logits, targets, gamma: Annotated[float, Parameter("focus", POSITIVE)] = 2.0, other: float = 1.0):
    """A function that declares one of its arguments."""


class Layer:
    """Like a module of torch: no dataclass."""

    def __init__(self, features: int, scale: Annotated[float, Parameter("scale", POSITIVE, name="s")] = 30.0):
        self.features, self.scale = features, scale


def test_declarations_are_read_back_from_dataclasses_functions_and_classes():
    found = [(d.argument, d.kind, d.default) for d in declared(Grid)]
    assert found == [("share", float, 0.5), ("cells", int, None), ("sides", tuple[float, float], (0.2, 0.4))]
    assert [(d.name, d.default) for d in declared(focal)] == [("gamma", 2.0)]
    assert [(d.argument, d.name) for d in declared(Layer)] == [("scale", "s")]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share": 1.5}, "share 1.5: expected a fraction from 0 to 1"),
        ({"share": float("nan")}, "share nan: expected a fraction from 0 to 1"),
        ({"cells": 0}, "cells 0: expected a positive number"),
        ({"sides": (0.4, 0.2)}, "sides 0.4,0.2: expected two positive numbers LOW,HIGH at most 1"),
        ({"cells": 13}, "cells 13: with share there are none"),
    ],
)
def test_a_value_without_meaning_is_refused_by_name(values, message):
    with pytest.raises(UserError) as refusal:
        Grid(**values)
    assert str(refusal.value) == message
