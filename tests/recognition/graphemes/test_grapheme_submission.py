from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.errors import UserError
from mojika.recognition.graphemes.submission import read_rows, usual_rows

PREDICTED = {
    "grapheme_root": np.array(["159", "3"], object),
    "vowel_diacritic": np.array(["7", "0"], object),
    "consonant_diacritic": np.array(["1", "6"], object),
}
TEST = """row_id,image_id,component
Test_1_vowel_diacritic,Test_1,vowel_diacritic
Test_0_consonant_diacritic,Test_0,consonant_diacritic
Test_0_grapheme_root,Test_0,grapheme_root
x,Test_1,grapheme_root
Test_0_vowel_diacritic,Test_0,vowel_diacritic
Test_1_consonant_diacritic,Test_1,consonant_diacritic
"""


def test_rows_are_in_the_usual_order(tmp_path: Path):
    rows = usual_rows(["Test_0", "Test_1"])
    text = rows.format(PREDICTED)
    assert text == (
        "row_id,target\nTest_0_consonant_diacritic,1\nTest_0_grapheme_root,159\nTest_0_vowel_diacritic,7\n"
        "Test_1_consonant_diacritic,6\nTest_1_grapheme_root,3\nTest_1_vowel_diacritic,0\n"
    )
    (tmp_path / "submission.csv").write_text(text)
    read = rows.read(tmp_path / "submission.csv")
    assert {head: labels.tolist() for head, labels in read.items()} == {h: v.tolist() for h, v in PREDICTED.items()}
    with pytest.raises(UserError, match="with the rows that are asked for"):
        usual_rows(["Test_1", "Test_0"]).read(tmp_path / "submission.csv")


def test_rows_are_in_the_order_of_the_test_table(tmp_path: Path):
    (tmp_path / "test.csv").write_text(TEST)
    rows = read_rows(tmp_path / "test.csv", ["Test_0", "Test_1"])
    assert rows.format(PREDICTED).splitlines()[1:] == [
        "Test_1_vowel_diacritic,0", "Test_0_consonant_diacritic,1", "Test_0_grapheme_root,159", "x,3",
        "Test_0_vowel_diacritic,7", "Test_1_consonant_diacritic,6",
    ]  # fmt: skip


def test_the_real_table_and_sample_agree_with_the_usual_order(bengali_graphemes: Path):
    ids = pd.read_csv(bengali_graphemes / "test_labels.csv")["image_id"].tolist()
    sample = pd.read_csv(bengali_graphemes / "sample_submission.csv")["row_id"].tolist()
    assert usual_rows(ids).row_ids.tolist() == sample
    assert read_rows(bengali_graphemes / "test.csv", ids).row_ids.tolist() == sample


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("x,Test_1,g", "x,Test_2,g", "1 images are not in the shards: Test_2"),
        ("x,Test_1,grapheme_root", "x,Test_1,root", "row 5: expected grapheme_root, vowel_diacritic, .* found 'root'"),
        ("x,Test_1,g", "Test_0_grapheme_root,Test_1,g", "row 5: Test_0_grapheme_root: duplicate row_id"),
        ("x,Test_1,g", "x,Test_0,g", "row 5: x: duplicate image_id and component"),
        ("x,Test_1,grapheme_root\n", "", "expected 3 rows of each image of the shards, found fewer of Test_1"),
        ("row_id,image_id", "row,image", "expected the columns row_id,image_id,component, found row, image, component"),
    ],
)
def test_tables_that_ask_for_something_else_are_refused(tmp_path: Path, old, new, message):
    (tmp_path / "test.csv").write_text(TEST.replace(old, new))
    with pytest.raises(UserError, match=message):
        read_rows(tmp_path / "test.csv", ["Test_0", "Test_1"])


def test_a_missing_table_is_named(tmp_path: Path):
    with pytest.raises(UserError, match="none.csv: no such file"):
        read_rows(tmp_path / "none.csv", ["Test_0"])
