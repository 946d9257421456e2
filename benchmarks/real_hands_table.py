"""What `benchmarks/real_hands.sh` measured, as a table beside what was aimed at.

    python benchmarks/real_hands_table.py FOLDER

Numbers that were not measured are left out. For the openings the rows are those settings that reach the coverage aimed
at and have the fewest boxes outside; without any, those with the highest coverage.
"""

import argparse
import json
from pathlib import Path
from typing import Any

_COVERAGE = 0.92
Row = tuple[str, str, str]  # what, aim, measured


def shares(numbers: dict[str, float]) -> str:
    return f"{numbers['top1']:.3f} / {numbers['top5']:.3f}"


def crops(report: dict[str, Any]) -> list[Row]:
    return [
        ("real crops, top-1 / top-5", ".70 / .88", shares(report["pages"]["all"])),
        ("KMNIST", ".75", shares(report["kmnist"]["all"])),
    ]


def openings(how: str, report: dict[str, Any]) -> list[Row]:
    by_threshold = {threshold: numbers["openings"] for threshold, numbers in report.items()}
    covering = {at: numbers for at, numbers in by_threshold.items() if numbers["lines"] >= _COVERAGE}
    if covering:
        at = min(covering, key=lambda threshold: covering[threshold]["outside"])
    else:
        at = max(by_threshold, key=lambda threshold: by_threshold[threshold]["lines"])
    numbers, pages = by_threshold[at], report[at]["pages"]
    outside = f"{numbers['outside']:.3f} at {numbers['lines']:.3f}"
    found = f"{pages['precision']:.3f} / {pages['recall']:.3f}"
    return [
        (f"openings, {how} from {at}: outside at coverage", ".08 at .92", outside),
        (f"pages, {how} from {at}: precision / recall", "", found),
    ]


def reading(how: str, report: dict[str, Any]) -> list[Row]:
    numbers = f"{report['f1']:.3f}, {report['cer']:.3f}"
    return [(f"pages read {how} the language model: F1, character error rate", "", numbers)]


def halves(folder: Path) -> list[Row]:
    files = sorted(folder.glob("kmnist_[0-9].json"))
    accuracies = [f"{json.loads(file.read_text())['accuracy']:.3f}" for file in files]
    return [("KMNIST learnt from one half, the other", ".96", ", ".join(accuracies))] if files else []


def self_training(report: dict[str, Any]) -> list[Row]:
    after = report["rounds"][-1]["after"]
    if report["on"] == "pages":
        return [("real crops after self-training on them", ".70 / .88", shares(after["pages"]["all"]))]
    kept_back = shares(after["kmnist"]["kept_back"])
    return [("KMNIST, odd images, after self-training on the even ones", ".75", kept_back)]


def rotations(report: dict[str, Any]) -> list[Row]:
    summaries = {learnt: numbers["summary"] for learnt, numbers in report["learnt"].items()}
    return [
        (
            f"page left out, from {learnt} pages: F1 (standard deviation), character error rate",
            ".65" if learnt == "3" else "",
            f"{summary['mean']:.3f} ({summary['standard_deviation']:.3f}), {summary['mean_cer']:.3f}",
        )
        for learnt, summary in summaries.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder

    def of(name: str) -> dict[str, Any] | None:
        file = folder / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else None

    rows: list[Row] = []
    if report := of("crops"):
        rows += crops(report)
    for name, how in (("detection", "scores"), ("neighbours", "judged"), ("two_views", "judged, two scales")):
        if report := of(name):
            rows += openings(how, report)
    for name, how in (("off", "without"), ("lm", "with")):
        if report := of(name):
            rows += reading(how, report)
    rows += halves(folder)
    for name in ("self_kmnist", "self_pages"):
        if report := of(name):
            rows += self_training(report)
    if report := of("rotations"):
        rows += rotations(report)
    print("| on real writing | aim | measured |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
