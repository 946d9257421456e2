"""How often each class is predicted, as a bar chart that shows what a step changed about it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.atomic import atomic_write
from mojika.pictures.glyph_fonts import font_file

_COLOURS = ("#9aa5b1", "#0b6e99", "#d1495b")
_MOST_GLYPHS = 24  # classes, up to which each has its glyph on the axis
_DPI = 120


def draw_class_distribution(
    path: Path, title: str, chars: Sequence[str], counts: Mapping[str, np.ndarray], ylabel: str = "images"
) -> None:
    """A PNG of bars, one for each class and each of `counts` (what they show → `(classes,)`), on a logarithmic scale.

    Few classes are drawn in their order with their glyphs (`chars`). Many are drawn as lines, sorted by the first of
    `counts`, with the rare ones on the right.
    """
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    (_draw_bars if len(chars) <= _MOST_GLYPHS else _draw_steps)(axes, chars, counts)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0, 3 * max(1, *(values.max() for values in counts.values())))  # room for the numbers on bars
    axes.set_title(title, loc="left")
    axes.set_ylabel(ylabel)
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=len(counts), loc="lower right", bbox_to_anchor=(1, 1))
    with atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=_DPI)


def draw_head_distributions(
    folder: Path, classes: Mapping[str, dict], predicted: Mapping[str, Mapping[str, Sequence[int]]], after: str | None
) -> list[Path]:
    """A picture for each head of a grapheme submission, by `classes` and `predicted` of its header; returns the paths.

    `after` names the counts after re-weighting; without it there are only those before.
    """
    paths = []
    for head, plain in classes.items():
        counts = {"predicted" if after is None else "predicted before": np.array(predicted["before"][head])}
        if after is not None:
            counts[after] = np.array(predicted["after"][head])
        paths.append(folder / f"{head}.png")
        draw_class_distribution(paths[-1], head.replace("_", " "), ClassList.from_plain(plain).chars, counts)
    return paths


def _draw_bars(axes: Axes, chars: Sequence[str], counts: Mapping[str, np.ndarray]) -> None:
    places, width = np.arange(len(chars)), 0.8 / len(counts)
    for number, ((name, values), colour) in enumerate(zip(counts.items(), _COLOURS, strict=False)):
        bars = axes.bar(places + (number - (len(counts) - 1) / 2) * width, values, width, label=name, color=colour)
        axes.bar_label(bars, [f"{value:,}" for value in values], fontsize=7)
    fonts = [_font(char) for char in chars]
    labels = [f"{number}\n{char if font else ''}" for number, (char, font) in enumerate(zip(chars, fonts, strict=True))]
    axes.set_xticks(places, labels)
    for tick, font in zip(axes.get_xticklabels(), fonts, strict=True):
        if font:
            tick.set_fontproperties(font)
    axes.set_xlabel("class")


def _draw_steps(axes: Axes, chars: Sequence[str], counts: Mapping[str, np.ndarray]) -> None:
    order = np.argsort(-next(iter(counts.values())), kind="stable")
    for (name, values), colour in zip(counts.items(), _COLOURS, strict=False):
        never = int((values == 0).sum())
        axes.step(np.arange(len(chars)), values[order], where="mid", label=f"{name} ({never} never)", color=colour)
    axes.set_xlim(-0.5, len(chars) - 0.5)
    axes.set_xlabel(f"{len(chars)} classes, by falling frequency of “{next(iter(counts))}”")


def _font(text: str) -> FontProperties | None:
    """A font that draws the text; none where nothing suitable is installed."""
    try:
        path = font_file(text)
    except UserError:
        return None
    return FontProperties(fname=path, size=13) if path else None
