"""What the training loop itself needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LoopSettings:
    """Numbers and switches; all else is in the objects that the loop is given."""

    epochs: int
    steps_per_epoch: int
    batch_size: int
    valid_batch_size: int
    first_epoch: int = 0  # from which a new run counts
    steps: int | None = None  # in all; ends the run in the middle of an epoch
    drop_last: bool = False
    undersampling: int | None = None
    accumulation: int = 1  # pieces of a batch
    freeze_batch_norm: bool = False
    compile: bool = False
    keep: str | int = "none"  # epoch files: none, all, or so many of the newest
    best_by: str = "score"  # what best.model is the best by, "score" or "loss"; the other's file is called after it
    validate_every: int | None = None  # steps of the run, also in the middle of an epoch
    snapshots: tuple[int, ...] = ()  # steps from the start of the run, at ends of epochs, that are kept for good
    seed: int = 0
    log_every: int = 0  # steps; 0: about ten lines an epoch
    save_minutes: float = 10.0
    pictures_every: int = 1  # epochs between pictures, where there are any; also after the last one
    channels_last: bool = False
