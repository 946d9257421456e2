"""Memory and speed of `mojika infer-graphemes` over shards as large as a competition's.

    python benchmarks/grapheme_inference.py [--images 200000] [--shards 4] [--model resnet18] [--form crop:64]

Writes shards of random rectangles of ink, each with one row group as the competition has them, and an untrained network
to `--folder`, where shards of an earlier run are used again. Then it runs the command as a process of its own, with
re-weighting, and tells its peak resident memory, as the kernel counts it, and images per second from start to end.
Prints them and writes a JSON file to benchmarks/results/.
"""

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import HEADS
from mojika.data.grapheme_shards import ID, PIXELS
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.preprocessing.graphemes import HEIGHT, WIDTH, GraphemeForm
from mojika.training.checkpoints import save_checkpoint

RESULTS = Path(__file__).parent / "results"
CLASSES = dict(zip(HEADS, (168, 11, 7), strict=True))
STROKES = 6  # rectangles of ink in an image


def write_shards(folder: Path, images: int, shards: int) -> None:
    """Pixels lie column by column, as Parquet wants them; a shard of 50,000 images takes 1.6 GB to write."""
    bounds = np.linspace(0, images, shards + 1).astype(int)
    for number, (start, stop) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        path = folder / f"test_image_data_{number}.parquet"
        if path.is_file():
            continue
        generator = np.random.default_rng(number)
        pixels = np.full((HEIGHT, WIDTH, stop - start), 250, np.uint8)
        corners = generator.random((stop - start, STROKES, 2)) * (HEIGHT - 40, WIDTH - 60)
        sizes = generator.integers(4, 40, (stop - start, STROKES, 2))
        for image, (places, extents) in enumerate(zip(corners.astype(int), sizes, strict=True)):
            for (y, x), (height, width) in zip(places, extents, strict=True):
                pixels[y : y + height, x : x + width, image] = 20
        ids = pa.array([f"Test_{row}" for row in range(start, stop)], pa.string())
        columns = map(pa.array, pixels.reshape(len(PIXELS), -1))
        temporary = path.with_suffix(".unfinished")
        pq.write_table(pa.table([ids, *columns], names=[ID, *PIXELS]), temporary, row_group_size=stop - start)
        temporary.rename(path)
        print(f"wrote {path}", flush=True)


def write_model(path: Path, name: str, form: GraphemeForm) -> None:
    architecture = Architecture(name, channels=1, input_size=form.size)
    model = Classifier(architecture, CLASSES)
    sizes = {"scale_size": form.size, "input_size": form.size, "grapheme_form": str(form)}
    spec = InputSpec(channels=1, mean=(0.1,), std=(0.3,), interpolation="bilinear", **sizes)
    state = {
        "input": spec.to_plain(),
        "precision": "auto",
        "arch": architecture.to_plain(),
        "classes": {head: ClassList(tuple(map(str, range(n))), (1,) * n).to_plain() for head, n in CLASSES.items()},
        "model": model.backbone.state_dict(),
        "head": model.heads.state_dict(),
        "ema": None,
    }
    save_checkpoint(path, state)


def measure(folder: Path, device: str) -> dict[str, float]:
    command = [sys.executable, "-c", "import sys; from mojika.cli.main import main; sys.exit(main())"]
    command += ["infer-graphemes", "--models", folder / "untrained.model", "--reweight", "--force", "--json"]
    command += ["--shards", folder / "test_image_data_*.parquet", "--out", folder / "submission.csv"]
    start = time.monotonic()
    with subprocess.Popen([*map(str, command), "--device", device], stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the command ended with {process.returncode}")
    seconds, images = time.monotonic() - start, json.loads(said)["images"]
    return {
        "images": images,
        "peak_rss_mb": round(used.ru_maxrss / 1024),
        "seconds": round(seconds, 1),
        "images_per_s": round(images / seconds, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=200_000)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--model", default="resnet18", help="any timm name")
    parser.add_argument("--form", type=GraphemeForm.parse, default=GraphemeForm.parse("crop:64"))
    parser.add_argument("--device", default="auto")
    parser.add_argument("--folder", type=Path, help="where shards are kept (default: a temporary one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        # in a process of its own: what a parent has held counts for the peak of its children
        writer = multiprocessing.get_context("spawn").Process(
            target=write_shards, args=(folder, args.images, args.shards)
        )
        writer.start()
        writer.join()
        write_model(folder / "untrained.model", args.model, args.form)
        measured = measure(folder, args.device)
    facts = {"model": args.model, "form": str(args.form), "shards": args.shards, "device": args.device}
    facts |= {"cores": len(os.sched_getaffinity(0)), "machine": platform.processor() or platform.machine()}
    facts |= {"torch": torch.__version__, **measured}
    print("\n".join(f"{name:>14}  {value}" for name, value in facts.items()))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "grapheme_inference.json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
