"""What models that know generated hands only read of real characters.

    python benchmarks/real_hands.py MODEL.model [MODEL.model …] [--tta 7 --larger 1.1] [--out results.json]

The shares of real characters whose label is the most probable class (top-1) or among the five most probable (top-5):

- `pages`: the boxed characters of four real pages, together and page by page. A character that is no class of the
  models counts as wrong.
- `kmnist`: 5,000 hiragana of ten classes from many books. All classes compete; with `of_ten` only those ten.
  `chosen_on` and `kept_back` are its even and odd images: choose by the first, report the second.

The logits of several models with one class list are averaged. Prints JSON.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
from json_report import show
from PIL import Image

from mojika.data.code_points import label_of
from mojika.data.crops import cut_crops, resize
from mojika.data.page_set import PageSet
from mojika.data.pages import read_page
from mojika.recognition.test_time_augmentation import logits_of_views
from mojika.training.model_file import ReadingModel, load_model

Format = tuple[int, int]  # side of a crop in pixels, channels
Report = dict[str, dict[str, dict[str, float | int]]]
DATA = Path(os.environ.get("MOJIKA_REAL_DATA", "../shared/data"))


def page_crops(data: Path, size: int, channels: int) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Of each page the crops `(N, size, size, C) uint8`, cut as packs are, and their labels."""
    pages = PageSet.read(data / "kuzushiji_pages/train_images", data / "kuzushiji_pages/train.csv")
    return {
        page.image_id: (
            cut_crops(read_page(pages.files[page.image_id], channels), page.boxes, size, 0.05),
            list(page.labels),
        )
        for page in pages.pages
    }


def kmnist_crops(data: Path, size: int, channels: int) -> tuple[np.ndarray, list[str]]:
    """The hiragana as dark ink on white, scaled to `size`, and their labels."""
    stored = np.load(data / "kmnist/hiragana28.npz")
    crops = np.stack([resize(Image.fromarray(255 - image), size) for image in stored["images"]])
    return np.repeat(crops[..., None], channels, axis=3), [label_of(str(stored["chars"][y])) for y in stored["y"]]


@torch.inference_mode()
def read(models: dict[ReadingModel, Format], crops: dict[Format, np.ndarray], views: int | str) -> torch.Tensor:
    """The mean log-probabilities `(N, classes)` of the crops, which are given in each model's format."""
    total = torch.zeros(())
    for model, form in models.items():
        images = torch.from_numpy(crops[form]).permute(0, 3, 1, 2).contiguous()
        logits = torch.cat([logits_of_views(model, lot, views)[0] for lot in images.split(256)])
        total = total + logits.log_softmax(1) / len(models)
    return total


def shares(scores: torch.Tensor, classes: tuple[str, ...], truth: list[str]) -> dict[str, float | int]:
    """Top-1 and top-5 of `scores (N, classes)`."""
    best = np.array(classes, object)[scores.topk(min(5, scores.shape[1])).indices.numpy()]
    right = best == np.array(truth, object)[:, None]
    return {
        "count": len(truth),
        "top1": round(float(right[:, 0].mean()), 4),
        "top5": round(float(right.any(1).mean()), 4),
    }


def measure(
    models: dict[ReadingModel, Format], data: Path, views: int | str, log_shares: torch.Tensor | float = 0.0
) -> Report:
    """The numbers of the module's docstring; `log_shares (classes,)` say how usual each class is thought to be."""
    classes = next(iter(next(iter(models)).classes.values())).labels
    formats = set(models.values())
    by_format = {form: page_crops(data, *form) for form in formats}
    report: Report = {"pages": {}, "kmnist": {}}
    read_pages = {}
    for name, (_, labels) in next(iter(by_format.values())).items():
        scores = read(models, {form: pages[name][0] for form, pages in by_format.items()}, views)
        read_pages[name] = scores + log_shares, labels
        report["pages"][name] = shares(read_pages[name][0], classes, labels)
    every_label = [label for _, labels in read_pages.values() for label in labels]
    report["pages"]["all"] = shares(torch.cat([scores for scores, _ in read_pages.values()]), classes, every_label)

    hiragana = {form: kmnist_crops(data, *form) for form in formats}
    truth = next(iter(hiragana.values()))[1]
    scores = read(models, {form: crops for form, (crops, _) in hiragana.items()}, views) + log_shares
    ten = [classes.index(label) for label in sorted(set(truth)) if label in classes]
    report["kmnist"]["all"] = shares(scores, classes, truth)
    report["kmnist"]["of_ten"] = shares(scores[:, ten], tuple(classes[column] for column in ten), truth)
    for name, first in (("chosen_on", 0), ("kept_back", 1)):
        report["kmnist"][name] = shares(scores[first::2], classes, truth[first::2])
    return report


def format_of(model: ReadingModel, larger: float) -> Format:
    assert isinstance(model.spec.scale_size, int), "characters are read in squares"
    return round(model.spec.scale_size * larger), model.spec.channels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--tta", type=int, default=1, help="views of each crop (1, 5, 6 or 7)")
    parser.add_argument("--larger", type=float, default=1.0, help="scale crops to so many times the size of training")
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    loaded = (load_model(path, torch.device("cpu")) for path in args.models)
    models = {model: format_of(model, args.larger) for model in loaded}
    report = measure(models, args.data, args.tta)
    show(report, args.out)


if __name__ == "__main__":
    main()
