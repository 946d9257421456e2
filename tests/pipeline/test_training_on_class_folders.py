import shutil
from pathlib import Path

from tiny_runs import ROOT, TINY, draw

from mojika.cli.main import main
from mojika.data.image_list import read_image_list


def test_two_steps_on_class_folders(tmp_path: Path, programs):
    for part, count, seed in (("train", 4, 0), ("valid", 2, 1)):
        images = read_image_list(draw(tmp_path, part, count, 2, seed))
        for label, file in zip(images.labels, images.files, strict=True):
            folder = tmp_path / "data" / part / "あか"[int(label)]
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(file, folder)
    run = [ROOT / "train.py", tmp_path / "data" / "train", tmp_path / "data" / "valid", *TINY]
    where = ["--model-dir", tmp_path / "models", "--prefix", "run", "--steps", "2"]
    process = programs.start([*run, *where], cwd=tmp_path)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert (tmp_path / "models" / "run" / "best.model").is_file()


def test_one_command_for_a_folder_and_the_same_again(tmp_path: Path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    images = read_image_list(draw(tmp_path, "drawn", 5, 2, 0))
    for label, file in zip(images.labels, images.files, strict=True):
        folder = tmp_path / "letters" / "あか"[int(label)]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(file, folder)
    command = ["train", "--data", "letters", *TINY, "--warmup-epochs", "0", "--steps", "2"]
    assert main(command) == 0 and "finished" in capfd.readouterr().out
    assert (tmp_path / "models" / "letters" / "best.model").is_file()
    assert main(command) == 0 and "models/letters: finished" in capfd.readouterr().out
    (tmp_path / "letters" / "あ" / "0_0.png").unlink()
    assert main(command) == 2 and "models/letters was trained on" in capfd.readouterr().err
    assert main([*command, "--fresh"]) == 0 and "moved the run" in capfd.readouterr().out
