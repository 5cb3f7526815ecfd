"""From counts to sinograms on a graphics card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu import preprocess
from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.gpu.blocks import rows_that_fit
from batchwork.tomo.kernels.gpu.sorting import remove_stripes_vo
from batchwork.tomo.kernels.gpu.sorting import work_bytes as sorting_bytes
from batchwork.tomo.kernels.gpu.transfers import Transfers, transfers_for
from batchwork.tomo.kernels.gpu.wavelets import remove_stripes_fourier_wavelet
from batchwork.tomo.preparing import Counts, Preparation, stripe_options

_CHUNK_BYTES = 256 << 20
"""Projections that are worked on at a time, as float32."""
_CHUNK_COPIES = 8
_CHUNK_SHARE = 4
"""Chunks and their copies take this fraction of the free memory at most."""
_SINOGRAM_COPIES = 4
"""Before and after the phase, and while stripes are removed."""
_STRIPE_COPIES = 12
"""Of one sinogram, while it is transformed or sorted."""
_FLOAT_BYTES = 4

_STRIPE_FILTERS: Mapping[str, Callable[..., Array]] = {
    "vo": remove_stripes_vo,
    "fourier-wavelet": remove_stripes_fourier_wavelet,
    "titarenko": preprocess.remove_stripes_titarenko,
}


@dataclass(slots=True, eq=False)
class DevicePreparation:
    """The sinograms of one scan, made on a graphics card.

    Parameters
    ----------
    preparation : Preparation
        Of the same scan.
    arrays : Arrays
        The card.
    """

    preparation: Preparation
    arrays: Arrays
    _transfers: Transfers = field(init=False)
    _chunk_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self._transfers = transfers_for(self.arrays)
        self._chunk_bytes = min(_CHUNK_BYTES, self.arrays.free_bytes() // (_CHUNK_SHARE * self._copies))

    @property
    def _copies(self) -> int:
        """Of a chunk, while it is worked on; the median needs one for each neighbour, and as many to sort."""
        s = self.preparation.settings
        return _CHUNK_COPIES + (2 * s.zinger_size**2 if s.zinger_threshold else 0)

    def most_rows(self, beside_bytes: int) -> int:
        """Rows of a block that the card has memory for, beside what else it must hold.

        Raises
        ------
        DeviceMemory
            If there is not enough for one.
        """
        made = self.preparation
        row = made.angles * made.load.columns * _FLOAT_BYTES * _SINOGRAM_COPIES
        fixed = beside_bytes + self._stripe_bytes() + self._copies * self._chunk_bytes + 2 * made.load.halo * row
        return rows_that_fit(self.arrays.free_bytes(), fixed, row)

    def _stripe_bytes(self) -> int:
        """Memory that a stripe filter takes for one sinogram."""
        made, columns = self.preparation, self.preparation.load.columns
        copies = _STRIPE_COPIES * made.angles * columns * _FLOAT_BYTES
        if made.settings.stripe != "vo":
            return copies if made.settings.stripe == "fourier-wavelet" else 0
        options = stripe_options(made.settings, columns)
        return copies + sorting_bytes(made.angles, columns, int(max(options["large_size"], options["small_size"])))

    def compute(self, counts: Counts) -> Array:
        """Turn counts into sinograms, (rows, angles, columns) float32 on the card."""
        made, s = self.preparation, self.preparation.settings
        light = self._light(counts)
        if s.stripe != "none":
            light = self._without_stripes(light)
        if made.phase_px or s.rotation_deg:
            light = self._filtered(light, counts)
        size = made.region.size
        light = light[counts.above : counts.above + len(counts.rows), :, counts.left : counts.left + size]
        if s.minus_log:
            light = preprocess.negative_log(self.arrays, light)
        light = preprocess.linearise(light, s.hardening)
        return light if made.table is None else preprocess.look_up(self.arrays, light, made.table)

    def _light(self, counts: Counts) -> Array:
        """Give the transmission, (rows read, angles, columns read), binned."""
        made, arrays = self.preparation, self.arrays
        rows, columns = (length >> made.region.binning for length in counts.dark.shape)
        light = arrays.zeros((rows, made.angles, columns))
        step = max(1, self._chunk_bytes // (counts.dark.size * _FLOAT_BYTES))
        for first in range(0, made.angles, step):
            part = made.kept[first : first + step]
            some = self._transmission(counts, part)
            light[:, first : first + part.size] = arrays.permute(some, (1, 0, 2))
        return light

    def _transmission(self, counts: Counts, chosen: NDArray[np.intp]) -> Array:
        """Give the transmission of some projections, (angles, rows read, columns read), binned."""
        s, arrays, binning = self.preparation.settings, self.arrays, self.preparation.region.binning
        projections = self._transfers.up(np.ascontiguousarray(counts.projections[chosen[0] : chosen[-1] + 1]))
        if s.zinger_threshold is not None:
            projections = preprocess.remove_zingers(
                arrays, projections, size=s.zinger_size, threshold=s.zinger_threshold
            )
        flats, dark = counts.flats, counts.dark
        if binning:
            projections = preprocess.bin_detector(arrays, projections, binning)
            flats = arrays.get(preprocess.bin_detector(arrays, arrays.put(flats), binning))
            dark = arrays.get(preprocess.bin_detector(arrays, arrays.put(dark[None]), binning))[0]
        light = preprocess.transmission(arrays, projections, flats, dark, counts.positions - chosen[0])
        return light if light.shape[0] == chosen.size else light[arrays.put(chosen - chosen[0])]

    def _without_stripes(self, light: Array) -> Array:
        """Remove stripes, one sinogram at a time: many copies of it are needed."""
        s = self.preparation.settings
        options, remove = stripe_options(s, light.shape[2]), _STRIPE_FILTERS[s.stripe]
        for row in range(light.shape[0]):
            light[row : row + 1] = remove(self.arrays, light[row : row + 1], **options)
        return light

    def _filtered(self, light: Array, counts: Counts) -> Array:
        """Retrieve the phase and turn, some projections at a time."""
        made, arrays = self.preparation, self.arrays
        result, shape = arrays.zeros(tuple(light.shape)), (0, light.shape[0], light.shape[2])
        step = max(1, self._chunk_bytes // (shape[1] * shape[2] * _FLOAT_BYTES))
        for first in range(0, made.angles, step):
            projections = arrays.permute(light[:, first : first + step], (1, 0, 2))
            if made.phase_px:
                projections = preprocess.paganin(arrays, projections, made.phase_px, made.context(counts, shape))
            if made.settings.rotation_deg:
                projections = preprocess.rotate(arrays, projections, made.settings.rotation_deg, made.middle(counts))
            result[:, first : first + step] = arrays.permute(projections, (1, 0, 2))
        return result
