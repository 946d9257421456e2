"""Hyper-parameters, declared once: in the signature of what they are parameters of.

    def focal(logits, targets, gamma: Annotated[float, Parameter("focusing parameter", NOT_NEGATIVE)] = 2.0)

Type and default are Python's own; `Parameter` adds a help text and a range. Functions, modules and dataclasses are
declared alike, and `declared` reads the declarations back: `mojika.parameters.flags` makes command-line flags of them.
"""

import inspect
import math
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mojika.errors import ParameterError


@dataclass(frozen=True)
class Range:
    """Which values have a meaning: in words, and as a test."""

    expected: str
    holds: Callable[[Any], bool]


POSITIVE = Range("a positive number", lambda value: 0 < value < math.inf)
NOT_NEGATIVE = Range("zero or a positive number", lambda value: 0 <= value < math.inf)
FRACTION = Range("a fraction from 0 to 1", lambda value: 0 <= value <= 1)
BELOW_ONE = Range("a fraction from 0 to below 1", lambda value: 0 <= value < 1)


def low_high(highest: float = math.inf) -> Range:
    """Two positive numbers in order, none above `highest`."""
    limit = f" at most {highest:g}" if highest < math.inf else ""
    return Range(
        f"two positive numbers LOW,HIGH{limit}",
        lambda values: len(values) == 2 and 0 < values[0] <= values[1] <= highest and values[1] < math.inf,
    )


@dataclass(frozen=True)
class Parameter:
    """What a signature says of a parameter beside its type and default, as `Annotated[type, Parameter(…)]`.

    `name` is what recipes call it, where that differs from the argument; an empty one says that it is the component's
    main parameter and goes by the component's own name. `default` is what a recipe has that does not say, where that
    differs from the argument's default. `short` is a second flag, such as `-b`.
    """

    help: str
    range: Range | None = None
    name: str | None = None
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    default: Any = None
    short: str | None = None
    alters_result: bool = True


def neutral(help: str, range: Range | None = None, **about: Any) -> Parameter:
    """A parameter that says how a run is carried out, not what it computes: it may change when the run is resumed."""
    return Parameter(help, range, **about, alters_result=False)


@dataclass(frozen=True)
class Declared:
    """A parameter as found in a signature; `kind` is its type, without None, `default` what a recipe has by default."""

    argument: str
    kind: Any
    default: Any
    parameter: Parameter

    @property
    def name(self) -> str:
        return self.argument if self.parameter.name is None else self.parameter.name

    def check(self, value: Any, given: Any = None) -> None:
        """Raises `ParameterError` for a value outside the range; None is a choice of its own. `given` is its text."""
        limits = self.parameter.range
        if limits and value is not None and not limits.holds(value):
            shown = given or (",".join(map(str, value)) if isinstance(value, tuple) else value)
            raise ParameterError(f"{{{self.argument}}} {shown}: expected {limits.expected}")


def declared(component: Callable[..., Any]) -> tuple[Declared, ...]:
    """The parameters that a function, class or dataclass declares, in the order of its signature."""
    return tuple(
        Declared(argument.name, _kind(argument.annotation), _default(argument, parameter), parameter)
        for argument in inspect.signature(component).parameters.values()
        for parameter in getattr(argument.annotation, "__metadata__", ())
        if isinstance(parameter, Parameter)
    )


class Checked:
    """A dataclass whose parameters are checked when it is made, so that whoever uses it need not."""

    def __post_init__(self) -> None:
        for parameter in declared(type(self)):
            parameter.check(getattr(self, parameter.argument))


def _default(argument: inspect.Parameter, parameter: Parameter) -> Any:
    if parameter.default is not None:
        return parameter.default
    return None if argument.default is inspect.Parameter.empty else argument.default


def _kind(annotation: Any) -> Any:
    kind = typing.get_args(annotation)[0]
    if isinstance(kind, types.UnionType):
        return next(choice for choice in typing.get_args(kind) if choice is not types.NoneType)
    return kind
