"""`mojika filter-train`: train the false-positive filter by cross-validation."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from mojika.boxes.filter_model import (
    FILTER,
    FOLDS,
    BoosterSettings,
    read_filter,
    train_filter,
    train_folds,
    write_filter,
)
from mojika.boxes.filter_search import read_settings
from mojika.cli.filter_samples import add_sample_arguments, read_samples
from mojika.runtime.progress import track

EXAMPLE = """example:
  mojika filter-train output/val/nms.parquet --truth input/kuzushiji-recognition/train.csv \\
      --books brsk 200014740 200003967 200006663 200003076 \\
      --params models/filter/params.yaml --out models/filter/boosters
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sample_arguments(parser)
    parser.add_argument(
        "--params", type=Path, metavar="YAML", help="of filter-search (default: LightGBM's own settings)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    parser.add_argument("--force", action="store_true", help="replace a filter that was made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    settings = read_settings(args.params) if args.params else BoosterSettings()
    samples = read_samples(args)
    made_from = {"stage": "filter-train", **samples.made_from, "settings": asdict(settings), "seed": args.seed}
    exists = not args.force and FILTER.is_made_from(args.out, made_from)
    if not exists:
        folds = train_folds(samples.features, samples.targets, settings, seed=args.seed, threads=args.workers)
        folds = track(folds, total=FOLDS, description="filter-train", unit="fold")
        write_filter(args.out, train_filter(folds, samples, made_from))
    report = read_filter(args.out).report
    if args.json:
        print(json.dumps(report))
        return
    text = (
        "log-loss {log_loss:.5f}, AUC {auc:.4f}; keeps {kept_true_positives:,} of {true_positives:,} true and "
        "{kept_false_positives:,} of {false_positives:,} false boxes of held-out folds, "
        "F1 {f1_before:.4f} → {f1_after:.4f}"
    )
    print(f"{args.out}: {'up to date, ' if exists else ''}{text.format(**report)}")
