"""A beam whose brightness wanders over the scan, told by the air beside the object."""

import numpy as np
from numpy.typing import NDArray

END_SHARE, LEAST_END = 0.02, 3
"""Columns at each end of the detector where air may be: as a share of all, and at least."""

_STEADIER = 0.4
_STEADY = 0.05

Lines = NDArray[np.float32]


def end_columns(columns: int) -> int:
    """Give how many columns count as an end of the detector."""
    return max(LEAST_END, round(END_SHARE * columns))


def without_drift(sinogram: Lines) -> Lines:
    """Take off what the air beside the object shows, where it is air and shows something.

    The line through both ends of a projection is what a beam has come to whose brightness, and its slope over the
    detector, have wandered. An object has the same mass in every projection: where the masses are much steadier
    without these lines, and steady, the ends are air and the beam has wandered. Where the object reaches beyond the
    detector, or there is no drift, they are less steady without, and the sinogram stays as it is.

    Parameters
    ----------
    sinogram : (angles, columns) float32
        Attenuation.

    Returns
    -------
    (angles, columns) float32
    """
    clean = sinogram - _lines(sinogram)
    mass, clean_mass = sinogram.sum(1, dtype=np.float64), clean.sum(1, dtype=np.float64)
    most = min(_STEADIER * mass.std(), _STEADY * abs(float(np.median(clean_mass))))
    return clean if clean_mass.std() < most else sinogram


def _lines(sinogram: Lines) -> Lines:
    """Draw a line through the means of both ends of each projection."""
    columns = sinogram.shape[1]
    end = end_columns(columns)
    left, right = sinogram[:, :end].mean(1), sinogram[:, -end:].mean(1)
    across = (np.arange(columns) - (end - 1) / 2) / (columns - end)
    return np.asarray(left[:, None] + (right - left)[:, None] * across, np.float32)
