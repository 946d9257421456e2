"""Which graphemes a Bengali sample has: enough of every class, some that training lacks, other writers in the test."""

import dataclasses

import numpy as np
import pytest

from mojika.errors import UserError
from mojika.samples.graphemes.components import COMPONENTS, Labels, components, compose
from mojika.samples.graphemes.fonts import find_bengali_fonts
from mojika.samples.graphemes.plan import GraphemeParameters, GraphemePlan, Writing, plan_graphemes

PARAMETERS = GraphemeParameters(train=2500, test=500, writers=12, shards=2, min_per_class=6, unseen=0.3, seed=4)
FONTS = find_bengali_fonts()


@pytest.fixture(scope="module")
def plan() -> GraphemePlan:
    return plan_graphemes(PARAMETERS, FONTS)


def graphemes(writing: Writing) -> set[tuple[int, ...]]:
    return set(map(tuple, writing.labels.tolist()))


def test_every_class_occurs_often_enough(plan):
    assert plan.undrawable == ()
    for column, kind in enumerate(COMPONENTS):
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
    with pytest.raises(UserError, match="--train 300"):
        plan_graphemes(dataclasses.replace(PARAMETERS, train=300), FONTS)
