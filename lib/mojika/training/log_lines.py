"""What the log says of a step and of an epoch, and how curves are named."""

from collections.abc import Mapping, Sequence

from mojika.training.reporter import human_duration

_WORTH_SAYING = 0.01  # GB/s


def step_line(
    where: str, loss: float, hit_rate: Mapping[str, float], lr: float, rate: float, bytes_per_image: int,
    mfu: float | None, waited: float, seconds_left: float,
) -> str:  # fmt: skip
    """One line a person can read; `rate` in images/s, `mfu` (if it is known) and `waited` as fractions."""
    hits = "".join(f"  {name} {value:.4f}" for name, value in hit_rate.items())
    traffic = rate * bytes_per_image / 1e9
    busy = (f"  {traffic:.3f} GB/s" if traffic >= _WORTH_SAYING else "") + ("" if mfu is None else f"  MFU {mfu:.0%}")
    return (
        f"{where}  loss {loss:.4f}{hits}  lr {lr:.3g}  {rate:,.0f} images/s"
        f"{busy}  input wait {waited:.0%}  ETA {human_duration(seconds_left)}"
    )


def epoch_line(where: str, row: Mapping[str, float], measures: Sequence[str], marks: Sequence[str]) -> str:
    shown = ("loss", *measures) if "valid_loss" in row else measures
    results = [f"{name.replace('_', ' ')} {row[f'valid_{name}']:.4f}" for name in shown]
    if "valid_loss" in row:
        results[0] = f"valid {results[0]}"
    return (
        f"{where}  train loss {row['train_loss']:.4f}  {'  '.join(results)}"
        f"{'  (' + ', '.join(marks) + ')' if marks else ''}  {human_duration(row['seconds'])}"
    )


def curve_name(column: str) -> str:
    """TensorBoard groups by the part before the slash: valid_loss -> valid/loss."""
    phase, _, name = column.partition("_")
    return f"{phase}/{name}" if name and phase in ("train", "valid") else column


def left_out_words(steps: int) -> str:
    """What is added to a line where there are such steps."""
    return f"  {steps} step{'s'[: steps > 1]} left out" if steps else ""
