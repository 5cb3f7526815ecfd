"""Phantoms of ellipsoids, with their exact projections.

Lengths are in units of half the field of view, so that the unit disc fills the image; x grows with the
column, y upwards, z upwards along the axis of rotation. Geometry as in `batchwork.tomo.kernels.gridding`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_HOLLOW = 0.72  # radius within the body of `foam` where bubbles may be


@dataclass(frozen=True, slots=True)
class Ellipse:
    """One ellipse of constant attenuation; overlapping ones add up."""

    value: float
    """Attenuation per pixel."""
    a: float
    """Semi-axis along its own x."""
    b: float
    """Semi-axis along its own y."""
    x: float = 0.0
    y: float = 0.0
    phi_rad: float = 0.0
    """Turn from x towards y."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipse with a third semi-axis along the axis of rotation."""

    ellipse: Ellipse
    """The cut at its middle height."""
    c: float
    """Semi-axis along z."""
    z: float = 0.0

    def cut(self, z: float) -> Ellipse | None:
        """Ellipse at height z; None where the ellipsoid does not reach."""
        square = 1 - ((z - self.z) / self.c) ** 2
        if square <= 0:
            return None
        e, shrink = self.ellipse, float(np.sqrt(square))
        return Ellipse(e.value, e.a * shrink, e.b * shrink, e.x, e.y, e.phi_rad)


def shepp_logan(value: float = 1.0) -> tuple[Ellipsoid, ...]:
    """Make the modified Shepp-Logan head; `value` is the attenuation of the skull per pixel.

    References
    ----------
    Toft, The Radon Transform, PhD thesis, Technical University of Denmark (1996), p. 200.
    """
    rows = (
        (1.0, 0.69, 0.92, 0.0, 0.0, 0),
        (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0),
        (-0.2, 0.11, 0.31, 0.22, 0.0, -18),
        (-0.2, 0.16, 0.41, -0.22, 0.0, 18),
        (0.1, 0.21, 0.25, 0.0, 0.35, 0),
        (0.1, 0.046, 0.046, 0.0, 0.1, 0),
        (0.1, 0.046, 0.046, 0.0, -0.1, 0),
        (0.1, 0.046, 0.023, -0.08, -0.605, 0),
        (0.1, 0.023, 0.023, 0.0, -0.606, 0),
        (0.1, 0.023, 0.046, 0.06, -0.605, 0),
    )
    return tuple(
        Ellipsoid(Ellipse(v * value, a, b, x, y, float(np.deg2rad(phi))), c=max(a, b)) for v, a, b, x, y, phi in rows
    )


def foam(rng: np.random.Generator, bubbles: int = 60, value: float = 1.0) -> tuple[Ellipsoid, ...]:
    """Fill a body of attenuation `value` per pixel with round empty bubbles that do not overlap.

    Fewer than `bubbles` are placed when they no longer fit.
    """
    body = Ellipsoid(Ellipse(value, 0.85, 0.75, phi_rad=float(rng.uniform(0, np.pi))), c=0.85)
    placed: list[tuple[float, float, float, float]] = []
    for _ in range(20 * bubbles):
        radius = float(rng.uniform(0.03, 0.15))
        x, y, z = (float(v) for v in rng.uniform(-0.7, 0.7, 3))
        inside = np.sqrt(x * x + y * y + z * z) + radius < _HOLLOW
        if inside and all(math.dist(p[:3], (x, y, z)) > p[3] + radius for p in placed):
            placed.append((x, y, z, radius))
        if len(placed) == bubbles:
            break
    holes = (Ellipsoid(Ellipse(-value, r, r, x, y), c=r, z=z) for x, y, z, r in placed)
    return (body, *holes)


def heights(rows: int, unit_px: float) -> NDArray[np.float64]:
    """Height z of the middle of each detector row, row 0 uppermost, the middle row at z = 0."""
    return np.asarray(((rows - 1) / 2 - np.arange(rows)) / unit_px, np.float64)


def cut(phantom: Sequence[Ellipsoid], z: float) -> tuple[Ellipse, ...]:
    """Ellipses of a phantom at height z."""
    return tuple(e for e in (part.cut(z) for part in phantom) if e is not None)


def image(ellipses: Sequence[Ellipse], n: int, *, samples: int = 4) -> NDArray[np.float32]:
    """Attenuation per pixel, averaged over ``samples * samples`` points of each pixel.

    Parameters
    ----------
    ellipses : sequence of Ellipse
    n : int
        Side of the image, which spans -1 to 1.
    samples : int
        Points along the side of a pixel.

    Returns
    -------
    (n, n) float32
    """
    points = (np.arange(n * samples) + 0.5) / (n * samples) * 2 - 1
    x, y = points[None, :], -points[:, None]
    total = np.zeros((n * samples, n * samples), np.float32)
    for e in ellipses:
        cosine, sine = np.cos(e.phi_rad), np.sin(e.phi_rad)
        u = (x - e.x) * cosine + (y - e.y) * sine
        v = -(x - e.x) * sine + (y - e.y) * cosine
        total += np.float32(e.value) * ((u / e.a) ** 2 + (v / e.b) ** 2 <= 1)
    return np.asarray(total.reshape(n, samples, n, samples).mean((1, 3)), np.float32)


def sinogram(
    ellipses: Sequence[Ellipse],
    theta_rad: ArrayLike,
    columns: int,
    cor: float,
    *,
    unit_px: float | None = None,
) -> NDArray[np.float32]:
    """Line integrals of attenuation, averaged exactly over the width of each detector column.

    A line at distance s from the centre of an ellipse of area pi a b, whose shadow has the half-width
    w, crosses it over 2 a b sqrt(w² - s²) / w². The mean over a column follows from its antiderivative.

    Parameters
    ----------
    ellipses : sequence of Ellipse
    theta_rad : (angles,) float
        Projection angles in radians.
    columns : int
        Width of the detector in pixels.
    cor : float
        Centre of rotation as a column index.
    unit_px : float, optional
        Pixels per unit of length; half the columns by default. Larger for a truncated field of view.

    Returns
    -------
    (angles, columns) float32
    """
    scale = columns / 2 if unit_px is None else unit_px
    theta = np.asarray(theta_rad, np.float64)[:, None]
    edges = (np.arange(columns + 1) - 0.5 - cor) / scale
    total = np.zeros((theta.shape[0], columns))
    for e in ellipses:
        turned = theta - e.phi_rad
        width = np.hypot(e.a * np.cos(turned), e.b * np.sin(turned))
        t = np.clip((edges - (e.x * np.cos(theta) + e.y * np.sin(theta))) / width, -1, 1)
        area = t * np.sqrt(1 - t * t) + np.arcsin(t)
        total += e.value * e.a * e.b * scale * scale * np.diff(area, axis=1)
    return total.astype(np.float32)


def sinograms(
    phantom: Sequence[Ellipsoid],
    theta_rad: ArrayLike,
    shape: tuple[int, int],
    cor: float,
    *,
    unit_px: float | None = None,
) -> NDArray[np.float32]:
    """Sinograms of all rows of a detector of ``shape = (rows, columns)``, each at its middle height.

    Parameters are those of `sinogram`.

    Returns
    -------
    (rows, angles, columns) float32
    """
    rows, columns = shape
    scale = columns / 2 if unit_px is None else unit_px
    return np.stack(
        [sinogram(cut(phantom, float(z)), theta_rad, columns, cor, unit_px=scale) for z in heights(rows, scale)]
    )
