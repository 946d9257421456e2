import errno
import io
import os
import sys

import pytest

from mojika.errors import ParameterError, UserError
from mojika.runtime.exit_status import USER_ERROR, run_entry_point


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("pages: {not} a folder"), "pages: {not} a folder"),
        (
            ParameterError("{input_size} 3: too small;\nraise it, or {scale_size}"),
            "--input-size 3: too small; raise it, or --scale-size",
        ),
    ],
)
def test_a_user_error_is_one_line_that_names_flags(capsys, error, line):
    def entry() -> int:
        raise error

    assert run_entry_point("train.py", entry) == USER_ERROR
    assert capsys.readouterr().err == f"train.py: error: {line}\n"


def test_signs_that_steer_a_terminal_or_turn_the_text_are_shown_as_escapes(capsys):
    def entry() -> int:
        raise UserError("\x1b[2Ja\u202egpj.png\x9b: no such image")

    assert run_entry_point("mojika", entry) == USER_ERROR
    assert capsys.readouterr().err == "mojika: error: \\x1b[2Ja\\u202egpj.png\\x9b: no such image\n"


def test_a_line_has_an_end(capsys):
    def entry() -> int:
        raise UserError("p" * 10**6 + ": no such image")

    assert run_entry_point("mojika", entry) == USER_ERROR
    told = capsys.readouterr().err
    assert len(told) < 5000 and told.endswith("ppp: no such image\n")


def test_a_component_names_its_parameters():
    assert str(ParameterError("{input_size} 3: too small")) == "input_size 3: too small"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.EACCES, "Permission denied", "a/b"), "a/b: Permission denied; change its permissions, or"),
        (
            OSError(errno.EISDIR, "Is a directory", b"a/\xff"),
            "a/\\udcff: Is a directory; expected a file, found",
        ),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (
            ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow"),
            "no pyarrow here: install what Mojika needs",
        ),
        (MemoryError("Unable to allocate 9 GiB"), "not enough memory: Unable to allocate 9 GiB; use"),
    ],
)
def test_what_the_machine_is_to_blame_for_is_one_line(capsys, error, line):
    def entry() -> int:
        raise error

    assert run_entry_point("mojika", entry) == USER_ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"mojika: error: {line}") and told.count("\n") == 1


def test_a_name_that_is_not_utf_8_is_told(capsys):
    assert run_entry_point("mojika", lambda: len(os.fsdecode(b"\x88\xea.jpg").encode())) == USER_ERROR
    assert capsys.readouterr().err == (
        "mojika: error: \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.jpg: expected a name in UTF-8, found other "
        "bytes; rename the file\n"
    )


def test_a_defect_keeps_its_traceback():
    for defect in (ValueError("x"), OSError("of a library"), OSError(errno.EBADF, "Bad file descriptor")):

        def entry(defect: Exception = defect) -> int:
            raise defect

        with pytest.raises(type(defect)):
            run_entry_point("mojika", entry)


def test_text_that_the_terminal_has_no_letters_for_is_escaped(monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert run_entry_point("mojika", lambda: print("頁") or 0) == 0
    assert written.getvalue() == b"\\u9801\n"


def test_a_full_disk_behind_standard_output_is_told(monkeypatch, capsys):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run_entry_point("mojika", lambda: print("text") or 0) == USER_ERROR
    assert capsys.readouterr().err.startswith("mojika: error: standard output: No space left on device")


def test_a_standard_output_that_is_closed_leads_nowhere(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert run_entry_point("mojika", lambda: print("made") or 0) == 0
    sys.stdout.close()
