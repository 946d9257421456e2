"""The weights of `mojika.boxes.neighbourhood`, from what a detector says of generated pages.

    mojika detect DETECTOR.model --images PAGES/train_images --score-threshold 0.2 --out found.parquet
    mojika nms found.parquet --by box_score --out boxes.parquet
    python benchmarks/neighbourhood_fit.py boxes.parquet PAGES/train.csv

A box is true where it covers a labelled character (IoU 0.5, one to one by falling score). Prints the weights and the
bias, and what of the boxes is kept from a probability of a half on.
"""

import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from mojika.boxes.matching import match_boxes
from mojika.boxes.neighbourhood import features
from mojika.boxes.page_boxes import PageBoxes, read_boxes, truth_boxes
from mojika.boxes.scoring import of_pages


def fit(boxes: PageBoxes, truth: PageBoxes) -> tuple[np.ndarray, float]:
    """The weights `(8,)` and the bias of a logistic regression, for the columns of `features`."""
    scores = boxes.boxes["box_score"].to_numpy()
    pages = [slice(start, stop) for start, stop in zip(boxes.offsets, boxes.offsets[1:], strict=False)]
    values = np.concatenate([features(boxes.coordinates[rows], scores[rows]) for rows in pages])
    true = match_boxes(boxes, of_pages(truth, boxes.pages["image_id"].tolist())) >= 0
    scale = StandardScaler().fit(values)
    model = LogisticRegression().fit(scale.transform(values), true)
    weights = model.coef_[0] / scale.scale_
    bias = float(model.intercept_[0] - weights @ scale.mean_)
    kept = values @ weights + bias >= 0
    shares = [kept[true].mean(), kept[~true].mean()]
    print("{} pages; kept {:.3f} of the true and {:.3f} of the false boxes".format(len(pages), *shares))
    return weights, bias


if __name__ == "__main__":
    weights, bias = fit(read_boxes(sys.argv[1]), truth_boxes(sys.argv[2]))
    print([round(weight, 2) for weight in weights.tolist()], round(bias, 2))
