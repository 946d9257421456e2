"""One small sound thing of each kind that `mojika check` knows, and how the stages read it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from grapheme_files import images_of, write_shard
from PIL import Image
from reader_models import write_classifier, write_detector

from mojika.boxes.page_boxes import PageBoxes, read_boxes, truth_boxes, write_boxes
from mojika.data.class_list import ClassList
from mojika.data.grapheme_shards import open_shards
from mojika.data.image_list import pack_image_list, read_image_list
from mojika.data.pack import Pack
from mojika.data.pack_pages import pack_pages, plan_pages
from mojika.data.pack_writer import write_pack
from mojika.data.page_labels import read_page_labels
from mojika.data.pages import find_pages, read_page
from mojika.data.split_list import read_split_lists
from mojika.detection.detector_file import load_detector
from mojika.reader.bundle import About, Changes, made_from, write_reader
from mojika.reader.reader_files import open_reader_files
from mojika.scans.manifest import read_manifest
from mojika.training.model_file import load_model

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Sound:
    """`make(folder)` returns the path that is checked; `use(path, scratch)` reads it as the stages do."""

    make: Callable[[Path], Path]
    use: Callable[[Path, Path], object]


def pages(folder: Path) -> Path:
    (folder / "train_images").mkdir()
    for number in range(3):
        ramp = np.add.outer(np.arange(30), 2 * np.arange(40)) + 10 * number
        Image.fromarray(ramp.astype(np.uint8)).save(folder / "train_images" / f"a_{number}.png")
    boxes = ("U+3042 1 2 9 12 U+304B 12 2 9 12", "U+304B 0 0 40 30", "")
    rows = [f"a_{number},{text}" for number, text in enumerate(boxes)]
    (folder / "train.csv").write_text("\n".join(["image_id,labels", *rows]) + "\n")
    return folder


def use_pages(folder: Path, scratch: Path) -> None:
    for page in find_pages(folder / "train_images").values():  # as preprocess and detect do
        read_page(page)
    pack_pages(plan_pages(folder / "train.csv", folder / "train_images", size=8, channels=1), scratch / "pack", 1)


def labels(folder: Path) -> Path:
    return pages(folder) / "train.csv"


def use_labels(path: Path, scratch: Path) -> None:
    read_page_labels(path)
    truth_boxes(path)


def image_list(folder: Path) -> Path:
    pages(folder)
    rows = [f"U+3042,{folder}/train_images/a_{number}.png" for number in range(3)]
    (folder / "list.csv").write_text("\n".join(rows) + "\n")
    return folder / "list.csv"


def use_image_list(path: Path, scratch: Path) -> None:
    images = read_image_list(path)
    pack_image_list(images, ClassList.from_labels(images.labels), 8, 1, scratch)


def pack(folder: Path) -> Path:
    samples = pd.DataFrame({"label": ["い", "ろ", "い", "ろ"], "image_id": "p", "group": "b", "source": "train"})
    with write_pack(folder / "pack", size=(8, 8), channels=1, expected_count=4) as writer:
        writer.append(np.arange(4 * 64, dtype=np.uint8).reshape(4, 8, 8, 1))
        samples["weight"] = np.float32(1)
        writer.finish(samples, {"label": ClassList.from_labels(samples["label"])}, {"stage": "pack", "name": "four"})
    return folder / "pack"


def use_pack(path: Path, scratch: Path) -> None:
    _ = Pack.open(path).targets


def split(folder: Path) -> Path:
    pack(folder)
    rows = ["pack,row,label,weight,repeat,shared", "pack,0,い,1,1,0", "pack,1,ろ,0.5,2,1", "pack,3,ろ,1,1,0"]
    (folder / "split.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "split.csv"


def use_split(path: Path, scratch: Path) -> None:
    read_split_lists([path], scale_size=8, channels=1, cache=scratch)


def boxes(folder: Path) -> Path:
    pages(folder)
    truth = truth_boxes(folder / "train.csv", folder / "train_images")
    read = truth.boxes.assign(prob=np.float32(0.9))
    write_boxes(folder / "boxes.parquet", PageBoxes(truth.pages, read, truth.class_list, {"stage": "test"}))
    return folder / "boxes.parquet"


def shard(folder: Path) -> Path:
    return write_shard(folder / "train_image_data_0.parquet", ["Train_0", "Train_1"], images_of(2))


def use_shard(path: Path, scratch: Path) -> None:
    for each in open_shards([str(path)]):
        for _ in each.batches():
            pass


def classifier(folder: Path) -> Path:
    write_classifier(folder / "classifier.model")
    return folder / "classifier.model"


def detector(folder: Path) -> Path:
    write_detector(folder / "detector.model")
    return folder / "detector.model"


def reader(folder: Path) -> Path:
    files = open_reader_files(str(detector(folder)), str(classifier(folder)))
    about, changes = About(name="tiny", license=None, data=(), scores={}), Changes()
    write_reader(folder / "reader", files, about, changes, made_from(files, about, changes), float("inf"))
    return folder / "reader"


def use_reader(path: Path, scratch: Path) -> None:
    files = open_reader_files(str(path))
    for model in files.detectors:
        load_detector(model.path, CPU)
    for model in files.classifiers:
        load_model(model.path, CPU)


def manifest(folder: Path) -> Path:
    image = {"@id": "https://example.org/1.jpg", "@type": "dctypes:Image"}
    canvas = {"@id": "https://example.org/c", "width": 10, "height": 20, "images": [{"resource": image}]}
    book = {"@type": "sc:Manifest", "@id": "https://example.org/m", "sequences": [{"canvases": [canvas]}]}
    (folder / "manifest.json").write_text(json.dumps(book))
    return folder / "manifest.json"


SOUND = {
    "pages": Sound(pages, use_pages),
    "labels": Sound(labels, use_labels),
    "image list": Sound(image_list, use_image_list),
    "pack": Sound(pack, use_pack),
    "split": Sound(split, use_split),
    "boxes": Sound(boxes, lambda path, scratch: read_boxes(path)),
    "shard": Sound(shard, use_shard),
    "classifier": Sound(classifier, lambda path, scratch: load_model(path, CPU)),
    "detector": Sound(detector, lambda path, scratch: load_detector(path, CPU)),
    "reader": Sound(reader, use_reader),
    "manifest": Sound(manifest, lambda path, scratch: read_manifest(path)),
}
