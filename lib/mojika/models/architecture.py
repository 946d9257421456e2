"""The shape of a classifier: all that is needed to build the network again."""

from dataclasses import asdict, dataclass, field
from typing import Any

from mojika.models.heads import DEFAULT_HEAD, HEADS
from mojika.parameters.declaration import declared
from mojika.sizes import Size

POOLINGS = ("default", "avg", "gem", "avgmax")
NECK_LAYOUTS = ("linear-norm-act", "linear-norm", "norm-drop-linear")
ACTIVATIONS = ("relu", "relu6", "silu", "hard_swish", "mish", "gelu", "leaky_relu", "elu", "celu", "selu")
_EARLIER = ("temperature", "scale", "margin")  # of any head, in earlier checkpoints


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build the network again; stored in every checkpoint.

    `head` is one of `HEADS`, and `head_parameters` are the arguments that this kind of head declares. `dropout` is the
    probability with which a feature is dropped before the heads, `drop_path_rate` that with which the last residual
    block is. Each head has a hidden layer of `neck` units, in one of `NECK_LAYOUTS`, and a `gate`, where asked for: of
    its own, unless they are `neck_shared`. The activation in the hidden layer is `neck_activation`, else `activation`,
    else ReLU; with "norm-drop-linear", `dropout` acts there, twice, and not before.
    """

    model: str
    channels: int
    input_size: Size
    head: str = DEFAULT_HEAD
    head_parameters: dict[str, float] = field(default_factory=dict)
    pooling: str = "default"
    activation: str | None = None
    blur_pool: bool = False
    dropout: float = 0.0
    neck: int | None = None
    gate: bool = False
    drop_path_rate: float = 0.0
    batch_norm_momentum: float | None = None
    static_padding: bool = False
    signed_features: bool = False
    gate_reduction: int = 16
    neck_layout: str = "linear-norm-act"
    neck_activation: str | None = None
    neck_shared: bool = False

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Architecture":
        """From a checkpoint. Earlier ones have the parameters of all heads beside the rest, whatever their own head.
        Lists are tuples that went through JSON.

        Raises `TypeError` for a name that this version does not know.
        """
        tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
        found: dict[str, Any] = {name: value for name, value in tuples.items() if name not in _EARLIER}
        if "head_parameters" not in found and (head := HEADS.get(plain.get("head", DEFAULT_HEAD))):
            own = (parameter.argument for parameter in declared(head))
            found["head_parameters"] = {name: plain[name] for name in own if name in plain}
        return cls(**found)
