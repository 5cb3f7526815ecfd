"""What the network of the scorer `net` is shown.

For each candidate of an evenly spaced list there are three pictures, and some numbers that plain scorers find
in the sinogram and the image. All of it is taken at one binning, of the first half turn, turned so that the
first projection is that at 0°: a wrong axis makes arcs out of points, which open to one side where the
candidate is too small and to the other where it is too large.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gridding import BLOCK_SLICES, Gridder
from batchwork.tomo.kernels.scorers.base import Floats, Grid, NotApplicable
from batchwork.tomo.kernels.scorers.conditioning import Conditioned, neighbour_correlation
from batchwork.tomo.kernels.scorers.correlation import MirrorCorrelation, opposites
from batchwork.tomo.kernels.scorers.double_wedge import wedge_curve
from batchwork.tomo.kernels.scorers.mass import Mass
from batchwork.tomo.kernels.scorers.sharpness import BINS, FILTER, measure

PICTURES = 3
"""The candidate's image, how it differs between its neighbours, and how it differs from their mean."""
CURVES = ("entropy", "negativity", "wedge", "mirror", "mass")
"""Numbers of each candidate, 0 in all where one cannot be had."""
FACTS = (
    "log2 of the step",
    "share of half a turn",
    "log2 of the angles for each column",
    "truncated",
    "likeness of neighbouring projections",
    "confidence of mass",
)
"""Numbers of the whole list."""
RADIUS = 0.9
"""Of the circle of the image that is looked at, as a share of half its width."""

_MOST_PIXELS = 1 << 20
"""Of the images whose pictures are made at once."""
_BEYOND = 0.25
_TAILS = (0.5, 99.5)
_MASS_REACH = 2.0
_TINY = 1e-12

Pictures = NDArray[np.float32]
Curve = Callable[[Floats], Floats]


class CandidateList:
    """A slice at one binning, ready to be looked at from any list of candidates.

    Parameters
    ----------
    ready : Conditioned
        The slice, binned, in the order of its angles.
    """

    def __init__(self, ready: Conditioned) -> None:
        self._ready = ready
        half = ready.first_half_turn()
        self._gridder = Gridder(half.theta_rad - half.theta_rad[0], ready.columns, filter_name=FILTER, accuracy="try")
        self._spectrum = self._gridder.transform(half.sinogram)
        size = self._gridder.size
        across = np.arange(size) - (size - 1) / 2
        self._inside = np.hypot(across[:, None], across) < RADIUS * size / 2
        mass, self._mass_confidence = _mass(ready)
        self._plain = [_made(wedge_curve, ready), _made(_mirror, ready), mass]
        self._likeness = neighbour_correlation(ready.sinogram)

    def facts(self, cors: Floats) -> NDArray[np.float32]:
        """Give the numbers (facts,) of a list, see `FACTS`."""
        ready = self._ready
        step = float(abs(cors[1] - cors[0]))
        share = min(ready.span_rad / np.pi, 1.0)
        density = np.log2(ready.theta_rad.size / ready.columns)
        told = [np.log2(step), share, density, float(ready.truncated), self._likeness, self._mass_confidence]
        return np.array(told, np.float32)

    def batches(self, cors: Floats) -> Iterator[tuple[Pictures, NDArray[np.float32]]]:
        """Give the pictures (b, 3, n, n) and curves (b, curves) of some candidates after the other.

        Parameters
        ----------
        cors : (k,) float
            Evenly spaced and rising, in columns of the binned detector.

        Raises
        ------
        NotApplicable
            If all pixels of the image are alike.
        """
        scales = self._scales(cors)
        plain = np.stack([curve(cors) for curve in self._plain], 1).astype(np.float32)
        around = np.concatenate([[2 * cors[0] - cors[1]], cors, [2 * cors[-1] - cors[-2]]])
        images = self._gridder.at_centres(self._spectrum, around[:2])
        few = max(1, _MOST_PIXELS // self._inside.size)
        for first in range(0, cors.size, BLOCK_SLICES):
            new = self._gridder.at_centres(self._spectrum, around[first + 2 : first + 2 + BLOCK_SLICES])
            images = np.concatenate([images[-2:], new])
            for place in range(0, len(new), few):
                part = images[place : place + few + 2]
                found = self._image_curves(part[1:-1], scales)
                rows = slice(first + place, first + place + len(found))
                yield self._pictures(part, scales), np.concatenate([found, plain[rows]], 1)

    def whole(self, cors: Floats) -> tuple[Pictures, NDArray[np.float32]]:
        """Give the pictures (k, 3, n, n) and curves (k, curves) of all candidates at once."""
        pictures, curves = zip(*self.batches(cors), strict=True)
        return np.concatenate(pictures), np.concatenate(curves)

    def _scales(self, cors: Floats) -> Floats:
        """Middle and spread of the three pictures, and the range of grey values, about the middle of the list."""
        middle = cors.size // 2
        images = self._gridder.at_centres(self._spectrum, cors[middle - 1 : middle + 2])[:, self._inside]
        low, high = (float(v) for v in np.percentile(images[1], _TAILS))
        if not high > low:
            raise NotApplicable("all pixels of the image are alike")
        margin = _BEYOND * (high - low)
        slope, bend = (images[2] - images[0]) / 2, images[1] - (images[0] + images[2]) / 2
        spreads = [float(part.std()) + _TINY for part in (images[1], slope, bend)]
        return np.array([float(images[1].mean()), *spreads, low - margin, high + margin])

    def _pictures(self, images: Pictures, scales: Floats) -> Pictures:
        before, at, after = images[:-2], images[1:-1], images[2:]
        middle, spread, slope, bend = (np.float32(v) for v in scales[:4])
        made = np.empty((len(at), PICTURES, *at.shape[1:]), np.float32)
        np.subtract(at, middle, out=made[:, 0])
        made[:, 0] /= spread
        np.subtract(after, before, out=made[:, 1])
        made[:, 1] /= 2 * slope
        np.subtract(at, (before + after) / 2, out=made[:, 2])
        made[:, 2] /= bend
        made *= self._inside
        return made

    def _image_curves(self, images: Pictures, scales: Floats) -> NDArray[np.float32]:
        found = measure(images, RADIUS * images.shape[1] / 2, float(scales[4]), float(scales[5]), BINS)
        found[:, 1] /= scales[1]
        return found.astype(np.float32)


def _made(maker: Callable[[Conditioned], Curve], ready: Conditioned) -> Curve:
    try:
        return maker(ready)
    except NotApplicable:
        return np.zeros_like


def _mirror(ready: Conditioned) -> Curve:
    return MirrorCorrelation(opposites(ready), ready.columns)


def _mass(ready: Conditioned) -> tuple[Curve, float]:
    """Give how near candidates are to what `mass` finds, and its confidence."""
    try:
        found = Mass().judge_conditioned(ready, Grid((ready.columns - 1) / 2))
    except NotApplicable:
        return np.zeros_like, 0.0

    def curve(cors: Floats) -> Floats:
        return np.asarray(-np.log1p(((cors - found.cor) / _MASS_REACH) ** 2), np.float64)

    return curve, found.confidence
