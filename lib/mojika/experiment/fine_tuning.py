"""Short runs that adapt a trained model to the pages of one book: from its weights, everything else follows from it."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mojika.boxes.page_boxes import truth_boxes
from mojika.boxes.scoring import of_pages
from mojika.data.images import read_image_size
from mojika.data.page_labels import PageLabels
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector_file import read_detector_input
from mojika.detection.training_pages import TrainingPages
from mojika.errors import Interrupted
from mojika.experiment import arguments, detector_flags
from mojika.experiment.classifier_run import train_classifier
from mojika.experiment.detector_run import DetectorRun
from mojika.experiment.run import joined_run, train
from mojika.files.fingerprints import digest, files_digest
from mojika.training.checkpoints import LAST, load_checkpoint

_TILE_STEP = 32  # pixels
_AUGMENTATION: dict[str, Any] = {  # of single characters: another hand, another scan
    "random_horizontal_flip": 0.0,
    "random_rotate_degree": 5.0,
    "random_shear_degree": 8.0,
    "random_resized_crop_scale": (0.7, 1.0),
    "random_resized_crop_ratio": (0.8, 1.25),
    "jitter_brightness": 0.2,
    "jitter_contrast": 0.3,
    "elastic": 0.025,
    "random_erasing": True,
    "random_erasing_p": 0.2,
}


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """`steps` are optimizer steps of each model."""

    steps: int = 300
    detector_lr: float = 5e-4
    classifier_lr: float = 1e-3
    batch_size: int = 64
    tiles: int = 4
    freeze_batch_norm: bool = True
    seed: int = 0

    def detector_steps(self) -> int:
        """Steps of a detector: tiles take longer than crops, and fewer are needed."""
        return max(1, round(0.8 * self.steps))


def fine_tune_detector(
    start: Path,
    pages: Sequence[PageLabels],
    files: dict[str, Path],
    labels: Path,
    run: Path,
    tuning: FineTuning,
    *,
    device: str = "auto",
) -> Path:
    """Train the detector of `start` on all `pages`, whose images are `files` and whose label file is `labels`.

    Returns the model; the run's folder is `run`, and a run that is there already goes on, or is done. It is validated
    on the first page, which it learnt from: the numbers show only whether it learns.
    """
    spec, steps = read_detector_input(start), tuning.detector_steps()
    architecture = DetectorArchitecture.from_plain(load_checkpoint(start, "detector", whole=False)["detector"])
    low, high = spec.short_sides
    first = next(page.image_id for page in pages if page.labels)
    given = ["--labels", str(labels), "--images", str(labels.parent), "--hold-out-pages", first]
    args = detector_flags.build_parser().parse_args(given)
    _set(
        args,
        architecture=architecture.kind,
        backbone=architecture.backbone,
        width=architecture.width,
        shared_head=architecture.shared_head,
        resume=str(start),
        freeze_bn=tuning.freeze_batch_norm,
        tile_size=max(1, round(0.25 * (low + high) / _TILE_STEP)) * _TILE_STEP,
        short_side=(round(0.8 * low), round(1.125 * high)),
        valid_short_side=round(0.5 * (low + high)),
        batch_size=tuning.tiles,
        iterations=steps,
        snapshot_every=steps,
        snapshots=(steps,),
        optimizer="adamw",
        base_lr=tuning.detector_lr,
        warmup_steps=steps // 10,
        lr_steps=(max(1, round(0.7 * steps)),),
        save_minutes=2.0,
        seed=tuning.seed,
        device=device,
        model_dir=str(run.parent),
        prefix=run.name,
    )
    recipe = detector_flags.resolve(args)
    truth = truth_boxes(labels, _sizes(files))
    contents = digest({"truth": truth.fingerprint, "pages": files_digest(files.values())})
    learnt = TrainingPages(list(pages), [1] * len(pages), of_pages(truth, [first]), files, contents)
    with joined_run(recipe.device) as (world, chosen):
        detector = DetectorRun(recipe, learnt, chosen, world)
        train(detector.plan(), detector.build, chosen, world)
    return _finished(run / f"iteration-{steps:06d}.model")


def fine_tune_classifier(
    start: Path, train_list: Path, valid_list: Path, run: Path, tuning: FineTuning, *, device: str = "auto"
) -> Path:
    """Train the classifier of `start` on a list whose class list is its own; returns the model, as
    `fine_tune_detector` does."""
    args = arguments.build_parser().parse_args([str(train_list), str(valid_list)])
    _set(
        args,
        **_AUGMENTATION,
        resume=str(start),
        freeze_bn=tuning.freeze_batch_norm,
        batch_size=tuning.batch_size,
        steps=tuning.steps,
        optimizer="adamw",
        base_lr=tuning.classifier_lr,
        wd=0.01,
        lr_schedule="one-cycle",
        warmup_share=0.1,
        ema_decay=0.98,
        save_minutes=2.0,
        seed=tuning.seed,
        device=device,
        model_dir=str(run.parent),
        prefix=run.name,
    )
    train_classifier(args)
    return _finished(run / LAST)


def _set(args: argparse.Namespace, **values: Any) -> None:
    unknown = values.keys() - vars(args).keys()
    if unknown:
        raise KeyError(f"no such flags: {unknown}")
    vars(args).update(values)


def _sizes(files: dict[str, Path]) -> dict[str, tuple[int, int]]:
    return {image_id: read_image_size(path) for image_id, path in files.items()}


def _finished(model: Path) -> Path:
    if not model.exists():
        raise Interrupted(f"{model.parent} is trained by another process")
    return model
