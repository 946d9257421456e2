import pytest

from mojika.runtime import progress
from mojika.runtime.progress import track


def test_items_pass_unchanged_and_the_last_line_tells_the_total(capsys):
    assert list(track(range(1500), total=1500, description="cut", unit="crop")) == list(range(1500))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and err.startswith("cut: 1,500/1,500 crops, ")


def test_lines_come_at_most_every_ten_seconds_with_the_time_left(capsys, monkeypatch):
    clock = iter(range(0, 1000, 4))  # each look at the clock is four seconds later
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    list(track(range(10), total=10, description="cut"))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines] == ["cut: 3/10 pages", "cut: 6/10 pages", "cut: 9/10 pages",
                                                      "cut: 10/10 pages"]  # fmt: skip
    assert lines[0].endswith("0:28 left")  # seven pages at four seconds each


def test_an_error_of_the_loop_passes_through():
    def failing():
        yield 1
        raise ValueError("page 2")

    with pytest.raises(ValueError, match="page 2"):
        list(track(failing(), total=2, description="cut"))
