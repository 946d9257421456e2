"""What an experiment is told beside the parameters of its components: declared here, group by group of `--help`."""

from dataclasses import dataclass
from typing import Annotated

from mojika.augmentation.mixing import MIXERS
from mojika.errors import ParameterError
from mojika.models.architecture import ACTIVATIONS, POOLINGS
from mojika.models.heads import HEADS
from mojika.parameters.declaration import BELOW_ONE, FRACTION, NOT_NEGATIVE, POSITIVE, Checked, Parameter, Range
from mojika.training.schedules import SCHEDULES

_WEIGHTS = Range(
    "numbers from 0 on, not all of them 0",
    lambda weights: all(0 <= weight < float("inf") for weight in weights) and any(weights),
)
_OLD = "of old command lines: "


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    model: Annotated[
        str | None,
        Parameter(
            "2019 name, any timm name, or a .model file to fine-tune (default: resnet18; with --resume that file's)",
            metavar="ARCH",
            short="-m",
        ),
    ] = None
    from_scratch: Annotated[bool, Parameter("start from random weights")] = False
    pretrained: Annotated[
        str | None,
        Parameter(
            "start from a .model file, a state dict in timm's layout, or timm's ImageNet weights "
            "(default: timm, unless --from-scratch)",
            metavar="PATH|timm",
        ),
    ] = None
    grayscale: Annotated[bool, Parameter("one input channel instead of three")] = False
    pooling: Annotated[
        str,
        Parameter(
            "how the feature map becomes one vector: the network's own way, average, generalised mean "
            "(arXiv:1711.02512), average and maximum side by side",
            choices=POOLINGS,
        ),
    ] = "default"
    activation: Annotated[str | None, Parameter("activation in place of the network's own", choices=ACTIVATIONS)] = None
    blur_pool: Annotated[bool, Parameter("anti-aliased downsampling, arXiv:1904.11486")] = False
    dropout: Annotated[float, Parameter("dropout before the head", BELOW_ONE, metavar="P")] = 0.0
    freeze_bn: Annotated[bool, Parameter("keep the statistics of batch normalisation as loaded")] = False


@dataclass(frozen=True, kw_only=True)
class HeadSettings:
    head: Annotated[
        str | None,
        Parameter("kind of head; --l2softmax … --adacos say the same (default: linear)", choices=tuple(HEADS)),
    ] = None
    neck: Annotated[
        int | None, Parameter("hidden layer in front of each head (default: none)", POSITIVE, metavar="UNITS")
    ] = None
    head_gate: Annotated[bool, Parameter("squeeze-and-excitation on each head, arXiv:1709.01507")] = False


@dataclass(frozen=True, kw_only=True)
class OldHeadSettings:
    adacos_m: Annotated[float, Parameter(_OLD + "AdaCos has no margin", metavar="M")] = 0.5


@dataclass(frozen=True, kw_only=True)
class TargetSettings:
    head_weights: Annotated[
        tuple[float, ...] | None,
        Parameter(
            "how much the loss of each head counts, in the order of the label columns (default: 1 each)",
            _WEIGHTS,
            metavar="W,W,…",
        ),
    ] = None
    teacher: Annotated[
        str | None,
        Parameter("learn from the soft answers of a .model file, too, arXiv:1503.02531", metavar="MODEL"),
    ] = None
    teacher_weight: Annotated[float, Parameter("share of the teacher's answers in the loss", FRACTION, metavar="W")] = (
        0.5
    )
    teacher_temperature: Annotated[
        float, Parameter("temperature that softens the answers of teacher and student", POSITIVE, metavar="T")
    ] = 2.0
    onehot: Annotated[bool, Parameter("sum the loss over the batch; pseudo labels weigh less")] = False
    pseudo_weight: Annotated[float, Parameter("weight of pseudo labels under --onehot", POSITIVE, metavar="W")] = 0.9
    refine: Annotated[
        bool,
        Parameter(
            "finish a trained model: with --resume epochs count from its own, and --base-lr is the rate to start with"
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class RunSettings(Checked):
    epochs: Annotated[int, Parameter("epochs in all (default: 30); may be raised later", POSITIVE)] = 30
    steps: Annotated[
        int | None, Parameter("end after N optimizer steps, whatever --epochs says", POSITIVE, metavar="N")
    ] = None
    batch_size: Annotated[int, Parameter("images per step, over all GPUs together", POSITIVE, short="-b")] = 128
    val_batch_size: Annotated[int, Parameter("images per validation step", POSITIVE)] = 256
    grad_accumulation: Annotated[
        int, Parameter("work through a batch in N parts, for less memory", POSITIVE, metavar="N")
    ] = 1
    drop_last: Annotated[bool, Parameter("leave out an incomplete last batch")] = False
    undersampling: Annotated[
        int | None, Parameter("at most N samples a class, redrawn every epoch", POSITIVE, metavar="N")
    ] = None
    prefix: Annotated[str, Parameter("name of the run (default: model and digest of the flags)")] = "auto"
    model_dir: Annotated[str, Parameter("runs live in MODEL_DIR/PREFIX")] = "models"
    log_dir: Annotated[str | None, Parameter("put train.log and tensorboard/ into LOG_DIR/PREFIX instead")] = None
    resume: Annotated[str | None, Parameter("start a new run from the weights of a .model file", metavar="MODEL")] = (
        None
    )
    start_epoch: Annotated[
        int | None, Parameter("count epochs from here (default: 0; see --refine)", NOT_NEGATIVE, metavar="E")
    ] = None
    fresh: Annotated[bool, Parameter("move an existing run of this name aside and start anew")] = False
    save_minutes: Annotated[float, Parameter("save at least this often, in minutes", NOT_NEGATIVE)] = 10
    keep: Annotated[
        str,
        Parameter("keep epoch-NNNN.model of no epoch, of all, or of the newest N", metavar="none|all|N"),
    ] = "none"
    save_best_only: Annotated[bool, Parameter("same as --keep none")] = False
    save_best_and_last: Annotated[bool, Parameter("same as --keep none")] = False
    best_by: Annotated[
        str,
        Parameter(
            "best.model is the best by validation score (accuracy; the competition's score for graphemes) or loss; "
            "the other best one is kept beside it",
            choices=("score", "loss"),
        ),
    ] = "score"
    eval_every: Annotated[
        int | None, Parameter("validate after every N steps, too, not at ends of epochs only", POSITIVE, metavar="N")
    ] = None
    disp_batches: Annotated[int, Parameter("log every N steps (default: auto)", NOT_NEGATIVE, metavar="N")] = 0
    seed: Annotated[int, Parameter("all random numbers derive from it", NOT_NEGATIVE)] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        first = self.start_epoch or 0
        if not self.steps and first >= self.epochs:
            raise ParameterError(f"{{start_epoch}} {first}: leaves nothing of {{epochs}} {self.epochs}")
        if self.grad_accumulation > self.batch_size:
            raise ParameterError(
                f"{{grad_accumulation}} {self.grad_accumulation}: more parts than {{batch_size}} has images"
            )


@dataclass(frozen=True, kw_only=True)
class ScheduleSettings:
    ema_decay: Annotated[
        float | None, Parameter("validate and keep a moving average of the weights", BELOW_ONE, metavar="D")
    ] = None
    lr_schedule: Annotated[
        str,
        Parameter(
            "auto: plateau with --lr-patience, cosine with --cosine-annealing-t-max, else multi-step",
            choices=("auto", *SCHEDULES),
        ),
    ] = "auto"
    warmup_epochs: Annotated[float, Parameter("epochs in which the rate rises to --base-lr", NOT_NEGATIVE)] = 5
    warmup_share: Annotated[
        float | None,
        Parameter(
            "length of the warm-up as a share of all steps of the run, in place of --warmup-epochs",
            FRACTION,
            metavar="F",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class MixingSettings:
    mix_schedule: Annotated[
        str | None,
        Parameter(
            f"several of {', '.join(MIXERS)}, each with its share of batches; the rest stays plain",
            metavar="NAME=P,…",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class DeviceSettings:
    device: Annotated[str, Parameter("where to train", choices=("auto", "cpu", "cuda"))] = "auto"
    no_cuda: Annotated[bool, Parameter("same as --device cpu")] = False
    amp: Annotated[str, Parameter("mixed precision", choices=("auto", "bf16", "fp16", "off"))] = "auto"
    channels_last: Annotated[
        str,
        Parameter(
            "memory layout of images; auto: on under mixed precision; on a CPU, on is faster and rounds differently",
            choices=("auto", "on", "off"),
        ),
    ] = "auto"
    compile: Annotated[bool, Parameter("torch.compile the network: minutes once, faster steps")] = False
    residency: Annotated[str, Parameter("where the images are kept", choices=("auto", "device", "host"))] = "auto"
    workers: Annotated[
        int | None, Parameter("augmentation threads on a CPU (default: -1, all cores)", POSITIVE, short="-j")
    ] = None
    sync_bn: Annotated[bool, Parameter("batch normalisation over all GPUs (torchrun)")] = False


@dataclass(frozen=True, kw_only=True)
class LookSettings:
    dry_run: Annotated[bool, Parameter("validate everything, print the resolved recipe, stop")] = False
    image_dump: Annotated[bool, Parameter("write augmented samples to a PNG and stop")] = False
    calc_rgb_mean_and_std: Annotated[bool, Parameter("measure them on TRAIN_LIST and stop")] = False
