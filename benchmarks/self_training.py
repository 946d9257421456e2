"""What classifiers that know generated hands only gain from real characters that nobody has labelled.

    python benchmarks/self_training.py MODEL.model … --mix PACK --on kmnist|pages [--with MODEL.model …] [--out JSON]

Self-training: all models together read the unlabelled characters, the surest share of them keeps what was read as its
label, weighted by its probability, and every MODEL learns on from these and from generated ones (`--mix`), half and
half, as `mojika finetune` has classifiers learn; then the same again with what they read now. The models of `--with`
only help to read in the first round.

With `--prior` what is read is first adapted to how often each class seems to occur among the unlabelled characters.

Unlabelled are the even images of `kmnist`, or the crops of the four real `pages`; what is measured is that of
`benchmarks/real_hands.py`, after each round. So `kept_back` of `kmnist` are characters that were never seen; those of
the pages were seen without their labels. Four minutes a round and model on one core. Run it again to go on.
"""

import argparse
import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from json_report import show
from real_hands import DATA, Format, format_of, kmnist_crops, measure, page_crops, read

from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pack_pages import HEAD
from mojika.data.pack_writer import write_pack
from mojika.experiment.fine_tuning import FineTuning, fine_tune_classifier
from mojika.reader.finetuning.crops import pack_mixed, write_training_lists
from mojika.recognition.box_crops import CropFormat
from mojika.training.model_file import ReadingModel, load_model


def unlabelled(on: str, data: Path, form: Format) -> tuple[np.ndarray, list[str]]:
    """The crops `(N, size, size, C) uint8`, and their labels, with which only the share that is right is counted."""
    if on == "kmnist":
        crops, labels = kmnist_crops(data, *form)
        return crops[::2], labels[::2]
    pages = page_crops(data, *form).values()
    return np.concatenate([crops for crops, _ in pages]), [label for _, labels in pages for label in labels]


@dataclass(frozen=True, eq=False)
class Found:
    """What was read of the surest characters: their `positions (M,)`, `classes (M,)` and `probabilities (M,)`."""

    positions: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray

    def right(self, labels: tuple[str, ...], truth: list[str]) -> float:
        return float(np.mean([labels[c] == truth[at] for at, c in zip(self.positions, self.classes, strict=True)]))


def estimated_shares(scores: torch.Tensor, rounds: int = 100) -> torch.Tensor:
    """The logarithms `(classes,)` of the classes' shares that make the readings `scores (N, classes)` likeliest,
    log-probabilities under equal shares: expectation maximisation (Saerens et al., Neural Computation 14, 2002)."""
    log_shares = torch.full(scores.shape[1:], -math.log(scores.shape[1]))
    for _ in range(rounds):
        log_shares = (scores + log_shares).log_softmax(1).logsumexp(0) - math.log(len(scores))
    return log_shares


def surest(scores: torch.Tensor, share: float) -> Found:
    """The `share` of characters with the highest of the log-probabilities `scores (N, classes)`."""
    best, classes = scores.softmax(1).max(1)
    positions = best.argsort(descending=True, stable=True)[: round(share * len(best))].sort().values
    return Found(positions.numpy(), classes[positions].numpy(), best[positions].numpy())


def pack_found(crops: np.ndarray, found: Found, classes: ClassList, out: Path) -> Pack:
    """These of the crops as a pack, with what was read as their labels."""
    labels = [classes.labels[place] for place in found.classes]
    counts = Counter(labels)
    with write_pack(out, size=crops.shape[1:3], channels=crops.shape[3], expected_count=len(labels)) as writer:
        writer.append(crops[found.positions])
        samples = pd.DataFrame({HEAD: pd.array(labels, dtype="str"), "image_id": "unlabelled"})
        samples[["x1", "y1", "x2", "y2"]] = np.float32(0)
        weights = found.probabilities.astype(np.float32)
        samples = samples.assign(group="unlabelled", source="train", weight=weights)
        counted = ClassList(classes.labels, tuple(counts[label] for label in classes.labels))
        writer.finish(samples, {HEAD: counted}, {"stage": "self-training"}, {"crops": len(labels)})
    return Pack.open(out)


def learn(start: Path, crops: np.ndarray, found: Found, args: argparse.Namespace, run: Path) -> Path:
    """The model after a round in the folder `run`."""
    model = load_model(start, torch.device("cpu"))
    (classes,) = model.classes.values()
    own = pack_found(crops, found, classes, run / "read")
    form, tuning = CropFormat(crops.shape[3], crops.shape[1]), FineTuning(steps=args.steps, seed=args.seed)
    mixed = pack_mixed([Pack.open(args.mix)], classes, model.spec, form, 10_000, run / "mixed", args.seed)
    write_training_lists(own, mixed, 0.5, 0, run / "lists")
    return fine_tune_classifier(start, run / "lists/train.csv", run / "lists/valid.csv", run / "model", tuning)


def loaded(paths: list[Path]) -> dict[ReadingModel, Format]:
    models = [load_model(path, torch.device("cpu")) for path in paths]
    return {model: format_of(model, 1.0) for model in models}


@dataclass(frozen=True, eq=False)
class Characters:
    """The unlabelled characters in each model's format, their labels, what models read, `(N, classes)`
    log-probabilities, and the logarithms of the shares of the classes by which readings are to be adapted."""

    crops: list[np.ndarray]
    labels: list[str]
    scores: torch.Tensor
    log_shares: torch.Tensor


def read_unlabelled(models: list[Path], args: argparse.Namespace) -> Characters:
    readers = loaded(models)
    given = {form: unlabelled(args.on, args.data, form) for form in set(readers.values())}
    scores = read(readers, {form: crops for form, (crops, _) in given.items()}, 1)
    log_shares = estimated_shares(scores) if args.prior else torch.zeros(scores.shape[1])
    forms = list(readers.values())
    return Characters([given[form][0] for form in forms], given[forms[0]][1], scores, log_shares)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--with", nargs="+", type=Path, default=[], metavar="MODEL", dest="helpers")
    parser.add_argument("--mix", type=Path, required=True, metavar="PACK")
    parser.add_argument("--on", choices=["kmnist", "pages"], required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.4, help="of the first round")
    parser.add_argument("--more", type=float, default=0.15, help="larger in every later round, up to 0.9")
    parser.add_argument("--prior", action="store_true", help="adapt readings to the shares of the classes")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--work", type=Path, default=Path("models/self_training"))
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()

    models, rounds = args.models, list[dict[str, Any]]()
    report = {"on": args.on, "prior": args.prior, "steps": args.steps, "seed": args.seed, "rounds": rounds}
    readers = loaded(models)
    classes = next(iter(next(iter(readers)).classes.values())).labels
    report["before"] = measure(readers, args.data, 1)
    characters = read_unlabelled([*models, *args.helpers], args)
    for number in range(args.rounds):
        found = surest(characters.scores + characters.log_shares, min(0.9, args.share + number * args.more))
        models = [
            learn(model, characters.crops[index], found, args, args.work / f"{args.on}_{number}_{index}")
            for index, model in enumerate(models)
        ]
        right = round(found.right(classes, characters.labels), 4)
        characters = read_unlabelled(models, args)
        after = measure(loaded(models), args.data, 1, characters.log_shares)
        rounds.append({"learnt_from": len(found.positions), "right": right, "after": after})
        print(json.dumps(rounds[-1]), flush=True)
    show(report, args.out)


if __name__ == "__main__":
    main()
