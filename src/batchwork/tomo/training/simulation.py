"""Slices of generated scans, with their true centre of rotation."""

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from batchwork.tomo.kernels.detector_model import expose
from batchwork.tomo.kernels.phantoms import Ellipse, sinogram
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.kernels.scorers.base import LEAST_ANGLES, Slice
from batchwork.tomo.training.labelled import Labelled
from batchwork.tomo.training.objects import Ellipses
from batchwork.tomo.training.regimes import Regime

Lines = NDArray[np.float64]
_SOFT, _HARD = 1.0, -1.0
_FIRST_FRINGE = 1.8
"""Frequency in radians per column at which refraction shows most."""
_BLUR = 0.5
"""Of the detector, where there are fringes, in columns."""
_STRIPES = 0.1
"""Share of the columns that change in the course of a scan."""


def simulate(rng: np.random.Generator, body: Ellipses, regime: Regime, columns: int, off: float) -> Labelled:
    """Scan an object whose axis is up to `off` columns from the middle of the detector.

    The object is as large as fits on the detector at any angle, or larger by the regime's zoom.
    """
    shift = float(rng.uniform(-off, off))
    cor = (columns - 1) / 2 + shift
    unit = (columns / 2 - abs(shift)) * regime.zoom
    count = max(LEAST_ANGLES, round(columns * regime.angles * regime.span_deg / 180))
    start = np.deg2rad(rng.uniform(-90, 90))
    theta = start + np.deg2rad(np.linspace(0, regime.span_deg, count, endpoint=bool(rng.random() < 0.3)))  # noqa: PLR2004
    lines = sinogram(_with_contrast(body, regime.contrast), theta, columns, cor, unit_px=unit).astype(np.float64)
    lines *= regime.depth / lines.max()
    lines = _hardened(lines, regime.hardening)
    lines = _fringed(lines, regime.fringes)
    lines += _drift(rng, lines.shape, regime.drift)
    lines += _changing_stripes(rng, lines.shape, regime.changing_rings)
    scan = expose(lines[None], rng, regime.detector)
    measured = attenuation(scan.projections, scan.flats.mean(0), scan.darks.mean(0))[0]
    return Labelled(Slice(measured, theta), cor)


def _with_contrast(body: Ellipses, contrast: float) -> Ellipses:
    first, *others = body
    inner = (Ellipse(e.value * contrast, e.a, e.b, e.x, e.y, e.phi_rad) for e in others)
    return (first, *inner)


def _hardened(lines: Lines, spread: float) -> Lines:
    """Attenuate three equal parts of a spectrum, the middle one as before."""
    if not spread:
        return lines
    parts = [np.exp(-lines * np.exp(spread * part)) for part in (_HARD, 0.0, _SOFT)]
    return np.asarray(-np.log(np.mean(parts, axis=0)), np.float64)


def _fringed(lines: Lines, strength: float) -> Lines:
    """Let the wave propagate behind a weak object: ``cos(a k²) + strength sin(a k²)`` at the frequency k.

    References
    ----------
    Cloetens et al., J. Phys. D 29 (1996) 133, for the transfer function.
    """
    if not strength:
        return lines
    k = 2 * np.pi * np.fft.rfftfreq(2 * lines.shape[1])
    phase = np.pi / 2 * (k / _FIRST_FRINGE) ** 2
    transfer = (np.cos(phase) + strength * np.sin(phase)) * np.exp(-0.5 * (_BLUR * k) ** 2)
    mirrored = np.concatenate([lines, lines[:, ::-1]], 1)
    return np.asarray(np.fft.irfft(np.fft.rfft(mirrored) * transfer)[:, : lines.shape[1]], np.float64)


def _drift(rng: np.random.Generator, shape: tuple[int, int], strength: float) -> Lines:
    """Let the beam's brightness, and its slope over the detector, wander."""
    if not strength:
        return np.zeros(shape)
    walks = np.cumsum(rng.standard_normal((2, shape[0])), axis=1)
    walks -= walks.mean(1, keepdims=True)
    walks *= strength / np.maximum(walks.std(1, keepdims=True), 1e-9)
    return np.asarray(walks[0][:, None] + walks[1][:, None] * np.linspace(-0.5, 0.5, shape[1]), np.float64)


def _changing_stripes(rng: np.random.Generator, shape: tuple[int, int], strength: float) -> Lines:
    """Let some columns change their sensitivity at some angle, for good or gradually."""
    lines = np.zeros(shape)
    if not strength:
        return lines
    for column in np.flatnonzero(rng.random(shape[1]) < _STRIPES):
        lines[int(rng.integers(shape[0])) :, column] = rng.normal(0, strength)
    return np.asarray(scipy.ndimage.uniform_filter1d(lines, max(1, shape[0] // 8), axis=0, mode="nearest"), np.float64)
