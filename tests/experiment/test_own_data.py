"""`--data`: which lists and settings a folder of labelled images gets."""

import argparse
from pathlib import Path

import pytest
from PIL import Image

from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.own_data import epochs_for, make_lists, with_data
from mojika.experiment.validation import resolve


@pytest.fixture
def letters(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    draw(tmp_path / "letters", images=5)
    return Path("letters")


def draw(folder: Path, images: int, classes: str = "あか") -> None:
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(images):
            Image.new("L", (9, 9), number).save(folder / name / f"{number}.png")


def parsed(*flags: str) -> argparse.Namespace:
    return build_parser().parse_args([*flags])


def test_a_fifth_of_every_class_validates(letters):
    recipe, words = with_data(parsed("--data", "letters"))
    lines = make_lists(resolve(recipe))
    labels = {part: labels_of(Path("models/letters/data") / f"{part}.csv") for part in ("train", "valid")}
    assert labels == {"train": ["U+3042"] * 4 + ["U+304B"] * 4, "valid": ["U+3042", "U+304B"]}
    assert (recipe.train, recipe.valid) == ("models/letters/data/train.csv", "models/letters/data/valid.csv")
    assert "letters: 8 train, 2 valid, 2 classes" in lines[-1] and "--optimizer adamw" in words


def test_the_settings_of_a_run_start_it_again(letters):
    recipe, _ = with_data(parsed("--data", "letters"))
    assert with_data(parsed("--data", "letters", recipe.train, recipe.valid))[0].data is None


def test_parts_of_the_data_stay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(tmp_path / "data" / "train", images=3)
    draw(tmp_path / "data" / "val", images=1)
    recipe, _ = with_data(parsed("--data", "data", "--prefix", "run"))
    make_lists(recipe)
    assert [len(labels_of(Path(path))) for path in (recipe.train, recipe.valid)] == [6, 2]


def test_named_flags_are_kept_and_follow_each_other(letters):
    recipe, _ = with_data(parsed("--data", "letters", "--optimizer", "nag", "--warmup-epochs", "2", "--prefix", "x"))
    assert (recipe.optimizer, recipe.base_lr, recipe.warmup_share, recipe.prefix) == ("nag", 0.1, None, "x")
    assert resolve(recipe).random_horizontal_flip == 0
    recipe, _ = with_data(parsed("--data", "letters", "--lr-patience", "3", "--steps", "7"))
    assert (resolve(recipe).schedule, recipe.steps, recipe.epochs) == ("plateau", 7, 30)
    recipe, _ = with_data(parsed("--data", "letters", "--pretrained", "timm"))
    assert (recipe.model, recipe.from_scratch, recipe.rgb_std) == (None, False, "0.229,0.224,0.225")
    recipe, _ = with_data(parsed("--data", "letters", "--model", "other.model"))
    assert (recipe.model, recipe.rgb_mean, recipe.scale_size) == ("other.model", "0,0,0", None)


def test_a_default_that_is_typed_is_a_named_flag_too(letters, tmp_path):
    (tmp_path / "flags.yaml").write_text("optimizer: nag\n")
    flags = ("--random-horizontal-flip", "0.5", "--epoch", "30", "--base-lr=0.1", "--config", "flags.yaml")
    recipe, words = with_data(parsed("--data", "letters", *flags))
    assert (recipe.random_horizontal_flip, recipe.epochs, recipe.base_lr) == (0.5, 30, 0.1)
    assert "--elastic 0.025" in words and "flip" not in words and "named" not in vars(resolve(recipe))


def test_few_images_are_seen_more_often():
    assert [epochs_for(count) for count in (1, 1_000, 3_000, 1_000_000)] == [60, 60, 20, 10]


def test_what_cannot_be_trained_on_is_one_line(letters, tmp_path):
    draw(tmp_path / "parts" / "train", images=1)
    draw(tmp_path / "parts" / "test", images=1)
    with pytest.raises(UserError, match="parts called train and valid, found test, train"):
        with_data(parsed("--data", "parts"))
    with pytest.raises(UserError, match="expected one of them"):
        with_data(parsed("train.csv", "--data", "letters"))
    pages = tmp_path / "pages"
    (pages / "train_images").mkdir(parents=True)
    Image.new("L", (40, 40)).save(pages / "train_images" / "a.jpg")
    (pages / "train.csv").write_text("image_id,labels\na,U+3042 1 1 9 9\n")
    with pytest.raises(UserError, match="found pages; docs/own_data.md"):
        with_data(parsed("--data", "pages"))


def labels_of(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text().splitlines()]
