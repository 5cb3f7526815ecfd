"""Images of a slice at full size: those that have been made before are taken, others are made."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.scorers.base import Floats, Slice

FILTER = "parzen"
"""Of filtered back projection."""


class CandidateImages:
    """The images of a slice, of the sinogram as it is; values that are not finite count as 0."""

    def __init__(self, slice_: Slice) -> None:
        self._slice = slice_

    def at(self, cors: Floats) -> NDArray[np.float32]:
        """Give the images (k, n, n) at centres (k,), in attenuation per column."""
        made = self._slice.made
        known = [None if made is None else made.at(float(cor)) for cor in cors]
        missing = [number for number, image in enumerate(known) if image is None]
        for number, image in zip(missing, self._reconstructed(cors[missing]) if missing else (), strict=True):
            known[number] = image
        return np.stack([image for image in known if image is not None])

    def _reconstructed(self, cors: Floats) -> NDArray[np.float32]:
        gridder, spectrum = self._gridder
        return gridder.at_centres(spectrum, cors)

    @cached_property
    def _gridder(self) -> tuple[Gridder, NDArray[np.complex64]]:
        slice_ = self._slice
        gridder = Gridder(slice_.theta_rad, slice_.columns, filter_name=FILTER, accuracy="try")
        return gridder, gridder.transform(np.nan_to_num(slice_.sinogram, nan=0.0, posinf=0.0, neginf=0.0))
