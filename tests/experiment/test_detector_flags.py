import subprocess
import sys
from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.experiment.detector_flags import NEUTRAL_FLAGS
from mojika.experiment.detector_run import defaults
from mojika.experiment.run_folder import Identity


def identity(**args) -> Identity:
    description = {"detector": {}, "args": args, "processes": 1, "data": "pages"}
    return Identity(description, neutral=NEUTRAL_FLAGS, defaults=defaults(), files={"data": "the pages"})


def test_a_run_of_before_shared_heads_goes_on_without_one():
    saved = identity(width=48).description
    identity(width=48, shared_head=False).check(saved, Path("models/old"))
    with pytest.raises(UserError, match="changed: --shared-head False -> True"):
        identity(width=48, shared_head=True).check(saved, Path("models/old"))


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"detector": {}, "processes": 1, "data": "other pages"}, "changed: the pages. Use another --prefix"),
        ({"detector": {}, "processes": 2, "data": "pages"}, "changed: processes 2 -> 1 (torchrun)"),
        ({"arch": {}, "processes": 1, "data": "pages"}, "holds the run of a classifier"),
    ],
)
def test_a_rerun_with_other_pages_processes_or_model_is_refused(saved, message):
    with pytest.raises(UserError) as error:
        identity(width=48).check({**saved, "args": {"width": 48}}, Path("models/old"))
    assert message in str(error.value)


def test_help_does_not_wait_for_torch():
    code = "import sys, mojika.cli.train_detector; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
