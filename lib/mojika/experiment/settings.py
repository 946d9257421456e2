"""What an experiment is told beside the parameters of its components: how it is run and looked at.

Declared without torch, so that the detector's `--help`, which shares some of them, need not wait for it.
"""

from dataclasses import dataclass
from typing import Annotated

from mojika.errors import ParameterError, UserError
from mojika.parameters.argument_types import DEVICES, names_device
from mojika.parameters.declaration import (
    BELOW_ONE,
    FRACTION,
    NOT_NEGATIVE,
    POSITIVE,
    Checked,
    Parameter,
    Range,
    neutral,
)
from mojika.training.boards import BOARDS
from mojika.training.schedules import SCHEDULES, WARM_UPS

_WEIGHTS = Range(
    "numbers from 0 on, not all of them 0",
    lambda weights: all(0 <= weight < float("inf") for weight in weights) and any(weights),
)


@dataclass(frozen=True, kw_only=True)
class TargetSettings:
    head_weights: Annotated[
        tuple[float, ...] | None,
        Parameter(
            "weights of the heads' losses, in the order of the label columns (default: 1 each)",
            _WEIGHTS,
            metavar="W,W,…",
        ),
    ] = None
    teacher: Annotated[
        str | None,
        Parameter(
            "also train on the predictions of this .model file or reader's folder (distillation, arXiv:1503.02531)",
            metavar="MODEL",
        ),
    ] = None
    teacher_weight: Annotated[float, Parameter("share of the teacher's term in the loss", FRACTION, metavar="W")] = 0.5
    teacher_temperature: Annotated[
        float, Parameter("temperature by which the logits of teacher and student are divided", POSITIVE, metavar="T")
    ] = 2.0
    onehot: Annotated[
        bool, Parameter("sum the loss over the batch instead of averaging; pseudo-labels have --pseudo-weight")
    ] = False
    pseudo_weight: Annotated[float, Parameter("weight of pseudo-labels with --onehot", POSITIVE, metavar="W")] = 0.9
    refine: Annotated[
        bool,
        Parameter("refine a trained model: with --resume its epoch count continues, and --base-lr is the initial rate"),
    ] = False


@dataclass(frozen=True, kw_only=True)
class RunSettings(Checked):
    epochs: Annotated[int, neutral("total number of epochs (default: 30); may be raised later", POSITIVE)] = 30
    steps: Annotated[
        int | None, Parameter("end after N optimizer steps instead of --epochs", POSITIVE, metavar="N")
    ] = None
    batch_size: Annotated[int, Parameter("images per step, over all GPUs", POSITIVE, short="-b")] = 128
    val_batch_size: Annotated[int, neutral("images per validation step", POSITIVE)] = 256
    grad_accumulation: Annotated[int, Parameter("process a batch in N parts to save memory", POSITIVE, metavar="N")] = 1
    drop_last: Annotated[bool, Parameter("leave out an incomplete last batch")] = False
    undersampling: Annotated[
        int | None,
        Parameter("use at most N samples of each class, drawn again every epoch (0: all)", POSITIVE, metavar="N"),
    ] = None
    prefix: Annotated[str, neutral("name of the run (default: model and digest of the flags)")] = "auto"
    model_dir: Annotated[str, neutral("folder of runs; this run is in MODEL_DIR/PREFIX")] = "models"
    log_dir: Annotated[
        str | None, neutral("write train.log and tensorboard/ to LOG_DIR/PREFIX instead of the run's folder")
    ] = None
    logger: Annotated[
        str,
        neutral(
            "where curves are drawn: files for TensorBoard, trackio or wandb (with their packages), or nowhere but in "
            "metrics.csv",
            choices=BOARDS,
        ),
    ] = "tensorboard"
    log_images: Annotated[
        int,
        neutral(
            "with these curves, every N epochs (of a detector: snapshots), a picture of what is trained on and one of "
            "what a classifier confuses; 0: none",
            NOT_NEGATIVE,
            metavar="N",
        ),
    ] = 5
    resume: Annotated[
        str | None, Parameter("start a new run from the weights of a .model file or a reader's folder", metavar="MODEL")
    ] = None
    start_epoch: Annotated[
        int | None, Parameter("number of the first epoch (default: 0; see --refine)", NOT_NEGATIVE, metavar="E")
    ] = None
    fresh: Annotated[bool, neutral("move an existing run of this name aside and start again")] = False
    json: Annotated[bool, neutral("print the run's numbers at its end as one JSON object")] = False
    save_minutes: Annotated[float, neutral("minutes between saves", NOT_NEGATIVE)] = 10
    keep: Annotated[
        str,
        neutral("keep epoch-NNNN.model for no epoch, for all epochs, or for the newest N", metavar="none|all|N"),
    ] = "none"
    save_best_only: Annotated[bool, neutral("same as --keep none")] = False
    save_best_and_last: Annotated[bool, neutral("same as --keep none")] = False
    best_by: Annotated[
        str,
        Parameter(
            "best.model is the best by validation score (accuracy; for graphemes the competition's score) or loss; "
            "the best by the other criterion is kept as well",
            choices=("score", "loss"),
        ),
    ] = "score"
    eval_every: Annotated[
        int | None, Parameter("also validate after every N steps, not only after each epoch", POSITIVE, metavar="N")
    ] = None
    disp_batches: Annotated[int, neutral("log every N steps (default: auto)", NOT_NEGATIVE, metavar="N")] = 0
    seed: Annotated[int, Parameter("seed of all random numbers", NOT_NEGATIVE)] = 0

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
        float | None,
        Parameter(
            "decay of a moving average of the weights, which is validated and used for inference",
            BELOW_ONE,
            metavar="D",
        ),
    ] = None
    lr_schedule: Annotated[
        str,
        Parameter(
            "schedule; auto: plateau with --lr-patience, cosine with --cosine-annealing-t-max, else multi-step",
            choices=("auto", *SCHEDULES),
        ),
    ] = "auto"
    warmup_epochs: Annotated[
        float, Parameter("epochs over which the learning rate rises to --base-lr", NOT_NEGATIVE)
    ] = 5
    warmup_share: Annotated[
        float | None,
        Parameter(
            "length of the warm-up as a share of all steps of the run; replaces --warmup-epochs",
            FRACTION,
            metavar="F",
        ),
    ] = None
    warmup_form: Annotated[
        str,
        Parameter(
            "linear: every step of the warm-up raises the rate, the last one to --base-lr; 2019: it ends one epoch "
            "short of it, and the first step of an epoch has the full rate",
            choices=WARM_UPS,
        ),
    ] = "linear"


@dataclass(frozen=True, kw_only=True)
class DeviceSettings:
    device: Annotated[
        str,
        neutral(
            "device to train on, N being the number of a GPU (default: auto, a GPU if there is one)",
            Range(DEVICES, names_device),
            metavar="auto|cpu|cuda|cuda:N|mps",
        ),
    ] = "auto"
    no_cuda: Annotated[bool, neutral("same as --device cpu")] = False
    amp: Annotated[str, Parameter("mixed precision", choices=("auto", "bf16", "fp16", "off"))] = "auto"
    channels_last: Annotated[
        str,
        neutral(
            "channels-last memory layout; auto: on with mixed precision. On a CPU, on is faster and rounds differently",
            choices=("auto", "on", "off"),
        ),
    ] = "auto"
    compile: Annotated[
        bool, neutral("compile the network with torch.compile: minutes at the start, then faster steps")
    ] = False
    residency: Annotated[
        str, neutral("where the images are kept; auto: on the GPU if they fit", choices=("auto", "device", "host"))
    ] = "auto"
    workers: Annotated[
        int | None,
        neutral(
            "augmentation threads on a CPU; 0 reads and augments in the main thread (default: -1, all cores)",
            NOT_NEGATIVE,
            short="-j",
        ),
    ] = None
    sync_bn: Annotated[bool, Parameter("compute batch normalisation over all GPUs (torchrun)")] = False


@dataclass(frozen=True, kw_only=True)
class LookSettings:
    dry_run: Annotated[
        bool, neutral("check all settings, print those that differ from the defaults, and stop; writes nothing")
    ] = False
    all_settings: Annotated[bool, neutral("with --dry-run, also print the settings that have their defaults")] = False
    image_dump: Annotated[bool, neutral("draw augmented samples to a PNG file and stop")] = False
    calc_rgb_mean_and_std: Annotated[
        bool, neutral("measure mean and standard deviation of the pixels of TRAIN_LIST and stop")
    ] = False


def kept_epochs(text: str) -> str | int:
    """What `--keep` says: "none", "all" or a number of the newest epochs."""
    if text in ("none", "all"):
        return text
    if not text.isdigit() or int(text) == 0:
        raise UserError(f"--keep {text}: expected none, all or a number of epochs")
    return int(text)
