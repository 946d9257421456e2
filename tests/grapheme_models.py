"""`.model` files of graphemes as train.py leaves them, untrained, for tests of what reads them."""

from pathlib import Path

import torch
from grapheme_files import CLASS_MAP

from mojika.data.class_list import ClassList
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.sizes import Size
from mojika.training.checkpoints import save_checkpoint

CLASSES = {
    head: ClassList(tuple(map(str, range(len(parts)))), (1,) * len(parts), tuple(parts))
    for head, parts in CLASS_MAP.items()
}


def write_model(
    path: Path,
    seed: int,
    *,
    scale_size: Size,
    input_size: Size,
    channels: int = 1,
    form: str | None = None,
    classes: dict[str, ClassList] = CLASSES,
    shown: torch.Tensor | None = None,
) -> Classifier:
    """The network that stands in the file afterwards.

    Its heads are drawn at random for standardised features of the inputs `shown`, so that it tells these apart.
    """
    torch.manual_seed(seed)
    architecture = Architecture("test_resnet", channels, input_size)
    model = Classifier(architecture, {head: len(labels) for head, labels in classes.items()}).eval()
    with torch.no_grad():
        features = model.backbone(torch.rand(4, channels, 32, 32) if shown is None else shown)
        for head in model.heads.values():
            head.weight.normal_(0, 2 / features.shape[1] ** 0.5).div_(features.std(0) + 1e-3)
            head.bias.copy_(-head.weight @ features.mean(0))
    spec = InputSpec(
        channels=channels,
        mean=tuple(0.1 * (i + 1) for i in range(channels)),
        std=(0.3,) * channels,
        scale_size=scale_size,
        input_size=input_size,
        interpolation="bilinear",
        grapheme_form=form,
    )
    state = {
        "input": spec.to_plain(),
        "precision": "off",
        "arch": architecture.to_plain(),
        "classes": {head: labels.to_plain() for head, labels in classes.items()},
        "model": model.backbone.state_dict(),
        "head": model.heads.state_dict(),
        "ema": None,
    }
    save_checkpoint(path, state)
    return model
