#!/usr/bin/env python3
"""`mojika train` under its name of 2019. See `python train.py --help`."""

import sys

from mojika.cli.train import main

if __name__ == "__main__":
    sys.exit(main())
