"""What training on generated characters needs so that real ones are read: one idea changed at a time, three seeds each.

    python benchmarks/transfer_study.py FONTS STROKES [--out results.json]

FONTS and STROKES are lists (folders of `mojika split`) of equally many characters, drawn by `mojika sample glyphs` from
the same fonts, the second with `--strokes`. A small network learns from one of them for six epochs with the recipe of
docs/real_hands.md, or with one idea changed, and is measured by `benchmarks/real_hands.py`: on the characters of four
real pages and on KMNIST. Nothing real is trained on. Four minutes a run on one core; run it again to go on.

Prints a table of means and standard deviations over the seeds; `--out` has the numbers of each run.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean, stdev

from mojika.files.atomic import atomic_json

Flags = dict[str, str | None]  # None: the flag is left out; "": it takes no value

HERE = Path(__file__).parent
RECIPE: Flags = {
    "--model": "test_resnet",
    "--from-scratch": "",
    "--grayscale": "",
    "--scale-size": "54",
    "--input-size": "48",
    "--rgb-mean": "0.5",
    "--rgb-std": "0.3",
    "--channels-last": "on",
    "--drop-last": "",
    "--batch-size": "128",
    "--epochs": "6",
    "--optimizer": "adamw",
    "--base-lr": "3e-3",
    "--wd": "0.05",
    "--lr-schedule": "one-cycle",
    "--warmup-share": "0.15",
    "--label-smoothing": "0.05",
    "--ema-decay": "0.99",
    "--elastic": "0.025",
    "--random-shear-degree": "8",
    "--random-erasing": "",
    "--random-erasing-p": "0.2",
    "--random-resized-crop-scale": "0.75,1.0",
    "--random-resized-crop-ratio": "0.8,1.25",
    "--random-horizontal-flip": "0",
    "--jitter-brightness": "0.2",
    "--jitter-contrast": "0.3",
}
STRONGER: Flags = {
    "--elastic": "0.035",
    "--random-shear-degree": "12",
    "--random-rotate-degree": "8",
    "--random-erasing-p": "0.4",
    "--random-resized-crop-scale": "0.6,1.0",
    "--stroke-width": "0.6",
    "--gaussian-blur": "",
}
IDEAS: dict[str, tuple[str, Flags]] = {
    "recipe": ("strokes", {}),
    "no characters from strokes": ("fonts", {}),
    "neither bent nor sheared": ("strokes", {"--elastic": "0", "--random-shear-degree": "0"}),
    "stronger augmentation": ("strokes", STRONGER),
    "no erasing": ("strokes", {"--random-erasing": None, "--random-erasing-p": None}),
    "CutMix in half of the batches": ("strokes", {"--cutmix": "", "--cutmix-prob": "0.5"}),
    "no label smoothing": ("strokes", {"--label-smoothing": "0"}),
    "no average of the weights": ("strokes", {"--ema-decay": None}),
    "stroke width changed": ("strokes", {"--stroke-width": "0.6"}),
    "blurred": ("strokes", {"--gaussian-blur": ""}),
}
COLUMNS = {
    "pages, top-1": ("pages", "all", "top1"),
    "top-5": ("pages", "all", "top5"),
    "KMNIST, top-1": ("kmnist", "all", "top1"),
    "top-5 of KMNIST": ("kmnist", "all", "top5"),
}


def one_run(idea: str, seed: int, lists: dict[str, Path], work: Path) -> dict[str, float]:
    """The numbers of one training, which is finished or resumed where it is begun."""
    source, changes = IDEAS[idea]
    name = f"{idea.replace(' ', '_').replace(',', '')}_{seed}"
    measured = work / name / "real_hands.json"
    if not measured.exists():
        flags = RECIPE | changes | {"--model-dir": str(work), "--prefix": name, "--seed": str(seed)}
        given = [part for flag, value in flags.items() if value is not None for part in (flag, value) if part]
        folder = lists[source]
        run([HERE.parent / "train.py", folder / "train.csv", folder / "valid.csv", *given])
        run([HERE / "real_hands.py", work / name / "last.model", "--out", measured])
    report = json.loads(measured.read_text())
    return {column: report[data][part][share] for column, (data, part, share) in COLUMNS.items()}


def run(command: list[str | Path]) -> None:
    subprocess.run([sys.executable, *command], stdout=sys.stderr, check=True, env=os.environ)


def table(runs: dict[str, list[dict[str, float]]]) -> str:
    lines = ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for idea, measured in runs.items():
        cells = []
        for column in COLUMNS:
            values = [row[column] for row in measured]
            cells.append(f"{fmean(values):.3f} ± {stdev(values):.3f}" if len(values) > 1 else f"{values[0]:.3f}")
        lines.append(f"| {idea} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", type=Path, metavar="FONTS")
    parser.add_argument("strokes", type=Path, metavar="STROKES")
    parser.add_argument("--ideas", nargs="+", choices=IDEAS, default=list(IDEAS), metavar="IDEA")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--work", type=Path, default=Path("models/transfer_study"), help="folder of the runs")
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    lists = {"fonts": args.fonts, "strokes": args.strokes}
    runs: dict[str, list[dict[str, float]]] = {idea: [] for idea in args.ideas}
    for seed in args.seeds:
        for idea, measured in runs.items():
            measured.append(one_run(idea, seed, lists, args.work))
            if args.out:
                atomic_json(args.out, {name: rows for name, rows in runs.items() if rows})
    print(table(runs))


if __name__ == "__main__":
    main()
