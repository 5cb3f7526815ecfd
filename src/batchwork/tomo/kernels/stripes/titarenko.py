"""Stripe removal by a regularised mean profile.

A stripe is an offset of its column in the attenuation. The offsets that make the mean profile smooth, and are small
themselves, follow in closed form.

References
----------
Titarenko, Withers and Yagola, Applied Mathematics Letters 23 (2010) 1489; Miqueles et al., J. Synchrotron Rad. 21
(2014) 1333.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from batchwork.errors import ParameterError

_LEAST_TRANSMISSION = np.float32(1e-6)


def remove_stripes_titarenko(sinograms: NDArray[np.float32], *, beta: float = 0.022) -> NDArray[np.float32]:
    """Remove offsets of columns.

    With the mean profile m of the attenuation and the first difference D, the offsets q minimise
    ``|D (m + q)|² + beta |q|²``, so that ``(DᵀD + beta) q = -DᵀD m``.

    Parameters
    ----------
    sinograms : (slices, angles, columns) float32
        Transmission.
    beta : float
        Strength of the regularisation, > 0; smaller removes more, wide structures of the object as well.

    Returns
    -------
    (slices, angles, columns) float32
        New.

    Raises
    ------
    ParameterError
        If `beta` is not above 0.
    """
    if not beta > 0:
        raise ParameterError(f"beta must be above 0, not {beta:g}")
    profile = _mean_attenuation(sinograms)
    diagonal, banded = _bands(profile.shape[1], beta)
    bent = profile * diagonal
    bent[:, :-1] -= profile[:, 1:]
    bent[:, 1:] -= profile[:, :-1]
    offsets = -solveh_banded(banded, bent.T).T
    factors: NDArray[np.float32] = np.exp(-offsets).astype(np.float32)[:, None]
    return sinograms * factors


def _bands(columns: int, beta: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the diagonal of DᵀD, (columns,), and DᵀD + beta as its two upper bands, (2, columns)."""
    diagonal = np.full(columns, 2.0)
    diagonal[[0, -1]] = 1.0 if columns > 1 else 0.0
    return diagonal, np.stack([np.full(columns, -1.0), diagonal + beta])


def smoothing_matrix(columns: int, beta: float) -> NDArray[np.float64]:
    """Give the matrix that makes offsets from mean profiles, ``q = m M``, (columns, columns)."""
    diagonal, banded = _bands(columns, beta)
    square = np.diag(diagonal) - np.eye(columns, k=1) - np.eye(columns, k=-1)
    return np.asarray(-solveh_banded(banded, square).T, np.float64)


def _mean_attenuation(sinograms: NDArray[np.float32]) -> NDArray[np.float64]:
    """Average the attenuation over the angles, (slices, columns); what is no number does not count."""
    profile = np.empty((sinograms.shape[0], sinograms.shape[2]))
    for own, sinogram in zip(profile, sinograms, strict=True):
        light = np.nan_to_num(sinogram, nan=1.0, posinf=1.0)
        own[:] = -np.log(np.maximum(light, _LEAST_TRANSMISSION)).mean(axis=0, dtype=np.float64)
    return profile
