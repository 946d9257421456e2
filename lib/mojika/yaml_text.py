"""YAML that people write by hand: plain values, with the numbers of YAML 1.2."""

import re
from typing import Any

import yaml

_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")


class _Loader(yaml.SafeLoader):
    """PyYAML itself reads YAML 1.1, where `1e-8` without a point is a text."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def load_yaml(text: str) -> Any:
    """The value; raises `yaml.YAMLError` where the text is no YAML."""
    return yaml.load(text, _Loader)
