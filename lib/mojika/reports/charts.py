"""Charts as SVG inside a page, in the page's letters and colours: matplotlib draws them, CSS colours them."""

import io
import re
from html import escape
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mojika.reports.markup import OWN

# Stand-ins that become variables of the page, which are others in the dark.
_INK, _FAINT, _FIRST, _SECOND = "#010101", "#020202", "#030303", "#040404"
_PROPERTIES = {_INK: "ink", _FAINT: "line", _FIRST: "right", _SECOND: "wrong"}
_STYLE = {
    "svg.fonttype": "none",
    "font.size": 11,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.6,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


def _style(name: str) -> Any:  # matplotlib's annotation names every key
    return {**_STYLE, "svg.hashsalt": name}


def reliability_chart(name: str, table: pd.DataFrame, after: pd.DataFrame | None = None) -> str:
    """Accuracy against probability of the bins of a `reliability` table, the diagonal, and how many samples each has.

    `after` is the table after calibration.
    """
    filled = table[table["samples"] > 0]
    with matplotlib.rc_context(_style(name)):
        figure = Figure(figsize=(4.6, 4.4), layout="constrained")
        above, below = figure.subplots(2, sharex=True, height_ratios=(4, 1))
        above.plot([0, 1], [0, 1], color=_INK, linewidth=0.8, linestyle=(0, (4, 3)))
        width = (table["high"] - table["low"]).to_numpy()
        bars = {"width": width[filled.index], "color": _FIRST, "align": "edge"}
        above.bar(filled["low"], filled["accuracy"], alpha=0.35, **bars)
        above.plot(filled["probability"], filled["accuracy"], "o-", color=_FIRST, markersize=3.5, label="as stored")
        if after is not None:
            rows = after[after["samples"] > 0]
            above.plot(rows["probability"], rows["accuracy"], "s-", color=_SECOND, markersize=3.5, label="calibrated")
            above.legend(loc="upper left")
        above.set(ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
        below.bar(filled["low"], filled["samples"], **bars)
        below.set(xlabel="probability", ylabel="samples")
        if len(filled) > 1:
            below.set_yscale("symlog", linthresh=1)
        below.set_ylim(bottom=0)
        below.yaxis.set_major_formatter("{x:,.0f}")
        return _svg(figure, name, "Accuracy of readings against their probability; on the dashed line they are equal")


def frequency_chart(name: str, table: pd.DataFrame) -> str:
    """Accuracy and macro recall of the bands of a `by_frequency` table."""
    with matplotlib.rc_context(_style(name)):
        figure = Figure(figsize=(4.6, 0.9 + 0.55 * len(table)), layout="constrained")
        axes, places = figure.subplots(), np.arange(len(table))
        for offset, column, colour in ((-0.19, "accuracy", _FIRST), (0.19, "macro_recall", _SECOND)):
            bars = axes.barh(places + offset, table[column], 0.36, color=colour, label=column.replace("_", " "))
            axes.bar_label(bars, [f"{value:.3f}" for value in table[column]], padding=3, fontsize=10)
        axes.set_yticks(places, table["training_samples"])
        axes.set(xlim=(0, 1.12), xticks=np.linspace(0, 1, 6))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
        return _svg(figure, name, "Accuracy and macro recall of classes by the number of their training samples")


def line_chart(
    name: str, description: str, lines: dict[str, tuple[np.ndarray, np.ndarray]], labels: tuple[str, str],
    mark: tuple[float, float, str] | None = None,
) -> str:  # fmt: skip
    """Up to three lines, x and y between 0 and 1, by their names; `labels` of the axes; a point that is `mark`ed."""
    styles = ((_FIRST, "-"), (_SECOND, "-"), (_INK, (0, (4, 2))))
    with matplotlib.rc_context(_style(name)):
        figure = Figure(figsize=(4.6, 3.8), layout="constrained")
        axes = figure.subplots()
        for (line, (x, y)), (colour, style) in zip(lines.items(), styles, strict=False):
            axes.plot(x, y, color=colour, linestyle=style, linewidth=1.6, label=line)
        if mark:
            _mark(axes, *mark)
        axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(0, 1.005), ylim=(0, 1.005))
        if len(lines) > 1:
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
        return _svg(figure, name, description)


def _mark(axes: Axes, x: float, y: float, text: str) -> None:
    axes.plot([x], [y], "o", color=_INK, markersize=5)
    axes.text(0.03, 0.05, text, transform=axes.transAxes)  # where no curve is: all fall to the right


def _svg(figure: Figure, name: str, description: str) -> str:
    """The `<svg>` element: as wide as there is room, its identifiers beginning with `name`."""
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", text)
    text = re.sub("|".join(_PROPERTIES), lambda found: f"var({OWN}{_PROPERTIES[found[0]]})", text)
    head, rest = text.split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    return head.replace("<svg", f'<svg class="chart" role="img" aria-label="{escape(description)}"', 1) + ">" + rest
