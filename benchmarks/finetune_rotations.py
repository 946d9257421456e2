"""What a reader gains on a page of a book after it was fine-tuned on others of that book.

    python benchmarks/finetune_rotations.py READER [--learn 0 1 3] [--pages ID …] [--out results.json] [-- FLAGS …]

Every page is left out: readers that learnt from `learn` of the other labelled pages (for 1: each of them in turn; for
3: all) read it, by `mojika finetune`, `mojika recognize` and `mojika score --read`. FLAGS are those of `mojika
finetune`. Nothing of a page that is scored is learnt from or validated on. The readers stay in the folder `--work`, and
a run that was interrupted goes on.

Prints JSON: for each number of pages learnt from the F1 of each reader on each page left out, and over these pairs
mean, standard deviation, lowest and highest.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

DATA = Path(os.environ.get("MOJIKA_REAL_DATA", "../shared/data")) / "kuzushiji_pages"
NUMBERS = ("f1", "precision", "recall", "detection_precision", "detection_recall", "cer")


def mojika(*arguments: str | Path) -> str:
    command = [sys.executable, "-c", "import sys; from mojika.cli.main import main; sys.exit(main(sys.argv[1:]))"]
    return subprocess.run([*command, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def folder_of(pages: dict[str, Path], names: tuple[str, ...], folder: Path) -> Path:
    """A folder with links to these pages alone."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in names:
        (folder / pages[name].name).symlink_to(pages[name].resolve())
    return folder


def score(reader: Path, page: str, pages: dict[str, Path], work: Path) -> dict[str, float]:
    """The numbers of `mojika score` of one page that `reader` reads."""
    out = work / "read" / f"{reader.name}_on_{page}"
    mojika("recognize", pages[page], "--models", reader, "--out", out, "--formats", "json")
    report = json.loads(
        mojika("score", "--truth", DATA / "train.csv", "--read", out, "--predicted-pages", "--json")
    )  # fmt: skip
    return {name: round(report[name], 4) for name in NUMBERS if report.get(name) is not None}


def rotations(start: Path, learn: int, pages: dict[str, Path], work: Path, flags: list[str]) -> list[dict[str, Any]]:
    """One row for each reader and each page that it did not learn from."""
    rows = []
    for learnt in combinations(pages, learn):
        reader = start
        if learnt:
            name = "-".join(page.rpartition("_00")[2] for page in learnt)
            reader = work / f"learnt_{name}"
            folder = folder_of(pages, learnt, work / "pages" / reader.name)
            given = ["--pages", folder, "--labels", DATA / "train.csv", "--models", start, "--out", reader]
            mojika("finetune", *given, *flags)
        for page in pages:
            if page not in learnt:
                rows.append({"learnt": list(learnt), "page": page, **score(reader, page, pages, work)})
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Over the pairs of reader and page; `f1_by_page` first takes the mean of each page's readers."""
    f1 = [row["f1"] for row in rows]
    spread = stdev(f1) if len(f1) > 1 else 0.0
    numbers = {"mean": fmean(f1), "standard_deviation": spread, "lowest": min(f1), "highest": max(f1)}
    return {name: round(value, 4) for name, value in numbers.items()} | {
        f"mean_{name}": round(fmean(row[name] for row in rows), 4) for name in NUMBERS[1:]
    }


def main() -> None:
    own, _, flags = (sys.argv[1:], "", []) if "--" not in sys.argv else _parted(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", type=Path, metavar="READER")
    parser.add_argument("--learn", type=int, nargs="+", default=[0, 1, 3], help="numbers of pages to learn from")
    parser.add_argument("--pages", nargs="+", metavar="ID", help="use only these pages (default: all)")
    parser.add_argument("--work", type=Path, default=Path("models/finetune_rotations"))
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args(own)
    found = {path.stem: path for path in sorted((DATA / "train_images").iterdir())}
    pages = {name: found[name] for name in args.pages or found}
    report: dict[str, Any] = {"reader": args.reader.name, "flags": flags, "pages": list(pages), "learnt": {}}
    for learn in args.learn:
        rows = rotations(args.reader, learn, pages, args.work, flags)
        report["learnt"][str(learn)] = {"summary": summary(rows), "rows": rows}
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")


def _parted(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    at = arguments.index("--")
    return arguments[:at], "--", arguments[at + 1 :]


if __name__ == "__main__":
    main()
