"""What the strengths of differences come to when nothing changed, found by splitting the reference again and again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.dependence import PAIRED, products_of
from shared.monitoring.encoding import Batch
from shared.monitoring.frames import Frame
from shared.monitoring.profiles import Profile, Tally, profile_of
from shared.monitoring.strength import Floats, Layout, Sums, strengths, sums, sums_of

SIZES = (100, 300, 1000, 3000)
SPLITS = 1000
LARGER = 5  # a reference split nearly in half varies less than two samples do
HIGH = 0.99
LEVELS = (0.96, 0.99, 0.98, 0.99, 0.99, 0.99, 0.99)  # of the aspects in `strength.SINGLES`, then of dependence
CAUTION = 1.25
SMALLEST_SCALE = 1.9  # from the median to the 99th percentile of the absolute value of a normal number
SMALLEST_CORRELATION = 0.05
SMALLEST_STRETCH = 0.2

type Rows = NDArray[np.intp]
type Draw = Callable[[int], Rows]


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """For windows of `size` rows: what each strength usually comes to, and the scale of how far it strays.

    `highest` are the largest standardised strengths of every split, rising: what chance alone comes to. Standardised,
    0 is what the largest strength of an aspect (say, the location of any column) usually is, and one to four windows
    in a hundred reach 1.
    """

    size: int
    typical: Floats
    scale: Floats
    highest: Floats

    def standardised(self, strength: Floats) -> Floats:
        """Strengths on one scale."""
        return np.asarray((strength - self.typical) / self.scale)

    def chance(self, highest: float) -> float:
        """The p-value of the largest standardised strength, never below 1 / (splits + 1) (Phipson & Smyth 2010).

        Raised by a quarter, because the scales are themselves estimates from one reference.
        """
        as_high = self.highest.size - int(np.searchsorted(self.highest, highest, side="left"))
        return min(1.0, CAUTION * (as_high + 1) / (self.highest.size + 1))

    def critical(self, alpha: float) -> float:
        """The standardised strength from which on the p-value is at most `alpha`; infinite with too few splits."""
        allowed = int(np.floor(alpha / CAUTION * (self.highest.size + 1))) - 1
        if allowed < 0:
            return float("inf")
        return float(np.nextafter(self.highest[-1 - allowed], np.inf))


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """A profile of what was usual, with a calibration for some window sizes, rising."""

    profile: Profile
    calibrations: tuple[Calibration, ...]

    @cached_property
    def layout(self) -> Layout:
        """How the statistics read counts of this frame."""
        return Layout(self.profile.frame)

    @cached_property
    def sums(self) -> Sums:
        """The reference's own counts."""
        return sums_of(self.layout, self.profile)

    def calibration(self, rows: int) -> Calibration:
        """The calibration for windows of `rows`: the largest that is no larger, whose chances are the more careful."""
        fitting = [calibration for calibration in self.calibrations if calibration.size <= rows]
        return fitting[-1] if fitting else self.calibrations[0]


def calibrated(
    frame: Frame, rows: Batch, *, seed: int, sizes: Sequence[int] = SIZES, splits: int = SPLITS, block: int = 1
) -> Reference:
    """The reference of some rows, calibrated for windows of `sizes` by `splits` random splits in two.

    The window is left out of what it is compared with, as a new window is. Rows that follow each other and resemble
    each other (autocorrelation, seasons) break this; then give the length of a `block` within which they do, and whole
    blocks are drawn. Sizes above a fifth of the rows are left out;
    raises ValueError when all are.
    """
    count = len(next(iter(rows.values())))
    possible = [size for size in sizes if LARGER * size <= count]
    if not possible:
        raise ValueError(f"{count} rows cannot calibrate windows of {min(sizes)}: {LARGER} times as many are needed")
    profile = profile_of(frame, rows)
    encoded = Encoded(Layout(frame), rows, sums_of(Layout(frame), profile))
    chance = np.random.default_rng(seed)
    calibrations = [_calibration(encoded, size, splits, _draw(chance, count, block)) for size in possible]
    return Reference(profile=profile, calibrations=tuple(calibrations))


class Encoded:
    """The rows of a reference as codes and scores, so that a split costs less than a millisecond."""

    def __init__(self, layout: Layout, rows: Batch, total: Sums) -> None:
        """Encode every row once."""
        self.layout, self.total = layout, total
        frames = layout.frame.columns
        codes = [Tally(frames[name]).count(rows[name]) for name in frames]
        places = [
            np.where(code == frames[name].size, layout.size, code) for name, code in zip(frames, codes, strict=True)
        ]
        self.cells = np.stack(places) + (layout.size + 1) * np.arange(len(places))[:, None]
        paired = list(zip(frames.values(), codes, strict=True))[:PAIRED]
        self.scores = np.concatenate([column.scores.take(code, axis=1) for column, code in paired])

    def strengths(self, window: Rows) -> Floats:
        """The strengths of the differences of the rows `window` and all others."""
        columns, size = len(self.cells), self.layout.size
        flat = np.bincount(self.cells[:, window].ravel(), minlength=columns * (size + 1)).reshape(columns, size + 1)
        products = products_of(self.scores[:, window]).astype(np.float64)
        part = sums(self.layout, window.size, flat[:, :-1].astype(np.float64), products)
        return strengths(self.layout, part, self.total - part)


def _calibration(encoded: Encoded, size: int, splits: int, draw: Draw) -> Calibration:
    """The scales from one half as many splits more, because the splits that set a scale look tame on it themselves."""
    found = np.stack([encoded.strengths(draw(size)) for _ in range(splits + splits // 2)])
    scaling, judging = found[splits:], found[:splits]
    typical = np.median(scaling, axis=0)
    scale = np.maximum(np.quantile(scaling, HIGH, axis=0) - typical, _smallest_scales(encoded))
    shift, stretch = _balance((scaling - typical) / scale, encoded.layout)
    typical, scale = typical + shift * scale, scale * stretch
    highest = np.sort(((judging - typical) / scale).max(axis=1))
    return Calibration(size=size, typical=typical, scale=scale, highest=highest)


def _balance(standard: Floats, layout: Layout) -> tuple[Floats, Floats]:
    """For each strength the median and the way to a high percentile of the largest of its aspect.

    So the many pairs do not raise the bar for the few columns; a shift of location, the most frequent change, has the
    largest part in the false alarms and so the lowest bar.
    """
    aspects = layout.aspects
    shift, stretch = np.zeros(aspects.size), np.ones(aspects.size)
    for aspect, level in enumerate(LEVELS):
        if not (aspects == aspect).any():
            continue
        largest = standard[:, aspects == aspect].max(axis=1)
        shift[aspects == aspect] = median = np.median(largest)
        stretch[aspects == aspect] = max(float(np.quantile(largest, level) - median), SMALLEST_STRETCH)
    return shift, stretch


def _smallest_scales(encoded: Encoded) -> Floats:
    """The least scale of each strength, so that what never varied does not alarm at its first change."""
    first, second = encoded.layout.pairs
    deviations = encoded.scores.std(axis=1)
    pairs = SMALLEST_CORRELATION * np.maximum(deviations[first] * deviations[second], 1.0)
    singles = strengths(encoded.layout, encoded.total, encoded.total).size - pairs.size
    return SMALLEST_SCALE * np.concatenate([np.ones(singles), pairs])


def _draw(chance: np.random.Generator, count: int, block: int) -> Draw:
    def draw(size: int) -> Rows:
        if block <= 1:
            return chance.choice(count, size, replace=False, shuffle=False)
        starts = block * chance.choice(count // block, -(-size // block), replace=False)
        return (starts[:, None] + np.arange(block)).ravel()[:size]

    return draw
