"""A whole page: text and lines set into a layer of ink, the reverse shining through, ink laid on scanned paper."""

from dataclasses import dataclass

import cv2
import numpy as np

from mojika.samples.book import FULL_PAGE, Book, Ink
from mojika.samples.fonts import BrushFont
from mojika.samples.frame import draw_frame
from mojika.samples.hand import Writer
from mojika.samples.noise import fine_noise, slow_noise
from mojika.samples.scan import Extent, scan_sheet
from mojika.samples.typesetting import Block, LabelledBox, Typesetter


@dataclass(frozen=True)
class Page:
    """`image (H, W, 3) uint8` RGB and the labelled boxes of its text, in the order in which they are read."""

    image: np.ndarray
    boxes: list[LabelledBox]


def capacity(book: Book) -> int:
    """About how many characters a page of the book holds."""
    layout = book.layout
    pitch = (1 - layout.outer - layout.inner) * FULL_PAGE[0] / layout.columns
    height = (1 - layout.top - layout.bottom) * FULL_PAGE[1]
    return int(layout.columns * height / (pitch * layout.glyph_size * (0.8 + layout.leading)))


def render_page(book: Book, number: int, text: str, reverse: str, scale: float, fonts: dict[str, BrushFont]) -> Page:
    """Page `number` of a book with `text` on it and `reverse` on its back; `scale` 1 is a scan of 2400 × 3870 pixels.

    An empty text makes an empty page. The same arguments make the same pixels.
    """
    rng = np.random.default_rng([book.seed, number])
    width, height = (round(side * scale * rng.uniform(0.985, 1.0)) for side in FULL_PAGE)
    sheet = scan_sheet(height, width, book.paper, gutter_right=number % 2 == 1, rng=rng)
    writer = Writer(book.hand, fonts)
    tilt = 0.006 * rng.standard_normal()
    layer = np.zeros((height, width), np.uint8)
    boxes = _print_side(layer, sheet.extent, text, book, writer, tilt, rng)
    behind = np.zeros((height // 2, width // 2), np.uint8)  # it is blurred anyway
    _print_side(behind, sheet.extent.of_reverse(width, shrink=2), reverse, book, writer, -tilt, rng)
    image = sheet.image
    _shine_through(image, behind, book.paper.show_through * rng.uniform(0.5, 1.3), scale)
    _lay_ink(image, layer, book.ink, scale, rng)
    image = cv2.GaussianBlur(image, (0, 0), max(0.35, 0.55 * scale))
    return Page((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8), boxes)


def _print_side(
    layer: np.ndarray,
    extent: Extent,
    text: str,
    book: Book,
    writer: Writer,
    tilt: float,
    rng: np.random.Generator,
) -> list[LabelledBox]:
    """Print or write one side of the leaf into a layer of ink; returns the boxes of its text."""
    layout = book.layout
    height, width = layer.shape
    left_margin, right_margin = layout.outer, layout.inner
    if not extent.gutter_right:
        left_margin, right_margin = right_margin, left_margin
    block = Block(
        left=extent.left + left_margin * width,
        top=layout.top * height,
        right=extent.right - right_margin * width,
        bottom=min(height - layout.bottom * height, extent.bottom - 0.01 * height),
        tilt=tilt,
    )
    inset = 0.0
    if layout.frame:
        thickness = layout.frame * height
        draw_frame(layer, block, layout, extent.left if extent.gutter_right else extent.right, thickness, rng)
        inset = thickness * (3.5 if layout.double_frame else 1.5)
    inner = Block(block.left + inset, block.top + inset, block.right - inset, block.bottom - inset, tilt)
    return Typesetter(layer, inner, book, writer, rng).set_page(text)


def _shine_through(image: np.ndarray, behind: np.ndarray, strength: float, scale: float) -> None:
    """The reverse, mirrored and blurred by the paper, darkens the page; red is swallowed most, so it looks bluish."""
    blurred = cv2.GaussianBlur(behind[:, ::-1], (0, 0), max(0.6, 3.0 * scale))
    seen = cv2.resize(blurred, image.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    for channel, share in enumerate((1.0, 0.85, 0.65)):
        image[..., channel] *= 1 - strength * share * seen


def _lay_ink(image: np.ndarray, layer: np.ndarray, ink: Ink, scale: float, rng: np.random.Generator) -> None:
    """Ink covers what it is dense enough for; the paper's tooth and uneven pressure leave light specks in it."""
    height, width = layer.shape
    density = cv2.GaussianBlur(layer, (0, 0), max(0.3, 0.9 * scale)).astype(np.float32) / 255
    tooth = 0.75 * fine_noise(height, width, 2.5 * scale, rng) + 0.4 * slow_noise(height, width, 30, rng)
    density *= 1 - ink.mottling * np.clip(0.45 + 0.45 * tooth, 0, 1)
    for channel in range(3):
        image[..., channel] += density * (ink.colour[channel] - image[..., channel])
