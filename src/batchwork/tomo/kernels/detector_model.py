"""A detector that counts photons, for scans whose truth is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Detector:
    """What makes a detector's counts differ from the light that falls on it."""

    photons: float = 2e4
    """Mean counts per pixel of the open beam, above `dark`."""
    dark: float = 100.0
    """Mean counts without beam."""
    gain_sigma: float = 0.05
    """Relative spread of the pixels' sensitivity, seen in projections and flat fields alike."""
    ring_sigma: float = 0.0
    """Relative change of sensitivity after the flat fields were taken, which makes rings."""
    flats: int = 10
    """Number of flat fields."""
    darks: int = 10
    """Number of dark fields."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Counts as a scan file holds them."""

    projections: NDArray[np.uint16]
    """(angles, rows, columns)."""
    flats: NDArray[np.uint16]
    """(flats, rows, columns)."""
    darks: NDArray[np.uint16]
    """(darks, rows, columns)."""


def _counts(rng: np.random.Generator, mean: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.minimum(rng.poisson(mean), _MOST).astype(np.uint16)


def expose(attenuation: NDArray[np.floating], rng: np.random.Generator, detector: Detector) -> Scan:
    """Count photons behind an object.

    The mean count is dark + light exp(-attenuation), where light is the open beam times the pixel's
    sensitivity; counts follow a Poisson distribution and saturate at 65535.

    Parameters
    ----------
    attenuation : (rows, angles, columns) float
        Line integrals, without unit.
    rng : numpy.random.Generator
        Source of all randomness.
    detector : Detector
        The detector.

    Returns
    -------
    Scan
    """
    rows, angles, columns = attenuation.shape
    light = detector.photons * np.maximum(1 + detector.gain_sigma * rng.standard_normal((rows, columns)), 0.0)
    drift = np.maximum(1 + detector.ring_sigma * rng.standard_normal((rows, columns)), 0.0)
    projections = np.empty((angles, rows, columns), np.uint16)
    for a in range(angles):
        transmission = np.exp(-attenuation[:, a].astype(np.float64))
        projections[a] = _counts(rng, detector.dark + light * drift * transmission)
    beam = np.broadcast_to(light + detector.dark, (detector.flats, rows, columns))
    none = np.full((detector.darks, rows, columns), detector.dark)
    return Scan(projections, _counts(rng, beam), _counts(rng, none))
