"""Other names of flags: those of earlier versions, and what users of other programs type. `--help` leaves them out.

One concept has one name over all commands. A name here means the flag that it stands for in every command that has
that flag, unless the command has a flag of its own by this name (`--steps` of `train.py`).
"""

ALIASES: dict[str, tuple[str, ...]] = {
    "--out": ("-o", "--output"),
    "--images": ("--input", "--inputs", "--source"),
    "--shards": ("--parquet",),
    "--model": ("--models",),
    "--models": ("--model",),
    "--labels": ("--truth", "--truth-boxes"),
    "--valid-fraction": ("--random", "--test-size", "--val-fraction"),
    "--page-preprocessing": ("--pages-went-through", "--steps"),
    "--filter-threshold": ("--threshold",),
    "--fresh": ("--force",),
    "--iou": ("--nms-iou",),
    "--mean": ("--method",),
    "--tta": ("--views",),
    "--top": ("--topk", "--top-k"),
    "--first": ("--at-most",),
    "--largest-share": ("--at-most",),
    "--iterations": ("--steps",),
    "--snapshot-every": ("--eval-every",),
    "--base-lr": ("--lr", "--learning-rate"),
    "--optimizer": ("--opt", "--optimiser"),
    "--wd": ("--weight-decay",),
}
