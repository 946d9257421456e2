"""`mojika filter-train`: train the false-positive filter by cross-validation."""

import argparse
from dataclasses import replace
from pathlib import Path

from mojika.cli.stage import Report, add_flags, add_out, is_up_to_date, made
from mojika.parameters.argument_types import positive

EXAMPLE = """example:
  mojika filter-train output/val/nms.parquet --labels input/kuzushiji-recognition/train.csv \\
      --books brsk 200014740 200003967 200006663 200003076 \\
      --params models/filter/params.yaml --out models/filter/boosters
"""


_LEADING = 5  # features that are named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_sample_arguments(parser)
    parser.add_argument(
        "--params", type=Path, metavar="YAML", help="settings found by filter-search (default: LightGBM's defaults)"
    )
    parser.add_argument(
        "--max-depth", type=positive, metavar="N", help="deepest level of a tree (default: as --params, else no limit)"
    )
    parser.add_argument(
        "--rounds", type=positive, metavar="N", help="most trees of a booster (default: as --params, else 1000)"
    )
    parser.add_argument(
        "--stop-by", choices=["fold", "2019"], default="fold",
        help="fold: a booster ends at its own best round; 2019: all end 50 rounds after the best mean of the folds and "
        "keep them (default: fold)",
    )  # fmt: skip
    add_out(parser, "DIR", "filter (a folder)")
    add_flags(parser, "force", "json")


def add_sample_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags that say which boxes of which books are samples, and how they are dealt into folds."""
    parser.add_argument("boxes", type=Path, metavar="BOXES", help="boxes with labels, after `mojika nms`")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="CSV", help="train.csv with the labels of the pages"
    )
    parser.add_argument(
        "--books", nargs="+", required=True, metavar="BOOK",
        help="books to train on: similar to the pages to be read, and not used to train the classifiers",
    )  # fmt: skip
    add_flags(parser, "seed", "workers")


def run(args: argparse.Namespace) -> Report:
    from mojika.boxes.filter_model import FILTER, read_filter, write_filter
    from mojika.boxes.filter_samples import filter_samples
    from mojika.boxes.filter_search import read_settings
    from mojika.boxes.filter_training import FOLDS, BoosterSettings, train_filter, train_folds
    from mojika.boxes.page_boxes import read_boxes, truth_boxes
    from mojika.runtime.progress import track

    settings = read_settings(args.params) if args.params else BoosterSettings()
    limits = {name: getattr(args, name) for name in ("max_depth", "rounds") if getattr(args, name) is not None}
    settings = replace(settings, **limits)
    samples = filter_samples(read_boxes(args.boxes), truth_boxes(args.labels), args.books)
    made_from = {"stage": "filter-train", **samples.made_from, "settings": settings.to_plain(), "seed": args.seed}
    if args.stop_by != "fold":
        made_from["stop_by"] = args.stop_by
    existed = is_up_to_date(args, FILTER, made_from)
    if existed:
        trained = read_filter(args.out)
    else:
        how = {"seed": args.seed, "threads": args.workers, "stop_by": args.stop_by}
        folds = train_folds(samples.features, samples.targets, settings, **how)
        folds = track(folds, total=FOLDS, description="filter-train", unit="fold")
        trained = train_filter(folds, samples, made_from)
        write_filter(args.out, trained)
    text = (
        "log-loss {log_loss:.5f}, AUC {auc:.4f}; keeps {kept_true_positives:,} of {true_positives:,} true and "
        "{kept_false_positives:,} of {false_positives:,} false boxes of held-out folds, "
        "F1 {f1_before:.4f} → {f1_after:.4f}"
    )
    importance = trained.importance()
    leading = ", ".join(f"{name} {share:.0%}" for name, share in list(importance.items())[:_LEADING])
    line = f"{text.format(**trained.report)}; leans most on {leading}"
    return made(args.out, {**trained.report, "importance": importance}, line, existed=existed)
