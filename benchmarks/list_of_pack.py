#!/usr/bin/env python3
"""A list with every sample of a pack, to evaluate a model on all of them."""

import argparse
import sys
from pathlib import Path

import pandas as pd


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path, help="folder of a pack; its list is printed")
    pack = parser.parse_args().pack.resolve()
    samples = pd.read_parquet(pack / "samples.parquet", columns=["label"])
    samples.assign(pack=pack, row=range(len(samples)))[["pack", "row", "label"]].to_csv(sys.stdout, index=False)


if __name__ == "__main__":
    main()
