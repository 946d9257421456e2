"""`mojika train-detector`: a detector's run, from its flags to what the training loop is given."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from mojika.data.preprocess_pages import preprocessing_of
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detect_pages import Search
from mojika.detection.detection_task import Detection
from mojika.detection.detector import Detector
from mojika.detection.feature_maps import find_maps
from mojika.detection.page_tiles import tile_augmentation
from mojika.detection.tile_input import TileInput
from mojika.detection.training_pages import TrainingPages, read_training_pages
from mojika.errors import UserError
from mojika.experiment.board_pictures import TilePictures, pictures_of
from mojika.experiment.detector_flags import (
    ARCHITECTURE,
    COLOURS,
    NEUTRAL_FLAGS,
    OPTIMIZER,
    ColourSettings,
    build_parser,
    resolve,
)
from mojika.experiment.run import RunPlan, State, joined_run, train
from mojika.experiment.run_folder import Identity, settings_text
from mojika.experiment.starting_weights import take_detector_weights
from mojika.experiment.validation import to_plain
from mojika.files.urls import printable
from mojika.models.batch_norm import keep_affine
from mojika.models.input_spec import PageInputSpec
from mojika.training.distributed import World
from mojika.training.inference import in_channels_last
from mojika.training.loop_settings import LoopSettings
from mojika.training.optimizers import create_optimizer, with_biases_apart
from mojika.training.precision import Precision, choose_precision
from mojika.training.schedules import multi_step, with_warm_up, with_warm_up_from
from mojika.training.task import Trainable


def train_detector(args: argparse.Namespace) -> dict[str, Any]:
    """Train by the flags `args`, or print their settings where they ask for that; returns the numbers of a run."""
    recipe = resolve(args)
    with joined_run(recipe.device) as (world, device):
        if recipe.batch_size < world.size:
            raise UserError(f"--batch-size {recipe.batch_size}: too few tiles for {world.size} processes")
        held_out = (recipe.hold_out or recipe.hold_out_pages).split(",")
        pages = read_training_pages(
            recipe.labels,
            recipe.images,
            held_out,
            by_book=bool(recipe.hold_out),
            repeat_books=recipe.repeat_books.split(",") if recipe.repeat_books else (),
            repeats=recipe.repeats,
        )
        if recipe.dry_run:
            find_maps(recipe.backbone)
            counts = {"train_pages": len(pages.train), "valid_pages": len(pages.truth.pages), "device": str(device)}
            world.print(settings_text(to_plain(recipe), defaults(), counts))
            return {}
        run = DetectorRun(recipe, pages, device, world)
        return train(run.plan(), run.build, device, world)


@cache
def defaults() -> Mapping[str, Any]:
    """The recipe of a command line with no flags but required ones, as plain values."""
    return to_plain(resolve(build_parser().parse_args(["--labels", "", "--images", "", "--hold-out", ""])))


@dataclass(frozen=True, eq=False)
class DetectorRun:
    """A recipe with its pages."""

    recipe: argparse.Namespace
    pages: TrainingPages
    device: torch.device
    world: World

    @property
    def architecture(self) -> DetectorArchitecture:
        return DetectorArchitecture(**ARCHITECTURE.arguments(self.recipe))

    def plan(self) -> RunPlan:
        recipe, pages, architecture = self.recipe, self.pages, self.architecture
        steps = preprocessing_of(pages.files.values())
        spec = PageInputSpec(
            channels=3,
            mean=architecture.mean,
            std=architecture.std,
            short_sides=recipe.short_side,
            page_preprocessing=None if steps is None else tuple(steps),
        )
        description = {
            "args": to_plain(recipe),
            "detector": architecture.to_plain(),
            "input": spec.to_plain(),
            "precision": recipe.amp,
            "data": pages.digest,
            "processes": self.world.size,
        }
        identity = Identity(
            description,
            neutral=NEUTRAL_FLAGS,
            defaults=defaults(),
            files={"data": f"{printable(recipe.labels)} or the pages in {printable(recipe.images)}"},
        )
        return RunPlan(
            recipe,
            {name: value for name, value in to_plain(recipe).items() if value != defaults()[name]},
            identity,
            length="iterations",
            unit=recipe.snapshot_every,
            model=f"{recipe.architecture} with {recipe.backbone}",
            data=f"{len(pages.train)} training and {len(pages.truth.pages)} validation pages, "
            f"{recipe.iterations} iterations",
            measures={"ap": "AP", "precision": "precision", "recall": "recall"},
            memory=f"{{batch_size}} {recipe.batch_size} at {{tile_size}} {recipe.tile_size} (or a page at "
            f"{{valid_short_side}} {recipe.valid_short_side}) with {recipe.backbone}: try smaller ones, or {{amp}} "
            "bf16",
        )

    def build(self, saved: State | None) -> Trainable:
        recipe, architecture = self.recipe, self.architecture
        precision = choose_precision(recipe.amp, self.device)
        detector = self._detector(precision, new=not saved)
        if recipe.freeze_bn_affine:
            keep_affine(detector)
        optimizer = create_optimizer(
            with_biases_apart(detector, recipe.bias_lr_factor, recipe.bias_wd),
            **OPTIMIZER.arguments(recipe),
            final_lr=recipe.base_lr,
            fused=precision.dtype != torch.float16,
        )
        schedule = multi_step(recipe.base_lr, 1, recipe.lr_steps, recipe.lr_factor)  # steps as epochs of one step
        if recipe.warmup_start is None:
            schedule = with_warm_up(schedule, recipe.base_lr, recipe.warmup_steps)
        else:
            schedule = with_warm_up_from(schedule, recipe.warmup_start, recipe.warmup_steps)
        settings = LoopSettings(
            epochs=recipe.iterations // recipe.snapshot_every,
            steps_per_epoch=recipe.snapshot_every,
            batch_size=recipe.batch_size,
            valid_batch_size=1,
            freeze_batch_norm=recipe.freeze_bn,
            snapshots=recipe.snapshots,
            keep=recipe.keep,
            seed=recipe.seed,
            log_every=recipe.disp_batches,
            save_minutes=recipe.save_minutes,
            pictures_every=recipe.log_images or 1,
        )
        return Trainable(
            task=self._task(detector, precision),
            optimizer=optimizer,
            schedule=schedule,
            precision=precision,
            settings=settings,
            pictures=pictures_of(recipe, self.world, lambda: TilePictures(architecture.mean, architecture.std)),
        )

    def _detector(self, precision: Precision, *, new: bool) -> Detector:
        """The network on its device; a `new` one with the weights that the run starts from."""
        recipe = self.recipe
        with self.world.main_first():  # one process downloads
            torch.manual_seed(recipe.seed)
            detector = Detector(self.architecture, recipe.pretrained if new else None).to(self.device)
        if recipe.resume and new:
            take_detector_weights(detector, Path(recipe.resume))
        return in_channels_last(detector) if precision.channels_last else detector

    def _task(self, detector: Detector, precision: Precision) -> Detection:
        recipe, pages, world = self.recipe, self.pages, self.world
        colours = ColourSettings(**COLOURS.arguments(recipe))
        tiles = TileInput(
            pages.train,
            pages.files,
            tile_augmentation(
                recipe.tile_size,
                self.architecture.mean,
                self.architecture.std,
                jitter=colours.jitter,
                grayscale_prob=colours.random_grayscale_prob,
            ),
            self.device,
            times=pages.times,
            short_sides=recipe.short_side,
            batch_size=recipe.batch_size,
            tiles_per_page=recipe.tiles_per_page,
            seed=recipe.seed,
            workers=recipe.workers,
            cache_bytes=round(recipe.cache_gib * 2**30),
            rank=world.rank,
            processes=world.size,
        )
        search = Search(short_sides=(recipe.valid_short_side,), gray=False, score_threshold=0.05, at_most=1300, iou=0.5)
        return Detection(
            detector,
            tiles,
            recipe.snapshot_every,
            pages.valid_files,
            pages.truth,
            search,
            precision,
            workers=recipe.workers,
            world=world,
        )
