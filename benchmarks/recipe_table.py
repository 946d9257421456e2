#!/usr/bin/env python3
"""Means and spreads of the runs of benchmarks/recipes.sh and bengali_hands.sh, as a table and as JSON."""

import argparse
import json
import statistics
from collections import defaultdict
from pathlib import Path

from mojika.files.atomic import atomic_json

COLUMNS = {
    "generated accuracy": ("generated", "accuracy_unshared"),
    "generated macro recall": ("generated", "macro_recall_unshared"),
    "real accuracy": ("real", "accuracy"),
    "real macro recall": ("real", "macro_recall"),
    "score": ("writer", "score"),
    "roots": ("writer", "recall_root"),
    "vowel signs": ("writer", "recall_vowel"),
    "consonant signs": ("writer", "recall_consonant"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the runs, such as models/recipe_study")
    parser.add_argument("recipes", nargs="+", help="names of recipes, in the order of the table")
    parser.add_argument("--out", type=Path, metavar="JSON", help="write the numbers")
    args = parser.parse_args()
    runs = {name: read_runs(args.folder, name) for name in args.recipes}
    print_table(runs)
    if args.out:
        atomic_json(args.out, runs)
        print(f"wrote {args.out}")


def read_runs(folder: Path, recipe: str) -> dict[str, list[float]]:
    """Per column the values of all seeds."""
    columns: dict[str, list[float]] = defaultdict(list)
    for column, (source, key) in COLUMNS.items():
        for path in sorted(folder.glob(f"{recipe}_[0-9]/evaluation_{source}.json")):
            columns[column].append(json.loads(path.read_text())[key])
    if not columns:
        raise SystemExit(f"{folder}: no evaluated run of {recipe}; start the study first")
    return dict(columns)


def print_table(runs: dict[str, dict[str, list[float]]]) -> None:
    """Mean ± standard deviation over the seeds, in per cent."""
    columns = [column for column in COLUMNS if any(column in values for values in runs.values())]
    print(f"| recipe | runs | {' | '.join(columns)} |\n|---|---|{'---|' * len(columns)}")
    for name, values in runs.items():
        cells = [_mean_and_spread(values[column]) if column in values else "" for column in columns]
        print(f"| {name} | {len(values[columns[0]])} | {' | '.join(cells)} |")


def _mean_and_spread(values: list[float]) -> str:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{100 * statistics.mean(values):.1f} ± {100 * spread:.1f}"


if __name__ == "__main__":
    main()
