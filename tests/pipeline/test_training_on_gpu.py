import pytest
import torch

from mojika.training.checkpoints import LAST, load_checkpoint


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("amp", ["off", "bf16", "fp16"])
@pytest.mark.parametrize("residency", ["host", "device"])
def test_run_on_a_gpu_learns_and_resumes(lists, tiny, train_main, tmp_path, amp, residency):
    flags = [*lists, *tiny, "--device", "cuda", "--amp", amp, "--residency", residency, "--random-erasing", "--icap"]
    for epochs in (4, 12):
        assert train_main([*flags, "--model-dir", tmp_path, "--prefix", "run", "--epochs", epochs]) == 0
    assert load_checkpoint(tmp_path / "run" / LAST)["metrics"]["valid_accuracy"] > 0.5
