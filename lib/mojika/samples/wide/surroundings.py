"""What lies around a book in a library's picture: bed, rulers, colour and gray bars, printed cards, fingers, glare.

None of it is labelled: a detector learns from it what is no writing.
"""

from pathlib import Path

import cv2
import numpy as np

from mojika.samples.noise import slow_noise
from mojika.samples.wide.leaf import speckle
from mojika.samples.wide.printing import print_on, printed

_FRACTION = 4
_CARD_TEXTS = (
    "国立国会図書館", "タイトル『{}』", "請求記号 {}", "ガラス使用", "縮尺", "館蔵 第{}冊", "和古書 巻{}", "撮影 {}",
    "Color Control Patches", "Kodak Gray Scale", "cm", "{} inches", "Inv. No. {}", "資料番号{}", "虫損あり", "原本汚損",
    "以下余白", "国文学研究資料館", "文庫", "コマ番号 {}",
)  # fmt: skip
_CHART = np.array(
    [[115, 82, 68], [194, 150, 130], [98, 122, 157], [87, 108, 67], [133, 128, 177], [103, 189, 170], [214, 126, 44],
     [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46], [56, 61, 150], [70, 148, 73],
     [175, 54, 60], [231, 199, 31], [187, 86, 149], [8, 133, 161], [243, 243, 242], [200, 200, 200], [160, 160, 160],
     [122, 122, 121], [85, 85, 85], [52, 52, 52]]
) / 255  # fmt: skip


def draw_bed(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A table, cloth or scanner lid `(H, W, 3) float32`, at times with a stripe of another tone."""
    kind = rng.choice(["dark", "gray", "coloured", "light"], p=[0.45, 0.3, 0.15, 0.1])
    level = {"dark": (0.03, 0.2), "gray": (0.3, 0.75), "coloured": (0.15, 0.7), "light": (0.8, 1.0)}[kind]
    tint = 0.03 * rng.standard_normal(3) if kind != "coloured" else 0.2 * rng.standard_normal(3)
    colour = np.clip(rng.uniform(*level) * (1 + tint), 0.01, 1)
    tone = 1 + rng.uniform(0, 0.08) * slow_noise(height, width, 5, rng)
    tone += rng.uniform(0, 0.06) * speckle(height, width, rng.uniform(1, 3), rng)
    if rng.random() < 0.12:  # the grain of wood
        tone += 0.12 * cv2.resize(rng.standard_normal((60, 3), dtype=np.float32), (width, height))
    bed = tone[..., None].astype(np.float32) * colour.astype(np.float32)
    if rng.random() < 0.25:
        first, wide = int(rng.uniform(0.1, 0.85) * width), int(rng.uniform(0.01, 0.15) * width)
        bed[:, first : first + wide] = rng.uniform(0, 0.3) if rng.random() < 0.7 else rng.uniform(0.5, 1.0)
    return bed


def draw_ruler(rng: np.random.Generator, length: int, breadth: int, font: Path) -> np.ndarray:
    """A ruler `(breadth, length, 3) float32` with ticks and numbers."""
    light = rng.random() < 0.75
    base, mark = (rng.uniform(0.75, 1.0), rng.uniform(0, 0.25)) if light else (rng.uniform(0, 0.3), 0.95)
    tint = np.array([1, rng.uniform(0.85, 1), rng.uniform(0.5, 1)]) if rng.random() < 0.3 else np.ones(3)
    ruler = np.full((breadth, length, 3), base, np.float32) * tint.astype(np.float32)
    step = breadth * rng.uniform(0.15, 0.9)
    small = max(step / 10, 2.5)
    ticks = int(length / small)
    per = max(2, round(step / small))
    first = int(rng.integers(0, 60))
    edges = [0] if rng.random() < 0.7 else [0, breadth - 1]
    for tick in range(ticks):
        x = int(tick * small)
        share = 0.45 if tick % per == 0 else 0.32 if tick % (per // 2 or 1) == 0 else 0.2
        for edge in edges:
            end = int(share * breadth) if edge == 0 else int(breadth * (1 - share))
            cv2.line(ruler, (x, edge), (x, end), (mark,) * 3, 1, cv2.LINE_AA)
        if tick % per == 0:
            number = str(first + tick // per)
            if step > 12:
                print_on(ruler, number, x + 2, 0.55 * breadth, 0.4 * min(breadth, 1.5 * step), mark, font)
    if rng.random() < 0.3:
        width = int(max(1, step))
        for x in range(0, length, 2 * width):
            ruler[int(0.85 * breadth) :, x : x + width] = mark
    return ruler


def draw_chart(rng: np.random.Generator, length: int, breadth: int, font: Path) -> np.ndarray:
    """A colour chart, a row of colour patches or steps of gray, `(breadth, length, 3) float32`."""
    card = np.full((breadth, length, 3), rng.choice([0.05, 0.5, 0.95]), np.float32)
    gray = rng.random() < 0.4
    rows = 1 if gray else int(rng.choice([1, 2, 4]))
    count = int(rng.integers(6, 24))
    rim = max(1, breadth // 12)
    for row in range(rows):
        for column in range(count):
            shade = np.full(3, 1 - column / count) if gray else _CHART[rng.integers(len(_CHART))]
            left, right = rim + column * (length - rim) // count, (column + 1) * (length - rim) // count
            top, bottom = rim + row * (breadth - rim) // rows, (row + 1) * (breadth - rim) // rows
            card[top:bottom, left : max(left + 1, right - rim * (not gray))] = shade
            if rng.random() < 0.3 and breadth > 20:
                letter = "ABCDEFGHIM0123456789"[int(rng.integers(20))]
                print_on(card, letter, left + 1, top + 1, 0.3 * min(breadth, length / count), 0.5, font)
    return card


def draw_card(rng: np.random.Generator, breadth: int, font: Path) -> np.ndarray:
    """A white label with printed words in one to three lines, `(H, W, 3) float32`."""
    size = max(8.0, breadth / 1.8)
    lines = []
    for _ in range(int(rng.choice([1, 2, 3], p=[0.65, 0.2, 0.15]))):
        texts = rng.choice(_CARD_TEXTS, int(rng.integers(1, 4)))
        words = "  ".join(texts).format(*[int(number) for number in rng.integers(1, 999, 4)])
        lines.append(printed(words, size, font))
    width = max(line.shape[1] for line in lines) + int(2 * size)
    card = np.full((int((len(lines) + 0.8) * 1.25 * size), width), rng.uniform(0.78, 1.0), np.float32)
    ink = rng.uniform(0, 0.45)
    for number, line in enumerate(lines):
        top, left = int((0.5 + 1.25 * number) * size), int(size)
        area = card[top : top + line.shape[0], left : left + line.shape[1]]
        area += line[: area.shape[0]] * (ink - area)
    return card[..., None] * rng.uniform([0.85, 0.85, 0.7], 1.0, 3).astype(np.float32)


def place(image: np.ndarray, thing: np.ndarray, x: int, y: int, rng: np.random.Generator) -> None:
    """Lay `thing` with its shadow into `image` at (x, y); what is outside is not seen."""
    height, width = image.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + thing.shape[1]), min(height, y + thing.shape[0])
    if right <= left or bottom <= top:
        return
    depth = int(rng.integers(1, 6))
    image[top : min(height, bottom + depth), left : min(width, right + depth)] *= rng.uniform(0.5, 0.9)
    image[top:bottom, left:right] = thing[top - y : bottom - y, left - x : right - x] * rng.uniform(0.8, 1.0)


def add_things(image: np.ndarray, book: tuple[int, int, int, int], font: Path, rng: np.random.Generator) -> None:
    """Rulers, charts and cards beside the book, whose box is `left, top, right, bottom`; now and then over its edge."""
    height, width = image.shape[:2]
    side = min(height, width)
    for _ in range(rng.poisson(2.2)):
        breadth = int(side * rng.uniform(0.02, 0.07))
        kind = rng.choice(["ruler", "chart", "card"], p=[0.4, 0.27, 0.33])
        upright = rng.random() < 0.4
        longest = height if upright else width
        length = int(longest * rng.uniform(0.15, 1.1))
        if kind == "ruler":
            thing = draw_ruler(rng, length, max(10, breadth), font)
        elif kind == "chart":
            thing = draw_chart(rng, length // 2 + 24, max(10, breadth), font)
        else:
            thing = draw_card(rng, max(14, int(0.8 * breadth)), font)
        if upright:
            thing = np.ascontiguousarray(np.rot90(thing, int(rng.choice([1, 3]))))
        if rng.random() < 0.15:
            thing = np.ascontiguousarray(thing[::-1, ::-1])
        over = int(rng.normal(0, 0.01) * side) + (int(0.5 * breadth) if rng.random() < 0.1 else 0)
        x, y = _beside(book, thing.shape, (height, width), over, rng)
        place(image, thing, x, y, rng)


def _beside(
    book: tuple[int, int, int, int],
    thing: tuple[int, ...],
    canvas: tuple[int, int],
    over: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Where a thing of this height and width stands: at the side of the book where there is most room."""
    left, top, right, bottom = book
    height, width = canvas
    rooms = np.array([left, width - right, top, height - bottom], float) / (
        np.array([thing[1], thing[1], thing[0], thing[0]]) + 1
    )
    weights = np.clip(rooms, 0.01, 1.2) ** 3
    side = int(rng.choice(4, p=weights / weights.sum()))
    along_x, along_y = (
        int(rng.uniform(-0.2, 1) * (width - 0.5 * thing[1])),
        int(rng.uniform(-0.2, 1) * (height - 0.5 * thing[0])),
    )
    slack = rng.random()
    if side == 0:
        return int(slack * max(0, left - thing[1])) - max(0, thing[1] - left) + over, along_y
    if side == 1:
        return right - over + int(slack * max(0, width - right - thing[1])), along_y
    if side == 2:
        return along_x, int(slack * max(0, top - thing[0])) - max(0, thing[0] - top) + over
    return along_x, bottom - over + int(slack * max(0, height - bottom - thing[0]))


def hold_with_fingers(image: np.ndarray, book: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    """One to three finger tips over the book's edge, from the left, the right or below."""
    left, _, right, bottom = book
    height, width = image.shape[:2]
    breadth = min(height, width) * rng.uniform(0.03, 0.06)
    skin = np.array([0.85, 0.62, 0.5]) * rng.uniform(0.45, 1.1) * (1 + 0.04 * rng.standard_normal(3))
    side = int(rng.integers(3))
    start = rng.uniform(0.2, 0.75)
    for finger in range(int(rng.integers(1, 4))):
        reach = breadth * rng.uniform(0.6, 2.2)
        along = start * (height if side < 2 else width) + 1.15 * breadth * finger
        tip = [(left + reach, along), (right - reach, along), (along, bottom - reach)][side]
        root = [(-breadth, along + breadth), (width + breadth, along + breadth), (along + breadth, height + breadth)][
            side
        ]
        for shrink, tone in ((1.12, 0.55), (1.0, 1.0), (0.6, 1.06)):
            colour = np.clip(skin * tone, 0, 1).tolist()
            start_, end = ([int(16 * value) for value in point] for point in (tip, root))
            cv2.line(image, start_, end, colour, max(1, int(breadth * shrink)), cv2.LINE_AA, _FRACTION)
        nail = tuple(int(value) for value in tip)
        axes = (int(0.3 * breadth), int(0.22 * breadth))
        cv2.ellipse(image, nail, axes, 90.0 * (side == 2), 0, 360, np.clip(skin * 1.2, 0, 1).tolist(), -1, cv2.LINE_AA)


def reflect_glass(image: np.ndarray, rng: np.random.Generator) -> None:
    """A soft or sharp-edged brightening, as lamps leave on a sheet of glass."""
    height, width = image.shape[:2]
    glare = np.zeros((height // 4 + 1, width // 4 + 1), np.float32)
    centre = np.array([rng.uniform(0, width / 4), rng.uniform(0, height / 4)])
    axis = rng.uniform(0, np.pi)
    along = np.array([np.cos(axis), np.sin(axis)]) * rng.uniform(0.1, 1.2) * height / 4
    across = np.array([-np.sin(axis), np.cos(axis)]) * rng.uniform(0.02, 0.2) * height / 4
    corners = np.stack(
        [centre + along + across, centre + along - across, centre - along - across, centre - along + across]
    )
    cv2.fillPoly(glare, [np.round(corners).astype(np.int32)], 1.0)
    glare = cv2.GaussianBlur(glare, (0, 0), rng.uniform(0.5, 0.06 * height))
    image += rng.uniform(0.03, 0.35) * cv2.resize(glare, (width, height))[..., None]
