"""`mojika completion`: a script by which a shell completes subcommands, flags, their choices, and files."""

import argparse

from mojika.cli.stage import Report, add_flags

SHELLS = ("bash", "zsh", "tcsh")

EXAMPLE = """examples:
  mojika completion bash > ~/.local/share/bash-completion/completions/mojika
  mojika completion zsh > ~/.zfunc/_mojika        # with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc

Takes effect in the next shell that is opened. Make the script again after an update.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="shell to write the script for")
    add_flags(parser, "json")


def run(args: argparse.Namespace) -> Report:
    import shtab

    from mojika.cli.main import whole_parser

    parser = whole_parser()
    _complete_files(parser)
    script = shtab.complete(parser, args.shell)
    return Report({"shell": args.shell, "script": script}, script)


def _complete_files(parser: argparse.ArgumentParser) -> None:
    """What has no choices of its own and is no number may be a file, which shtab reads from an attribute."""
    import shtab

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                _complete_files(each)
        elif action.choices is None and action.nargs != 0 and action.type not in (int, float):
            vars(action)["complete"] = shtab.FILE
