from functools import partial
from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.files.faults import Fault, FaultLog, refuse

FIRST, SECOND = Fault("a.png", None, "truncated"), Fault("train.csv", 3, "no image")


def test_faults_are_kept_where_they_are_skipped():
    log = FaultLog(True, partial(refuse, folder="data"), [FIRST])
    log.add(SECOND)
    assert log.faults == [FIRST, SECOND]


def test_the_next_fault_is_refused_with_those_before_it():
    log = FaultLog(False, partial(refuse, folder="data"), [FIRST])
    with pytest.raises(UserError, match="2 faults, the first: a.png: truncated; `mojika check data` lists them all"):
        log.add(SECOND)


def test_no_faults_are_nothing_to_refuse():
    FaultLog(False, partial(refuse, folder="data")).add()


def test_a_fault_names_its_file_once():
    path = Path("pages/a.png")
    error = UserError(f"{path}: expected an image, found an empty file")
    assert str(Fault.of_file(path, error)) == "a.png: expected an image, found an empty file"
    assert str(Fault.of_file(path, error, "pages/a.png")) == "pages/a.png: expected an image, found an empty file"
