"""Properties of objects: size, place, form and intensity."""

import math

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.objects.kernels.moments import DIRECTIONS, Moments, intensities, moments

_PIXEL = 1 / 12
"""Variance along one axis of the points within a pixel."""
_VOLUME_WEIGHTS = np.array([0.0, 0.0915558, 0.0739613, 0.0703913])
"""Share of all directions that lie nearest to one that goes along 1, 2 or 3 axes (Legland et al.)."""
Columns = dict[str, NDArray[np.generic]]


def object_properties(
    labels: NDArray[np.int32], count: int, probability: NDArray[np.float32], raw: NDArray[np.generic] | None = None
) -> Columns:
    """Measure objects.

    Parameters
    ----------
    labels : (slices, rows, columns) int32
        Objects from 1 to `count`. One slice is a plane.
    count : int
        Number of objects.
    probability : (slices, rows, columns) float32
        Of the objects' class.
    raw : (slices, rows, columns, channels), optional
        The image, of any real type.

    Returns
    -------
    dict of str to (objects,) array
        Lengths are in pixels. ``perimeter`` (planes) and ``surface`` (volumes) come from how often lines in 4 and
        13 directions cross the border. The axes are those of the ellipse or ellipsoid with the same second
        moments; each pixel counts as a square or cube.

    References
    ----------
    Crofton's formulas; weights: Legland, Kiêu and Devaux, Image Anal. Stereol. 26 (2007) 83.
    """
    found = moments(labels, count)
    plane = labels.shape[0] == 1
    return {
        "label": np.arange(1, count + 1),
        "size": found.size,
        **_place(found, labels.shape, plane=plane),
        **(_plane_form(found) if plane else _volume_form(found)),
        **_values("probability", labels, probability, count),
        **_raw_values(labels, raw, count),
    }


def _place(found: Moments, shape: tuple[int, ...], *, plane: bool) -> Columns:
    axes = [(1, "y"), (2, "x")] if plane else [(0, "z"), (1, "y"), (2, "x")]
    centre = found.box[:, :3] + found.first / found.size[:, None]
    ends = np.array([shape[i] for i, _ in axes])
    kept = [i for i, _ in axes]
    border = (found.box[:, :3][:, kept] == 0).any(1) | (found.box[:, 3:][:, kept] == ends).any(1)
    return {
        **{f"centre_{name}": centre[:, i] for i, name in axes},
        **{f"start_{name}": found.box[:, i] for i, name in axes},
        **{f"stop_{name}": found.box[:, 3 + i] for i, name in axes},
        "touches_border": border,
    }


def _covariance(found: Moments) -> NDArray[np.float64]:
    """Give the covariance of the positions within each object: (objects, 3, 3)."""
    mean = found.first / found.size[:, None]
    second = found.second / found.size[:, None]
    result = np.empty((len(mean), 3, 3))
    for k, (a, b) in enumerate([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]):
        result[:, a, b] = result[:, b, a] = second[:, k] - mean[:, a] * mean[:, b]
    result[:, np.arange(3), np.arange(3)] += _PIXEL
    return result


def _plane_form(found: Moments) -> Columns:
    covariance = _covariance(found)[:, 1:, 1:]
    variances = np.linalg.eigvalsh(covariance)[:, ::-1]
    axes = 4 * np.sqrt(variances)
    perimeter = _perimeter(found)
    return {
        "equivalent_diameter": 2 * np.sqrt(found.size / math.pi),
        "major_axis": axes[:, 0],
        "minor_axis": axes[:, 1],
        "eccentricity": np.sqrt(np.maximum(0.0, 1 - variances[:, 1] / variances[:, 0])),
        "orientation": 0.5 * np.arctan2(2 * covariance[:, 0, 1], covariance[:, 1, 1] - covariance[:, 0, 0]),
        "perimeter": perimeter,
        "roundness": 4 * math.pi * found.size / perimeter**2,
        "extent": found.size / np.prod(found.box[:, 4:] - found.box[:, 1:3], axis=1),
    }


def _perimeter(found: Moments) -> NDArray[np.float64]:
    flat = DIRECTIONS[:, 0] == 0
    return np.asarray(math.pi / 8 * (found.crossings[:, flat] / np.linalg.norm(DIRECTIONS[flat], axis=1)).sum(1))


def _volume_form(found: Moments) -> Columns:
    axes = 2 * np.sqrt(5 * np.linalg.eigvalsh(_covariance(found))[:, ::-1])
    surface = _surface(found)
    return {
        "equivalent_diameter": np.cbrt(6 * found.size / math.pi),
        "major_axis": axes[:, 0],
        "middle_axis": axes[:, 1],
        "minor_axis": axes[:, 2],
        "surface": surface,
        "sphericity": math.pi ** (1 / 3) * (6.0 * found.size) ** (2 / 3) / surface,
        "extent": found.size / np.prod(found.box[:, 3:] - found.box[:, :3], axis=1),
    }


def _surface(found: Moments) -> NDArray[np.float64]:
    weights = _VOLUME_WEIGHTS[np.abs(DIRECTIONS).sum(1)]
    return np.asarray(2 * (found.crossings * weights / np.linalg.norm(DIRECTIONS, axis=1)).sum(1))


def _values(name: str, labels: NDArray[np.int32], image: NDArray[np.generic], count: int) -> Columns:
    found = intensities(labels, image.astype(np.float32), count)
    return {f"{name}_{kind}": found[:, k] for k, kind in enumerate(("mean", "std", "min", "max"))}


def _raw_values(labels: NDArray[np.int32], raw: NDArray[np.generic] | None, count: int) -> Columns:
    found: Columns = {}
    for channel in range(0 if raw is None else raw.shape[3]):
        name = "raw" if raw is None or raw.shape[3] == 1 else f"raw_{channel}"
        found |= _values(name, labels, np.asarray(raw)[..., channel], count)
    return found
