"""A line for every command that works on small files, which `make_files` makes; what it writes is below `out`."""

import json
import re
from pathlib import Path

import pandas as pd
from filter_pages import CLASSES, make_pages, write_truth
from reader_models import enlarge, write_classifier, write_detector
from tiny_readers import draw_page

from mojika.boxes.page_boxes import write_boxes
from mojika.cli.main import main

_SMALL = "--scale-size 8 --channels 1"
_LABELLED = "--labels train.csv --images images"
_TRUE = "--labels train.csv --books 100 brsk"
_NETWORK = (
    "--model test_resnet --from-scratch --grayscale --scale-size 28 --input-size 24 --batch-size 4 --warmup-epochs 0"
)
_SAMPLE = "--model-dir out --prefix run --amp off --device cpu"
COMMANDS = {
    "recognize": "images/brsk000_01.png --models detector.model classifier.model --out out/texts --tta 1",
    "predict": "classifier.model crops --out out/read.csv",
    "sample": "glyphs out/glyphs --labels-from train.csv --count 8 --size 12 --classes 3",
    "import": "letters --out out/imported",
    "check": "pages --out out/faults.csv",
    "preprocess": "images out/clean --steps ben-graham",
    "pack": f"{_LABELLED} --classes classes.csv {_SMALL} --out out/pack",
    "split": "pack --random 0.5 --append pack --out out/split",
    "train": f"letters.csv letters.csv {_NETWORK} --epochs 1 {_SAMPLE}",
    "train.py": f"letters.csv letters.csv {_NETWORK} --epochs 1 {_SAMPLE}",
    "train-detector": f"{_LABELLED} --hold-out 100 --backbone test_resnet --width 8 --from-scratch "
    f"--tile-size 64 --short-side 200,220 --batch-size 2 --iterations 1 --snapshot-every 1 {_SAMPLE}",
    "detect": "detector.model --images images --out out/found.parquet --short-sides 500 --at-most 5",
    "classify": "classifier.model --boxes boxes.parquet --images images --out out/read.parquet",
    "vote": "boxes.parquet boxes.parquet --out out/voted.parquet",
    "nms": "boxes.parquet --out out/kept.parquet",
    "filter-search": f"boxes.parquet {_TRUE} --trials 1 --study out/study.db --out out/best.yaml",
    "filter-train": f"boxes.parquet {_TRUE} --params params.yaml --out out/filter --rounds 3",
    "filter-apply": "boxes.parquet --filter filter --out out/kept.parquet",
    "pseudo-label": f"boxes.parquet --images images --classes classes.csv {_SMALL} --min-prob 0 --out out/pseudo",
    "submit": "boxes.parquet --sample sample.csv --out out/submission.csv",
    "score": "--labels train.csv --boxes boxes.parquet --per-page out/1.csv --per-book out/2.csv --counts classes.csv",
    "overlay": "boxes.parquet --images images --labels train.csv --removed boxes.parquet --out out/drawn",
    "text": "train.csv --out out/text.txt",
    "evaluate": "classifier.model letters.csv --report out/1.csv --predictions out/2.csv --contact-sheet out/3.png",
    "language-model": "train.csv --out out/model.ngrams",
    "export-onnx": "classifier.model --out out/network.onnx",
    "summary": "a=numbers.json:a --out out/summary.json",
    "table": "one=numbers.json --columns a",
    "bundle": "detector.model classifier.model --filter filter --scores numbers.json --out out/reader",
    "finetune": "--pages images --labels train.csv --models detector.model classifier.model --mix pack --steps 1 "
    "--out out/mine",
}  # fmt: skip
REFUSED = {  # whose files or models are not made here: such lines show only that each input is asked for
    "import-model": "old.pth",
    "import-detections": "old.pth --pages sample.csv --images images --out out/imported.parquet",
    "import-filter": "old.pkl --boxes boxes.parquet --out out/imported",
    "classify-books": "classifier.model --images images --counts classes.csv --out out/books.csv",
    "infer-graphemes": "--models classifier.model --shards boxes.parquet --out out/read.csv",
}
WITHOUT_FILES = ("completion", "fetch", "doctor")  # the last lists what is wrong with its models


def words_of(command: str) -> list[str]:
    return (COMMANDS | REFUSED)[command].split()


def names_in(word: str) -> list[str]:
    """What a word may name: it, or the file of NAME=FILE:KEY."""
    return [word, *re.split("[=:]", word)[1:2]]


def make_files(folder: Path) -> None:
    """All that the lines read."""
    found, truth, _ = make_pages(pages=4)
    read = found.boxes.assign(top5_labels=[[each] for each in found.boxes["label"]], top5_probs=[[0.5]] * len(found))
    write_boxes(folder / "boxes.parquet", found.with_boxes(read, made_from=found.made_from))
    write_truth(folder / "train.csv", truth)
    CLASSES.write(folder / "classes.csv")
    for seed, image_id in enumerate(found.pages["image_id"]):
        draw_page(folder / "images" / f"{image_id}.png", seed, (560, 420))
    (folder / "pages").mkdir()
    for name, target in (("train_images", "images"), ("train.csv", "train.csv")):
        (folder / "pages" / name).symlink_to(folder / target)
    write_detector(folder / "detector.model")
    enlarge(folder / "detector.model")
    write_classifier(folder / "classifier.model", preprocessed=(), classes={"label": CLASSES})
    lines = []
    for label in CLASSES.labels:
        for number in range(4):
            lines.append(f"{label},{draw_page(folder / 'letters' / label / f'{number}.png', number, (32, 32))}")
    (folder / "letters.csv").write_text("\n".join(lines) + "\n")
    (folder / "crops").symlink_to(folder / "letters" / CLASSES.labels[0])
    pd.DataFrame({"image_id": found.pages["image_id"], "labels": ""}).to_csv(folder / "sample.csv", index=False)
    (folder / "numbers.json").write_text(json.dumps({"a": 1}))
    (folder / "params.yaml").write_text("settings: {num_leaves: 3}\n")
    for name in ("old.pth", "old.pkl"):
        (folder / name).write_bytes(b"what no command can import")
    for command, output in (("pack", "pack"), ("filter-train", "filter")):
        assert main([command, *words_of(command)]) == 0
        (folder / "out" / output).rename(folder / output)
    (folder / "out").rmdir()
