"""Which reader is taken where nobody names one."""

import shutil

import pytest

from mojika.errors import UserError
from mojika.reader.default_models import default_models, readers_below


def test_the_reader_that_comes_with_mojika_is_taken_where_there_is_no_other(reader, runs, tmp_path):
    models, starter = tmp_path / "models", tmp_path / "models" / "starter"
    with pytest.raises(UserError, match="no models: expected a reader's folder"):
        default_models(models, starter)
    shutil.copytree(reader, starter)
    chosen, note = default_models(models, starter)
    assert chosen == str(starter) and "comes with Mojika" in note
    assert default_models(tmp_path / "elsewhere", starter) == (chosen, note)

    shutil.copytree(runs, models / "mine")
    chosen, note = default_models(models, starter)
    assert chosen == str(models / "mine") and note == f"models: {models / 'mine'}"
    shutil.copytree(reader, models / "zz")
    assert list(readers_below(models, starter)) == [models / "zz", models / "mine", starter]
