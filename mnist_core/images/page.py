"""Several digits in one picture: found, put in reading order line by line, and each made into what the model sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mnist_core.errors import BadInput, BlankImage
from mnist_core.images.paper import stroke_width
from mnist_core.images.prepare import Stage, finish, on_paper

# The shares below are of the usual height of a digit on the page.
SMALLEST_PIECE = 0.2
LOWEST_DIGIT = 0.5
FLATTEST_DIGIT = 0.3
TALLEST_DIGIT = 2.5
# A single stroke this many times as wide as high, and lower than a digit, is a dash.
DASH = 1.2
STRAIGHT = 1.2
# A piece this near above or below another, and mostly over it, belongs to the same digit: the bar of a 5.
NEAR = 0.35
# Neighbours share this much of the lower one's height; lines of writing lie farther apart than this share of a height.
SHARED = 0.3
SAME_LINE = 0.4
# From this width on, as a share of its own height, a mark may be two digits that touch.
WIDE = 0.9
NARROWEST, WIDEST = 0.12, 1.5
# What a cut through strokes as thick as one pen costs, beside the model's doubt about one digit as wide as high.
CUT = 0.3
# A dash that touches a digit is left out as a digit of this doubt would be; broad digits are rare.
DASH_DOUBT, BROAD = 0.1, 0.5
MOST_MARKS = 1000
# Ink that could be cut at more columns than this is no row of digits that touch.
MOST_CUTS = 40

Read = Callable[[np.ndarray], np.ndarray]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Found:
    """One digit on a page.

    Attributes:
        box: left, top, right and bottom in pixels of the picture, the last two one beyond.
        line: the line of writing it stands in, from 0.
        stages: crop to centre, as `prepare.finish` gives them.
    """

    box: Box
    line: int
    stages: tuple[Stage, ...]

    @property
    def digit(self) -> np.ndarray:
        """(28, 28) bytes: what the model sees."""
        return self.stages[-1].digit


@dataclass(frozen=True, eq=False)
class Page:
    """The digits of a picture in reading order, and its ink, kind and stages (raw to lines) as in `prepare.Paper`."""

    digits: tuple[Found, ...]
    light_ink: bool
    flat: bool
    stages: tuple[Stage, ...]

    def lines(self, labels: Iterable[str]) -> list[str]:
        """The text line by line, given what each of `digits` was read as."""
        return by_lines([each.line for each in self.digits], labels)


def by_lines(numbers: Sequence[int], labels: Iterable[str]) -> list[str]:
    """The text line by line, given the line, from 0, and the label of each digit in reading order."""
    rows = [""] * (1 + max(numbers, default=-1))
    for number, label in zip(numbers, labels, strict=True):
        rows[number] += label
    return rows


@dataclass(frozen=True, eq=False)
class _Mark:
    """Connected ink: its box in pixels of the mask, and (height, width) booleans inside it."""

    left: int
    top: int
    mask: np.ndarray

    @property
    def height(self) -> int:
        return int(self.mask.shape[0])

    @property
    def width(self) -> int:
        return int(self.mask.shape[1])

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def find_digits(
    grey: np.ndarray, read: Read | None = None, *, threshold: float | None = None, light_ink: bool | None = None
) -> Page:
    """Find the digits of a picture and put them in reading order.

    Specks, dashes and what the picture's edge cuts are left out. Digits that touch are cut where a model is surest of what
    the parts are.

    Args:
        grey: (height, width) floats in [0, 1], 0 is black.
        read: a model: probabilities (n, classes) of pictures (n, 28, 28) of bytes; None leaves touching digits in one box.
        threshold, light_ink: as for `prepare`.

    Raises:
        BlankImage: there is no digit on it.
        BadInput: a threshold outside its range, or far too many marks.
    """
    sheet = on_paper(grey, threshold=threshold, light_ink=light_ink)
    marks = _marks(sheet.mask)
    _refuse_too_many(marks)
    height = _usual_height(marks)
    marks = _whole(_joined(marks, height), height, sheet.mask.shape)
    if not marks:
        raise BlankImage("No digit was found on this picture.", "Draw a digit first, or take the photo from nearer.")
    lines = _lines(marks, height)
    if read is not None:
        lines = [[part for mark in line for part in _cut(mark, sheet.ink, read)] for line in lines]
    digits = tuple(
        Found(_box(mark, sheet.scale, grey.shape), number, finish(*_window(mark, sheet.ink)))
        for number, line in enumerate(lines)
        for mark in line
    )
    return Page(digits, sheet.light_ink, sheet.flat, sheet.stages)


def _refuse_too_many(marks: Sequence[_Mark]) -> None:
    if len(marks) > MOST_MARKS:
        raise BadInput(
            f"There are {len(marks)} separate marks on this picture.",
            f"At most {MOST_MARKS} are looked at: set a higher threshold, or cut the picture.",
        )


def _marks(mask: np.ndarray) -> list[_Mark]:
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    tallest = stats[1:, 3].max(initial=0)
    # Specks are by far the most numerous; none is as high as a tenth of the tallest mark unless it is long.
    large = 1 + np.flatnonzero(np.maximum(stats[1:, 2], stats[1:, 3]) >= max(3, 0.05 * tallest))
    return [
        _Mark(left, top, labels[top : top + height, left : left + width] == label)
        for label, (left, top, width, height) in ((int(label), map(int, stats[label, :4])) for label in large)
    ]


def _usual_height(marks: Sequence[_Mark]) -> float:
    """The height of the mark in the middle of all ink: specks have little of it."""
    if not marks:
        return 0.0
    heights = np.array([mark.height for mark in marks])
    ink = np.array([mark.mask.sum() for mark in marks])
    order = heights.argsort()
    return float(heights[order][np.searchsorted(ink[order].cumsum(), ink.sum() / 2)])


def _joined(marks: Sequence[_Mark], height: float) -> list[_Mark]:
    """Pieces of a digit that the pen or a removed line left apart, put together."""
    whole = sorted((m for m in marks if m.height >= LOWEST_DIGIT * height), key=lambda m: m.left)
    pieces = [
        m for m in marks if SMALLEST_PIECE * height <= max(m.height, m.width) and m.height < LOWEST_DIGIT * height
    ]
    alone = []
    for piece in sorted(pieces, key=lambda m: m.top):
        near = [i for i, other in enumerate(whole) if _over(piece, other) and _gap(piece, other) <= NEAR * height]
        if near and piece.width <= height:
            best = min(near, key=lambda i: _gap(piece, whole[i]))
            whole[best] = _together(whole[best], piece)
        else:
            alone.append(piece)
    # Two halves of one digit, one above the other.
    for piece in alone:
        near = [i for i, other in enumerate(whole) if other.height < 0.8 * height and _over(piece, other)]
        partner = [i for i in near if _gap(piece, whole[i]) <= NEAR * height]
        if partner:
            whole[partner[0]] = _together(whole[partner[0]], piece)
        else:
            whole.append(piece)
    return whole


def _over(piece: _Mark, other: _Mark) -> bool:
    shared = min(piece.right, other.right) - max(piece.left, other.left)
    return shared >= 0.5 * min(piece.width, other.width)


def _gap(piece: _Mark, other: _Mark) -> int:
    return max(piece.top - other.bottom, other.top - piece.bottom, 0)


def _together(one: _Mark, other: _Mark) -> _Mark:
    left, top = min(one.left, other.left), min(one.top, other.top)
    mask = np.zeros((max(one.bottom, other.bottom) - top, max(one.right, other.right) - left), bool)
    for mark in (one, other):
        mask[mark.top - top : mark.bottom - top, mark.left - left : mark.right - left] |= mark.mask
    return _Mark(left, top, mask)


def _whole(marks: Sequence[_Mark], height: float, page: tuple[int, ...]) -> list[_Mark]:
    """Without specks, dashes, remains of lines, and digits that the picture's edge cuts."""

    def is_digit(mark: _Mark) -> bool:
        low = max(mark.height, mark.width) < LOWEST_DIGIT * height or mark.height < FLATTEST_DIGIT * height
        edge = mark.left == 0 or mark.top == 0 or mark.right == page[1] or mark.bottom == page[0]
        cut = edge and mark.height < 0.75 * height
        return not (low or cut or _is_dash(mark, height) or mark.height > TALLEST_DIGIT * height)

    return [mark for mark in marks if is_digit(mark)]


def _is_dash(mark: _Mark, height: float) -> bool:
    flat = mark.height < 0.7 * height and mark.width > DASH * mark.height
    # One straight stroke has as much ink as it is long; a flat 2 a third more.
    return flat and mark.mask.sum() <= STRAIGHT * stroke_width(mark.mask) * np.hypot(mark.height, mark.width)


def _lines(marks: Sequence[_Mark], height: float) -> list[list[_Mark]]:
    """Lines of writing from top to bottom, each from left to right; they may slope.

    Each mark is followed to its nearest neighbour on the right that lies at about its height.
    """
    line = list(range(len(marks)))
    slopes = []
    for i, mark in enumerate(marks):
        right = [
            (other.middle[0] - mark.middle[0] + 2 * abs(other.middle[1] - mark.middle[1]), k)
            for k, other in enumerate(marks)
            if other.middle[0] > mark.middle[0] and _beside(mark, other)
        ]
        if not right:
            continue
        k = min(right)[1]
        line = [line[i] if each == line[k] else each for each in line]
        (x, y), (next_x, next_y) = mark.middle, marks[k].middle
        slopes.append((next_y - y) / max(next_x - x, height / 4))
    slope = float(np.median(slopes)) if len(slopes) >= 3 else 0.0
    rows = [[mark for mark, each in zip(marks, line, strict=True) if each == number] for number in set(line)]

    def level(row: Sequence[_Mark]) -> float:
        return float(np.mean([mark.middle[1] - slope * mark.middle[0] for mark in row]))

    rows.sort(key=level)
    merged: list[list[_Mark]] = []
    for row in rows:
        if merged and level(row) - level(merged[-1]) < SAME_LINE * height:
            merged[-1] += row
        else:
            merged.append(row)
    return [sorted(row, key=lambda mark: mark.middle[0]) for row in merged]


def _beside(mark: _Mark, other: _Mark) -> bool:
    shared = min(mark.bottom, other.bottom) - max(mark.top, other.top)
    return shared >= SHARED * min(mark.height, other.height)


def _cut(mark: _Mark, ink: np.ndarray, read: Read) -> list[_Mark]:
    """The digits of a mark: itself, or several that touch.

    Of all ways to cut it at columns with little ink, the one whose parts the model is surest of (each weighted by its width),
    less what the cuts go through.
    """
    if mark.width < WIDE * mark.height:
        return [mark]
    profile = mark.mask.sum(0)
    places = [0, *_thin_places(profile, mark.height), mark.width]
    if len(places) > MOST_CUTS:
        return [mark]
    pen = max(1.0, stroke_width(mark.mask))
    spans = [
        (a, b)
        for a in range(len(places))
        for b in range(a + 1, len(places))
        if NARROWEST * mark.height <= places[b] - places[a] <= WIDEST * mark.height or b - a == len(places) - 1
    ]
    parts = {(a, b): _part(mark, places[a], places[b]) for a, b in spans}
    shares = read(np.stack([finish(*_window(part, ink))[-1].digit for part in parts.values()])).max(1)
    dashes = {span for span, part in parts.items() if _is_dash(part, mark.height)}
    best: list[tuple[float, list[_Mark]]] = [(0.0, []), *((-np.inf, []) for _ in places[1:])]
    for ((a, b), part), share in sorted(zip(parts.items(), shares, strict=True), key=lambda each: each[0][0][1]):
        width = places[b] - places[a]
        doubt = -np.log(max(float(share), 1e-6)) if (a, b) not in dashes else DASH_DOUBT
        doubt += BROAD * max(0.0, width / mark.height - 1)
        cost = CUT * mark.height * profile[places[a]] / pen if a else 0.0
        score = best[a][0] - doubt * width - cost
        if score > best[b][0]:
            best[b] = (score, best[a][1] if (a, b) in dashes else [*best[a][1], part])
    return best[-1][1] or [mark]


def _thin_places(profile: np.ndarray, height: int) -> list[int]:
    """Columns where there is least ink within a tenth of the height to either side."""
    reach = max(1, height // 10)
    padded = np.pad(profile, reach, constant_values=profile.max() + 1)
    least = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(1)
    low = np.flatnonzero(profile == least)
    groups = np.split(low, np.flatnonzero(np.diff(low) > 1) + 1)
    middles = [int(group[len(group) // 2]) for group in groups if len(group)]
    return [x for x in middles if NARROWEST * height <= x <= len(profile) - NARROWEST * height]


def _part(mark: _Mark, start: int, end: int) -> _Mark:
    """The strokes between two columns, without the splinters of neighbours that the cut leaves."""
    import cv2

    piece = mark.mask[:, start:end]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(piece.astype(np.uint8), connectivity=8)
    large = 1 + np.flatnonzero(stats[1:, 4] >= 0.15 * stats[1:, 4].max(initial=0))
    piece = np.isin(labels, large)
    rows, columns = np.flatnonzero(piece.any(1)), np.flatnonzero(piece.any(0))
    inside = piece[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _Mark(mark.left + start + int(columns[0]), mark.top + int(rows[0]), inside)


def _window(mark: _Mark, ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ink[mark.top : mark.bottom, mark.left : mark.right], mark.mask


def _box(mark: _Mark, scale: float, shape: tuple[int, ...]) -> Box:
    height, width = shape
    left, top, right, bottom = (round(scale * each) for each in (mark.left, mark.top, mark.right, mark.bottom))
    return left, top, min(right, width), min(bottom, height)
