"""From things on a table to pixels: leaves that lie crooked and bend, light that falls off, blur, film, noise."""

import cv2
import numpy as np

from mojika.samples.noise import slow_noise
from mojika.samples.wide.paper import edge_wobble


def lay_through_lens(
    bed: np.ndarray,
    book: np.ndarray,
    boxes: np.ndarray,
    corner: tuple[int, int],
    gutter: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """The `book (h, w, 3)` laid on the `bed (H, W, 3)` with its corner at about `corner`, turned and bent a little.

    `gutter` is where in the book's width the leaves bend down, 0…1. Returns the picture and where in it the book's
    `boxes (N, 4)` are.
    """
    height, width = bed.shape[:2]
    high, wide = book.shape[:2]
    turn = np.deg2rad(rng.normal(0, 0.6))
    bow = rng.normal(0, 0.004, 2) * high  # how far the lines sag within a leaf, and at the gutter
    keystone = rng.normal(0, 0.004)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    to = _Mapping(corner, (wide, high), turn, bow, gutter, keystone)
    x, y = to.book(columns, rows)
    laid = cv2.remap(book, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.minimum(np.minimum(x, wide - 1 - x), np.minimum(y, high - 1 - y))
    inside += edge_wobble(height, rng)[:, None] + edge_wobble(width, rng)[None, :]
    shadow = 1 - rng.uniform(0.1, 0.6) * np.exp(np.minimum(inside, 0) / (rng.uniform(0.002, 0.012) * high))
    seen = np.clip(inside + 0.5, 0, 1)[..., None]
    image = bed * shadow[..., None]
    _stack_leaves(image, inside, book, rng)
    image += seen * (laid - image)
    return image, to.picture(boxes)


class _Mapping:
    """Between picture and book: a turn about the book's middle, a keystone and a sag, all of them small."""

    def __init__(
        self,
        corner: tuple[int, int],
        size: tuple[int, int],
        turn: float,
        bow: np.ndarray,
        gutter: float,
        keystone: float,
    ) -> None:
        self._corner, self._size = np.array(corner, np.float32), np.array(size, np.float32)
        self._turn, self._bow, self._gutter, self._keystone = turn, bow, gutter, keystone

    def book(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where in the book the picture's points lie."""
        wide, high = self._size
        u = x - self._corner[0] - 0.5 * wide
        v = y - self._corner[1] - 0.5 * high
        cosine, sine = np.float32(np.cos(self._turn)), np.float32(np.sin(self._turn))
        u, v = cosine * u + sine * v, cosine * v - sine * u
        u = u * (1 + np.float32(self._keystone / high) * v)
        across = u / wide
        sag = np.float32(self._bow[0]) * np.cos(np.float32(2 * np.pi) * across)
        sag = sag + np.float32(self._bow[1]) * np.exp(-np.abs(across + np.float32(0.5 - self._gutter)) * np.float32(12))
        return u + 0.5 * wide, v + sag + 0.5 * high

    def picture(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes of the book in the picture: their centres move, and their sides by what little the turn adds."""
        centres = 0.5 * (boxes[:, :2] + boxes[:, 2:])
        extents = boxes[:, 2:] - boxes[:, :2]
        found = centres + self._corner
        for _ in range(4):
            x, y = self.book(found[:, 0].astype(np.float32), found[:, 1].astype(np.float32))
            found = found + centres - np.stack([x, y], 1)
        return np.concatenate([found - extents / 2, found + extents / 2], axis=1)


def _stack_leaves(image: np.ndarray, inside: np.ndarray, book: np.ndarray, rng: np.random.Generator) -> None:
    """Edges of the leaves below and of the cover beside the book."""
    if rng.random() < 0.4:
        return
    reach = rng.uniform(0.002, 0.02) * book.shape[0]
    beyond = -inside
    leaves = (beyond > 0) & (beyond < reach)
    stripes = 0.8 + 0.2 * np.sin(beyond[leaves] * rng.uniform(0.8, 3.0))
    image[leaves] = book[::16, ::16].mean((0, 1)) * rng.uniform(0.6, 1.0) * stripes[:, None]
    if rng.random() < 0.5:
        cover = (beyond >= reach) & (beyond < reach + rng.uniform(0.002, 0.02) * book.shape[0])
        image[cover] = rng.uniform(0.05, 0.6, 3)


def develop(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, lens and film: `(H, W, 3) float32` to `uint8` RGB."""
    height, width = image.shape[:2]
    light = 1 + rng.uniform(0, 0.1) * slow_noise(height, width, 1.5, rng)
    image *= (light * rng.uniform(0.75, 1.12))[..., None]
    if rng.random() < 0.6:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.9))
    elif rng.random() < 0.4:  # sharpened by the scanner
        image += rng.uniform(0.2, 1.0) * (image - cv2.GaussianBlur(image, (0, 0), 1.2))
    image *= np.exp(rng.normal(0, 0.03 if rng.random() < 0.9 else 0.09, 3)).astype(np.float32)
    film = rng.random()
    if film < 0.22:
        image[:] = image.mean(axis=2, keepdims=True)
    if film < 0.12:  # microfilm: hard contrast
        middle = float(np.median(image)) * rng.uniform(0.55, 0.85)
        image = 1 / (1 + np.exp(np.clip(-rng.uniform(6, 25) * (image - middle), -30, 30)))
    np.clip(image, 0, 1, out=image)
    image = image ** np.float32(np.exp(rng.normal(0, 0.15)))
    grain = rng.choice([0.0, 0.01, 0.03]) * rng.random()
    image += grain * rng.standard_normal((height, width, 1), dtype=np.float32)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
