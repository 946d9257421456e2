"""`mojika SUBCOMMAND --help` is quick: what a subcommand works with is imported when it runs."""

import subprocess
import sys

PROGRAM = """
import argparse, importlib, sys
from mojika.cli.main import SUBCOMMANDS
for name, (module, _) in SUBCOMMANDS.items():
    if name in ("train", "train-detector"):  # their flags are declared beside what computes with them
        continue
    importlib.import_module(module).add_arguments(argparse.ArgumentParser())
    if "torch" in sys.modules:
        sys.exit(f"the flags of {name} import torch")
"""


def test_no_subcommand_needs_torch_for_its_flags():
    """In one process, so the first that does is the one that is named."""
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
