"""`mojika filter-search`: find settings for the false-positive filter's boosters."""

import argparse
import json
from pathlib import Path

import optuna

from mojika.boxes.filter_samples import FilterSamples
from mojika.boxes.filter_search import finished_trials, is_searched_from, open_study, run_trial, write_settings
from mojika.cli.filter_samples import add_sample_arguments, read_samples
from mojika.parameters.argument_types import positive
from mojika.runtime.progress import track
from mojika.runtime.signals import StopRequest

EXAMPLE = """example:
  mojika filter-search output/val/nms.parquet --truth input/kuzushiji-recognition/train.csv \\
      --books brsk 200014740 200003967 200006663 200003076 \\
      --study models/filter/study.sqlite --out models/filter/params.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sample_arguments(parser)
    parser.add_argument(
        "--study", type=Path, required=True, metavar="SQLITE", help="trials; gone on with where it exists"
    )
    parser.add_argument(
        "--trials", type=positive, default=200, help="trials in all, earlier ones counted (default: 200)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="YAML", help="the best settings, to write")
    parser.add_argument("--force", action="store_true", help="start the study over, replace what was made differently")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> None:
    samples = read_samples(args)
    made_from = {"stage": "filter-search", **samples.made_from, "seed": args.seed}
    exists = not args.force and is_searched_from(args.out, made_from)
    study = open_study(args.study, made_from, start_over=args.force)
    exists = exists and finished_trials(study) >= args.trials
    if finished_trials(study) < args.trials:
        _search(study, samples, args)
    if not exists:
        write_settings(args.out, study)
    report = {
        "boxes": len(samples.targets),
        "true_positives": int(samples.targets.sum()),
        "trials": finished_trials(study),
        "pruned": len(study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.PRUNED,))),
        "log_loss": study.best_value,
    }
    if args.json:
        print(json.dumps(report))
        return
    text = "log-loss {log_loss:.5f}, the best of {trials:,} trials, {pruned:,} of them pruned, on {boxes:,} boxes"
    print(f"{args.out}: {'up to date, ' if exists else ''}{text.format(**report)}")


def _search(study: optuna.Study, samples: FilterSamples, args: argparse.Namespace) -> None:
    remaining = range(finished_trials(study), args.trials)
    with StopRequest() as stop:
        for _ in track(remaining, total=len(remaining), description="filter-search", unit="trial"):
            run_trial(study, samples, seed=args.seed, threads=args.workers, before_fold=stop.raise_if_requested)
