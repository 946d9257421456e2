"""`mojika train-detector`: train a detector of characters on labelled pages; running it again resumes the run."""

import argparse

from mojika.cli.stage import run_to_report
from mojika.experiment.detector_flags import add_flags

EXAMPLE = """example:
  mojika train-detector --labels input/kuzushiji-recognition/train.csv \\
      --images input/kuzushiji-recognition/preprocessed/train_images --hold-out 200015779 \\
      --architecture centernet --backbone resnet50 --prefix detector
"""

add_arguments = add_flags


def run(args: argparse.Namespace) -> int:
    from mojika.experiment.detector_run import train_detector  # torch, only where there is something to do

    return run_to_report(args, train_detector)
