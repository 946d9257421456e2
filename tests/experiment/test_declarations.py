"""What a component takes is declared in its signature, and nowhere else."""

import inspect
import re
from itertools import chain
from pathlib import Path

import pytest
from floors import FLOOR_OF

import mojika
from mojika.augmentation.mixing import MIXERS
from mojika.augmentation.operations import AFTER_MIXING, BEFORE_MIXING
from mojika.experiment.arguments import build_parser
from mojika.experiment.declared_flags import GROUPS
from mojika.models.heads import HEADS
from mojika.parameters.declaration import declared
from mojika.parameters.flags import flags_of

GIVEN = {"mean", "std", "features", "classes"}  # by the images and the network, not by a recipe
COMPONENTS = {**MIXERS, **BEFORE_MIXING, **AFTER_MIXING, **HEADS}


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_parameter_of_a_component_is_declared(name):
    taken = inspect.signature(COMPONENTS[name]).parameters.keys()
    if name != "linear":  # torch's own layer
        assert {parameter.argument for parameter in declared(COMPONENTS[name])} == taken - GIVEN


@pytest.mark.parametrize("name", sorted(COMPONENTS.keys() - {"linear"}))
def test_a_component_is_switched_on_by_a_flag_of_its_name(name):
    assert f"--{name.replace('_', '-')}" in build_parser()._option_string_actions


def test_a_line_in_a_registry_makes_the_flags_of_a_component():
    names = {option.option_strings[0] for option in build_parser()._actions if option.option_strings}
    for flags in flags_of(MIXERS):
        assert {f"--{flags.prefix}"} | {f"--{flags.prefix}-{name}" for name in _names(flags)} <= names


def test_a_recipe_has_the_declared_defaults():
    args = build_parser().parse_args(["train.csv", "valid.csv"])
    for flags in chain.from_iterable(GROUPS.values()):
        defaults = {parameter.argument: parameter.default for parameter in declared(flags.component)}
        assert flags.arguments(args) == defaults


@pytest.mark.parametrize("room", sorted(FLOOR_OF.keys() - {"parameters", "experiment", "cli"}))
def test_components_know_no_flags(room):
    sources = Path(mojika.__file__).parent.joinpath(room).rglob("*.py")
    lines = [(path.name, line) for path in sources for line in path.read_text().splitlines()]
    assert not [line for line in lines if _FLAG.search(line[1]) and not any(other in line[1] for other in OTHERS)]


_FLAG = re.compile(r"--[a-z]")
OTHERS = ("torchrun", '"git"', '"fc-list"', "pip install", "./run.sh", "mojika ")  # programs with flags of their own


def _names(flags) -> list[str]:
    return [parameter.name.replace("_", "-") for parameter in declared(flags.component)]
