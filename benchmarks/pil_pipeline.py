"""The usual input pipeline, to compare with: PIL images, torchvision's transforms, a DataLoader."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as T

from mojika.augmentation.image import ImageAugmentation


class Lighting:
    """AlexNet's PCA noise on one image tensor, as the 2019 scripts had it."""

    values = torch.tensor([0.2175, 0.0188, 0.0045])
    vectors = torch.tensor([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])

    def __init__(self, std: float):
        self.std = std

    def __call__(self, image: Tensor) -> Tensor:
        alpha = torch.randn(3) * self.std
        return image + (self.vectors * alpha * self.values).sum(1).view(3, 1, 1)


class PilDataset(Dataset):
    def __init__(self, images: np.ndarray, transform: Callable):
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.images[index]
        return self.transform(Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)), index


def pil_transform(recipe: ImageAugmentation) -> Callable:
    bilinear = T.InterpolationMode.BILINEAR
    steps = [
        T.Resize((recipe.scale_size, recipe.scale_size)),
        T.RandomRotation(recipe.rotate_degree, interpolation=bilinear),
        T.RandomResizedCrop(recipe.input_size, recipe.crop_scale, recipe.crop_ratio),
        T.ColorJitter(recipe.brightness, recipe.contrast, recipe.saturation, recipe.hue),
        T.ToTensor(),
        T.Normalize(recipe.mean, recipe.std),
    ]
    if recipe.grayscale_prob:
        steps.insert(4, T.RandomGrayscale(recipe.grayscale_prob))
    if recipe.pca_noise:
        steps.insert(-1, Lighting(recipe.pca_noise))
    return T.Compose(steps)


def pil_mixing(images: Tensor, mixing: str, erasing: dict[str, float], rng: np.random.Generator) -> Tensor:
    """mixup or ICAP on the batch, then torchvision's erasing on each image."""
    if mixing == "mixup":
        share = rng.beta(0.2, 0.2)
        images = share * images + (1 - share) * images[torch.randperm(len(images))]
    else:
        x, y = (round(images.shape[2] * rng.beta(1, 1)) for _ in range(2))
        patches = [images[torch.randperm(len(images))] for _ in range(4)]
        upper = torch.cat([patches[0][:, :, :y, :x], patches[1][:, :, :y, x:]], 3)
        lower = torch.cat([patches[2][:, :, y:, :x], patches[3][:, :, y:, x:]], 3)
        images = torch.cat([upper, lower], 2)
    scale, ratio = (erasing["sl"], erasing["sh"]), (erasing["r1"], erasing["r2"])
    erase = T.RandomErasing(erasing["p"], scale, ratio, value="random", inplace=True)
    for image in images:
        erase(image)
    return images


def pil_batches(
    images: np.ndarray,
    recipe: ImageAugmentation,
    batch_size: int,
    mixing: str,
    erasing: dict[str, float],
    workers: int,
) -> Iterator[Tensor]:
    """Batches for ever; `mixing` is "mixup", "icap" or "" for neither mixing nor erasing."""
    loader = DataLoader(
        PilDataset(images, pil_transform(recipe)),
        batch_size,
        shuffle=True,
        num_workers=workers,
        drop_last=True,
        persistent_workers=workers > 0,
    )
    rng = np.random.default_rng(0)
    while True:
        for batch, _ in loader:
            yield pil_mixing(batch, mixing, erasing, rng) if mixing else batch
