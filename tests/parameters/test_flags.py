import argparse
from dataclasses import dataclass
from typing import Annotated

import pytest

from mojika.errors import ParameterError, UserError
from mojika.parameters.declaration import POSITIVE, Checked, Parameter, low_high
from mojika.parameters.flags import Flags


@dataclass(frozen=True, kw_only=True)
class Bend(Checked):
    strength: Annotated[float, Parameter("how much", name="", metavar="S")] = 0.0
    grid_points: Annotated[int | None, Parameter("points a side", POSITIVE)] = None
    period: Annotated[tuple[float, float], Parameter("of the side", low_high(1.0))] = (0.4, 1.0)
    sharp: Annotated[bool, Parameter("without blur")] = False
    kind: Annotated[str, Parameter("curve (default: the plain one)", choices=("line", "arc"))] = "line"
    rate: Annotated[float, Parameter("learned at", name="lr")] = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.strength > 1 and self.sharp:
            raise ParameterError("{strength} {grid_points}: not with {sharp}")


def scale(images: list, factor: Annotated[float, Parameter("factor", POSITIVE)] = 2.0) -> list:
    return [factor * image for image in images]


FLAGS = Flags(Bend, "bend", switch=None)


def parsed(*flags: str, of: Flags = FLAGS) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    of.add_to(parser)
    return parser.parse_args(flags)


def test_flags_are_called_after_component_and_parameter():
    parser = argparse.ArgumentParser()
    Flags(Bend, "bend").add_to(parser)
    helps = {action.option_strings[0]: action.help for action in parser._actions[1:]}
    assert helps == {
        "--bend": "how much (default: 0)",
        "--bend-grid-points": "points a side",
        "--bend-period": "of the side (default: 0.4,1.0)",
        "--bend-sharp": "without blur",
        "--bend-kind": "curve (default: the plain one)",
        "--bend-lr": "learned at (default: 1e-5)",
    }


def test_without_a_prefix_the_parameter_alone_names_the_flag():
    assert vars(parsed(of=Flags(scale))) == {"factor": 2.0}


def test_a_switch_turns_a_component_on():
    flags = Flags(scale, "scale", switch="larger images")
    assert vars(parsed(of=flags)) == {"scale": False, "scale_factor": 2.0}
    assert vars(parsed("--scale", "--scale-factor", "3", of=flags)) == {"scale": True, "scale_factor": 3.0}


def test_values_come_back_as_arguments_of_the_component():
    args = parsed("--bend", "0.3", "--bend-sharp", "--bend-period", "0.2,0.5", "--bend-kind", "arc")
    assert args.bend_period == "0.2,0.5"  # as given
    assert Bend(**FLAGS.arguments(args)) == Bend(strength=0.3, sharp=True, period=(0.2, 0.5), kind="arc")
    assert Bend(**FLAGS.arguments(parsed())) == Bend()
    assert scale([1], **Flags(scale).arguments(parsed(of=Flags(scale)))) == [2.0]


def test_settled_values_are_numbers_by_their_names_in_a_recipe():
    assert FLAGS.settled(parsed("--bend-period", "0.2,0.5")) == {
        "bend": 0.0, "bend_grid_points": None, "bend_period": (0.2, 0.5), "bend_sharp": False, "bend_kind": "line",
        "bend_lr": 1e-5,
    }  # fmt: skip
    assert FLAGS.settled(argparse.Namespace(**FLAGS.settled(parsed()))) == FLAGS.settled(parsed())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--bend-grid-points 0", "--bend-grid-points 0: expected a positive number"),
        ("--bend-period 0.2,x", "--bend-period 0.2,x: expected numbers separated by commas"),
        ("--bend-period 0.2", "--bend-period 0.2: expected two positive numbers LOW,HIGH at most 1"),
        ("--bend 2 --bend-sharp", "--bend --bend-grid-points: not with --bend-sharp"),
    ],
)
def test_refusals_name_the_flag(flags, message):
    with pytest.raises(UserError) as refusal:
        FLAGS.settled(parsed(*flags.split()))
    assert str(refusal.value) == message


def test_functions_are_checked_by_range():
    with pytest.raises(UserError, match="--factor 0.0: expected a positive number"):
        Flags(scale).settled(parsed("--factor", "0", of=Flags(scale)))
