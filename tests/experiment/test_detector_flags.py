from argparse import Namespace
from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.experiment.detector_flags import check_same_detector


def test_a_run_of_before_shared_heads_goes_on_without_one():
    saved = {"detector": {}, "args": {"width": 48}, "processes": 1, "data": "pages"}
    check_same_detector(saved, Namespace(width=48, shared_head=False), "pages", 1, Path("models/old"))
    with pytest.raises(UserError, match="changed: --shared-head False -> True"):
        check_same_detector(saved, Namespace(width=48, shared_head=True), "pages", 1, Path("models/old"))
