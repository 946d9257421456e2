"""YAML that people write by hand, or that comes from anyone: plain values of a size that the text itself has."""

import re
from collections import Counter
from typing import Any

import yaml

_INT = re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(r"^(?:[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")
_OF_VERSION_1 = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}
_MOST_VALUES = 100_000  # with those that an alias stands for
_MOST_BITS = 10_000
_LONGEST = 2**22  # characters


class _Loader(yaml.SafeLoader):
    """PyYAML itself reads YAML 1.1, where `1e-8` without a point is a text, `1:30` is 90 and `017` is 15."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in found if tag not in _OF_VERSION_1]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        twice = [name for name, count in Counter(str(name.value) for name, _ in node.value).items() if count > 1]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"found the key {twice[0][:40]!r} twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def _whole_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(node.value)
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)


def load_yaml(text: str, *, as_texts: bool = False) -> Any:
    """The value, with the numbers of YAML 1.2 (10.3.2); `as_texts` leaves names such as `no` and `1e3` as written.

    Raises `yaml.YAMLError` where the text is no YAML or has a key twice, and where it is nested too deeply, within
    itself, or by its aliases many times larger than it looks.
    """
    try:
        value = yaml.load(text, yaml.BaseLoader if as_texts else _Loader)
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
