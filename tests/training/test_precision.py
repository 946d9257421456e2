import pytest
import torch

from mojika.errors import UserError
from mojika.training import precision
from mojika.training.precision import Precision, choose_device, choose_precision


def test_auto_on_a_cpu_follows_the_hardware(monkeypatch):
    cpu = torch.device("cpu")
    monkeypatch.setattr(precision, "cpu_multiplies_bf16", lambda: True)
    assert choose_precision("auto", cpu).dtype == torch.bfloat16
    monkeypatch.setattr(precision, "cpu_multiplies_bf16", lambda: False)
    assert choose_precision("auto", cpu).dtype is None


@pytest.mark.parametrize(("capability", "dtype"), [((7, 0), torch.float16), ((9, 0), torch.bfloat16)])
def test_auto_on_a_gpu_takes_bf16_from_ampere_on(monkeypatch, capability, dtype):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_precision("auto", torch.device("cuda")).dtype == dtype


def fake_gpu(monkeypatch, capability, arch_list):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: arch_list)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Tesla V100")


def test_gpu_that_torch_was_not_built_for_is_named_with_the_remedy(monkeypatch):
    fake_gpu(monkeypatch, (7, 0), ["sm_75", "sm_80", "sm_90", "sm_120"])
    with pytest.raises(UserError, match=r"Tesla V100 has compute capability 7\.0.*TORCH_INDEX"):
        choose_device("auto")


@pytest.mark.parametrize("arch_list", [["sm_70"], ["sm_75", "sm_86"], ["compute_70"]])
def test_gpu_of_the_same_major_version_or_newer_than_ptx_is_taken(monkeypatch, arch_list):
    fake_gpu(monkeypatch, (7, 0) if "70" in arch_list[0] else (8, 9), arch_list)
    assert choose_device("auto").type == "cuda"


def test_each_process_has_a_gpu_of_its_own_or_is_told_so(monkeypatch):
    fake_gpu(monkeypatch, (9, 0), ["sm_90"])
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto", 1) == torch.device("cuda", 1)
    with pytest.raises(UserError, match="process 2 of this machine has no GPU: torch sees 2"):
        choose_device("cuda", 2)


def test_asking_for_a_gpu_without_one_is_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="device cuda"):
        choose_device("cuda")
    assert choose_device("auto").type == "cpu"


def test_a_gpu_by_its_number(monkeypatch):
    fake_gpu(monkeypatch, (9, 0), ["sm_90"])
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    with pytest.raises(UserError, match="device cuda:2: torch sees 2, counted from 0"):
        choose_device("cuda:2")


def test_apples_gpus_are_taken_where_there_are_some(monkeypatch):
    with pytest.raises(UserError, match="device mps: torch sees no GPU of Apple here"):
        choose_device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("mps").type == "mps"
    assert choose_precision("auto", torch.device("mps")).dtype is None


def test_fp16_scaler_skips_steps_with_infinite_gradients_and_halves_its_scale():
    scaler = Precision(torch.device("cpu"), torch.float16).scaler()
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scale = scaler.get_scale()
    scaler.scale(weight.sum() * 1e38).backward()  # scaled by 65536: beyond float32
    scaler.step(optimizer)
    scaler.update()
    assert weight.item() == 1.0
    assert scaler.get_scale() == scale / 2
    optimizer.zero_grad()
    scaler.scale(weight.sum()).backward()
    scaler.step(optimizer)
    assert weight.item() == pytest.approx(0.9)


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_without_fp16_gradients_are_not_scaled(dtype):
    assert Precision(torch.device("cpu"), dtype).scaler().get_scale() == 1.0
