"""A false-positive filter in a reader's folder: the same text, for the same classes."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest
from reader_models import CLASSES

from mojika.boxes.filter_features import feature_names
from mojika.boxes.filter_model import Filter, read_filter, write_filter
from mojika.cli.main import main
from mojika.errors import UserError
from mojika.reader.reader_files import open_reader_files


def write_small_filter(folder: Path, digest: str) -> Path:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(60, len(feature_names())))
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    data = lightgbm.Dataset(values, values[:, 0] > 0, feature_name=feature_names())
    write_filter(folder, Filter((lightgbm.train(settings, data, 2),) * 2, digest, {"stage": "test"}))
    return folder


def test_the_filter_comes_along_and_is_used_only_as_it_was_recorded(bundle, tmp_path):
    source = write_small_filter(tmp_path / "final_filter" / "boosters", CLASSES.digest)
    folder = bundle(tmp_path / "reader", "--filter", str(tmp_path / "final_filter"), "--filter-threshold", "0.4")
    found = open_reader_files(str(folder))
    assert found.filter == folder / "filter" and found.settings.filter_threshold == 0.4
    for name in ("meta.json", "booster_0.txt", "booster_1.txt"):
        assert (folder / "filter" / name).read_bytes() == (source / name).read_bytes()
    assert len(read_filter(found.filter).boosters) == 2

    without = open_reader_files(str(bundle(tmp_path / "without")))
    assert without.filter is None and without.fingerprint != found.fingerprint
    (folder / "filter" / "booster_1.txt").write_text("tree\n")
    with pytest.raises(UserError, match=r"booster_1\.txt: expected .* bytes, found 5"):
        open_reader_files(str(folder))


def test_a_filter_of_other_classes_is_refused(runs, tmp_path, capsys):
    write_small_filter(tmp_path / "filter", "0" * 64)
    command = ["bundle", str(runs / "01_gray"), "--filter", str(tmp_path / "filter"), "--out", str(tmp_path / "out")]
    assert main(command) == 2
    assert "that of the filter's training" in capsys.readouterr().err and not (tmp_path / "out").exists()
