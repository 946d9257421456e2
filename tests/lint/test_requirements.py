"""requirements.txt pins everything that a user's environment needs, directly or in turn, requirements-dev.txt what
tests and lint need beside it; both are what is installed.

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


def pins_of(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in requirements}


RUNTIME, DEVELOPMENT = pins_of("requirements.txt"), pins_of("requirements-dev.txt")
PINS = RUNTIME | DEVELOPMENT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN_ENVIRONMENT = (Path(sys.prefix) / ".mojika").exists()  # run.sh's mark
pinned_environment = pytest.mark.skipif(
    not (OWN_ENVIRONMENT or os.environ.get("CI")), reason="neither run.sh's environment nor CI: versions may differ"
)
EXTRAS = PROJECT["optional-dependencies"]
NAMED_FOR_USERS = [
    Requirement(text) for text in PROJECT["dependencies"] + EXTRAS["http"] + EXTRAS["s3"] + EXTRAS["export"]
]
NAMED = NAMED_FOR_USERS + [Requirement(text) for text in EXTRAS["dev"]]


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


def test_runtime_and_development_are_apart():
    assert set(RUNTIME) & set(DEVELOPMENT) == set()
    assert {canonicalize_name(each.name) for each in NAMED_FOR_USERS} <= set(RUNTIME)


@pinned_environment
def test_a_users_environment_is_what_it_needs_and_nothing_of_tests():
    assert set(RUNTIME) == needed_by(NAMED_FOR_USERS)


@pinned_environment
def test_nothing_else_is_pinned_for_tests_than_what_they_need():
    assert set(PINS) == needed_by(NAMED)


def needed_by(named: list[Requirement]) -> set[str]:
    """Names of these packages and of all that they need in turn, without CUDA's."""
    needed, waiting = set(), [(canonicalize_name(r.name), frozenset(r.extras)) for r in named]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in needed or is_cuda_wheel(name):
            continue
        needed.add((name, extras))
        waiting += [(canonicalize_name(r.name), frozenset(r.extras)) for r in required_by(name, set(extras))]
    return {name for name, _ in needed}


def test_the_packages_of_2019_are_named_in_one_version_each():
    """They are not among the pins: only tests of imported models need them."""
    named = {each.name: str(each.specifier) for each in map(Requirement, PROJECT["optional-dependencies"]["legacy"])}
    assert all(version.startswith("==") for name, version in named.items() if name != "six")
    assert not {canonicalize_name(name) for name in named if name != "six"} & set(PINS)


def test_torch_comes_from_the_registry_and_chooses_its_own_cuda_wheels():
    assert [next(iter(PINS[name].specifier)).operator for name in ("torch", "torchvision")] == ["===", "==="]
    assert not [name for name in PINS if is_cuda_wheel(name)]


def test_every_pin_has_hashes_and_a_licence_in_the_same_version():
    """`scripts/supply/hashes.sh` and `licences.py` were run after the last change of requirements.txt."""
    lines = (ROOT / "requirements.hashes.txt").read_text().replace("\\\n", " ").splitlines()
    entries = [line.partition(" --hash=sha256:") for line in lines if not line.startswith("#")]
    assert [entry for entry, _, hashes in entries if not hashes] == []
    hashed = {canonicalize_name(each.name): each for each in (Requirement(entry.strip()) for entry, _, _ in entries)}
    assert [name for name in RUNTIME if str(hashed[name].specifier) != str(RUNTIME[name].specifier)] == []
    assert [name for name in hashed.keys() - RUNTIME.keys() if not hashed[name].marker] == []  # not for every system
    table = [
        line.split(" | ") for line in (ROOT / "docs/licences.md").read_text().splitlines() if line.startswith("| ")
    ]
    versions = {canonicalize_name(name.removeprefix("| ")): version for name, version, _ in table[1:]}
    assert versions == {name: str(pinned_version(name)) for name in RUNTIME}
