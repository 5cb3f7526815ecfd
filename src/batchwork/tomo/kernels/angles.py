"""The weight of each projection angle in a back projection."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from batchwork.errors import ParameterError

SAME_ANGLE_RAD = 1e-6
"""Angles closer than this, modulo 180°, count as one angle measured more than once."""


def angle_weights(theta_rad: ArrayLike, period: float = np.pi) -> NDArray[np.float64]:
    """Share of the half circle, or of another period, that each angle stands for.

    An angle stands for half the gap to its neighbour on either side, modulo 180°; angles measured more
    than once share evenly. Equal and unequal steps, scans with both end points, scans with gaps and
    scans over 360° so give the same values. ``m`` equal steps from 0 give ``pi / m`` each.

    Parameters
    ----------
    theta_rad : (m,) float
        Angles in radians, in any order.
    period : float
        Angles that differ by it see the same: pi for whole projections, 2 pi for halves of them.

    Returns
    -------
    (m,) float64
        Weights in radians; their sum is the period.

    Raises
    ------
    ParameterError
        If there is no angle, or one is not finite.
    """
    theta = np.asarray(theta_rad, np.float64).ravel()
    if theta.size == 0 or not np.isfinite(theta).all():
        raise ParameterError("the projection angles must be finite numbers, at least one")
    folded = np.mod(theta, period)
    order = np.argsort(folded, kind="stable")
    ordered = folded[order]
    group = np.concatenate([[0], np.cumsum(np.diff(ordered) > SAME_ANGLE_RAD)])
    if group[-1] > 0 and ordered[0] + period - ordered[-1] <= SAME_ANGLE_RAD:
        last = group == group[-1]  # just below the period is the same angle as 0
        group[last], ordered[last] = 0, ordered[last] - period
    members = np.bincount(group)
    positions = np.bincount(group, ordered) / members
    after = np.diff(positions, append=positions[0] + period)
    weights = np.empty_like(theta)
    weights[order] = ((after + np.roll(after, 1)) / (2 * members))[group]
    return weights
