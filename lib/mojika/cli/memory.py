"""A GPU whose memory is too small for what a subcommand was asked to do at once."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from mojika.errors import UserError

FILLING = ("batch_size", "short_sides", "tta")


@contextmanager
def memory_named(args: argparse.Namespace) -> Iterator[None]:
    """In the block, a GPU that is out of memory is a `UserError` with the flags that fill it, and their values.

    torch's error is known by its name, so that subcommands that don't need torch don't wait for it.
    """
    try:
        yield
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":
            raise
        given = {name: getattr(args, name) for name in FILLING if getattr(args, name, None) not in (None, 1)}
        remedies = [f"a smaller --{name.replace('_', '-')} (it is {value})" for name, value in given.items()]
        if hasattr(args, "device"):
            remedies.append("--device cpu")
        raise UserError(f"the GPU has too little memory: try {' or '.join(remedies) or 'a larger one'}") from error
