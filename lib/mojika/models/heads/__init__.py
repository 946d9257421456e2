"""Classification heads, one kind a class: features `(N, F)` to logits `(N, classes)`.

A new kind is a `Head` here that declares its parameters behind `features` and `classes`, and a line in `HEADS`; its
flags, their checks and documentation, and its place in a checkpoint follow from that.
"""

from mojika.models.heads.adacos import AdaCosHead
from mojika.models.heads.head import Head, Heads
from mojika.models.heads.margin import ArcFaceHead, CosFaceHead
from mojika.models.heads.softmax import L2SoftmaxHead, LinearHead

__all__ = ["DEFAULT_HEAD", "HEADS", "Head", "Heads"]

DEFAULT_HEAD = "linear"
HEADS: dict[str, type[Head]] = {
    DEFAULT_HEAD: LinearHead,
    "l2softmax": L2SoftmaxHead,
    "arcface": ArcFaceHead,
    "cosface": CosFaceHead,
    "adacos": AdaCosHead,
}
