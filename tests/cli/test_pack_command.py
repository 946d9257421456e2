import json
import signal
import subprocess
import sys
import time

import pytest

from mojika.cli.main import main
from mojika.data.pack import Pack

SLOW_PACK = """
import sys, time
from mojika.data import pages
read_image = pages.read_image
pages.read_image = lambda *arguments: (time.sleep(0.2), read_image(*arguments))[1]
from mojika.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def command(make_pages, tmp_path) -> list[str]:
    labels_file = make_pages([(f"book_{i}", (40, 30), [("U+304B", (i, 2, i + 9, 12))]) for i in range(20)])
    return ["pack", "--labels", str(labels_file), "--out", str(tmp_path / "pack"), "--scale-size", "8",
            "--channels", "1", "--workers", "2"]  # fmt: skip


def test_a_pack_is_made_once_and_replaced_only_when_forced(command, tmp_path, capsys):
    assert main(command) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'pack'}: 20 crops of 1 class from 20 pages of 1 book\n"
    written = (tmp_path / "pack" / "images.npy").stat().st_mtime_ns
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["crops"] == 20
    assert (tmp_path / "pack" / "images.npy").stat().st_mtime_ns == written

    assert main([*command, "--padding", "0.2"]) == 2
    assert "padding was 0.05, now 0.2" in capsys.readouterr().err
    assert main([*command, "--padding", "0.2", "--force"]) == 0
    assert Pack.open(tmp_path / "pack").meta["made_from"]["padding"] == 0.2


def test_whole_pages_are_another_pack_than_their_crops(command, tmp_path, capsys):
    whole = [*command, "--whole-pages"]
    assert main(whole) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'pack'}: 20 pages of 1 book\n"
    assert main(whole) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'pack'}: up to date, 20 pages of 1 book\n"
    assert main(command) == 2
    assert "whole_pages was true, now null" in capsys.readouterr().err
    assert main([*whole, "--padding", "0.1"]) == 2
    assert "whole pages have none" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interruption_leaves_no_half_pack_and_ends_with_75(command, tmp_path, number):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_PACK, *command], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job of a shell ignores it
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not list(tmp_path.glob(".pack.*.tmp/images.npy")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 75 and "interrupted" in err
    assert not list(tmp_path.glob("*pack*"))


def test_bad_arguments_are_named(command, capsys):
    for flag, value in [("--scale-size", "0"), ("--channels", "2"), ("--padding", "-1")]:
        with pytest.raises(SystemExit) as caught:
            main([*command, flag, value])
        assert caught.value.code == 2 and flag in capsys.readouterr().err
