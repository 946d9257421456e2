"""What has to be known to prepare other images like those of a pack."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.data.class_list import ClassList
from mojika.data.derived_packs import fitting_pack
from mojika.data.pack import Pack
from mojika.data.pack_writer import write_pack
from mojika.data.split_list import read_split_lists


def make_pack(folder: Path, **made_from: str) -> Pack:
    with write_pack(folder, size=(4, 6), channels=1, expected_count=2) as writer:
        writer.append(np.zeros((2, 4, 6, 1), np.uint8))
        samples = pd.DataFrame({"label": ["a", "b"], "image_id": ["1", "2"], "source": "train", "weight": 1.0})
        writer.finish(samples, {"label": ClassList.from_labels("ab")}, {"stage": folder.name, **made_from})
    return Pack.open(folder)


def test_the_form_of_graphemes_is_told_by_a_pack_and_by_its_conversion(tmp_path):
    pack = make_pack(tmp_path / "pack", grapheme_size="crop:128", labels="x")
    assert pack.preprocessing == {"grapheme_size": "crop:128"}
    converted = fitting_pack(pack, 3, 3, tmp_path / "cache")
    assert converted.size == (3, 3) and converted.preprocessing == {"grapheme_size": "crop:128"}
    assert make_pack(tmp_path / "crops", scale_size="124").preprocessing == {}


@pytest.mark.parametrize("other, expected", [("crop:9", {"grapheme_size": "crop:9"}), ("native", {})])
def test_a_list_tells_what_all_its_packs_agree_on(tmp_path, other, expected):
    make_pack(tmp_path / "one", grapheme_size="crop:9")
    make_pack(tmp_path / "two", grapheme_size=other)
    (tmp_path / "train.csv").write_text("pack,row,label\none,0,a\ntwo,1,b\n")
    (split,) = read_split_lists([tmp_path / "train.csv"], scale_size=4, channels=1, cache=tmp_path / "cache")
    assert split.preprocessing == expected
