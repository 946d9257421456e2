"""Classification heads: features `(N, F)` to logits `(N, classes)`."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LinearHead(nn.Linear):
    """The plain softmax classifier."""


class L2SoftmaxHead(nn.Module):
    """L2-constrained softmax: cosine of features and class weights, divided by a temperature.

    Both are projected on the unit sphere, so a logit lies in ±1/temperature and only the angle counts; rare classes
    cannot be out-shouted by the norms of frequent ones. Ranjan, Castillo and Chellappa, "L2-constrained softmax loss
    for discriminative face verification", arXiv:1703.09507 (features); normalised weights as in NormFace,
    arXiv:1704.06369. Computed in float32 under autocast: bfloat16 has 8 bits for cosines that differ in the third digit.
    """

    def __init__(self, features: int, classes: int, temperature: float = 0.05):
        super().__init__()
        self.temperature = temperature
        self.weight = nn.Parameter(torch.empty(classes, features))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, features: Tensor) -> Tensor:
        with torch.autocast(features.device.type, enabled=False):
            cosine = F.linear(F.normalize(features.float()), F.normalize(self.weight.float()))
            return cosine / self.temperature
