import shutil
import subprocess
import sys
from pathlib import Path

from tiny_runs import ROOT, TINY, draw

from mojika.data.image_list import read_image_list


def test_two_steps_on_class_folders(tmp_path: Path):
    for part, count, seed in (("train", 4, 0), ("valid", 2, 1)):
        images = read_image_list(draw(tmp_path, part, count, 2, seed))
        for label, file in zip(images.labels, images.files, strict=True):
            folder = tmp_path / "data" / part / "あか"[int(label)]
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(file, folder)
    run = [sys.executable, ROOT / "train.py", tmp_path / "data" / "train", tmp_path / "data" / "valid", *TINY]
    where = ["--model-dir", tmp_path / "models", "--prefix", "run", "--steps", "2"]
    done = subprocess.run([*run, *where], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "models" / "run" / "best.model").is_file()
