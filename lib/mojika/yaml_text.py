"""YAML that people write by hand, or that comes from anyone: plain values of a size that the text itself has."""

import re
from typing import Any

import yaml

_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_MOST_VALUES = 100_000  # with those that an alias stands for
_MOST_BITS = 10_000


class _Loader(yaml.SafeLoader):
    """PyYAML itself reads YAML 1.1, where `1e-8` without a point is a text."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def load_yaml(text: str) -> Any:
    """The value, with the numbers of YAML 1.2.

    Raises `yaml.YAMLError` where the text is no YAML, and where it is nested too deeply, within itself, or by its
    aliases many times larger than it looks.
    """
    try:
        value = yaml.load(text, _Loader)
        if _values_in(value, {}) > _MOST_VALUES:
            raise yaml.YAMLError("expected plain values, found aliases that make too many of them")
    except RecursionError:
        raise yaml.YAMLError("expected plain values, found some nested too deeply, or within themselves") from None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:  # of dates, numbers and tags
        raise yaml.YAMLError(f"expected plain values: {str(error)[:100]}") from None
    return value


def _values_in(value: Any, known: dict[int, int]) -> int:
    """How many values there are, where every alias counts as what it stands for; `known` are those of each list."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:  # which Python would not print
        raise ValueError("found a number of thousands of digits")
    if not isinstance(value, list | tuple | set | dict):
        return 1
    if id(value) not in known:
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_values_in(each, known) for each in inner)
    return known[id(value)]
