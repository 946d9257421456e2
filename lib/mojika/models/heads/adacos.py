"""A head from face recognition whose scale follows the batch."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch import distributed as dist
from torch.nn import functional as F

from mojika.errors import UserError
from mojika.models.heads.head import CosineHead, Part


class AdaCosHead(CosineHead):
    """A cosine head whose scale needs no tuning: it follows the median angle of the targets.

    `scale` starts at √2·log(classes − 1). Every training step sets it to log(B) / cos(min(π/4, θ)), where B is the sum
    of exp(scale·cos) over a sample's non-target classes, averaged over the batch, and θ the median angle to the target
    (the lower middle one of an even count). A mixed sample counts with its heaviest target. Under `torch.distributed`
    the batch is that of all ranks. An update that is not finite and positive is not taken.

    Zhang, Zhao, Qiao, Wang and Li, "AdaCos: adaptively scaling cosine logits for effectively learning deep face
    representations", arXiv:1905.00292. Raises `UserError` for fewer than three classes, where the scale starts at zero.
    """

    summary = "cosines with an adaptive scale, arXiv:1905.00292"
    scale: Tensor

    def __init__(self, features: int, classes: int):
        if classes < 3:
            raise UserError(f"an AdaCos head needs at least 3 classes, found {classes}; use another head")
        super().__init__(features, classes)
        self.register_buffer("scale", torch.tensor(math.sqrt(2) * math.log(classes - 1), dtype=torch.float32))

    def forward(self, features: Tensor) -> Tensor:
        return self.cosine(features) * self.scale

    def training_logits(self, logits: Tensor, parts: Sequence[Part]) -> list[Tensor]:
        """The step's logits at the scale that the batch asks for, which is stored; in eval mode as they are."""
        if self.training:
            before = self.scale  # replaced, not written to: the backward pass of `forward` still reads the old one
            self.scale = self._next_scale(logits.detach(), _heaviest_targets(parts))
            logits = logits * (self.scale / before)
        return [logits] * len(parts)

    @torch.no_grad()
    def _next_scale(self, logits: Tensor, targets: Tensor) -> Tensor:
        index = targets.unsqueeze(1)
        angles = (logits.gather(1, index).squeeze(1) / self.scale).clamp(-1, 1).acos()
        others = logits.scatter(1, index, -torch.inf).logsumexp(1).double().exp()
        others, angles = _over_all_ranks(others, angles)
        scale = others.mean().log() / angles.median().clamp(max=math.pi / 4).cos()
        return torch.where(scale.isfinite() & (scale > 0), scale.float(), self.scale)


def _heaviest_targets(parts: Sequence[Part]) -> Tensor:
    targets = torch.stack([targets for targets, _ in parts])
    weights = torch.stack([weights for _, weights in parts])
    return targets.gather(0, weights.argmax(0, keepdim=True)).squeeze(0)


def _over_all_ranks(*columns: Tensor) -> list[Tensor]:
    """Each `(N,)` tensor with the rows of every rank after one another; N may differ from rank to rank."""
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return list(columns)
    rows = torch.tensor([len(columns[0])], device=columns[0].device)
    counts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, rows)
    longest = int(torch.stack(counts).max())
    gathered = []
    for column in columns:
        padded = F.pad(column, (0, longest - len(column)))
        pieces = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(pieces, padded)
        gathered.append(torch.cat([piece[: int(count)] for piece, count in zip(pieces, counts, strict=True)]))
    return gathered
