"""A trained network as teacher: its soft answers to the very batch that the student is given.

Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", arXiv:1503.02531.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.sizes import height_width
from mojika.training.inference import in_channels_last, laid_out


def soft_target_losses(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """T² · KL(teacher ‖ student) of the softmaxes of logits / T, `(N,) float32`, both `(N, classes)`.

    T² keeps the gradient as large as that of hard targets at any temperature.
    """
    log_probabilities, log_taught = (F.log_softmax(z.float() / temperature, 1) for z in (logits, taught))
    return temperature**2 * F.kl_div(log_probabilities, log_taught, reduction="none", log_target=True).sum(1)


class Teacher:
    """A classifier in evaluation mode that predicts on images normalised and sized for the student.

    `spec` is the teacher's, `student` that of the images: red and blue are exchanged where only one of the two wants
    that, and they are normalised again and scaled (bilinear, antialiased) to the teacher's input size.
    """

    def __init__(self, model: Classifier, spec: InputSpec, student: InputSpec, *, channels_last: bool = False):
        self.model = model.eval().requires_grad_(False)
        if channels_last:
            self.model = in_channels_last(self.model)
        self.channels_last, self.size = channels_last, height_width(spec.input_size)
        self._exchanges = spec.channels_exchanged != student.channels_exchanged
        device = next(model.parameters()).device
        own, theirs = (torch.tensor((of.mean, of.std), dtype=torch.float64) for of in (spec, student))
        if self._exchanges:
            theirs = theirs.flip(1)
        self._scale, self._shift = (
            values.float().view(-1, 1, 1).to(device) for values in (theirs[1] / own[1], (theirs[0] - own[0]) / own[1])
        )

    @torch.no_grad()
    def __call__(self, images: Tensor) -> list[Tensor]:
        """Logits `(N, classes)` of every head for `images (N, C, h, w)`."""
        if self._exchanges:
            images = images.flip(1)
        images = torch.addcmul(self._shift, images, self._scale)
        if images.shape[2:] != self.size:
            images = F.interpolate(images, size=self.size, mode="bilinear", antialias=True)
        return self.model(laid_out(images, self.channels_last))
