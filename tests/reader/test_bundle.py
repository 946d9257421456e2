"""`mojika bundle`: what is in the folder computes what the `.model` files computed, and people are told what it is."""

import hashlib
import json
import os

import numpy as np
import torch
from grapheme_models import CLASSES as GRAPHEMES
from grapheme_models import write_model
from huggingface_hub import ModelCard
from reader_models import CLASSES, PREPROCESSED, write_classifier, write_detector
from safetensors import safe_open
from safetensors.torch import load_file

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.reader.reader_files import open_reader_files
from mojika.training.model_file import load_model

SCORES = {
    "f1_first": 0.5,
    "f1_final": 0.921875,
    "valid_accuracy": 0.9674796462059021,
    "pages": 16,
    "seconds": 1533.5,
    "real_f1": None,
}


def test_the_folder_says_what_it_holds_and_equal_inputs_make_equal_bytes(bundle, tmp_path):
    first = bundle(tmp_path / "reader", "--name", "one", "--short-sides", "560,720", "--nms-by", "box_score")
    second = bundle(tmp_path / "elsewhere" / "other", "--name", "one", "--short-sides", "560,720", "--nms-by",
                    "box_score")  # fmt: skip
    contents = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (first, second)
    ]
    assert contents[0] == contents[1]
    config = json.loads((first / "config.json").read_text())
    assert [model["file"] for model in config["models"]] == [
        "00_detector-iteration-000500.safetensors", "01_gray.safetensors", "02_rgb.safetensors"
    ]  # fmt: skip
    assert config["settings"]["short_sides"] == [560, 720] and config["settings"]["nms_by"] == "box_score"
    assert config["models"][1]["classes"] == {
        "label": {"file": "classes.csv", "digest": CLASSES.digest, "classes": len(CLASSES)}
    }
    assert config["models"][1]["metrics"] == {"valid_accuracy": 0.875} and config["models"][1]["epoch"] == 3
    listed = {name: (each["size"], each["sha256"]) for name, each in config["files"].items()}
    assert listed == {
        path.as_posix(): (len(content), hashlib.sha256(content).hexdigest())
        for path, content in contents[0].items()
        if path.name not in ("config.json", "SHA256SUMS")
    }
    sums = dict(reversed(line.split("  ")) for line in (first / "SHA256SUMS").read_text().splitlines())
    assert sums["config.json"] == hashlib.sha256((first / "config.json").read_bytes()).hexdigest()
    assert sums.keys() == {*listed, "config.json"}
    with safe_open(first / "01_gray.safetensors", "pt") as weights:
        assert all(name.startswith(("backbone.", "heads.")) for name in weights.keys())  # noqa: SIM118


def test_half_precision_halves_the_folder_and_computes_in_single(bundle, reader, tmp_path):
    folder = bundle(tmp_path / "reader", "--weights", "half")
    for file in ("00_detector-iteration-000500.safetensors", "01_gray.safetensors"):
        whole, stored = load_file(reader / file), load_file(folder / file)
        assert (folder / file).stat().st_size < 0.55 * (reader / file).stat().st_size
        for name, value in whole.items():
            halved = value.numpy().astype(np.float16) if value.ndim > 1 else value.numpy()
            assert stored[name].numpy().dtype == halved.dtype and np.array_equal(stored[name].numpy(), halved)
    network = load_model(folder / "01_gray.safetensors", torch.device("cpu")).network
    assert {value.dtype for value in network.parameters()} == {torch.float32}


def test_8_bits_quarter_the_folder_and_are_within_half_a_level_of_each_row(bundle, reader, tmp_path):
    folder = bundle(tmp_path / "reader", "--weights", "int8")
    for file in ("00_detector-iteration-000500.safetensors", "01_gray.safetensors"):
        assert (folder / file).stat().st_size < 0.35 * (reader / file).stat().st_size
    whole = load_file(reader / "01_gray.safetensors")
    own = load_model(folder / "01_gray.safetensors", torch.device("cpu")).network.state_dict()
    assert own.keys() == whole.keys()
    for name, value in whole.items():
        rows = value.numpy().reshape(len(value), -1) if value.ndim > 1 else value.numpy()[..., None]
        level = np.abs(rows).max(-1, keepdims=True) / 127 if value.ndim > 1 else 0.0
        assert (np.abs(own[name].numpy().reshape(rows.shape) - rows) <= 0.5001 * level).all()


def test_weights_beyond_half_precision_are_not_stored_in_it(runs, tmp_path, capsys):
    state = torch.load(runs / "01_gray" / "best.model", weights_only=True)
    state["head"]["label.weight"][0, 0] = 1e5
    torch.save(state, tmp_path / "large.model")
    assert main(["bundle", str(tmp_path / "large.model"), "--out", str(tmp_path / "reader"), "--weights", "half"]) == 2
    assert "heads.label.weight: 1e+05 has no place in half precision" in capsys.readouterr().err
    assert not (tmp_path / "reader").exists()


def test_a_folder_above_the_size_that_was_asked_for_is_not_written(runs, reader, tmp_path, capsys):
    size = sum(path.stat().st_size for path in reader.iterdir() if path.name not in ("config.json", "SHA256SUMS"))
    models = [str(runs / name) for name in ("00_detector/iteration-000500.model", "01_gray", "02_rgb")]
    for limit, status in ((size / 1e6 - 0.01, 2), (size / 1e6 + 0.01, 0), (size / 1e6 - 0.01, 2)):
        out = ["--out", str(tmp_path / "small"), "--at-most-mb", f"{limit:.6f}"]
        assert main(["bundle", *models, *out]) == status
    assert "MB, more than the" in capsys.readouterr().err


def test_the_card_is_one_of_the_hub_and_its_numbers_are_the_summarys(bundle, tmp_path):
    (tmp_path / "summary.json").write_text(json.dumps(SCORES))
    folder = bundle(tmp_path / "reader", "--scores", str(tmp_path / "summary.json"), "--license", "cc-by-sa-4.0",
                    "--data", "owner/pages", "三頁 (doi:10.20676/00000340)")  # fmt: skip
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "cc-by-sa-4.0" and card.data.library_name == "mojika" and card.data.language == ["ja"]
    assert card.data.datasets == ["owner/pages"] and card.data.model_name == "reader"
    assert {result.metric_name: result.metric_value for result in card.data.eval_results} == {
        "f1_final": SCORES["f1_final"], "valid_accuracy": SCORES["valid_accuracy"]
    }  # fmt: skip
    assert {"kuzushiji", "mojika"} <= set(card.data.tags)
    for text in (
        "0.9219",
        "f1_first | 0.5000",
        "三頁",
        "500 to 800 pixels",
        "ben-graham and denoise",
        "`02_rgb.safetensors`",
    ):
        assert text in card.text
    assert str(tmp_path) not in card.content


def test_without_scores_licence_and_data_the_card_says_so(reader):
    card = ModelCard.load(reader / "README.md")
    assert card.data.license is None and card.data.eval_results is None
    assert "No scores were given" in card.text and "No licence has been chosen" in card.text


def test_of_graphemes_the_lists_of_all_heads_are_kept_with_what_to_show(tmp_path):
    write_model(tmp_path / "one.model", 0, scale_size=28, input_size=24, form="crop:30")
    flags = ["--mean", "geometric", "--license", "my own terms", "--out", str(tmp_path / "reader")]
    assert main(["bundle", str(tmp_path / "one.model"), *flags]) == 0
    found = open_reader_files(str(tmp_path / "reader"))
    assert found.reads_graphemes and found.settings is None and found.mean == "geometric"
    assert found.classifiers[0].spec.grapheme_form == "crop:30"
    for head, classes in GRAPHEMES.items():
        kept = ClassList.read(tmp_path / "reader" / f"{head}.csv")
        assert (kept, kept.chars) == (classes, classes.chars)
    card = ModelCard.load(tmp_path / "reader" / "README.md")
    assert card.data.language == ["bn"] and (card.data.license, card.data.license_name) == ("other", "my own terms")
    assert main(["bundle", str(tmp_path / "one.model"), "--short-sides", "500", "--out", str(tmp_path / "no")]) == 2


def test_a_folder_is_made_once_and_anew_only_when_forced(bundle, runs, tmp_path, capsys):
    folder = bundle(tmp_path / "reader")
    capsys.readouterr()
    bundle(tmp_path / "reader")
    assert "up to date" in capsys.readouterr().out
    assert main(["bundle", str(runs / "01_gray"), "--out", str(folder)]) == 2
    assert "made differently: models" in capsys.readouterr().err
    assert main(["bundle", str(runs / "01_gray"), "--out", str(folder), "--force"]) == 0
    assert {"01_gray.safetensors", "config.json"} < set(os.listdir(folder)) and not list(folder.glob("02_*"))


def test_pages_preprocessing_that_a_file_does_not_say_is_taken_from_the_flag(tmp_path):
    write_classifier(tmp_path / "unsaid.model", preprocessed=None)
    write_classifier(tmp_path / "said.model")
    command = ["bundle", *(str(tmp_path / f"{name}.model") for name in ("unsaid", "said")), "--out"]
    assert main([*command, str(tmp_path / "told"), "--page-preprocessing", "denoise"]) == 0
    assert main([*command, str(tmp_path / "untold")]) == 0
    found = {
        name: [model.spec.page_preprocessing for model in open_reader_files(str(tmp_path / name)).classifiers]
        for name in ("told", "untold")
    }
    assert found == {"told": [("denoise",), PREPROCESSED], "untold": [None, PREPROCESSED]}


def test_models_that_do_not_belong_together_are_refused_and_nothing_is_left(runs, tmp_path, capsys):
    write_classifier(tmp_path / "others.model", classes={"label": ClassList(("U+3042", "U+3044"), (1, 1))})
    write_classifier(tmp_path / "heads.model", classes={"root": CLASSES, "vowel": CLASSES})
    for other, reason in (("others", "another class list of label"), ("heads", "reads root, vowel")):
        command = ["bundle", str(runs / "01_gray"), str(tmp_path / f"{other}.model"), "--out", str(tmp_path / "out")]
        assert main(command) == 2
        assert reason in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".model"]


def test_one_run_twice_has_two_names(runs, tmp_path):
    write_classifier(tmp_path / "new" / "01_gray" / "best.model", seed=9)
    models = [str(runs / "01_gray"), str(tmp_path / "new" / "01_gray")]
    assert main(["bundle", *models, "--out", str(tmp_path / "reader")]) == 0
    files = open_reader_files(str(tmp_path / "reader"))
    assert [model.path.name for model in files.classifiers] == ["01_gray.safetensors", "01_gray-2.safetensors"]


def test_scales_follow_the_training_of_the_detectors(tmp_path):
    write_detector(tmp_path / "one.model", short_sides=(1000, 2500))
    write_detector(tmp_path / "two.model", short_sides=(1500, 3000))
    (one,) = [open_reader_files(str(tmp_path / "one.model")).settings]
    both = open_reader_files(str(tmp_path / "one.model"), str(tmp_path / "two.model")).settings
    assert one.short_sides == (1120, 1410, 1770, 2230)
    assert both.short_sides == (1700, 2200)
