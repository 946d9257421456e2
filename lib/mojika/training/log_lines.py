"""What the log says of a step and of an epoch, and how curves are named."""

from mojika.training.reporter import human_duration


def step_line(
    where: str, loss: float, accuracy: float, lr: float, rate: float, bytes_per_image: int, mfu: float, waited: float,
    seconds_left: float,
) -> str:  # fmt: skip
    """One line a person can read; `rate` in images/s, `mfu` and `waited` as fractions."""
    return (
        f"{where}  loss {loss:.4f}  accuracy {accuracy:.4f}  lr {lr:.3g}  {rate:,.0f} images/s  "
        f"{rate * bytes_per_image / 1e9:.3f} GB/s  MFU {mfu:.0%}  input wait {waited:.0%}  "
        f"ETA {human_duration(seconds_left)}"
    )


def epoch_line(where: str, row: dict[str, float], is_best: bool) -> str:
    return (
        f"{where}  train loss {row['train_loss']:.4f}  valid loss {row['valid_loss']:.4f}  "
        f"accuracy {row['valid_accuracy']:.4f}  macro recall {row['valid_macro_recall']:.4f}"
        f"{'  (best)' if is_best else ''}  {human_duration(row['seconds'])}"
    )


def curve_name(column: str) -> str:
    """TensorBoard groups by what stands before the slash: valid_loss -> valid/loss."""
    phase, _, name = column.partition("_")
    return f"{phase}/{name}" if name and phase in ("train", "valid") else column
