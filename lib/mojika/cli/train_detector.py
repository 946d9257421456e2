"""`mojika train-detector`: train a detector of characters on labelled pages; running it again goes on."""

import argparse
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
import yaml

from mojika.boxes.page_boxes import PageBoxes, truth_boxes
from mojika.boxes.scoring import of_pages, score_detection
from mojika.data.class_list import named
from mojika.data.page_labels import PageLabels, book_of, read_page_labels
from mojika.data.pages import find_pages
from mojika.detection.detect_pages import Search
from mojika.detection.detection_task import Detection
from mojika.detection.detector import Detector, DetectorArchitecture
from mojika.detection.page_tiles import tile_recipe
from mojika.detection.tile_input import TileInput
from mojika.errors import UserError
from mojika.experiment.detector_flags import add_flags, check_same_detector, given_flags, resolve
from mojika.experiment.run_folder import move_aside, write_settings
from mojika.experiment.starting_weights import take_detector_weights
from mojika.experiment.validation import to_plain
from mojika.files.atomic import remove_leftovers
from mojika.files.fingerprints import digest, files_digest
from mojika.models.input_spec import PageInputSpec
from mojika.runtime.environment import environment
from mojika.runtime.exit_status import DONE
from mojika.runtime.run_lock import RunHeldElsewhere, RunLock
from mojika.runtime.signals import StopRequest
from mojika.training.checkpoints import load_last
from mojika.training.distributed import World, joined_world
from mojika.training.loop import Trainer
from mojika.training.loop_settings import LoopSettings
from mojika.training.optimizers import create_optimizer
from mojika.training.precision import Precision, choose_device, choose_precision
from mojika.training.reporter import Reporter, SilentReporter, human_duration
from mojika.training.schedules import Schedule, multi_step, with_warm_up

EXAMPLE = """example:
  mojika train-detector --labels input/kuzushiji-recognition/train.csv \\
      --images input/kuzushiji-recognition/preprocessed/train_images --hold-out 200015779 \\
      --architecture centernet --backbone resnet50 --prefix detector
"""

add_arguments = add_flags


@dataclass(frozen=True, eq=False)
class Pages:
    """Labelled pages to train on, the truth of those to validate on, the file of each by image id, a digest of all."""

    train: list[PageLabels]
    truth: PageBoxes
    files: dict[str, Path]
    digest: str


def run(args: argparse.Namespace) -> int:
    recipe = resolve(args)
    with joined_world() as world:
        if recipe.batch_size < world.size:
            raise UserError(f"--batch-size {recipe.batch_size}: too few tiles for {world.size} processes")
        device = choose_device(recipe.device, world.local_rank)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        pages = read_pages(recipe)
        if recipe.dry_run:
            counts = {"train_pages": len(pages.train), "valid_pages": len(pages.truth.pages), "device": str(device)}
            if world.is_main:
                print(yaml.safe_dump({**to_plain(recipe), **counts}, sort_keys=False, allow_unicode=True), end="")
            return DONE
        return start(recipe, pages, device, world)


def start(recipe: argparse.Namespace, pages: Pages, device: torch.device, world: World) -> int:
    """Take hold of the run folder, or say who has it; then train."""
    folder = Path(recipe.model_dir) / recipe.prefix
    with ExitStack() as stack:
        held = ""
        if world.is_main:
            try:
                stack.enter_context(RunLock(folder))
            except RunHeldElsewhere as holder:
                held = str(holder)
                print(held)
        if world.told_by_main(held):
            return DONE
        stop = stack.enter_context(StopRequest())
        with world.main_first():
            if world.is_main:
                remove_leftovers(folder)  # of a process that was killed while it saved
                if recipe.fresh:
                    move_aside(folder)
        return train(recipe, pages, folder, device, world, stop)


def train(
    recipe: argparse.Namespace, pages: Pages, folder: Path, device: torch.device, world: World, stop: StopRequest
) -> int:
    """Start the run in `folder`, or go on where it stands."""
    tell = print if world.is_main else lambda line: None
    saved = load_last(folder, tell)
    epochs = recipe.iterations // recipe.snapshot_every
    if saved:
        check_same_detector(saved, recipe, pages.digest, world.size, folder)
        if saved["epoch"] >= epochs:
            tell(f"{folder}: finished, {recipe.iterations} iterations, best AP {saved['position']['best']:.4f}")
            return DONE

    # build
    precision = choose_precision(recipe.amp, device)
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    else:
        cv2.setNumThreads(1)  # the input's threads take a tile each
    architecture = DetectorArchitecture(
        recipe.architecture, recipe.backbone, recipe.width, shared_head=recipe.shared_head
    )
    with world.main_first():  # one process downloads
        torch.manual_seed(recipe.seed)
        detector = Detector(architecture, None if saved else recipe.pretrained).to(device)
    if recipe.resume and not saved:
        take_detector_weights(detector, Path(recipe.resume))
    if precision.channels_last:
        detector = detector.to(memory_format=torch.channels_last)
    optimizer = create_optimizer(
        recipe.optimizer,
        detector.parameters(),
        lr=recipe.base_lr,
        momentum=recipe.momentum,
        weight_decay=recipe.wd,
        final_lr=recipe.base_lr,
        fused=precision.dtype != torch.float16,
    )
    settings = LoopSettings(
        epochs=epochs,
        steps_per_epoch=recipe.snapshot_every,
        batch_size=recipe.batch_size,
        valid_batch_size=1,
        freeze_batch_norm=recipe.freeze_bn,
        snapshots=recipe.snapshots,
        seed=recipe.seed,
        log_every=recipe.disp_batches,
        save_minutes=recipe.save_minutes,
    )
    if world.is_main:
        write_settings(folder, recipe, given_flags(recipe), environment(device))
        log_folder = Path(recipe.log_dir) / recipe.prefix if recipe.log_dir else folder
        reporter = Reporter(folder, log_folder, first_step=saved["position"]["global_step"] + 1 if saved else 0)
    else:
        reporter = SilentReporter()
    trainer = Trainer(
        folder,
        build_task(recipe, detector, pages, precision, world),
        optimizer,
        build_schedule(recipe),
        precision,
        settings,
        reporter,
        stop,
        describe(recipe, architecture, pages.digest, world.size),
        world=world,
    )

    # train
    try:
        where = f"{world.size} × {device.type}" if world.size > 1 else device.type
        reporter.line(
            f"{recipe.prefix}: {recipe.architecture} with {recipe.backbone} on {where} ({precision.name}), "
            f"{len(pages.train)} training and {len(pages.truth.pages)} validation pages, {recipe.iterations} iterations"
        )
        if saved:
            trainer.restore(saved)
            reporter.line(f"going on from epoch {trainer.position.epoch + 1}, step {trainer.position.step}")
        result = trainer.fit()
        reporter.line(
            f"finished: AP {result['valid_ap']:.4f}, best {trainer.position.best:.4f}, "
            f"precision {result['valid_precision']:.4f}, recall {result['valid_recall']:.4f}, "
            f"{human_duration(result['seconds'])}"
        )
    finally:
        reporter.close()
    return DONE


def read_pages(recipe: argparse.Namespace) -> Pages:
    """The pages of both sides; raises `UserError` where one has no image, or a side would be empty."""
    labelled, files = read_page_labels(recipe.labels), find_pages(recipe.images)
    wanted = set((recipe.hold_out or recipe.hold_out_pages).split(","))
    name_of = book_of if recipe.hold_out else str
    unknown = sorted(wanted - {name_of(page.image_id) for page in labelled})
    if unknown:
        raise UserError(f"{recipe.labels}: nothing called {named(unknown)} to hold out")
    held = [page.image_id for page in labelled if name_of(page.image_id) in wanted]
    train = [page for page in labelled if name_of(page.image_id) not in wanted]
    if not train:
        raise UserError(f"{recipe.labels}: holding out {named(sorted(wanted))} leaves no page to train on")
    missing = [page.image_id for page in labelled if page.image_id not in files]
    if missing:
        raise UserError(f"{recipe.images}: no image of {named(missing)}")
    if not any(len(page.labels) for page in labelled if page.image_id in set(held)):
        raise UserError(f"{recipe.labels}: no character on the pages that are held out")
    files = {page.image_id: files[page.image_id] for page in labelled}
    truth = truth_boxes(recipe.labels, recipe.images)
    contents = digest({"truth": truth.fingerprint, "held": held, "pages": files_digest(files.values())})
    return Pages(train, of_pages(truth, held), files, contents)


def describe(
    recipe: argparse.Namespace, architecture: DetectorArchitecture, data: str, processes: int
) -> dict[str, Any]:
    """What a checkpoint carries besides the state."""
    spec = PageInputSpec(channels=3, mean=architecture.mean, std=architecture.std, short_sides=recipe.short_side)
    return {
        "args": to_plain(recipe),
        "detector": architecture.to_plain(),
        "input": spec.to_plain(),
        "precision": recipe.amp,
        "data": data,
        "processes": processes,
    }


def build_task(
    recipe: argparse.Namespace, detector: Detector, pages: Pages, precision: Precision, world: World
) -> Detection:
    architecture = detector.architecture
    tiles = TileInput(
        pages.train,
        pages.files,
        tile_recipe(recipe.tile_size, architecture.mean, architecture.std),
        precision.device,
        short_sides=recipe.short_side,
        batch_size=recipe.batch_size,
        tiles_per_page=recipe.tiles_per_page,
        seed=recipe.seed,
        workers=recipe.workers,
        cache_bytes=round(recipe.cache_gib * 2**30),
        rank=world.rank,
        processes=world.size,
    )
    valid_files = {image_id: pages.files[image_id] for image_id in pages.truth.pages["image_id"]}
    search = Search(short_sides=(recipe.valid_short_side,), gray=False, score_threshold=0.05, at_most=1300, iou=0.5)
    return Detection(
        detector, tiles, recipe.snapshot_every, valid_files, pages.truth, _score, search, precision,
        workers=recipe.workers, world=world,
    )  # fmt: skip


def build_schedule(recipe: argparse.Namespace) -> Schedule:
    """Steps count as epochs of one step."""
    schedule = multi_step(recipe.base_lr, 1, recipe.lr_steps, recipe.lr_factor)
    return with_warm_up(schedule, recipe.base_lr, recipe.warmup_steps)


def _score(found: PageBoxes, truth: PageBoxes) -> dict[str, float]:
    return {name.removeprefix("detection_"): float(value) for name, value in score_detection(found, truth).items()}
