import signal
import subprocess
import sys

import pytest

WORKER = """
import ctypes, signal, sys, time
from mojika.runtime import launcher
launcher.PATIENCE = 0.2
launcher.end_with_launcher()
handlers = {
    "saves": lambda *_: sys.exit(print("saved")),
    "waits": signal.SIG_IGN,
    "holds Python's lock": lambda *_: ctypes.PyDLL(None).sleep(300),
}
signal.signal(signal.SIGTERM, handlers[sys.argv[1]])
print("ready", flush=True)
time.sleep(300)
"""
LAUNCHER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKER!r}, sys.argv[1]])"


@pytest.mark.parametrize(("kind", "said"), [("saves", "saved"), ("waits", ""), ("holds Python's lock", "")])
def test_a_process_ends_with_its_torchrun(monkeypatch, kind, said):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    torchrun = subprocess.Popen([sys.executable, "-c", LAUNCHER, kind], stdout=subprocess.PIPE, text=True)
    assert torchrun.stdout.readline() == "ready\n"
    torchrun.send_signal(signal.SIGKILL)
    assert torchrun.communicate(timeout=240)[0].strip() == said  # the end of its output is the end of the process
