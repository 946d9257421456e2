"""Checkpoints that earlier commits wrote (`checkpoints/README.md`) are read as those commits read them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints.write import CHARACTERS, DETECTOR, WRITTEN, make_data, read

from mojika.cli.main import main
from mojika.detection.detector_file import load_detector
from mojika.detection.training_pages import read_training_pages
from mojika.experiment import detector_flags
from mojika.experiment.arguments import build_parser
from mojika.experiment.classifier_run import ClassifierRun
from mojika.experiment.detector_run import DetectorRun
from mojika.experiment.training_lists import read_lists
from mojika.experiment.validation import resolve
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.training.checkpoints import load_checkpoint
from mojika.training.distributed import World
from mojika.training.model_file import load_model

FOLDER = Path(__file__).parent / "checkpoints"
PARTS = ("train", "valid")
CPU = torch.device("cpu")
SHOWN = {"channels": 1, "mean": (0.7,), "std": (0.2,), "scale_size": 28, "input_size": 24, "interpolation": "bicubic"}
OWN = {
    "flags_of_2019": {"interpolation": "bilinear"},
    "rectangles": {"scale_size": (28, 32), "input_size": (24, 30)},
    "grapheme_form": {"grapheme_form": "crop:30"},
    "exchanged_channels": {"channels_exchanged": True},
}
HEAD_FLAGS = ("--l2softmax", "--arcface", "--adacos")
CLASSIFIERS = [name for name, (_, kind, _) in WRITTEN.items() if kind != "detector"]
DETECTORS = [name for name in WRITTEN if name not in CLASSIFIERS]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> dict[str, Path]:
    """Of each kind of checkpoint the images that it was trained and read with."""
    folders = {kind: tmp_path_factory.mktemp(kind) for _, kind, _ in WRITTEN.values()}
    for kind, folder in folders.items():
        make_data(kind, folder, main)
    return folders


def test_each_checkpoint_is_in_the_table_and_small():
    files = {path.stem: path.stat().st_size for path in FOLDER.glob("*.model")}
    assert files.keys() == WRITTEN.keys() and sum(files.values()) < 600_000


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_is_shown_what_it_was_trained_on(name):
    assert load_model(FOLDER / f"{name}.model", CPU).spec == InputSpec(**SHOWN | OWN.get(name, {}))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_knows_the_scales_of_its_pages(name):
    imagenet = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}
    assert load_detector(FOLDER / f"{name}.model", CPU).spec == PageInputSpec(
        channels=3, short_sides=(150, 170), **imagenet
    )


@pytest.mark.parametrize("name", WRITTEN)
def test_it_reads_as_its_own_commit_did(name, data, tmp_path):
    """Equal but for the rounding of float32, since networks read channels-last images, and for further columns."""
    written, kind = json.loads((FOLDER / f"{name}.json").read_text()), WRITTEN[name][1]
    found = read(kind, FOLDER / f"{name}.model", data[kind], main, tmp_path)
    assert {key: found["numbers"][key] for key in written["numbers"]} == pytest.approx(written["numbers"], nan_ok=True)
    for part in {"readings", "boxes"} & written.keys():
        before, now = (np.array(each[part], object) for each in (written, found))
        now = now[:, : before.shape[1]]  # columns that have come since are the last ones
        numbers = [all(_is_float(value) for value in column) for column in before.T]
        np.testing.assert_allclose(now[:, numbers].astype(float), before[:, numbers].astype(float), atol=2e-4)
        assert (now[:, ~np.array(numbers)] == before[:, ~np.array(numbers)]).all()


def _is_float(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and "." in value)


@pytest.mark.parametrize("name", WRITTEN)
def test_its_command_line_still_means_the_same_run(name, data):
    _, kind, own = WRITTEN[name]
    folder, saved, world = data[kind], load_checkpoint(FOLDER / f"{name}.model"), World()
    if kind == "detector":
        labels, images = str(folder / "train.csv"), str(folder / "images")
        flags = ["--labels", labels, "--images", images, *DETECTOR, *own]
        recipe = detector_flags.resolve(detector_flags.build_parser().parse_args(flags))
        run = DetectorRun(recipe, read_training_pages(labels, images, ["200"], by_book=True), CPU, world)
        identity = run.plan().identity
    else:
        lists = [str(folder / f"{part}.csv") for part in (("list", "list") if kind == "graphemes" else PARTS)]
        recipe = resolve(build_parser().parse_args([*lists, *CHARACTERS, *own]))
        identity = ClassifierRun.of(recipe, read_lists(recipe), None, CPU, world).plan({}).identity
    identity.check({**saved, "data": identity.description["data"]}, folder)  # the lists name other folders now


@pytest.mark.parametrize("name", ["first_training", "flags_of_2019", "before_shear"])
def test_training_goes_on_from_it_in_every_way(name, data, train_main, tmp_path, capsys):
    lists = [str(data["characters"] / f"{part}.csv") for part in PARTS]
    usual = [flag for flag in CHARACTERS if flag != "--from-scratch"]
    usual += ["--epochs", "1", "--model-dir", str(tmp_path)]
    model, head = str(FOLDER / f"{name}.model"), [flag for flag in WRITTEN[name][2] if flag in HEAD_FLAGS]
    starts = {
        "resumed": [*head, "--resume", model],
        "tuned": ["--pretrained", model],
        "taught": ["--from-scratch", "--teacher", model],
    }
    for prefix, flags in starts.items():
        assert train_main([*lists, *usual, *flags, "--prefix", prefix]) == 0, capsys.readouterr().err
    assert train_main([*lists, *usual, "--resume", str(FOLDER / f"{DETECTORS[0]}.model"), "--prefix", "no"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].endswith("expected a classifier, found a detector")
