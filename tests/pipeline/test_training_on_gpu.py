import pytest

from mojika.training.checkpoints import LAST, load_checkpoint


@pytest.mark.gpu
@pytest.mark.parametrize("amp", ["off", "bf16", "fp16"])
@pytest.mark.parametrize("residency", ["host", "device"])
def test_run_on_a_gpu_learns_and_resumes(lists, tiny, train_main, tmp_path, amp, residency):
    flags = [*lists, *tiny, "--device", "cuda", "--amp", amp, "--residency", residency, "--random-erasing", "--icap"]
    for epochs in (4, 12):
        assert train_main([*flags, "--model-dir", tmp_path, "--prefix", "run", "--epochs", epochs]) == 0
    assert load_checkpoint(tmp_path / "run" / LAST)["metrics"]["valid_accuracy"] > 0.5


@pytest.mark.gpu
def test_compiled_averaged_and_in_pieces_on_a_gpu(lists, tiny, train_main, tmp_path):
    flags = [*lists, *tiny, "--device", "cuda", "--drop-last", "--compile", "--ema-decay", "0.9", "--arcface"]
    recipe = ["--grad-accumulation", "2", "--mix-schedule", "cutmix=0.3,ricap=0.3", "--gridmask", "--augmix"]
    for epochs in (4, 12):
        run = ["--model-dir", tmp_path, "--prefix", "run", "--epochs", epochs]
        assert (
            train_main([*flags, *recipe, *run, "--batch-size", "16", "--optimizer", "adamw", "--base-lr", "1e-3"]) == 0
        )
    assert load_checkpoint(tmp_path / "run" / LAST)["metrics"]["valid_accuracy"] > 0.5
