"""`mojika SUBCOMMAND --help` is quick: what a subcommand works with is imported when it runs."""

import subprocess
import sys

from mojika.cli import classify, preprocess, split, stage
from mojika.data.preprocess_pages import STEPS
from mojika.data.split_writer import UNITS
from mojika.recognition.box_crops import PADDING
from mojika.recognition.view_windows import VIEWS

PROGRAM = """
import argparse, importlib, sys
from mojika.cli.main import SUBCOMMANDS
for name, (module, _) in SUBCOMMANDS.items():
    importlib.import_module(module).add_arguments(argparse.ArgumentParser())
    heavy = {"cv2", "lightgbm", "matplotlib", "pandas", "scipy", "sklearn", "timm", "torch"} & set(sys.modules)
    if heavy:
        sys.exit(f"the flags of {name} import {', '.join(sorted(heavy))}")
"""


def test_no_subcommand_needs_a_heavy_library_for_its_flags():
    """In one process, so the first that does is the one that is named."""
    found = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def test_choices_of_flags_are_those_of_the_library():
    assert list(STEPS) == preprocess._STEPS
    assert list(UNITS) == split._UNITS
    assert VIEWS == stage.VIEWS and classify._PADDING == PADDING
