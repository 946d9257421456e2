"""Leaves that nobody has written: plain text, tiers, pictures with captions, titles, lists, in frames or without."""

from collections.abc import Callable, Sequence

import numpy as np

from mojika.samples.wide.arrangement import Arrangement, Line, Rect
from mojika.samples.wide.columns import Compositor, Setting, draw_setting
from mojika.samples.wide.passages import Token
from mojika.samples.wide.scribe import Scribe

_SIZES = (0.02, 0.09)  # of an em, in leaf heights


def invent(
    width: float, tokens: Sequence[Token], scribes: Sequence[Scribe], fold_is_left: bool, rng: np.random.Generator
) -> Arrangement:
    """A leaf `width` leaf heights wide, whose fore edge is the left one on a left-hand page."""
    arrangement = Arrangement(width)
    compositor = Compositor(arrangement, tokens, scribes, rng)
    left, right = rng.uniform(0.03, 0.16, 2) * width
    area = Rect(left, rng.uniform(0.03, 0.24), width - right, 1 - rng.uniform(0.03, 0.13))
    if rng.random() < 0.6:
        area = add_frame(arrangement, area, fold_is_left, rng)
    low, high = _SIZES
    setting = draw_setting(rng, low * (high / low) ** rng.beta(1.6, 2.0))
    kinds: list[Callable[[Compositor, Rect, Setting], None]] = [
        _plain, _tiers, _beside_picture, _picture, _title, _list, _blank
    ]  # fmt: skip
    kind = kinds[int(rng.choice(len(kinds), p=[0.37, 0.12, 0.26, 0.08, 0.06, 0.05, 0.06]))]
    kind(compositor, area, setting)
    if rng.random() < 0.35:
        add_fold(compositor, fold_is_left)
    return arrangement


def add_frame(arrangement: Arrangement, area: Rect, fold_is_left: bool, rng: np.random.Generator) -> Rect:
    """A frame around `area`, often open towards the fold, at times double or ruled; returns the room within."""
    thick = rng.uniform(0.001, 0.006)
    corners = [(area.left, area.top), (area.right, area.top), (area.right, area.bottom), (area.left, area.bottom)]
    beyond = rng.random() < 0.4
    edge = 0.0 if fold_is_left else arrangement.width
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        if beyond and start[1] == end[1]:
            start, end = (edge, start[1]), (area.right if fold_is_left else area.left, start[1])
        arrangement.lines.append(Line(start, end, thick * rng.uniform(0.3, 1.0)))
    inner = area.inset(2.5 * thick)
    if rng.random() < 0.3:
        inner = area.inset(4.5 * thick)
        for x in (inner.left, inner.right):
            arrangement.lines.append(Line((x, inner.top), (x, inner.bottom), 0.25 * thick))
        for y in (inner.top, inner.bottom):
            arrangement.lines.append(Line((inner.left, y), (inner.right, y), 0.25 * thick))
    return inner.inset(1.2 * thick)


def add_fold(compositor: Compositor, fold_is_left: bool) -> None:
    """The column in the fold, half of it seen: title, fish tail, page number; the competition does not label it."""
    arrangement, rng = compositor.arrangement, compositor.rng
    x = rng.uniform(-0.008, 0.012)
    x = x if fold_is_left else arrangement.width - x
    y = rng.uniform(0.12, 0.3)
    compositor.take(int(rng.integers(99)))
    compositor.sign(compositor.take(int(rng.integers(2, 6))), x, y, rng.uniform(0.02, 0.035))
    compositor.sign("一二三四五六七八九十廿"[int(rng.integers(11))], x, rng.uniform(0.6, 0.85), 0.02)
    for side in (0.55, 0.6):
        if rng.random() < 0.5:
            inward = 0.012 if fold_is_left else -0.012
            arrangement.lines.append(Line((x - inward, side), (x + inward, side), rng.uniform(0.001, 0.004)))


def _plain(compositor: Compositor, area: Rect, setting: Setting) -> None:
    rng = compositor.rng
    if rng.random() < 0.2:  # columns between printed or drawn rules
        pitch = setting.pitch * setting.size
        thin = rng.uniform(0.0004, 0.0012)
        for column in range(1, int(area.width / pitch) + 1):
            x = area.right - column * pitch
            compositor.arrangement.lines.append(Line((x, area.top), (x, area.bottom), thin))
    if rng.random() < 0.15:  # the text begins or ends within the leaf
        share = rng.uniform(0.2, 0.7) * area.width
        right_part = rng.random() < 0.5
        area = Rect(area.left + share * right_part, area.top, area.right - share * (not right_part), area.bottom)
    compositor.fill(area, setting, _other_hand(compositor))


def _tiers(compositor: Compositor, area: Rect, setting: Setting) -> None:
    rng = compositor.rng
    count = int(rng.integers(2, 4))
    cuts = np.cumsum(rng.dirichlet(np.full(count, 4.0)))[:-1]
    edges = [area.top, *(area.top + area.height * cuts), area.bottom]
    ruled = rng.random() < 0.6
    for number, (top, bottom) in enumerate(zip(edges, edges[1:], strict=False)):
        gap = 0.2 * setting.size + 0.005
        tier = Rect(area.left, top + gap, area.right, bottom - gap)
        own = draw_setting(rng, min(setting.size * rng.uniform(0.6, 1.2), 0.3 * max(tier.height, 0.05)))
        if rng.random() < 0.25:
            compositor.arrangement.pictures.append(tier)
        else:
            compositor.fill(tier, own, _other_hand(compositor))
        if ruled and number:
            compositor.arrangement.lines.append(Line((area.left, top), (area.right, top), rng.uniform(0.0005, 0.002)))


def _beside_picture(compositor: Compositor, area: Rect, setting: Setting) -> None:
    rng = compositor.rng
    share = rng.uniform(0.25, 0.75)
    x, y = area.left + share * area.width, area.top + share * area.height
    gap = 0.01
    upright = rng.random() < 0.5
    parts = (
        [Rect(area.left, area.top, x - gap, area.bottom), Rect(x + gap, area.top, area.right, area.bottom)]
        if upright
        else [Rect(area.left, area.top, area.right, y - gap), Rect(area.left, y + gap, area.right, area.bottom)]
    )
    if rng.random() < 0.5:
        parts.reverse()
    if rng.random() < 0.3:
        line = ((x, area.top), (x, area.bottom)) if upright else ((area.left, y), (area.right, y))
        compositor.arrangement.lines.append(Line(*line, rng.uniform(0.0005, 0.002)))
    _picture(compositor, parts[0], setting)
    compositor.fill(parts[1], setting, _other_hand(compositor))


def _picture(compositor: Compositor, area: Rect, setting: Setting) -> None:
    """A picture with its heading, and captions in and around it."""
    rng = compositor.rng
    if rng.random() < 0.2 and area.height > 0.2:
        height = rng.uniform(0.02, 0.05)
        compositor.heading(Rect(area.left, area.top, area.right, area.top + height), _other_hand(compositor))
        area = Rect(area.left, area.top + 1.3 * height, area.right, area.bottom)
    captions: list[Rect] = []
    for _ in range(rng.poisson(2.5)):
        size = rng.uniform(0.014, 0.035)
        own = draw_setting(rng, size)
        width = size * own.pitch * int(rng.integers(1, 5))
        height = size * rng.uniform(1.5, 10)
        if width > area.width or height > area.height:
            continue
        left = rng.uniform(area.left, area.right - width)
        top = rng.uniform(area.top, area.bottom - height)
        box = Rect(left, top, left + width, top + height)
        if all(box.right < other.left or other.right < box.left or box.bottom < other.top or other.bottom < box.top
               for other in captions):  # fmt: skip
            captions.append(box)
            compositor.fill(box, own, _other_hand(compositor))
    compositor.arrangement.pictures.append(area)


def _title(compositor: Compositor, area: Rect, setting: Setting) -> None:
    """A few large characters, at times on a slip or in a frame, and small ones beside them."""
    rng = compositor.rng
    size = min(rng.uniform(0.05, 0.13), 0.4 * area.width)
    x = rng.uniform(area.left + size, area.right - size)
    large = draw_setting(rng, size)
    top = area.top + rng.uniform(0.0, 0.25) * area.height
    end = compositor.column(x, top, top + size * rng.uniform(2.5, 8) if rng.random() < 0.8 else area.bottom, large)
    if rng.random() < 0.4:
        slip = Rect(x - 0.8 * size, top - 0.4 * size, x + 0.8 * size, end + 0.3 * size)
        add_frame(compositor.arrangement, slip, True, rng)
    for side in (Rect(area.left, area.top, x - 1.1 * size, area.bottom), Rect(x + 1.1 * size, area.top, area.right, area.bottom)):  # fmt: skip  # noqa: E501
        if rng.random() < 0.6 and side.width > 2 * setting.size:
            part = Rect(side.left, side.top + rng.uniform(0, 0.5) * side.height, side.right, side.bottom)
            compositor.fill(part, draw_setting(rng, min(setting.size, 0.045)), _other_hand(compositor))


def _list(compositor: Compositor, area: Rect, setting: Setting) -> None:
    """Short items with gaps between them, as tables of contents and accounts have."""
    rng = compositor.rng
    size = min(setting.size, 0.045)
    own = draw_setting(rng, size)
    levels = sorted(area.top + rng.uniform(0, 0.85, int(rng.integers(1, 4))) * area.height)
    x = area.right - 0.5 * own.pitch * size
    while x > area.left + 0.5 * size:
        for level, following in zip(levels, [*levels[1:], area.bottom], strict=True):
            if rng.random() < 0.8:
                end = min(following - 0.5 * size, level + size * rng.uniform(1.5, 9))
                compositor.column(x, level, end, own, _other_hand(compositor))
        x -= own.pitch * size


def _blank(compositor: Compositor, area: Rect, setting: Setting) -> None:
    """An end paper; somebody has tried his brush on it, or signed it."""
    rng = compositor.rng
    for _ in range(rng.integers(3)):
        x, top = rng.uniform(area.left, area.right), rng.uniform(area.top, 0.5 * (area.top + area.bottom))
        end = min(area.bottom, top + setting.size * rng.uniform(1.5, 12))
        compositor.column(x, top, end, setting, _other_hand(compositor))


def _other_hand(compositor: Compositor) -> int:
    """Mostly the leaf's first hand."""
    return int(compositor.rng.integers(compositor.hands)) if compositor.rng.random() < 0.35 else 0
