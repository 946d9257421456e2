"""`mojika import-filter`: boosters of 2019 say the same afterwards; hostile and other files are refused."""

import json
import pickle
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from filter_pages import make_pages
from published_2019 import Hostile, class_of_2019, hostile_pickle

from mojika.boxes.filter_features import feature_names
from mojika.boxes.filter_features_of_2019 import page_features_of_2019
from mojika.boxes.filter_of_2019 import OUR_NAMES
from mojika.boxes.page_boxes import read_boxes, write_boxes
from mojika.cli.main import main

BOXES, _, IS_TRUE = make_pages()
THEIRS = dict(zip(OUR_NAMES.values(), OUR_NAMES, strict=True))


@pytest.fixture(scope="module")
def shuffled() -> pd.DataFrame:
    """The features with the names of 2019, in another order than ours."""
    features = page_features_of_2019(BOXES)
    return features[np.random.default_rng(0).permutation(feature_names())].rename(columns=THEIRS)


@pytest.fixture(scope="module")
def boosters(shuffled) -> list[lightgbm.Booster]:
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 8, "min_child_samples": 5}
    return [
        lightgbm.train(settings | {"seed": seed, "bagging_freq": 1, "bagging_fraction": 0.7},
                       lightgbm.Dataset(shuffled, IS_TRUE.astype(float)), 12) for seed in range(2)
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_boxes(tmp_path / "read.parquet", BOXES)
    return tmp_path


def run_import(folder: Path, *files: Path) -> int:
    named = ["--boxes", str(folder / "read.parquet"), "--out", str(folder / "filter")]
    return main(["import-filter", *map(str, files), *named])


def save_as_in_2019(path: Path, boosters: list[lightgbm.Booster], **attributes: object) -> None:
    """LightGBM 2 kept its text as `handle`."""
    with class_of_2019("lightgbm.basic", "Booster") as Booster:
        saved = [Booster() for _ in boosters]
        for state, booster in zip(saved, boosters, strict=True):
            vars(state).update(handle=booster.model_to_string(), best_iteration=-1, best_score={}, network=False)
            vars(state).update(attributes)
        path.write_bytes(pickle.dumps(saved, protocol=3))


def kept_by(folder: Path) -> np.ndarray:
    named = ["--filter", folder / "filter", "--out", folder / "rated.parquet", "--keep-all", "--workers", "1"]
    assert main(["filter-apply", str(folder / "read.parquet"), *map(str, named)]) == 0
    return read_boxes(folder / "rated.parquet").boxes["keep_prob"].to_numpy()


def test_a_list_in_the_layout_of_2019_says_the_same_of_the_same_boxes(folder, boosters, shuffled):
    save_as_in_2019(folder / "booster.pkl", boosters)
    assert run_import(folder, folder / "booster.pkl") == 0
    expected = np.mean([booster.predict(shuffled) for booster in boosters], axis=0)
    np.testing.assert_allclose(kept_by(folder), expected, rtol=0, atol=1e-6)
    about = json.loads((folder / "filter/meta.json").read_text())
    assert (about["boosters"], about["report"]["trees"], about["values"]) == (2, 24, "2019")


def test_one_booster_a_file_as_lightgbm_pickles_them_today(folder, boosters, shuffled):
    files = [folder / f"booster{number}.pkl" for number in range(2)]
    for file, booster in zip(files, boosters, strict=True):
        file.write_bytes(pickle.dumps(booster))
    assert run_import(folder, *files) == 0
    expected = np.mean([booster.predict(shuffled) for booster in boosters], axis=0)
    np.testing.assert_allclose(kept_by(folder), expected, rtol=0, atol=1e-6)


def test_rounds_after_the_best_one_do_not_count(folder, boosters, shuffled):
    save_as_in_2019(folder / "booster.pkl", boosters[:1], best_iteration=3)
    assert run_import(folder, folder / "booster.pkl") == 0
    np.testing.assert_allclose(kept_by(folder), boosters[0].predict(shuffled, num_iteration=3), rtol=0, atol=1e-6)


def test_a_hostile_file_is_refused_in_a_line_and_not_run(folder, capsys):
    hostile_pickle(folder / "hostile.pkl", folder / "marker")
    assert run_import(folder, folder / "hostile.pkl") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "nothing of it was run" in said
    assert not (folder / "marker").exists() and not (folder / "filter").exists()


def test_attributes_are_no_way_out(folder, boosters, capsys):
    """A hostile object inside a booster's state."""
    save_as_in_2019(folder / "booster.pkl", boosters[:1], params=Hostile(folder / "marker"))
    assert run_import(folder, folder / "booster.pkl") == 2
    assert "nothing of it was run" in capsys.readouterr().err and not (folder / "marker").exists()


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1]), pickle.dumps([]), pickle.dumps([1])[:-3]])
def test_other_files_are_refused_in_a_line(folder, content, capsys):
    (folder / "booster.pkl").write_bytes(content)
    assert run_import(folder, folder / "booster.pkl") == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (folder / "filter").exists()


def test_boosters_of_other_features_are_refused(folder, boosters, shuffled, capsys):
    other = lightgbm.train({"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(shuffled.iloc[:, :9], IS_TRUE), 2)
    save_as_in_2019(folder / "booster.pkl", [other])
    assert run_import(folder, folder / "booster.pkl") == 2
    save_as_in_2019(folder / "booster.pkl", boosters[:1], handle="tree\n")
    assert run_import(folder, folder / "booster.pkl") == 2
    beyond = boosters[0].model_to_string().replace("split_feature=", "split_feature=999 ", 1)
    save_as_in_2019(folder / "booster.pkl", boosters[:1], handle=beyond)
    assert run_import(folder, folder / "booster.pkl") == 2
    save_as_in_2019(folder / "booster.pkl", boosters[:1], handle=None)
    assert run_import(folder, folder / "booster.pkl") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4 and all("expected a model" in line for line in lines)
