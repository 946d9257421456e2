"""Pieces of a page: numbers in tiles, tables, crops. Texts are escaped, everything lies within the page."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd
from PIL import Image

OWN = "-" * 2  # with which CSS marks properties of one's own
_SIDE = 96  # pixels of a crop at most


def glyph(text: str) -> str:
    return f'<span class="glyph">{escape(text)}</span>'


def number(value: object) -> str:
    """As one reads it: 4 digits behind the point, thousands apart, a dash for what is not defined."""
    if isinstance(value, float | np.floating):
        return "–" if np.isnan(value) else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)


def tiles(numbers: Mapping[str, object]) -> str:
    """Numbers with their names."""
    cells = (f"<div><dt>{escape(name)}</dt><dd>{escape(number(value))}</dd></div>" for name, value in numbers.items())
    return f'<dl class="tiles">{"".join(cells)}</dl>'


def table(rows: pd.DataFrame, caption: str, *, glyphs: Sequence[str] = (), search: str | None = None) -> str:
    """A table whose columns sort; the columns `glyphs` hold characters. `search` is the identifier of a field that
    finds rows."""
    texts = [not pd.api.types.is_numeric_dtype(dtype) for dtype in rows.dtypes]
    kinds = [' class="text"' if text else "" for text in texts]
    heads = (
        f'<th scope="col"{kind}>{escape(str(name).replace("_", " "))}</th>'
        for name, kind in zip(rows, kinds, strict=True)
    )
    columns = []
    for name, kind, text in zip(rows, kinds, texts, strict=True):
        values = rows[name].tolist()
        if name in glyphs:
            columns.append([f"<td{kind}>{glyph(str(value))}</td>" for value in values])
        elif text:
            columns.append([f"<td{kind}>{escape(str(value))}</td>" for value in values])
        else:
            columns.append([f'<td data-value="{value}">{number(value)}</td>' for value in values])
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in zip(*columns, strict=True))
    field, finds = "", ""
    if search:
        field, finds = f'<label>find <input id="{search}" type="search"></label>', f' data-search="{search}"'
    return (
        f'{field}<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0">'
        f'<table class="sortable"{finds}><thead><tr>{"".join(heads)}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def matrix(chars: Sequence[str], counts: np.ndarray, support: np.ndarray) -> str:
    """A confusion matrix: truths `chars` in rows, what they were read as in columns; `counts (n, n)` are shaded by
    their share of the truth's `support (n,)`."""
    heads = "".join(f'<th scope="col">{glyph(char)}</th>' for char in chars)
    rows = []
    for own, (char, row) in enumerate(zip(chars, counts.tolist(), strict=True)):
        cells = (
            _cell(value, value / max(1, support[own]), f"{char} read as {other}", own == column)
            for column, (value, other) in enumerate(zip(row, chars, strict=True))
        )
        rows.append(f'<tr><th scope="row">{glyph(char)}</th>{"".join(cells)}</tr>')
    return (
        '<div class="scroll" role="region" aria-label="confusion matrix" tabindex="0"><table class="matrix">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(value: int, share: float, title: str, own: bool) -> str:
    kind = ' class="own"' if own else ""
    if not value:
        return f"<td{kind}></td>"
    return f'<td{kind} style="{OWN}level: {round(1 + 8 * share)}" title="{escape(title)}">{value}</td>'


def crop(image: np.ndarray, alt: str) -> str:
    """An image `(H, W, C) uint8`, of 1 or 3 channels."""
    picture = Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0])
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode()
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<img src="data:image/png;base64,{content}" {size} alt="{escape(alt)}">'


def strip(caption: str, crops: Iterable[str]) -> str:
    """Crops side by side; `caption` is markup."""
    drawn = "".join(crops)
    shown = f'<div class="crops">{drawn}</div>' if drawn else '<p class="note">none</p>'
    return f"<figure><figcaption>{caption}</figcaption>{shown}</figure>"
