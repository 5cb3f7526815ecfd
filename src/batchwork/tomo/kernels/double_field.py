"""Scans over a whole turn with the axis near one side: every ray is seen, half of them at a time.

A projection at angle θ reaches far beyond the axis on one side only; the one at θ + 180° is its other half.
Weights over the columns that add to 1 for opposite rays make the sum of both the whole projection, and since
filtering is linear, back projection over the whole turn makes the whole image: nothing is interpolated.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.angles import angle_weights

LEAST_TURN_RAD = np.deg2rad(300)
"""Angles must span at least this."""
LEAST_OFFSET = 0.1
"""Distance of the axis from the middle, as a share of the width, from which a field counts as doubled."""


def covers_turn(theta_rad: ArrayLike) -> bool:
    """Say whether angles go round far enough for opposite rays to be measured."""
    return bool(np.ptp(np.asarray(theta_rad, np.float64)) >= LEAST_TURN_RAD)


def is_double_field(theta_rad: ArrayLike, cor: float, columns: int) -> bool:
    """Say whether a scan looks like one with a double field of view, the axis being on the detector."""
    aside = abs(cor - (columns - 1) / 2) > LEAST_OFFSET * columns
    return aside and 0 <= cor <= columns - 1 and covers_turn(theta_rad)


def double_size(columns: int, cor: float) -> int:
    """Side of the image that a double field covers."""
    return int(np.ceil(2 * max(cor + 0.5, columns - 0.5 - cor)))


def column_weights(columns: int, cor: float) -> NDArray[np.float32]:
    """Weight of each column: 1 where only one of two opposite rays is seen, a smooth step where both are.

    Parameters
    ----------
    columns : int
        Width of the detector.
    cor : float
        Centre of rotation, a column index.

    Returns
    -------
    (columns,) float32
        ``w(c) + w(2 cor - c) = 1`` wherever both columns are on the detector.

    Raises
    ------
    ParameterError
        If the axis is not on the detector.
    """
    reach = min(cor, columns - 1 - cor)
    if not reach >= 0:
        raise ParameterError(f"the axis, column {cor:g}, must lie on the detector's {columns} columns")
    toward = 1.0 if cor <= (columns - 1) / 2 else -1.0
    place = np.clip(toward * (np.arange(columns) - cor) / max(reach, 0.5), -1, 1)
    return np.asarray((1 + np.sin(np.pi / 2 * place)) / 2, np.float32)


def weigh_opposites(sinograms: NDArray[np.float32], theta_rad: ArrayLike, cor: float) -> None:
    """Prepare sinograms over a whole turn, in place, for a back projection that halves opposite rays.

    Parameters
    ----------
    sinograms : (slices, angles, columns) float32
        Line integrals.
    theta_rad : (angles,) float
        In radians.
    cor : float
        Centre of rotation, a column index.

    Raises
    ------
    ParameterError
        If the axis is not on the detector.
    """
    sinograms *= opposite_weights(theta_rad, sinograms.shape[-1], cor)


def opposite_weights(theta_rad: ArrayLike, columns: int, cor: float) -> NDArray[np.float32]:
    """Give what `weigh_opposites` multiplies by, (angles, columns)."""
    shares = angle_weights(theta_rad, 2 * np.pi) / angle_weights(theta_rad)
    return column_weights(columns, cor) * shares.astype(np.float32)[:, None]
