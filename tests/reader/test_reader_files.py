"""Which files `--models` names: a pipeline's models, runs, files, a reader's folder."""

import json
import shutil
import subprocess
import sys

import pytest
from reader_models import write_classifier

from mojika.cli.main import main
from mojika.errors import UserError
from mojika.files.reader_folder import model_files
from mojika.reader.reader_files import open_reader_files


def names(models) -> list[str]:
    return [f"{model.path.parent.name}/{model.path.stem}" for model in models]


@pytest.fixture
def pipeline(runs, tmp_path):
    shutil.copytree(runs, tmp_path / "models")
    return tmp_path / "models"


def test_of_a_pipeline_what_the_last_reading_took(pipeline):
    found = open_reader_files(str(pipeline))
    assert names(found.detectors) == ["00_detector/iteration-000400", "00_detector/iteration-000500"]
    assert names(found.classifiers) == ["01_gray/best", "02_rgb/best"] and found.filter is None
    assert found.settings.short_sides == (560, 710)
    assert "the first classifiers 01_gray, 02_rgb, no filter" in found.note

    for name in ("01_gray_pseudo", "02_rgb_pseudo"):
        write_classifier(pipeline / name / "best.model")
    (pipeline / "03_rgb_pseudo").mkdir()  # has begun
    (pipeline / "first_filter" / "boosters").mkdir(parents=True)
    found = open_reader_files(str(pipeline))
    assert names(found.classifiers) == ["01_gray_pseudo/best", "02_rgb_pseudo/best"]
    assert found.filter == pipeline / "first_filter" / "boosters"

    write_classifier(pipeline / "01_refine_gray" / "best.model")
    write_classifier(pipeline / "real_01_gray" / "best.model")
    (pipeline / "final_filter" / "boosters").mkdir(parents=True)
    found = open_reader_files(str(pipeline))
    assert names(found.classifiers) == ["01_refine_gray/best"]
    assert found.filter == pipeline / "final_filter" / "boosters"
    assert "the refined classifiers 01_refine_gray, final_filter" in found.note


def test_of_runs_and_files_the_kinds_are_recognised(runs, tmp_path):
    found = open_reader_files(str(runs / "02_rgb"), str(runs / "00_detector"), str(runs / "01_gray" / "best.model"))
    assert names(found.detectors) == ["00_detector/iteration-000500"]
    assert names(found.classifiers) == ["02_rgb/best", "01_gray/best"]
    assert found.classifiers[0].spec.channels == 3 and found.classifiers[0].heads == ("label",)


def test_a_reader_folder_says_all_of_it_without_torch(reader, runs):
    program = (
        "import json, sys; from mojika.reader.reader_files import open_reader_files as o; f = o(sys.argv[1]);"
        "print(json.dumps([len(f.detectors), len(f.classifiers), f.settings.short_sides, 'torch' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(reader)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [1, 2, [560, 710], False]


def test_the_fingerprint_follows_weights_specs_and_filter(reader, runs, bundle, tmp_path):
    same = bundle(tmp_path / "same", "--short-sides", "600", "--license", "mit")
    one = open_reader_files(str(reader))
    assert open_reader_files(str(same)).fingerprint == one.fingerprint
    write_classifier(tmp_path / "models" / "01_gray" / "best.model", seed=8)
    other = open_reader_files(str(reader), str(tmp_path / "models" / "01_gray"))
    assert len(other.classifiers) == 3 and other.fingerprint != one.fingerprint


def test_a_folder_stands_for_all_its_models_of_a_kind_and_must_have_one(runs, reader, tmp_path):
    file = runs / "01_gray" / "best.model"
    both = [reader / "01_gray.safetensors", reader / "02_rgb.safetensors"]
    assert model_files([file, reader], "classifier") == [file, *both]
    assert main(["bundle", str(reader / "02_rgb.safetensors"), "--out", str(tmp_path / "half")]) == 0
    with pytest.raises(UserError, match="half: expected a reader with a detector, found 1 classifier"):
        model_files([tmp_path / "half"], "detector")


@pytest.mark.parametrize("name, reason", [
    ("nothing", "no such model file"),
    ("empty", "expected a reader's folder, a run or a pipeline's models, found none"),
    ("hf:not a name", "expected hf:OWNER/NAME"),
])  # fmt: skip
def test_what_is_no_reader_is_one_line(tmp_path, monkeypatch, name, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=reason):
        open_reader_files(name)
