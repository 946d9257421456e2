"""Heads without a margin: the plain softmax classifier, and the one on the unit sphere."""

from typing import Annotated

from torch import Tensor, nn

from mojika.models.heads.head import CosineHead, Head
from mojika.parameters.declaration import POSITIVE, Parameter


class LinearHead(Head, nn.Linear):
    """The plain softmax classifier."""

    summary = "softmax"


class L2SoftmaxHead(CosineHead):
    """L2-constrained softmax: the cosine divided by a temperature, so that a logit lies in ±1/temperature.

    Ranjan, Castillo and Chellappa, "L2-constrained softmax loss for discriminative face verification",
    arXiv:1703.09507 (features); normalised weights as in NormFace, arXiv:1704.06369.
    """

    summary = "L2-constrained softmax, arXiv:1703.09507"

    def __init__(
        self,
        features: int,
        classes: int,
        temperature: Annotated[
            float, Parameter("temperature by which cosines are divided", POSITIVE, name="temp", metavar="T")
        ] = 0.05,
    ):
        super().__init__(features, classes)
        self.temperature = temperature

    def forward(self, features: Tensor) -> Tensor:
        return self.cosine(features) / self.temperature
