"""Stripes: what miscalibrated pixels add to the mean projection."""

import numpy as np
import scipy.fft
import scipy.ndimage

from batchwork.tomo.kernels.scorers.base import Floats

_COLUMNS = 11
_OUTLIER_SIGMAS = 5.0
_MOST_SIGMAS = 1.25
"""What smoothing takes off may have this root mean square, in standard deviations of the stripes."""
_SIGMA_PER_MAD = 1.4826
_EXPONENTS = np.linspace(-4, 8, 97)
"""Decimal logarithms of the penalties that are tried."""


def stripe_profile(mean: Floats) -> Floats:
    """Tell the stripes from the object in the mean of all projections.

    An object's mean is smooth over the columns, stripes are not. How smooth, the profile says itself: the mean is
    smoothed by the penalty on its second difference that generalised cross-validation finds best, which is right for
    offsets that know nothing of each other; but no more than to where what goes is `_MOST_SIGMAS` times as large as
    a robust measure of the stripes, which has no part in the few columns where the object has an edge. Columns that
    stand out from the median of their neighbours are replaced by it first.

    Parameters
    ----------
    mean : (columns,) float64
        Attenuation, averaged over the angles.

    Returns
    -------
    (columns,) float64
        Offset of each column.

    References
    ----------
    D. Garcia, Computational Statistics & Data Analysis 54 (2010) 1167, for penalties and cross-validation by cosines.
    """
    middle = scipy.ndimage.median_filter(mean, _COLUMNS, mode="nearest")
    sigma = robust_sigma(mean - middle)
    even = np.where(np.abs(mean - middle) <= _OUTLIER_SIGMAS * sigma, mean, middle)
    return np.asarray(mean - _smooth(even, _MOST_SIGMAS * sigma), np.float64)


def robust_sigma(offsets: Floats) -> float:
    """Estimate the standard deviation of offsets by their median size, so that a few large ones do not count."""
    return _SIGMA_PER_MAD * float(np.median(np.abs(offsets)))


def _smooth(profile: Floats, most: float) -> Floats:
    """Smooth a profile, taking off no more than a root mean square of `most`."""
    waves = scipy.fft.dct(profile, norm="ortho")
    bends = (2 - 2 * np.cos(np.pi * np.arange(profile.size) / profile.size)) ** 2
    kept = 1 / (1 + 10.0 ** _EXPONENTS[:, None] * bends)
    taken = np.mean(((1 - kept) * waves) ** 2, axis=1)
    cross_validated = taken / (1 - kept.mean(1)) ** 2
    allowed = int(np.searchsorted(taken, most**2, side="right")) - 1
    place = min(allowed, int(np.argmin(cross_validated)))
    return np.asarray(scipy.fft.idct(waves * kept[place], norm="ortho") if place >= 0 else profile, np.float64)
