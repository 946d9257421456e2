"""A grapheme submission as a file; beside it, in a JSON file, what it was made from and what it predicts how often."""

from pathlib import Path
from typing import Any

import numpy as np

from mojika.data.grapheme_labels import HEADS
from mojika.files.artifact import Header, JsonFile, Kind
from mojika.files.described import find_described, write_described
from mojika.recognition.graphemes.probabilities import GraphemeProbabilities
from mojika.recognition.graphemes.reweighting import prediction_counts, reweighted
from mojika.recognition.graphemes.submission import SubmissionRows

SUBMISSION = Kind("grapheme submission", 1, JsonFile(), "a grapheme submission of", "what describes a submission")


def find_submission(out: Path, made_from: dict[str, Any]) -> Header | None:
    """The header of the submission at `out`; None where there is none.

    Raises `UserError` where it was made from something else, or changed since.
    """
    return find_described(SUBMISSION, out, made_from)


def write_submission(
    out: Path,
    rows: SubmissionRows,
    probabilities: GraphemeProbabilities,
    made_from: dict[str, Any],
    *,
    exponent: float | None = None,
) -> Header:
    """Write the submission `rows` with the most probable class of each image and head, and its header beside it.

    Probabilities are divided by how often their class is predicted, to the power `exponent`, before. The header has
    `predicted`, the counts of each head's classes `before` and `after` that, and the number of `rows` it `changed`.
    """
    labels, changed = {}, 0
    counts: dict[str, dict[str, list[int]]] = {"before": {}, "after": {}}
    for head in HEADS:
        before = after = probabilities.of_heads[head]
        if exponent is not None:
            after = reweighted(before, exponent)
        counts["before"][head] = prediction_counts(before).tolist()
        counts["after"][head] = prediction_counts(after).tolist()
        changed += int((before.argmax(axis=1) != after.argmax(axis=1)).sum())
        labels[head] = np.array(probabilities.classes[head].labels, object)[after.argmax(axis=1)]
    return write_described(
        SUBMISSION,
        out,
        rows.format(labels),
        made_from,
        report={"rows": len(rows.row_ids), "changed": changed},
        classes={head: probabilities.classes[head].to_plain() for head in HEADS},
        class_list_digest={head: probabilities.classes[head].digest for head in HEADS},
        predicted=counts,
    )
