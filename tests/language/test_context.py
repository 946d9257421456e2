import numpy as np
import pytest
from test_ngram_probabilities import model_of

from mojika.language.context import Context
from mojika.reading.page import Block, Candidate, Character, Column

IROHA = Context(model_of(["いろはにほ"] * 20, 3), weight=1.0, temperature=1.0)


def character(place: int, *readings: tuple[str, float]) -> Character:
    candidates = tuple(Candidate(f"U+{ord(char):04X}", char, prob) for char, prob in readings)
    return Character((10, 30 * place, 30, 30 * place + 20), 0.9, candidates)


def column(*characters: tuple[tuple[str, float], ...], kind="text") -> Column:
    return Column(tuple(character(place, *readings) for place, readings in enumerate(characters)), kind)


def test_what_stands_around_a_character_decides_where_its_looks_do_not():
    block = Block((column((("い", 0.9), ("ほ", 0.1)), (("に", 0.5), ("ろ", 0.45), ("は", 0.05)), (("は", 1.0),)),))
    [read] = IROHA.reread([block], 2)
    assert read.columns[0].text == "いろは"
    doubtful = read.columns[0].characters[1]
    assert [each.char for each in doubtful.candidates] == ["ろ", "に"]
    assert doubtful.box == block.columns[0].characters[1].box
    assert 0.45 < doubtful.prob < 1 and doubtful.candidates[0].label == "U+308D"


def test_columns_of_a_block_follow_each_other_and_furigana_does_not():
    doubtful = (("ほ", 0.5), ("は", 0.5))
    columns = column((("い", 1.0),), (("ろ", 1.0),)), column((("に", 1.0),), kind="furigana"), column(doubtful)
    [read] = IROHA.reread([Block(columns)], 2)
    assert [each.text for each in read.columns] == ["いろ", "に", "は"]
    assert [each.kind for each in read.columns] == ["text", "furigana", "text"]
    first, second = IROHA.reread([Block(columns[:1]), Block(columns[2:])], 2)
    assert second.columns[0].characters[0].prob < read.columns[2].characters[0].prob


def test_certain_and_single_readings_stay_as_they_are():
    block = Block((column((("い", 1.0), ("に", 0.3)), (("ほ", 0.2),)),))
    [read] = IROHA.reread([block], 5)
    assert read == block


def test_without_weight_the_order_of_readings_stays_and_temperature_levels_them():
    block = Block(
        (
            column(
                (("ほ", 0.64), ("い", 0.36)),
            ),
        )
    )
    [read] = Context(IROHA.model, 0.0, 2.0).reread([block], 5)
    first, second = read.columns[0].characters[0].candidates
    assert (first.char, second.char) == ("ほ", "い")
    assert first.prob / second.prob == pytest.approx(0.8 / 0.6, rel=1e-4)


def test_old_forms_and_unknown_characters_can_be_read():
    context = Context(model_of(["いろは"], 2), 0.5, 1.0)
    block = Block((column((("鯨", 0.7), ("い", 0.3)), (("\U0001b00b", 0.6), ("ろ", 0.4))),))
    [read] = context.reread([block], 5)
    assert all(np.isfinite(each.prob) for each in read.columns[0].characters)
    assert context.reread([], 5) == ()
