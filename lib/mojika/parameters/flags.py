"""Command-line flags made of declared parameters, and components made of the values that the flags were given."""

import argparse
import re
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.parameters.declaration import Checked, Declared, declared


@dataclass(frozen=True)
class Flags:
    """The flags of a component: `--PREFIX-NAME` for each of its parameters, and `--PREFIX` to switch it on.

    Without a prefix, a flag is called after its parameter alone. `switch` is the help text of `--PREFIX`; components
    that are always there, or are switched on by a parameter, have none. A program that has `only` some of the
    parameters, or `defaults` of its own, names them as its recipes do.
    """

    component: Callable[..., Any]
    prefix: str = ""
    switch: str | None = None
    only: Collection[str] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def add_to(self, group: argparse._ActionsContainer) -> None:
        for names, about in self.options():
            group.add_argument(*names, **about)

    def options(self) -> Iterator[tuple[list[str], dict[str, Any]]]:
        """Names and what `add_argument` is told, of each flag."""
        if self.switch:
            yield [flag_of(self.prefix)], {"action": "store_true", "help": self.switch}
        for parameter in self._parameters():
            names = [flag_of(self._name(parameter)), parameter.parameter.short]
            yield [name for name in names if name], _options(parameter)

    def arguments(self, recipe: argparse.Namespace) -> dict[str, Any]:
        """What a recipe says of the component's parameters, as keyword arguments."""
        return {
            parameter.argument: _parsed(parameter, getattr(recipe, self._name(parameter)))
            for parameter in self._parameters()
        }

    def settled(self, args: argparse.Namespace) -> dict[str, Any]:
        """The values by their names in a recipe, numbers where flags had text; raises `UserError` naming the flag."""
        parameters = self._parameters()
        try:
            arguments = self.arguments(args)
            for parameter in parameters:
                given = getattr(args, self._name(parameter))
                parameter.check(arguments[parameter.argument], given if isinstance(given, str) else None)
            if isinstance(self.component, type) and issubclass(self.component, Checked):
                self.component(**arguments)  # it also looks at its parameters together
        except ParameterError as error:
            names = {parameter.argument: self._name(parameter) for parameter in parameters}
            raise UserError(error.naming(lambda argument: flag_of(names[argument]))) from None
        return {self._name(parameter): arguments[parameter.argument] for parameter in parameters}

    def neutral(self) -> set[str]:
        """The names, in a recipe, of parameters that do not alter a run's result."""
        return {self._name(each) for each in self._parameters() if not each.parameter.alters_result}

    def _parameters(self) -> list[Declared]:
        return [
            replace(each, default=self.defaults.get(self._name(each), each.default))
            for each in declared(self.component)
            if self.only is None or self._name(each) in self.only
        ]

    def _name(self, parameter: Declared) -> str:
        return "_".join(filter(None, (self.prefix, parameter.name)))


def flags_of(components: Mapping[str, Any]) -> list[Flags]:
    """The flags of each component by its name, switched on by `--NAME` where it has a `summary`."""
    return [Flags(component, name, component.summary) for name, component in components.items()]


def flag_of(name: str) -> str:
    """`--random-erasing-p` of `random_erasing_p`."""
    return f"--{name.replace('_', '-')}"


def numbers(text: str, kind: Callable[[str], Any]) -> tuple:
    """The numbers of a text, separated by commas; raises `ValueError`."""
    return tuple(kind(field) for field in text.split(","))


def _options(parameter: Declared) -> dict[str, Any]:
    """For `add_argument`."""
    about, default = parameter.parameter, parameter.default
    if parameter.kind is bool:
        return {"action": "store_true", "help": about.help}
    options: dict[str, Any] = {"default": default, "help": about.help}
    if _is_tuple(parameter):
        options["default"] = ",".join(map(str, default)) if default else default
    elif parameter.kind is not str:
        options["type"] = parameter.kind
    if default not in (None, ()) and "(default:" not in about.help:
        options["help"] += f" (default: {_plain(options['default'])})"
    return options | {key: value for key in ("metavar", "choices") if (value := getattr(about, key))}


def _parsed(parameter: Declared, value: Any) -> Any:
    if not (isinstance(value, str) and _is_tuple(parameter)):
        return value
    try:
        return numbers(value, typing.get_args(parameter.kind)[0])
    except ValueError:
        raise ParameterError(f"{{{parameter.argument}}} {value}: expected numbers separated by commas") from None


def _is_tuple(parameter: Declared) -> bool:
    return typing.get_origin(parameter.kind) is tuple


def _plain(default: Any) -> str:
    """`0.3`, `1e-5`."""
    return re.sub("e-0", "e-", f"{default:g}") if isinstance(default, float) else str(default)
