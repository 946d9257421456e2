"""What a run's board shows beside curves: what the network is trained on, and what it confuses."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mojika.data.class_list import shown
from mojika.data.input_pipeline import Batch
from mojika.detection.tile_input import TileBatch
from mojika.errors import UserError
from mojika.pictures.glyph_fonts import glyph_font
from mojika.pictures.training_pictures import Confusion, draw_confusions, draw_samples, draw_tiles
from mojika.training.boards import CSV
from mojika.training.classification_task import Classification
from mojika.training.distributed import World
from mojika.training.metrics import confused
from mojika.training.task import Pictures

_SAMPLES, _TILES = 32, 4  # of a batch
_CONFUSIONS, _CROPS = 12, 8


def pictures_of(recipe: argparse.Namespace, world: World, make: Callable[[], Pictures]) -> Pictures | None:
    """What `make` makes, where the recipe asks for pictures on a board, in the main process."""
    if recipe.logger == CSV or not recipe.log_images or not world.is_main:
        return None
    try:
        glyph_font(20)
    except UserError as error:
        world.print(f"no pictures on the board: {error}")
        return None
    return make()


@dataclass(frozen=True, eq=False)
class CropPictures:
    """Of a classifier: the first images of a batch as they are trained on, and after a validation the worst confusions
    of each head, of this process's share of the list."""

    task: Classification

    def of_batch(self, batch: Batch, generator: torch.Generator) -> Mapping[str, np.ndarray]:
        images, parts = self.task.augment_batch(batch.images.clone(), batch.targets, generator)
        augmentation, split = self.task.train_input.augmentation, self.task.train_input.split
        chosen = [(targets[:_SAMPLES].tolist(), weights[:_SAMPLES].tolist()) for targets, weights in parts]
        count = len(images[:_SAMPLES])
        labels = [split.classes[head].labels for head in split.heads]

        def said(target: list[int]) -> str:
            return "/".join(shown(own[number]) for own, number in zip(labels, target, strict=True))

        texts = []
        for number in range(count):
            shares: dict[str, float] = {}
            for targets, weights in chosen:
                text = said(targets[number])
                shares[text] = shares.get(text, 0.0) + weights[number]
            texts.append(list(shares.items()))
        return {"samples": draw_samples(pixels(images[:_SAMPLES], augmentation.mean, augmentation.std), texts)}

    def of_validation(self) -> Mapping[str, np.ndarray]:
        valid, read = self.task.valid_input, self.task.last_read
        split = valid.split
        rows = np.arange(valid.rank, len(split), valid.processes)[: len(read)]
        pictures = {}
        for head, name in enumerate(split.heads):
            truth, own, labels = split.targets[rows, head], read[:, head], split.classes[name].labels
            worst = []
            for (true, wrong), count in zip(*(found[:_CONFUSIONS] for found in confused(truth, own)), strict=True):
                crops = valid.gather(rows[(truth == true) & (own == wrong)][:_CROPS])
                support = int(np.count_nonzero(truth == true))
                worst.append(Confusion(shown(labels[true]), shown(labels[wrong]), int(count), support, crops))
            if worst:
                pictures["confusions" if len(split.heads) == 1 else f"confusions/{name}"] = draw_confusions(worst)
        return pictures


@dataclass(frozen=True)
class TilePictures:
    """Of a detector: the first tiles of a batch, normalised by `mean` and `std`, with the boxes that they teach."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def of_batch(self, batch: TileBatch, generator: torch.Generator) -> Mapping[str, np.ndarray]:
        boxes = [own.cpu().numpy() for own in batch.boxes[:_TILES]]
        return {"tiles": draw_tiles(pixels(batch.images[:_TILES], self.mean, self.std), boxes)}

    def of_validation(self) -> Mapping[str, np.ndarray]:
        return {}


def pixels(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """`(N, H, W, C) uint8` of normalised `(N, C, H, W) float32`."""
    levels = images.float().cpu().permute(0, 2, 3, 1) * torch.tensor(std) + torch.tensor(mean)
    return (levels.clamp(0, 1) * 255).round().byte().numpy()
