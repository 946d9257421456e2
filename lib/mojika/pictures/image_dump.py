"""A picture of what augmentation does: each validation view above its training view."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.utils import make_grid

from mojika.augmentation.mixing import BatchAugmentation
from mojika.augmentation.parameters import centre_parameters
from mojika.augmentation.tensor_backend import augment_tensor
from mojika.data.input_pipeline import InputPipeline
from mojika.files.atomic import atomic_write
from mojika.runtime.seeds import Purpose, step_generator

COLUMNS, ROWS = 12, 5


def dump_images(path: Path, pipeline: InputPipeline, augment_batch: BatchAugmentation, batch_size: int) -> Path:
    """Write the first training batch as a PNG of up to 60 pairs: as it is in validation, and below it as trained on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = min(batch_size, COLUMNS * ROWS)
    rows = pipeline.epoch_rows(0, None)[:batch_size]
    batch = next(iter(pipeline.train_batches(0, batch_size, False, None)))
    generator = step_generator(pipeline.seed, 0, 0, pipeline.rank, Purpose.MIXING)
    trained = augment_batch(batch.images, batch.targets, generator)[0][:count].cpu()
    augmentation = pipeline.augmentation
    untouched = centre_parameters(augmentation, count, pipeline.source_size, pipeline.channels)
    plain = augment_tensor(torch.from_numpy(pipeline.gather(rows[:count])), untouched, augmentation)
    blank = torch.zeros(COLUMNS - 1, *trained.shape[1:])
    strips = []
    for start in range(0, count, COLUMNS):
        for views in (plain, trained):
            shown = _pixels(views[start : start + COLUMNS], augmentation.mean, augmentation.std)
            strips.append(torch.cat([shown, blank])[:COLUMNS])
    grid = make_grid(torch.cat(strips), nrow=COLUMNS, padding=2, pad_value=0.5)
    image = Image.fromarray((grid * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())
    with atomic_write(path) as file:
        image.save(file, "PNG")
    return path


def _pixels(images: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    shape = (1, -1, 1, 1)
    return (images * torch.tensor(std).view(shape) + torch.tensor(mean).view(shape)).clamp(0, 1)
