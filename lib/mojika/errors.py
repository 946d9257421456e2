"""The two ways in which a command ends early without being wrong itself."""

import re
from collections.abc import Callable


class UserError(Exception):
    """Something the user can mend: one line that says what was expected, what was found and what to do.

    Entry points print it without a traceback and exit with status 2.
    """


class ParameterError(UserError):
    """A parameter's value without meaning, or one that the machine or the data cannot follow.

    `text` names parameters in braces. Components know no flags: whoever does replaces the names, as entry points do.
    """

    def __init__(self, text: str):
        self.text = text
        super().__init__(self.naming(lambda name: name))

    def naming(self, name_of: Callable[[str], str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: name_of(found[1]), self.text)

    def with_flags(self) -> str:
        """`--input-size` for `{input_size}`."""
        return self.naming(lambda name: f"--{name.replace('_', '-')}")


class Interrupted(Exception):
    """A signal asked for an orderly stop; what was done is saved and the same command continues it.

    Entry points exit with status 75 (`EX_TEMPFAIL`).
    """
