"""`mojika filter-search`: find settings for the false-positive filter's boosters."""

import argparse
from pathlib import Path

from mojika.cli.filter_train import add_sample_arguments
from mojika.cli.stage import Report, add_flags, add_out, made
from mojika.parameters.argument_types import positive

EXAMPLE = """example:
  mojika filter-search output/val/nms.parquet --labels input/kuzushiji-recognition/train.csv \\
      --books brsk 200014740 200003967 200006663 200003076 \\
      --study models/filter/study.sqlite --out models/filter/params.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sample_arguments(parser)
    parser.add_argument(
        "--study", type=Path, required=True, metavar="SQLITE", help="file of the study; an existing study is continued"
    )
    parser.add_argument(
        "--trials", type=positive, default=200, help="total number of trials, including earlier ones (default: 200)"
    )
    add_out(parser, "YAML", "best settings")
    add_flags(parser, "force", "json")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.filter_samples import filter_samples
    from mojika.boxes.filter_search import (
        finished_trials,
        held_study,
        is_searched_from,
        open_study,
        pruned_trials,
        search,
        write_settings,
    )
    from mojika.boxes.page_boxes import read_boxes, truth_boxes

    samples = filter_samples(read_boxes(args.boxes), truth_boxes(args.labels), args.books)
    made_from = {"stage": "filter-search", **samples.made_from, "seed": args.seed}
    found = not args.force and is_searched_from(args.out, made_from)
    with held_study(args.study):
        study = open_study(args.study, made_from, start_over=args.force)
        existed = found and finished_trials(study) >= args.trials
        search(study, samples, args.trials, seed=args.seed, threads=args.workers)
        if not existed:
            write_settings(args.out, study)
        report = {
            "boxes": len(samples.targets),
            "true_positives": int(samples.targets.sum()),
            "trials": finished_trials(study),
            "pruned": pruned_trials(study),
            "log_loss": study.best_value,
        }
    text = "log-loss {log_loss:.5f}, the best of {trials:,} trials, {pruned:,} of them pruned, on {boxes:,} boxes"
    return made(args.out, report, text.format(**report), existed=existed)
