"""What single flags do to a run, seen from outside: checkpoints, metrics and what is said."""

import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_runs import TINY

from mojika.data.centre_view import centre_augmentation
from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import read_split_lists
from mojika.training.checkpoints import BEST, LAST, load_checkpoint
from mojika.training.classification_task import Classification
from mojika.training.inference import predict
from mojika.training.model_file import load_model
from mojika.training.precision import Precision

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(lists, train_main, tmp_path_factory) -> Path:
    """A run of two epochs on four classes."""
    folder = tmp_path_factory.mktemp("trained")
    flags = ["--l2softmax", "--model-dir", folder, "--prefix", "run", "--epochs", "2"]
    assert train_main([*lists, *TINY, *flags]) == 0
    return folder / "run" / LAST


@pytest.fixture
def train(lists, tiny, train_main, tmp_path):
    """`train(*flags, data=lists, prefix="run") -> (exit status, run folder)`."""

    def start(*flags, data=lists, prefix="run"):
        return train_main([*data, *tiny, "--model-dir", tmp_path, "--prefix", prefix, *flags]), tmp_path / prefix

    return start


def rows(folder: Path) -> list[dict[str, float]]:
    return [
        {name: float(value) for name, value in row.items()} for row in csv.DictReader((folder / "metrics.csv").open())
    ]


def without_class(path: str, label: str, folder: Path) -> str:
    shorter = folder / f"without_{label}_{Path(path).name}"
    shorter.write_text("".join(line for line in Path(path).read_text().splitlines(True) if line[0] != label))
    return str(shorter)


# ------------------------------------------------------------------------------------------------ starting weights


def start_from(lists, train_main, folder, *flags):
    """A run of one epoch whose network comes from a file."""
    keep = TINY[TINY.index("--from-scratch") + 1 :]
    return train_main([*lists, *keep, "--l2softmax", "--model-dir", folder, "--prefix", "run", "--epochs", "1", *flags])


@pytest.mark.parametrize("flag", ["--pretrained", "--model"])
def test_fine_tuning_takes_the_backbone_and_the_classes_it_knows(flag, trained, lists, train_main, tmp_path, capsys):
    fewer = [without_class(path, "1", tmp_path) for path in lists]
    assert start_from(fewer, train_main, tmp_path, flag, trained, "--base-lr", "1e-12") == 0
    assert "the head is new: 3 classes of label, 3 of which start from their vectors" in capsys.readouterr().out
    old, new = load_checkpoint(trained), load_checkpoint(tmp_path / "run" / LAST)
    assert new["arch"]["model"] == "test_resnet"
    torch.testing.assert_close(new["head"]["label.weight"], old["head"]["label.weight"][[0, 2, 3]], rtol=0, atol=1e-6)
    stem = next(name for name in old["model"] if name.endswith("conv1.weight"))
    torch.testing.assert_close(new["model"][stem], old["model"][stem], rtol=0, atol=1e-6)


def test_fine_tuning_on_the_same_classes_keeps_the_head(trained, lists, train_main, tmp_path, capsys):
    assert start_from(lists, train_main, tmp_path, "--pretrained", trained) == 0
    assert "backbone and head taken over (label, 4 classes)" in capsys.readouterr().out


def test_frozen_batch_norm_keeps_its_statistics_while_weights_learn(trained, lists, train_main, tmp_path):
    assert start_from(lists, train_main, tmp_path, "--pretrained", trained, "--freeze-bn") == 0
    old, new = load_checkpoint(trained)["model"], load_checkpoint(tmp_path / "run" / LAST)["model"]
    statistics = [name for name in old if "running_" in name]
    assert statistics and all(torch.equal(old[name], new[name]) for name in statistics)
    assert any(not torch.equal(old[name], new[name]) for name in old if name not in statistics)


def test_refining_goes_on_counting_epochs_and_starts_with_the_full_rate(trained, lists, train_main, tmp_path):
    flags = ["--resume", trained, "--refine", "--onehot", "--epochs", "4", "--base-lr", "1e-5", "--warmup-epochs", "1"]
    assert start_from(lists, train_main, tmp_path, *flags, "--lr-step-epochs", "1,3") == 0
    history = rows(tmp_path / "run")
    assert [row["epoch"] for row in history] == [3, 4]  # two were in the file
    assert [row["lr"] for row in history] == pytest.approx([1e-5, 1e-6])  # only the milestone to come counts


def test_missing_file_to_start_from_is_one_line(lists, train_main, tmp_path, capsys):
    assert start_from(lists, train_main, tmp_path, "--resume", tmp_path / "nothing.model") == 2
    assert "no such model file" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------- the run


def test_epoch_files_are_kept_as_asked(train, capsys):
    status, folder = train("--epochs", "3", "--keep", "2")
    assert status == 0
    assert sorted(path.name for path in folder.glob("epoch-*.model")) == ["epoch-0002.model", "epoch-0003.model"]
    assert [load_checkpoint(folder / f"epoch-000{number}.model")["epoch"] for number in (2, 3)] == [2, 3]
    status, folder = train("--epochs", "4", "--keep", "all")  # does not alter the result: may change
    assert len(list(folder.glob("epoch-*.model"))) == 3
    assert load_checkpoint(folder / LAST)["epoch"] == 4


def test_steps_end_the_run_whatever_epochs_say(train, capsys):
    status, folder = train("--steps", "15", "--epochs", "30")
    assert status == 0
    history = rows(folder)
    assert [row["step"] for row in history] == [11, 15]
    assert train("--steps", "15")[0] == 0
    assert "finished, 2 epochs" in capsys.readouterr().out
    assert train("--steps", "20")[0] == 2  # the last epoch was cut short: it is not the same run
    assert "--steps 15 -> 20" in capsys.readouterr().err


def best_epochs(folder: Path) -> dict[str, int]:
    return {path.name: load_checkpoint(path)["epoch"] for path in folder.glob("best*.model")}


@pytest.mark.parametrize(("flags", "other"), [([], "best-loss.model"), (["--best-by", "loss"], "best-score.model")])
def test_best_by_score_and_best_by_loss_are_both_kept_also_over_a_stop(train, flags, other):
    """A rate that grows: the loss turns up again while accuracy still wavers."""
    flags = [*flags, "--base-lr", "0.5", "--warmup-epochs", "3", "--keep", "1"]
    for epochs in ("1", "4"):
        status, folder = train(*flags, "--epochs", epochs)
        assert status == 0
    history = rows(folder)
    by_score = max(history, key=lambda row: row["valid_accuracy"])["epoch"]
    by_loss = min(history, key=lambda row: row["valid_loss"])["epoch"]
    expected = {BEST: by_loss, other: by_score} if flags[0] == "--best-by" else {BEST: by_score, other: by_loss}
    assert best_epochs(folder) == expected
    assert [path.name for path in folder.glob("epoch-*.model")] == ["epoch-0004.model"]
    assert train("--epochs", "5")[0] == 2  # another --best-by or rate is another run


def test_validation_every_so_many_steps_changes_nothing_but_what_is_seen(train, lists, tiny, train_main, tmp_path):
    """11 steps an epoch: validated after 4, 8, 11, 12, 16, 20, 22; the best one may lie in the middle."""
    flags = ["--lr-patience", "1", "--lr-factor", "0.5"]
    status, folder = train(*flags, "--eval-every", "4", "--epochs", "2")
    assert status == 0
    history = rows(folder)
    assert [row["step"] for row in history] == [4, 8, 11, 12, 16, 20, 22]
    assert [row["epoch"] for row in history] == pytest.approx([4 / 11, 8 / 11, 1, 12 / 11, 16 / 11, 20 / 11, 2])
    best = max(history, key=lambda row: row["valid_accuracy"])
    assert load_checkpoint(folder / BEST)["position"]["global_step"] == best["step"]
    plain = [*lists, *tiny, "--model-dir", tmp_path, "--prefix", "plain", *flags, "--epochs", "2"]
    assert train_main(plain) == 0
    seen, unseen = (load_checkpoint(tmp_path / name / LAST) for name in ("run", "plain"))
    assert not [name for name, value in seen["model"].items() if not torch.equal(value, unseen["model"][name])]
    assert [row["valid_loss"] for row in rows(tmp_path / "plain")] == [
        row["valid_loss"] for row in history if row["epoch"] in (1, 2)
    ]


@pytest.mark.parametrize(
    ("method", "number", "step", "validations"), [("step", 4, 4, 0), ("validate", 1, 4, 0), ("step", 5, 5, 1)]
)
def test_a_run_stopped_around_a_validation_goes_on_exactly(method, number, step, validations, train, stop_in_call):
    """Stopped by a signal after the fourth of fifteen steps, during the validation that follows it, or right after."""
    flags = ["--steps", "15", "--eval-every", "4", "--ema-decay", "0.9"]
    status, whole = train(*flags, prefix="whole")
    assert status == 0

    stop_in_call(Classification, method, number)
    status, folder = train(*flags)
    assert status == 75
    stopped = load_checkpoint(folder / LAST)
    assert stopped["step"] == step and len(stopped["position"]["history"]) == validations
    assert train(*flags)[0] == 0
    first, second = (load_checkpoint(path / LAST) for path in (whole, folder))
    assert not [name for name, value in first["head"].items() if not torch.equal(value, second["head"][name])]
    assert not [name for name, value in first["model"].items() if not torch.equal(value, second["model"][name])]
    columns = [[{**row, "seconds": 0} for row in rows(path)] for path in (whole, folder)]
    assert columns[0] == columns[1] and [row["step"] for row in columns[0]] == [4, 8, 11, 12, 15]
    assert {path.name for path in folder.glob("best*.model")} == {path.name for path in whole.glob("best*.model")}


def test_average_of_the_weights_is_validated_and_used(train, lists):
    status, folder = train("--epochs", "2", "--ema-decay", "0.9", "--l2softmax")
    assert status == 0
    state = load_checkpoint(folder / BEST)
    assert not torch.equal(state["ema"]["model"]["heads.label.weight"], state["head"]["label.weight"])
    model = load_model(folder / BEST, CPU)
    assert torch.equal(model.network.heads["label"].weight, state["ema"]["model"]["heads.label.weight"])

    (valid,) = read_split_lists([Path(lists[1])], scale_size=28, channels=1, cache=Path(os.environ["MOJIKA_CACHE"]))
    pipeline = InputPipeline(valid, centre_augmentation(model.spec), CPU)
    hits = [
        (logits[0].argmax(1) == batch.targets[:, 0]).float()
        for batch, logits in predict(model.network, pipeline, 16, Precision(CPU, None), False)
    ]
    assert torch.cat(hits).mean().item() == pytest.approx(state["metrics"]["valid_accuracy"])


def test_a_batch_in_pieces_has_the_gradient_of_the_whole(lists, train_main, tmp_path):
    """Exactly but for rounding, without batch normalisation; mixing happens before the batch is cut."""
    flags = [*TINY, "--model", "test_efficientnet_ln", "--base-lr", "0.01", "--epochs", "1", "--cutmix", "--seed", "3"]
    for pieces in ("1", "3"):
        done = train_main([*lists, *flags, "--model-dir", tmp_path, "--prefix", pieces, "--grad-accumulation", pieces])
        assert done == 0
    one, three = (load_checkpoint(tmp_path / name / LAST) for name in ("1", "3"))
    assert three["metrics"]["train_loss"] == pytest.approx(one["metrics"]["train_loss"], rel=1e-5)
    for name, value in one["model"].items():
        torch.testing.assert_close(three["model"][name], value, rtol=1e-3, atol=1e-5)


def test_summed_loss_takes_steps_as_large_as_the_batch(lists, train_main, tmp_path):
    """--onehot with lr is the mean loss with lr × batch size (§4.12); 88 samples, 11 whole batches of 8."""
    for prefix, flags in (("mean", ["--base-lr", "0.008"]), ("sum", ["--base-lr", "0.001", "--onehot"])):
        argv = [*lists, *TINY, *flags, "--wd", "0", "--epochs", "1", "--model-dir", tmp_path, "--prefix", prefix]
        assert train_main(argv) == 0
    mean, summed = (load_checkpoint(tmp_path / name / LAST) for name in ("mean", "sum"))
    assert summed["metrics"]["train_loss"] == pytest.approx(mean["metrics"]["train_loss"], rel=1e-3)
    for name, value in mean["head"].items():
        torch.testing.assert_close(summed["head"][name], value, rtol=1e-2, atol=1e-4)


@pytest.mark.rest
@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler")
def test_compiled_network_computes_what_the_plain_one_does(lists, train_main, tmp_path):
    flags = [*lists, *TINY, "--steps", "4", "--base-lr", "0.001", "--drop-last", "--model-dir", tmp_path]
    for prefix, own in (("plain", []), ("compiled", ["--compile"])):
        assert train_main([*flags, "--prefix", prefix, *own]) == 0
    plain, compiled = (load_checkpoint(tmp_path / name / LAST) for name in ("plain", "compiled"))
    assert compiled["model"].keys() == plain["model"].keys()
    assert compiled["metrics"]["train_loss"] == pytest.approx(plain["metrics"]["train_loss"], rel=1e-4)
    for name, value in plain["head"].items():
        torch.testing.assert_close(compiled["head"][name], value, rtol=1e-3, atol=1e-5)


# ---------------------------------------------------------------------------------------------- looking and refusing


def test_measured_mean_and_deviation_are_those_of_the_files(train, lists, capsys):
    assert train("--calc-rgb-mean-and-std")[0] == 0
    said = capsys.readouterr().out.split()
    files = [line.split(",")[1] for line in Path(lists[0]).read_text().splitlines()]
    pixels = np.stack([np.asarray(Image.open(path)) for path in files]) / 255
    assert said[0] == "--rgb-mean" and float(said[1]) == pytest.approx(pixels.mean(), abs=5e-5)
    assert said[2] == "--rgb-std" and float(said[3]) == pytest.approx(pixels.std(), abs=5e-5)


@pytest.mark.parametrize("flags", [["--resume", "nowhere.model", "--refine", "--onehot"], ["--model", "nowhere.model"]])
def test_dry_run_names_a_model_file_that_is_not_there_yet(flags, lists, train_main, tmp_path, capsys):
    assert train_main([*lists, *flags, "--dry-run", "--device", "cpu"]) == 0
    assert "nowhere.model does not exist yet" in capsys.readouterr().err


def test_pseudo_labelled_images_weigh_less_with_onehot_only(lists, tmp_path, monkeypatch):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    (tmp_path / "pseudo_images").mkdir()
    lines = Path(lists[0]).read_text().splitlines()[:10]
    for number, line in enumerate(lines[:4]):
        label, path = line.split(",")
        copy = tmp_path / "pseudo_images" / f"{number}.png"
        copy.write_bytes(Path(path).read_bytes())
        lines[number] = f"{label},{copy}"
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    (split,) = read_split_lists([tmp_path / "train.csv"], scale_size=28, channels=1, cache=tmp_path / "cache")
    assert split.weight.tolist() == [1.0] * 10
    assert split.with_pseudo_weight(0.9).weight == pytest.approx([0.9] * 4 + [1.0] * 6)


@pytest.mark.parametrize("amp", ["off", pytest.param("bf16", marks=pytest.mark.rest)])
def test_memory_layout_does_not_change_what_is_computed(lists, train_main, tmp_path, amp):
    for layout in ("on", "off"):
        flags = ["--steps", "3", "--base-lr", "0.001", "--amp", amp, "--channels-last", layout, "--prefix", layout]
        assert train_main([*lists, *TINY, *flags, "--model-dir", tmp_path]) == 0
    on, off = (load_checkpoint(tmp_path / layout / LAST) for layout in ("on", "off"))
    tolerance = 1e-4 if amp == "off" else 2e-2
    assert on["metrics"]["train_loss"] == pytest.approx(off["metrics"]["train_loss"], rel=tolerance)
    for name, value in off["head"].items():
        torch.testing.assert_close(on["head"][name], value, rtol=tolerance, atol=tolerance / 10)


def test_heads_and_augmentation_of_2020_train_and_are_built_again_from_their_checkpoint(train):
    flags = "--epochs 1 --neck 8 --neck-layout norm-drop-linear --neck-activation mish --neck-shared --dropout 0.5"
    flags += " --head-gate --head-gate-reduction 4 --loss ohem --ohem-start 0 --ohem-per-target --ohem-mixed-only"
    flags += " --mix-schedule cutmix=0.5 --cutmix-per-sample --cutmix-keep-half"
    for name in ("shift-scale-rotate", "grid-distortion", "optical-distortion", "gaussian-noise", "blur"):
        flags += f" --{name}"
    status, folder = train(*flags.split(), "--gaussian-blur", "--gamma")
    assert status == 0
    model = load_model(folder / LAST, CPU)
    (gate,) = [layer for head in model.network.heads.values() for layer in head.neck if hasattr(layer, "squeeze")]
    assert gate.squeeze.out_features == 2 and "Mish()" in map(str, model.network.heads["label"].neck)
