"""Pages as networks want to see them: as they came, or after steps of `mojika preprocess` that are made up for."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mojika.data.preprocess_pages import STEPS, preprocess_pages, preprocessing_of
from mojika.errors import ParameterError, UserError
from mojika.files.fingerprints import digest
from mojika.preprocessing.denoise import REACH, denoise_within

_STRIP = 96  # pixels


class PreparedPages:
    """A page as each network wants to see it, made once for all that want the same.

    Remembers the forms of the page that was asked for last, which is told by its identity.
    """

    def __init__(self) -> None:
        self._page: np.ndarray | None = None
        self._forms: dict[tuple[str, ...], np.ndarray] = {}

    def form(self, page: np.ndarray, steps: Sequence[str] | None) -> np.ndarray:
        """The page `(H, W, 3) uint8` after `steps` of `mojika preprocess`, one after the other; None: as it came."""
        if page is not self._page:
            self._page, self._forms = page, {(): page}
        steps = tuple(steps or ())
        if steps not in self._forms:
            self._forms[steps] = STEPS[steps[-1]](self.form(page, steps[:-1]))
        return self._forms[steps]

    def around(self, page: np.ndarray, steps: Sequence[str] | None, rectangles: np.ndarray) -> np.ndarray:
        """As `form`, as far as crops of `rectangles (N, 4) int64` show it; the rest of the page may be less prepared.

        Denoising a whole page takes longer than everything else, and characters are a small part of it.
        """
        steps = tuple(steps or ())
        wanted = _strips(_seen_in_crops(rectangles, page), page)
        (height, width), sides = page.shape[:2], wanted[:, 2:] - wanted[:, :2] + 2 * REACH
        if page is self._page and steps in self._forms:
            return self._forms[steps]
        if steps[-1:] != ("denoise",) or sides.prod(axis=1).sum() >= height * width:
            return self.form(page, steps)
        before, key = self.form(page, steps[:-1]), (*steps, rectangles.tobytes().hex())
        if key not in self._forms:
            self._forms[key] = denoise_within(before, wanted.tolist())
        return self._forms[key]


def _seen_in_crops(rectangles: np.ndarray, page: np.ndarray) -> np.ndarray:
    """The rectangles with what antialiased resizing to 16 pixels or more takes from beyond their edges."""
    margin = (rectangles[:, 2:] - rectangles[:, :2]) // 8 + 4
    height, width = page.shape[:2]
    first = np.maximum(rectangles[:, :2] - margin, 0)
    return np.concatenate([first, np.minimum(rectangles[:, 2:] + margin, [width, height])], axis=1)


def _strips(rectangles: np.ndarray, page: np.ndarray) -> np.ndarray:
    """Strips `(M, 4) int64`, apart from each other, that cover the rectangles: runs of the squares that these touch."""
    height, width = page.shape[:2]
    touched = np.zeros((-(-height // _STRIP), -(-width // _STRIP)), bool)
    for x1, y1, x2, y2 in rectangles.tolist():
        touched[y1 // _STRIP : -(-y2 // _STRIP), x1 // _STRIP : -(-x2 // _STRIP)] = True
    ends = np.diff(touched.astype(np.int8), axis=1, prepend=0, append=0)
    (row, left), (_, right) = np.nonzero(ends == 1), np.nonzero(ends == -1)
    strips = np.stack([left, row, right, row + 1], axis=1) * _STRIP
    return np.minimum(strips, [width, height, width, height])


def expect_known_steps(name: str, steps: Sequence[str] | None) -> None:
    """Raises `UserError` where the model of this `name` wants pages that this version cannot make."""
    unknown = [step for step in steps or () if step not in STEPS]
    if unknown:
        raise UserError(
            f"{name}: its pages went through {', '.join(unknown)}; this version knows {', '.join(STEPS)} only"
        )


def recorded_steps(pages: Iterable[Path], told: tuple[str, ...] | None = None) -> dict[Path, tuple[str, ...]]:
    """By folder of the page images (of a link: that of its target), the steps that these went through, or `told`."""
    folders = {page.resolve().parent: page for page in pages}
    if told is not None:
        return dict.fromkeys(folders, told)
    return {folder: tuple(preprocessing_of([page]) or ()) for folder, page in folders.items()}


def prepared_copies(
    pages: Mapping[str, Path], folder: Path, steps: Sequence[str], cache: Path, *, workers: int, skip_bad: bool
) -> dict[str, Path]:
    """The `pages` of a folder (files by image id) after `steps`, each made once and kept in `cache`.

    Pages that cannot be read stay as they are with `skip_bad`, for who reads them to name; else they raise `UserError`.
    """
    out = cache / "prepared" / digest([str(folder.resolve()), *steps])[:32]
    preprocess_pages(folder, out, steps=steps, workers=workers, skip_bad=skip_bad)
    made = {image_id: out / f"{image_id}.png" for image_id in pages}
    return {image_id: made[image_id] if made[image_id].exists() else path for image_id, path in pages.items()}


def missing_steps(name: str, wanted: Sequence[str] | None, found: Sequence[str]) -> tuple[str, ...]:
    """What is still to be done to pages that went through the steps `found`, for the model of this `name`.

    Nothing where it is not known what it wants (None). Raises `UserError` where the pages went through something else.
    """
    if wanted is None:
        return ()
    if list(wanted[: len(found)]) != list(found):
        raise ParameterError(
            f"{name}: was trained on pages {_after(wanted)}, these are pages {_after(found)}; give it the pages "
            f"as they came, or say {{page_preprocessing}} {','.join(wanted) or 'none'} if that is what they are"
        )
    missing = tuple(wanted[len(found) :])
    expect_known_steps(name, missing)
    return missing


def _after(steps: Sequence[str]) -> str:
    return f"after {', '.join(steps)}" if steps else "as they came"
