"""What the classifiers of an adapted reader learn from, and what they know when they begin."""

import numpy as np
import pandas as pd
import pytest
import torch
from reader_models import CLASSES, write_classifier
from tiny_readers import CLASSES as KNOWN
from tiny_readers import write_tiny_reader

from mojika.data.centre_view import centre_views
from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pack_pages import HEAD
from mojika.data.pack_writer import write_pack
from mojika.errors import UserError
from mojika.reader.finetuning.crops import pack_mixed, write_training_lists
from mojika.reader.finetuning.new_classes import with_classes_of, write_starting_model
from mojika.recognition.box_crops import CropFormat
from mojika.training.model_file import load_model

CPU = torch.device("cpu")


def make_pack(folder, labels: list[str], size: int = 20, seed: int = 0, classes: ClassList | None = None) -> Pack:
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), size, size, 1), np.uint8)
    samples = pd.DataFrame(
        {HEAD: pd.array(labels, dtype="str"), "image_id": "page", "group": "book", "source": "train", "weight": 1.0}
    )
    classes = (classes or ClassList.from_labels(labels)).recounted(labels)
    with write_pack(folder, size=(size, size), channels=1, expected_count=len(labels)) as writer:
        writer.append(images)
        writer.finish(samples, {HEAD: classes}, {"stage": "test", "seed": seed})
    return Pack.open(folder)


@pytest.fixture
def classifier(tmp_path):
    write_classifier(tmp_path / "known.model", seed=3, preprocessed=None)
    return load_model(tmp_path / "known.model", CPU)


def test_mixed_crops_are_of_known_classes_each_of_them_and_as_the_model_wants_them(tmp_path, classifier):
    labels = ["U+3042"] * 900 + ["U+304B"] * 60 + ["U+9F8D"] * 40 + ["U+4E00"] * 3
    pack = make_pack(tmp_path / "generated", labels)
    form = CropFormat(1, 28)
    mixed = pack_mixed([pack], CLASSES, classifier.spec, form, 200, tmp_path / "mixed", seed=0)
    counts = mixed.samples[HEAD].value_counts()
    assert len(mixed) == 200 and mixed.size == (28, 28) and mixed.classes[HEAD].labels == CLASSES.labels
    assert counts["U+4E00"] == 3 and counts["U+304B"] >= 5 and "U+9F8D" not in counts
    assert counts["U+3042"] > 10 * counts["U+304B"] * 0.8
    again = pack_mixed([pack], CLASSES, classifier.spec, form, 200, tmp_path / "again", seed=0)
    assert np.array_equal(mixed.images, again.images) and mixed.fingerprint == again.fingerprint

    with pytest.raises(UserError, match="expected crops of the reader's classes, found none"):
        pack_mixed([make_pack(tmp_path / "other", ["U+9F8D"])], CLASSES, classifier.spec, form, 9, tmp_path / "x", 0)


def test_the_books_crops_are_the_share_of_an_epoch_that_was_asked_for(tmp_path):
    book = make_pack(tmp_path / "book", ["U+3042"] * 10, classes=CLASSES)
    mixed = make_pack(tmp_path / "mixed", ["U+304B"] * 300, classes=CLASSES)
    assert write_training_lists(book, mixed, 0.5, 0, tmp_path / "half") == {"book": 10, "mixed": 300, "repeat": 30}
    assert write_training_lists(book, mixed, 0.25, 0, tmp_path / "quarter")["repeat"] == 10
    assert write_training_lists(book, None, 0.5, 76, tmp_path / "alone") == {"book": 10, "mixed": 0, "repeat": 8}
    train = pd.read_csv(tmp_path / "half" / "train.csv")
    assert train.groupby(HEAD)["repeat"].sum().to_dict() == {"U+3042": 300, "U+304B": 300}


def test_a_new_class_starts_from_the_mean_direction_of_its_crops(tmp_path, classifier):
    labels = ["U+3042", "U+9F8D", "U+9F8D", "U+304B"]
    classes = with_classes_of(CLASSES, set(labels))
    assert classes.labels == ("U+3042", "U+304B", "U+4E00", "U+5B57", "U+9F8D")
    assert with_classes_of(CLASSES, {"U+3042"}) is CLASSES
    book = make_pack(tmp_path / "book", labels, size=28, classes=classes)
    write_starting_model(tmp_path / "known.model", book, tmp_path / "start.model")
    start = load_model(tmp_path / "start.model", CPU)
    assert start.classes[HEAD].labels == classes.labels and start.spec == classifier.spec

    images = centre_views(np.asarray(book.images), classifier.spec)
    with torch.inference_mode():
        features = classifier.network.backbone(images).double().numpy()
        old, new = classifier.logits(images)[0], start.logits(images)[0]
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    direction = features[1:3].mean(0) - features.mean(0)
    vector = start.network.heads[HEAD].weight[4].detach().double().numpy()
    cosine = vector @ direction / np.linalg.norm(vector) / np.linalg.norm(direction)
    assert cosine == pytest.approx(1, abs=1e-6)
    lengths = classifier.network.heads[HEAD].weight.detach().norm(dim=1)
    assert np.linalg.norm(vector) == pytest.approx(float(lengths.median()), rel=1e-5)
    assert torch.allclose(new[:, :4], old, atol=1e-5)


def test_a_new_class_is_as_likely_on_average_as_those_that_are_known(tmp_path):
    write_tiny_reader(tmp_path)  # whose head has biases
    labels = ["U+3042", "U+9F8D", "U+3044", "U+9F8D", "U+304B"]
    classes = with_classes_of(KNOWN, set(labels))
    book = make_pack(tmp_path / "book", labels, size=28, classes=classes)
    write_starting_model(tmp_path / "classifier.model", book, tmp_path / "start.model")
    start = load_model(tmp_path / "start.model", CPU)
    with torch.inference_mode():
        logits = start.logits(centre_views(np.asarray(book.images), start.spec))[0]
    assert float(logits[:, 6].mean()) == pytest.approx(float(logits[:, :6].mean()), abs=1e-5)
    others = [0, 2, 4]
    assert logits[[1, 3], 6].min() > logits[others, 6].max()
