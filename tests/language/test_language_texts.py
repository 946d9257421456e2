from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.language.normal_forms import normal_text
from mojika.language.texts import read_texts, runs_of_transcription


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("國圖", "国図"),
        ("\U0001b019", "か"),  # HENTAIGANA LETTER KA-3
        ("いろ〳〵", "いろ〱"),
        ("か\u3099", "が"),
        ("\uf9dc", "隆"),  # a compatibility ideograph
        ("いろは ハ ▲", "いろは ハ ▲"),
    ],
)
def test_characters_that_stand_for_the_same_have_one_form(text, wanted):
    assert normal_text(text) == wanted


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("冨士山（ふじさん）諸人\n参詣（さんけい）", ["冨士山諸人参詣"]),
        ("【左右二図構成】\n本文", ["本文"]),
        ("前頭《割書：四十リ｜切きず》　豆州", ["前頭四十リ切きず豆州"]),
        ("天地\n\n　\n人", ["天地", "人"]),
        ("地震□□なし、また", ["地震", "なし", "また"]),
        ("", []),
        ("（よみ（の）中）山", ["山"]),
    ],
)
def test_transcriptions_are_read_as_the_page_is(text, runs):
    assert runs_of_transcription(text) == runs


def test_labels_are_read_in_reading_order_book_by_book(tmp_path: Path):
    column = "U+3044 50 10 20 20 U+308D 50 35 20 20 U+306F 50 60 20 20 U+306B 10 10 20 20"
    (tmp_path / "train.csv").write_text(f"image_id,labels\nb1_1,{column}\nb1_2,\nb2_1,U+570B 5 5 9 9\n")
    texts = read_texts(tmp_path / "train.csv")
    assert [(text.book, text.runs) for text in texts] == [("b1", ("いろはに",)), ("b2", ("国",))]


def test_transcriptions_go_by_their_titles(tmp_path: Path):
    (tmp_path / "data.csv").write_text('title,text\n甲,"いろ\nは"\n乙,に\n甲,ほ\n')
    assert [(text.book, text.runs) for text in read_texts(tmp_path / "data.csv")] == [
        ("甲", ("いろは", "ほ")), ("乙", ("に",)),
    ]  # fmt: skip
    (tmp_path / "plain.txt").write_text("いろ\nは\n\nに")
    [text] = read_texts(tmp_path / "plain.txt")
    assert (text.book, text.runs) == ("plain", ("いろは", "に"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", "expected a column text"),
        ("title,text\nx\n", "row 2: expected 2 columns, found 1"),
        ('title,text\n"x', "not a CSV"),
        (b"title,text\n\xff,x\n", "expected UTF-8"),
        ("", "expected a column text"),
    ],
)
def test_what_is_no_text_is_one_line(content, expected, tmp_path: Path):
    file = tmp_path / "data.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=expected) as raised:
        read_texts(file)
    assert "\n" not in str(raised.value)
    with pytest.raises(UserError, match="no such file"):
        read_texts(tmp_path / "missing.csv")
