"""The commands of the quickstarts run as they are printed, in an empty folder, with settings that make them short."""

import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
from grapheme_models import write_model
from PIL import Image
from tiny_readers import SETTINGS, draw_page, write_tiny_reader
from tiny_runs import ROOT, draw

from mojika.cli.main import main

SHORT = {  # flags that a command is given where it does not name them
    "train": "--model test_resnet --scale-size 28 --input-size 24 --steps 2 --device cpu --workers 1",
    "train-detector": "--width 8 --tile-size 96 --tiles-per-page 1 --short-side 150,170 --batch-size 2 --from-scratch "
    "--device cpu --workers 1",
    "sample": "--workers 1 --scale 0.1",
    "detect": "--at-most 12 --score-threshold 0 --short-sides 150",
    "classify": "--tta 1",
    "bundle": " ".join(SETTINGS),
    "finetune": "--steps 2",
}
INSTEAD = {
    "--backbone resnet18": "--backbone test_resnet",
    "--model resnet18 --input-size 96 --scale-size 108": "--model test_resnet --input-size 32 --scale-size 36",
    "--iterations 2000 --snapshot-every 1000": "--iterations 2 --snapshot-every 2",
} | {
    "--pages-per-book 4": "--pages-per-book 1",
    "--classes 100": "--classes 20",
}


def test_the_quickstart_for_practitioners_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_letters(tmp_path)
    follow("quickstart_kaggle.md")
    assert len(Path("predictions.csv").read_text().splitlines()) == 1 + 3
    assert Path("report/index.html").exists()
    assert Path("submission.csv").read_text().startswith("image_id,labels\n")
    assert len(list(Path("texts").glob("*/*.txt"))) == 2


def test_the_quickstart_for_libraries_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    readers(tmp_path)
    sheets = [draw_page(Path("scans") / f"000{number}.png", number) for number in (1, 2, 3)]
    first, *others = [Image.open(sheet) for sheet in sheets]
    first.save("book.pdf", save_all=True, append_images=others)
    Path("truth.csv").write_text("image_id,labels\n0002,U+3042 5 5 16 16\n")
    for name in "abc":
        Image.fromarray(np.full((137, 236), 200, np.uint8)).save(f"{name}.png")
    follow("quickstart_library.md")
    assert len(list(Path("texts/scans").glob("*.alto.xml"))) == 3 and Path("texts/pages.pdf").exists()
    assert len(list(Path("texts_2").glob("*/*.txt"))) == 3 and len(list(Path("graphemes").glob("*.txt"))) == 3


def follow(name: str) -> None:
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "docs" / name).read_text(), re.DOTALL | re.MULTILINE)
    for line in "".join(blocks).replace("\\\n", " ").splitlines():
        if line.startswith("mojika "):
            assert main(shortened(line)) == 0, line
        else:
            subprocess.run(["bash", "-c", line], check=True, stdout=subprocess.DEVNULL)


def shortened(line: str) -> list[str]:
    for long, short in INSTEAD.items():
        line = line.replace(long, short)
    words = shlex.split(line)[1:]
    for flag in re.findall(r"--\S+(?: [^-]\S*)?", SHORT.get(words[0], "")):
        name, *values = flag.split()
        if name not in words and not ("--config" in words and words[0] == "train"):
            words += [name, *values]
    return words


def draw_letters(folder: Path) -> None:
    """`letters`, two classes of five images, and `others`, three images."""
    for line in draw(folder, "drawn", 5, 2, 0).read_text().splitlines():
        label, file = line.split(",")
        place = folder / "letters" / "あか"[int(label)]
        place.mkdir(parents=True, exist_ok=True)
        Path(file).rename(place / Path(file).name)
    for line in draw(folder, "others", 3, 1, 1).read_text().splitlines():
        assert Path(line.split(",")[1]).exists()


def readers(folder: Path) -> None:
    """In the places of the reader that comes along and of what the Bengali demo leaves: two untrained ones."""
    models = write_tiny_reader(folder)
    assert main(["bundle", *models, "--out", "models/starter", *SETTINGS]) == 0
    write_model(folder / "graphemes.model", seed=1, scale_size=32, input_size=32, form="crop:32")
    assert main(["bundle", "graphemes.model", "--out", "models/bengali_demo/reader"]) == 0
