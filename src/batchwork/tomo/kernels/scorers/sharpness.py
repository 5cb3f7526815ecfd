"""Centre of rotation from what its images look like: `entropy` and `negativity`.

Images are made with the parzen filter whatever filter the user's own images have: the noise that the
ramp filter lets through hides what a wrong axis does.

References
----------
Donath et al., J. Opt. Soc. Am. A 23 (2006) 1048, for both measures.
"""

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gridding import BLOCK_SLICES, Gridder
from batchwork.tomo.kernels.scorers.base import Floats, Grid, Judgement, NotApplicable, Slice
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, binned, coarse_side, condition
from batchwork.tomo.kernels.scorers.peaks import FINEST_STEP, prominence, vertex

COARSE_COLUMNS = 384
"""The whole grid is looked at in images about as wide as this; wider detectors are binned for it."""
FILTER = "parzen"
BINS = 128
"""Of the histogram whose entropy is taken."""

_RADIUS = 0.9
_TAILS = (0.5, 99.5)
_BEYOND = 0.25
_BASINS = 3
_APART_STEPS = 3.0
_PARTIAL = 0.3
_ENTROPY, _NEGATIVITY = 0, 1

Images = NDArray[np.float32]


class Entropy:
    """Scorer ``entropy``: minus the entropy of the image's histogram; a wrong axis smears grey values."""

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are minus the entropy in nats."""
        return Pyramid(condition(slice_)).entropy(grid)


class Negativity:
    """Scorer ``negativity``: minus the mean negative part of the image; a wrong axis makes values below zero."""

    def judge(self, slice_: Slice, grid: Grid) -> Judgement:
        """Judge the candidates of a grid; the scores are in attenuation per pixel.

        Raises
        ------
        NotApplicable
            If the object reaches beyond the detector or angles are missing: the values are below zero
            then for other reasons.
        """
        return Pyramid(condition(slice_)).negativity(grid)


class Level:
    """Images of a slice at one binning, scored and forgotten; the scores are kept."""

    def __init__(self, sinogram: NDArray[np.float32], theta_rad: Floats, side: int) -> None:
        self.side = side
        self._gridder = Gridder(theta_rad, sinogram.shape[1], filter_name=FILTER, accuracy="try")
        self._spectrum = self._gridder.transform(sinogram)
        self._images = np.empty((BLOCK_SLICES, self._gridder.size, self._gridder.size), np.float32)
        self._radius = _RADIUS * self._gridder.size / 2
        self._range = self._grey_range()
        self._known = dict[float, tuple[float, float]]()

    def scores(self, cors: Floats, which: int) -> Floats:
        """Score centres (k,), given in unbinned columns."""
        keys = [round(float(cor), 4) for cor in cors]
        new = sorted(set(keys) - self._known.keys())
        for first in range(0, len(new), BLOCK_SLICES):
            part = new[first : first + BLOCK_SLICES]
            images = self._at(np.array(part), self._images[: len(part)])
            values = measure(images, self._radius, *self._range, BINS)
            self._known |= {cor: (float(v[0]), float(v[1])) for cor, v in zip(part, values, strict=True)}
        return np.array([self._known[key][which] for key in keys])

    def _at(self, cors: Floats, out: Images | None = None) -> Images:
        return self._gridder.at_centres(self._spectrum, (cors + 0.5) / self.side - 0.5, out)

    def _grey_range(self) -> tuple[float, float]:
        """Range of the histogram, the same for all candidates: that of the middle one and somewhat more."""
        middle = self._gridder.columns * self.side / 2 - 0.5
        image = self._at(np.array([middle]))[0]
        across = np.arange(image.shape[0]) - (image.shape[0] - 1) / 2
        inside = image[np.hypot(across[:, None], across) < self._radius]
        low, high = (float(v) for v in np.percentile(inside, _TAILS))
        margin = _BEYOND * (high - low)
        if not margin > 0:
            raise NotApplicable("all pixels of the image are alike")
        return low - margin, high + margin


class Pyramid:
    """The grid is searched in small images, and what looks best there in larger ones, up to the full size.

    Of a scan over more than 180° the first 180° are taken: a wrong axis then makes arcs of points, and not
    circles, which are less of a blur.
    """

    def __init__(self, ready: Conditioned) -> None:
        self._ready = ready.first_half_turn()
        side = coarse_side(ready.columns, COARSE_COLUMNS)
        self._sides = [side >> i for i in range(side.bit_length())]
        self._levels = dict[int, Level]()

    def entropy(self, grid: Grid) -> Judgement:
        """Judge by the entropy."""
        return self._judge(grid, _ENTROPY)

    def negativity(self, grid: Grid) -> Judgement:
        """Judge by the negative part."""
        if self._ready.truncated:
            raise NotApplicable("the object reaches beyond the detector")
        if self._ready.short:
            raise NotApplicable(f"the scan spans {np.rad2deg(self._ready.span_rad):.1f}°, less than half a turn")
        return self._judge(grid, _NEGATIVITY)

    def _level(self, side: int) -> Level:
        if side not in self._levels:
            self._levels[side] = Level(*binned(self._ready.sinogram, self._ready.theta_rad, side), side)
        return self._levels[side]

    def _judge(self, grid: Grid, which: int) -> Judgement:
        cors = grid.on_detector(self._ready.columns)
        coarse = self._level(self._sides[0])
        step = max(1.0, float(coarse.side))
        places = cors[:: max(1, round(step / grid.step))]
        curve = coarse.scores(places, which)
        basins = _basins(places, curve, _BASINS)
        for side in self._sides:
            level, span = self._level(side), np.arange(-2, 2.5) * side / 2
            near = np.unique(np.clip(np.add.outer(basins, span).ravel(), cors[0], cors[-1]))
            basins = _basins(near, level.scores(near, which), _BASINS if side > 1 else 1)
        best = self._refined(float(basins[0]), which)
        partial = _PARTIAL if self._ready.truncated or self._ready.short else 1.0
        confidence = self._ready.trust * partial * prominence(places, curve, best, _APART_STEPS * step)
        return Judgement(best, confidence, places, curve, at_edge=not grid.holds(best))

    def _refined(self, cor: float, which: int) -> float:
        cors = cor + FINEST_STEP * np.arange(-4, 5, dtype=np.float64)
        scores = self._level(1).scores(cors, which)
        best = int(np.argmax(scores))
        return float(cors[best]) + FINEST_STEP * vertex(scores, best)


def _basins(cors: Floats, scores: Floats, most: int) -> Floats:
    """Give the places of the highest local maxima, the highest first."""
    padded = np.concatenate([[-np.inf], scores, [-np.inf]])
    tops = np.flatnonzero((scores >= padded[:-2]) & (scores > padded[2:]))
    return cors[tops[np.argsort(-scores[tops])][:most]]


@nb.njit(parallel=True, cache=True, fastmath=True)
def measure(images: Images, radius: float, low: float, high: float, bins: int) -> Floats:
    """Minus the entropy and minus the mean negative part of images, inside a circle.

    A value counts in the two bins around it by its distance from them, which keeps the entropy smooth.
    """
    count, n, _ = images.shape
    found = np.zeros((count, 2))
    middle, scale = (n - 1) / 2, np.float32((bins - 1) / (high - low))
    for i in nb.prange(count):
        histogram = np.zeros(bins + 1)
        negative, pixels = 0.0, 0
        for r in range(n):
            half = np.sqrt(max(radius * radius - (r - middle) ** 2, 0.0))
            for c in range(int(np.ceil(middle - half)), int(np.floor(middle + half)) + 1):
                value = images[i, r, c]
                pixels += 1
                negative += min(value, np.float32(0))
                place = min(max((value - np.float32(low)) * scale, np.float32(0)), np.float32(bins - 1))
                bin_ = int(place)
                share = place - bin_
                histogram[bin_] += 1 - share
                histogram[bin_ + 1] += share
        for b in range(bins):
            if histogram[b] > 0:
                part = histogram[b] / pixels
                found[i, 0] += part * np.log(part)
        found[i, 1] = negative / pixels
    return found
