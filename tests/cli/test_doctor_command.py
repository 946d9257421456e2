import json
from pathlib import Path

import pytest
from tiny_readers import SETTINGS, write_tiny_reader

from mojika.cli.main import main


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    models = write_tiny_reader(folder)
    bundle = ["bundle", *models, "--license", "cc-by-4.0", "--out", str(folder / "models" / "tiny")]
    assert main([*bundle, *SETTINGS]) == 0
    return folder / "models" / "tiny"


def diagnose(capsys, *arguments: str) -> tuple[int, dict[str, list[dict]]]:
    """The exit status, and the findings by topic."""
    status = main(["doctor", *arguments, "--json"])
    found: dict[str, list[dict]] = {}
    for finding in json.loads(capsys.readouterr().out)["findings"]:
        found.setdefault(finding["topic"], []).append(finding)
    return status, found


def test_a_machine_is_described_with_its_models_and_their_licences(reader, monkeypatch, capsys):
    monkeypatch.chdir(reader.parents[1])
    monkeypatch.setenv("PATH", "")  # no nvidia-smi
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "ok  models         models/tiny: 1 detector, 1 classifier of characters; licence: cc-by-4.0\n" in told
    status, found = diagnose(capsys)
    assert status == 0 and not {"versions", "torch", "GPU", "cores", "fonts", "disk", "extras"} - found.keys()


def test_a_reader_that_is_not_whole_is_broken(reader, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status, found = diagnose(capsys)
    [models] = found["models"]
    assert models["level"] == "ok" and "models/starter: 1 detector, 1 classifier of characters" in models["text"]

    weights = next(reader.glob("classifier*.safetensors"))
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    try:
        status, found = diagnose(capsys, str(reader))
    finally:
        weights.write_bytes(content)
    models, *_ = found["models"]
    assert status == 2 and models["level"] == "broken" and f"{weights}: another SHA-256" in models["text"]


def test_a_gpu_that_torch_does_not_see_is_broken_with_a_remedy(tmp_path, monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("torch sees the GPU of this machine")
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: Quadro M6000 (UUID: GPU-1)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.chdir(tmp_path)
    status, found = diagnose(capsys)
    [gpu] = found["GPU"]
    assert status == 2 and gpu["text"] == "Quadro M6000, but torch sees no CUDA device"
    assert "TORCH_INDEX" in gpu["remedy"]
