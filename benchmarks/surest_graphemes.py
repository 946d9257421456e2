"""The surest of what was read of graphemes without labels, as labels to learn from.

    mojika infer-graphemes --models … --shards … --out read.csv --probabilities read.parquet
    python benchmarks/surest_graphemes.py read.parquet labels.csv [--share 0.4] [--truth test_labels.csv]

The probabilities of each component are re-weighted first, as `mojika infer-graphemes --reweight` does; a grapheme is as
sure as the product of the three. With `--truth` it says which share of the labels is right, all three of them.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.recognition.graphemes.reweighting import DEFAULT_EXPONENT, reweighted


def surest(probabilities: pd.DataFrame, share: float) -> pd.DataFrame:
    """`image_id` and the number of each component, of this share of the rows."""
    labels, certainty = pd.DataFrame({"image_id": probabilities["image_id"]}), np.zeros(len(probabilities))
    for component in probabilities.columns.drop("image_id"):
        own = reweighted(np.stack(probabilities[component].to_list()).astype(np.float64), DEFAULT_EXPONENT)
        labels[component] = own.argmax(axis=1)
        certainty += np.log(own.max(axis=1) / own.sum(axis=1))
    return labels.iloc[np.sort(np.argsort(-certainty, kind="stable")[: round(share * len(labels))])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("probabilities", type=Path, metavar="PARQUET")
    parser.add_argument("out", type=Path, metavar="CSV")
    parser.add_argument("--share", type=float, default=0.4)
    parser.add_argument("--truth", type=Path, metavar="CSV")
    args = parser.parse_args()
    labels = surest(pd.read_parquet(args.probabilities), args.share)
    labels.to_csv(args.out, index=False)
    if args.truth:
        truth = pd.read_csv(args.truth).set_index("image_id").loc[labels["image_id"], labels.columns[1:]]
        right = (truth.to_numpy() == labels.iloc[:, 1:].to_numpy()).all(axis=1).mean()
        print(f"{len(labels)} graphemes, {right:.3f} right")


if __name__ == "__main__":
    main()
