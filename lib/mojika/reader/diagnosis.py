"""What this machine has of all that Mojika uses, and what to do where something is missing or broken."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from mojika import __version__
from mojika.errors import ParameterError, UserError
from mojika.files.cache import cache_folder
from mojika.pictures.glyph_fonts import FURTHER_FONTS, GLYPH_FONTS
from mojika.reader.default_models import readers_below
from mojika.reader.diagnosis_of_models import describe_reader
from mojika.runtime.cpu_quota import cpu_quota
from mojika.runtime.parallel import available_cores

Level = Literal["ok", "missing", "broken"]

_EXTRAS = {  # extra: its package, and what needs it
    "export": ("onnxruntime", "ONNX: `mojika export-onnx`, and reading without torch"),
    "ray": ("ray", "reading on a cluster"),
    "http": ("aiohttp", "training data on web servers"),
    "s3": ("s3fs", "training data in S3"),
    "gs": ("gcsfs", "training data in Google Cloud Storage"),
}
_GIB = 2**30
_SMALL_SHARED_MEMORY, _SMALL_DISK = 1 * _GIB, 1 * _GIB


@dataclass(frozen=True)
class Finding:
    """`level` is broken where something that is needed does not work; what is missing is needed for some things only.
    `remedy` says what to do, where anything can be done."""

    topic: str
    text: str
    level: Level = "ok"
    remedy: str = ""


def diagnose(models: Sequence[str], models_folder: Path) -> Iterator[Finding]:
    """What is found, topic by topic; `models` are readers to look at beside those in `models_folder`."""
    yield Finding("versions", f"mojika {__version__}, Python {platform.python_version()}")
    yield from _torch()
    yield _cores()
    yield _shared_memory()
    yield from _fonts()
    yield from _disks()
    yield from _models(models, models_folder)
    yield from _extras()


def _torch() -> Iterator[Finding]:
    try:
        import timm
        import torch
    except Exception as error:  # a broken library is an OSError, an absent one an ImportError
        remedy = "pip install torch timm; without them only ONNX files are read"
        yield Finding("torch", f"cannot be used: {error}", "broken", remedy)
        return
    built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "for the CPU only"
    yield Finding("torch", f"torch {torch.__version__}, built {built}; timm {timm.__version__}")
    yield _gpu()


def _gpu() -> Finding:
    import torch

    from mojika.training.precision import choose_device

    present = _nvidia_gpus()
    if not torch.cuda.is_available():
        if not present:
            return Finding("GPU", "none; everything runs on the CPU")
        remedy = "install a torch built for CUDA (README: TORCH_INDEX), or a driver that is new enough for it"
        return Finding("GPU", f"{', '.join(present)}, but torch sees no CUDA device", "broken", remedy)
    name = torch.cuda.get_device_name()
    try:
        choose_device("cuda")
    except UserError as error:
        text = error.with_flags() if isinstance(error, ParameterError) else str(error)
        return Finding("GPU", name, "broken", text)
    major, minor = torch.cuda.get_device_capability()
    free, total = torch.cuda.mem_get_info()
    memory = f"{free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    return Finding("GPU", f"{name}, compute capability {major}.{minor}, which this torch is built for; {memory}")


def _nvidia_gpus() -> list[str]:
    """As the driver lists them; nothing where there is none."""
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return re.findall(r"^GPU \d+: (.+?)(?: \(UUID|$)", listing, re.MULTILINE)


def _cores() -> Finding:
    quota, cores = cpu_quota(), len(os.sched_getaffinity(0))
    text = f"{available_cores()} of {os.cpu_count()} can be used"
    if quota is None or quota >= cores:
        return Finding("cores", text)
    remedy = "give the container more, if it is to be faster"
    return Finding("cores", f"{text}, as a quota allows the time of {quota:g}", remedy=remedy)


def _shared_memory() -> Finding:
    folder = Path("/dev/shm")
    if not folder.is_dir():
        return Finding("shared memory", "no /dev/shm", "missing", "training with several workers needs it")
    free = shutil.disk_usage(folder).free
    if free < _SMALL_SHARED_MEMORY:
        text, remedy = (
            f"{free / _GIB:.2f} GiB in /dev/shm",
            "for training give the container 2 GiB (docs/docker.md)",
        )
        return Finding("shared memory", text, "missing", remedy)
    return Finding("shared memory", f"{free / _GIB:.1f} GiB free in /dev/shm")


def _fonts() -> Iterator[Finding]:
    for script, fonts, package in (
        ("Japanese", GLYPH_FONTS, "fonts-noto-cjk"),
        ("Bengali", [font for font in FURTHER_FONTS if "engali" in font.name], "fonts-noto-core"),
    ):
        there = next((font for font in fonts if font.is_file()), None)
        if there:
            yield Finding("fonts", f"{script}: {there.name}")
        else:
            remedy = f"for pictures (overlays, contact sheets) install the Debian package {package}"
            yield Finding("fonts", f"{script}: none", "missing", remedy)


def _disks() -> Iterator[Finding]:
    for name, folder in {"working directory": Path(), "cache": cache_folder()}.items():
        there = next(each for each in (folder, *folder.resolve().parents) if each.is_dir())
        free = shutil.disk_usage(there).free
        small = free < _SMALL_DISK
        text = f"{free / _GIB:.1f} GiB free for the {name} ({folder.resolve()})"
        yield Finding("disk", text, "broken" if small else "ok", "make room, or set MOJIKA_CACHE" if small else "")


def _models(named: Sequence[str], folder: Path) -> Iterator[Finding]:
    found = list(dict.fromkeys([*named, *map(str, readers_below(folder))]))
    for each in found:
        try:
            yield Finding("models", describe_reader(each))
        except (UserError, ImportError) as error:  # .model files need torch
            yield Finding("models", str(error), "broken", "`mojika bundle` makes a reader's folder anew")
    if not found:
        remedy = "name them, or put a reader's folder there (docs/bundles.md)"
        yield Finding("models", f"none below {folder.resolve()}", "missing", remedy)


def _extras() -> Iterator[Finding]:
    for extra, (package, purpose) in _EXTRAS.items():
        try:
            yield Finding("extras", f"{extra}: {package} {version(package)}, for {purpose}")
        except PackageNotFoundError:
            remedy = f"pip install 'mojika[{extra}]'"
            yield Finding("extras", f"{extra}: no {package}, for {purpose}", "missing", remedy)
