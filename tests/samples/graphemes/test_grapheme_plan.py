"""Which graphemes a Bengali sample has: enough of every class, some that training lacks, other writers in the test."""

import dataclasses

import numpy as np
import pytest

from mojika.data.grapheme_labels import HEADS
from mojika.errors import UserError
from mojika.samples.graphemes.components import Labels, components, compose
from mojika.samples.graphemes.fonts import find_bengali_fonts
from mojika.samples.graphemes.plan import GraphemeParameters, GraphemePlan, Writing, plan_graphemes, read_graphemes

PARAMETERS = GraphemeParameters(train=2500, test=500, writers=12, shards=2, min_per_class=6, unseen=0.3, seed=4)
FONTS = find_bengali_fonts()


@pytest.fixture(scope="module")
def plan() -> GraphemePlan:
    return plan_graphemes(PARAMETERS, FONTS)


def graphemes(writing: Writing) -> set[tuple[int, ...]]:
    return set(map(tuple, writing.labels.tolist()))


def test_every_class_occurs_often_enough(plan):
    assert plan.undrawable == ()
    for column, kind in enumerate(HEADS):
        counts = np.bincount(plan.train.labels[:, column], minlength=len(components()[kind]))
        assert counts.min() >= 6, kind


def test_the_share_of_unseen_graphemes_is_as_asked(plan):
    trained = graphemes(plan.train)
    unseen = [tuple(labels) not in trained for labels in plan.test.labels.tolist()]
    assert sum(unseen) == 150
    assert len(graphemes(plan.test) - trained) >= 30


def test_classes_of_unseen_graphemes_occur_in_training(plan):
    for column in range(3):
        assert set(plan.test.labels[:, column]) <= set(plan.train.labels[:, column])


def test_without_unseen_graphemes_training_has_all_of_the_test():
    seen = plan_graphemes(dataclasses.replace(PARAMETERS, unseen=0.0), FONTS)
    assert graphemes(seen.test) <= graphemes(seen.train)


def test_writers_of_the_test_set_are_others(plan):
    assert set(plan.train.writers) == set(range(1, 13))
    assert set(plan.test.writers) == {13, 14, 15}


def test_frequencies_have_a_long_tail(plan):
    counts = np.sort(np.unique(plan.train.labels, axis=0, return_counts=True)[1])[::-1]
    assert len(counts) > 500
    assert counts[0] > 8
    assert np.median(counts) <= 3


def test_every_grapheme_is_drawn_by_some_font(plan):
    for labels in graphemes(plan.train) | graphemes(plan.test):
        assert any(font.draws(compose(Labels(*labels))) for font in FONTS.values())


def test_a_plan_depends_on_its_seed_only(plan):
    again, other = (plan_graphemes(dataclasses.replace(PARAMETERS, seed=seed), FONTS) for seed in (4, 5))
    assert np.array_equal(again.train.labels, plan.train.labels)
    assert np.array_equal(again.test.writers, plan.test.writers)
    assert not np.array_equal(other.train.labels, plan.train.labels)


def test_too_few_images_for_every_class_are_refused():
    with pytest.raises(UserError, match="train 300"):
        plan_graphemes(dataclasses.replace(PARAMETERS, train=300), FONTS)


def test_only_graphemes_of_the_given_files_are_planned_as_often_as_their_shares_say(tmp_path):
    table = [(16, 0, 0)] * 90 + [(16, 1, 0)] * 10 + [(64, 7, 5)] * 10
    (tmp_path / "train.csv").write_text(
        "\n".join(["image_id," + ",".join(HEADS), *(f"x{n},{a},{b},{c}" for n, (a, b, c) in enumerate(table))])
    )
    (tmp_path / "list.csv").write_text("pack,row," + ",".join(HEADS) + "\np,0,64,7,5\n")
    like = read_graphemes([tmp_path / "train.csv", tmp_path / "list.csv"])
    assert like == ((Labels(16, 0, 0), 90), (Labels(16, 1, 0), 10), (Labels(64, 7, 5), 11))
    parameters = dataclasses.replace(PARAMETERS, train=20000, test=0, like=like)
    plan = plan_graphemes(parameters, FONTS)
    found, counts = np.unique(plan.train.labels, axis=0, return_counts=True)
    assert found.tolist() == [[16, 0, 0], [16, 1, 0], [64, 7, 5]] and plan.undrawable == ()
    roots = np.sqrt([90, 10, 11])
    assert counts / 20000 == pytest.approx(roots / roots.sum(), abs=0.02)


def test_a_grapheme_that_no_font_draws_is_left_out_and_named():
    drawable = {style: dataclasses.replace(font) for style, font in FONTS.items()}
    parameters = dataclasses.replace(PARAMETERS, test=0, like=((Labels(16, 0, 0), 1), (Labels(64, 7, 5), 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(next(iter(FONTS.values()))), "draws", lambda font, text: text != compose(Labels(64, 7, 5)))
        plan = plan_graphemes(parameters, drawable)
        assert plan.undrawable == (compose(Labels(64, 7, 5)),) and graphemes(plan.train) == {(16, 0, 0)}
        patch.setattr(type(next(iter(FONTS.values()))), "draws", lambda font, text: False)
        with pytest.raises(UserError, match="no font can draw any of the graphemes"):
            plan_graphemes(parameters, drawable)


@pytest.mark.parametrize("row", ["168,0,0", "0,11,0", "0,0,7", "-1,0,0", "a,0,0"])
def test_labels_outside_the_class_map_are_refused(tmp_path, row):
    (tmp_path / "train.csv").write_text(f"image_id,{','.join(HEADS)}\nx,1,1,1\ny,{row}\n")
    with pytest.raises(UserError, match="train.csv: expected .* from 0 to .*, as in the class map, found"):
        read_graphemes([tmp_path / "train.csv"])


def test_parameters_without_named_graphemes_are_described_as_before():
    assert "like" not in PARAMETERS.as_dict(FONTS)
    like = dataclasses.replace(PARAMETERS, like=((Labels(1, 2, 3), 4),)).as_dict(FONTS)["like"]
    assert like == [[1, 2, 3, 4]]  # as JSON gives it back
