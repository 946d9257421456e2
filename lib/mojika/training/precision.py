"""Device, mixed precision and memory format, chosen for what the machine is fast at."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from mojika.errors import ParameterError, UserError

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "off": None}


def choose_device(name: str, number: int = 0) -> torch.device:
    """`auto`, `cpu`, `mps`, `cuda:N`, or `cuda`, of which GPU `number`.

    Raises `UserError` where there is no such device, and for a GPU that this torch was not built for, with the remedy.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name, number) if name == "cuda" else torch.device(name)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ParameterError("{device} mps: torch sees no GPU of Apple here; use {device} cpu")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if not count:
            raise ParameterError(
                f"{{device}} {name}: torch sees no CUDA device here; check nvidia-smi, or use {{device}} cpu"
            )
        if name != "cuda" and device.index >= count:
            raise ParameterError(f"{{device}} {name}: torch sees {count}, counted from 0")
        if name == "cuda" and number >= count:
            raise UserError(
                f"process {number} of this machine has no GPU: torch sees {count}; "
                "start torchrun with as many --nproc-per-node"
            )
        major, minor = torch.cuda.get_device_capability(device)
        built_for = torch.cuda.get_arch_list()
        if not any(_runs_on(arch, major, minor) for arch in built_for):
            raise ParameterError(
                f"{torch.cuda.get_device_name(device)} has compute capability {major}.{minor}, but torch "
                f"{torch.__version__} is built for {', '.join(built_for)}; install a build for older GPUs "
                "(README: TORCH_INDEX), or use {device} cpu"
            )
    return device


def _runs_on(arch: str, major: int, minor: int) -> bool:
    """Machine code runs on its own major version from its minor upwards; PTX is compiled for anything newer."""
    kind, _, digits = arch.partition("_")
    version = int("".join(filter(str.isdigit, digits)))
    built_major, built_minor = divmod(version, 10)
    if kind == "compute":
        return (built_major, built_minor) <= (major, minor)
    return built_major == major and built_minor <= minor


@dataclass(frozen=True)
class Precision:
    """Autocast type (None: float32 throughout) on a device, with gradient scaling where float16 needs it."""

    device: torch.device
    dtype: torch.dtype | None

    @property
    def name(self) -> str:
        return next(name for name, dtype in _DTYPES.items() if dtype == self.dtype)

    @property
    def channels_last(self) -> bool:
        """Whether networks are faster on images that are channels-last in memory: under autocast, and on a CPU."""
        return self.dtype is not None or self.device.type == "cpu"

    def autocast(self) -> AbstractContextManager:
        return torch.autocast(self.device.type, dtype=self.dtype) if self.dtype else nullcontext()

    def scaler(self) -> torch.amp.GradScaler:
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)


def choose_precision(choice: str, device: torch.device) -> Precision:
    """`auto` takes bf16 where the hardware multiplies it, else fp16 on a GPU, else float32."""
    if choice == "auto":
        if device.type == "cuda":
            choice = "bf16" if torch.cuda.get_device_capability(device)[0] >= 8 else "fp16"
        else:
            choice = "bf16" if device.type == "cpu" and cpu_multiplies_bf16() else "off"
    return Precision(device, _DTYPES[choice])


def cpu_multiplies_bf16() -> bool:
    """Whether this machine's CPU has instructions for it (AVX-512 BF16, AMX); elsewhere bfloat16 is slow."""
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
