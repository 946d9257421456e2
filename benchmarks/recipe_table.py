#!/usr/bin/env python3
"""Means and spreads of the runs of benchmarks/recipes.sh, as a table and as JSON."""

import argparse
import json
import statistics
from collections import defaultdict
from pathlib import Path

from mojika.data.atomic import atomic_json

COLUMNS = {
    "generated accuracy": ("generated", "accuracy_unshared"),
    "generated macro recall": ("generated", "macro_recall_unshared"),
    "real accuracy": ("real", "accuracy"),
    "real macro recall": ("real", "macro_recall"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="models/recipe_study")
    parser.add_argument("--out", type=Path, metavar="JSON", help="write the numbers")
    args = parser.parse_args()
    runs = read_runs(args.folder)
    if not runs:
        parser.error(f"{args.folder}: no evaluated run; start benchmarks/recipes.sh")
    print_table(runs)
    if args.out:
        atomic_json(args.out, runs)
        print(f"wrote {args.out}")


def read_runs(folder: Path) -> dict[str, dict[str, list[float]]]:
    """Per recipe and column the values of all seeds, in the order in which the recipes were run."""
    runs: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.glob("*_[0-9]/evaluation_generated.json"), key=lambda path: path.stat().st_mtime):
        read = {name: json.loads(file.read_text()) for name in ("generated", "real")
                if (file := path.with_name(f"evaluation_{name}.json")).exists()}  # fmt: skip
        for column, (source, key) in COLUMNS.items():
            if source in read:
                runs[path.parent.name.rsplit("_", 1)[0]][column].append(read[source][key])
    return {name: dict(columns) for name, columns in runs.items()}


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
