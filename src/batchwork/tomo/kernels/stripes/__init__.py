"""Removal of stripes in sinograms, which make rings in slices.

All methods take sinograms of transmission, (slices, angles, columns) float32, and give new ones.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kernels.shapes import require_stack
from batchwork.tomo.kernels.stripes.fourier_wavelet import remove_stripes_fourier_wavelet
from batchwork.tomo.kernels.stripes.titarenko import remove_stripes_titarenko
from batchwork.tomo.kernels.stripes.vo import large_size_for, remove_stripes_vo

__all__ = [
    "STRIPE_METHODS",
    "large_size_for",
    "remove_stripes",
    "remove_stripes_fourier_wavelet",
    "remove_stripes_titarenko",
    "remove_stripes_vo",
]

STRIPE_METHODS: Mapping[str, Callable[..., NDArray[np.float32]]] = {
    "vo": remove_stripes_vo,
    "fourier-wavelet": remove_stripes_fourier_wavelet,
    "titarenko": remove_stripes_titarenko,
}
"""By name."""


def remove_stripes(
    sinograms: NDArray[np.float32], method: str, **options: Any
) -> NDArray[np.float32]:  # Any: the methods'
    """Remove stripes by a method of `STRIPE_METHODS`; "none" gives the sinograms themselves.

    Parameters
    ----------
    sinograms : (slices, angles, columns) float32
        Transmission.
    method : str
    **options
        Parameters of the method.

    Raises
    ------
    ParameterError
        If there is no such method, or a parameter or the shape does not fit.
    """
    if method == "none":
        return sinograms
    if method not in STRIPE_METHODS:
        raise ParameterError(f"stripes are removed by {', '.join(STRIPE_METHODS)} or none, not by {method!r}")
    require_stack(sinograms.shape, "slices, angles, columns", "sinograms")
    return STRIPE_METHODS[method](sinograms, **options)
