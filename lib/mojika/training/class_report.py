"""How well each class is read: scikit-learn's classification report as a table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.training.metrics import Counted


def class_report(counted: Mapping[str, Counted], classes: Mapping[str, ClassList]) -> pd.DataFrame:
    """Precision, recall, F1 and support (samples) of each class that is true or read somewhere, in the model's order.

    What would be divided by 0 is 0. `counted` has the counts of each head; with several the first column names them.
    """
    tables = [_of_head(counted[head], labels).assign(head=head) for head, labels in classes.items()]
    columns = [*(["head"] if len(classes) > 1 else []), "label", "precision", "recall", "f1", "support"]
    return pd.concat(tables, ignore_index=True)[columns]


def _of_head(counted: Counted, classes: ClassList) -> pd.DataFrame:
    truths, predicted, hits = (counts.cpu().numpy() for counts in counted)
    numbers = {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, truths),
        "f1": _ratio(2 * hits, truths + predicted),
        "support": truths,
    }
    table = pd.DataFrame({"label": np.array(classes.labels, object), **numbers})
    return table[(truths > 0) | (predicted > 0)]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return (part / np.maximum(whole, 1)).round(6)
