"""requirements.txt pins everything that pyproject.toml asks for, directly or in turn, and is what is installed.

What is installed is looked at where it is meant to be what is pinned: in run.sh's environment and in CI.
"""

import os
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PINS = {
    canonicalize_name(requirement.name): requirement
    for line in (ROOT / "requirements.txt").read_text().splitlines()
    if line and not line.startswith("#")
    for requirement in [Requirement(line)]
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN_ENVIRONMENT = (Path(sys.prefix) / ".mojika").exists()  # run.sh's mark
pinned_environment = pytest.mark.skipif(
    not (OWN_ENVIRONMENT or os.environ.get("CI")), reason="neither run.sh's environment nor CI: versions may differ"
)
NAMED = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]


def pinned_version(name: str) -> Version:
    [specifier] = PINS[canonicalize_name(name)].specifier
    assert specifier.operator in ("==", "===")
    return Version(specifier.version)


def is_cuda_wheel(name: str) -> bool:
    return name == "triton" or name.startswith(("nvidia-", "cuda-"))


def required_by(name: str, extras: set[str]) -> list[Requirement]:
    """What the installed package needs here, with these extras."""
    requirements = [Requirement(text) for text in distribution(name).requires or []]
    environments = [{"extra": extra} for extra in {"", *extras}]
    return [r for r in requirements if r.marker is None or any(r.marker.evaluate(each) for each in environments)]


def test_what_pyproject_names_is_pinned_to_a_version_that_it_allows():
    assert [str(each) for each in NAMED if not each.specifier.contains(pinned_version(each.name))] == []


@pinned_environment
def test_installed_versions_are_the_pinned_ones():
    installed = {name: Version(distribution(name).version).public for name in PINS}
    assert installed == {name: pinned_version(name).public for name in PINS}


@pinned_environment
def test_what_a_pinned_package_needs_is_pinned_too():
    needed = {canonicalize_name(each.name) for name in PINS for each in required_by(name, PINS[name].extras)}
    assert {name for name in needed if not is_cuda_wheel(name)} - set(PINS) == set()


@pinned_environment
def test_nothing_is_pinned_that_nobody_needs():
    needed, waiting = set(), [(canonicalize_name(r.name), frozenset(r.extras)) for r in NAMED]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in needed or is_cuda_wheel(name):
            continue
        needed.add((name, extras))
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in required_by(name, set(extras))]
    assert set(PINS) == {name for name, _ in needed}


def test_the_packages_of_2019_are_named_in_one_version_each():
    """They are not among the pins: only tests of imported models need them."""
    named = {each.name: str(each.specifier) for each in map(Requirement, PROJECT["optional-dependencies"]["legacy"])}
    assert all(version.startswith("==") for name, version in named.items() if name != "six")
    assert not {canonicalize_name(name) for name in named if name != "six"} & set(PINS)


def test_torch_comes_from_the_registry_and_chooses_its_own_cuda_wheels():
    assert [next(iter(PINS[name].specifier)).operator for name in ("torch", "torchvision")] == ["===", "==="]
    assert not [name for name in PINS if is_cuda_wheel(name)]
