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


def test_a_component_names_its_parameters():
    assert str(ParameterError("{input_size} 3: too small")) == "input_size 3: too small"
