"""From counts to sinograms on a graphics card."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from batchwork.tomo.kernels.gpu import preprocess
from batchwork.tomo.kernels.gpu.arrays import Array, Arrays
from batchwork.tomo.kernels.gpu.blocks import rows_that_fit
from batchwork.tomo.kernels.gpu.transfers import Transfers, transfers_for
from batchwork.tomo.preparing import Counts, Preparation

_CHUNK_BYTES = 256 << 20
"""Projections that are worked on at a time, as float32."""
_CHUNK_COPIES = 8
_CHUNK_SHARE = 4
"""Chunks and their copies take this fraction of the free memory at most."""
_SINOGRAM_COPIES = 4
"""Before and after the phase, and while stripes are removed."""
_FLOAT_BYTES = 4
_ON_PROCESSOR = {"vo", "fourier-wavelet"}
"""Stripe filters that have no form for cards."""


@dataclass(slots=True, eq=False)
class DevicePreparation:
    """The sinograms of one scan, made on a graphics card.

    What has no form for cards, two of the stripe filters and the rotation, is done by the processor with all that
    comes before and after it.

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

    @property
    def is_whole(self) -> bool:
        """Whether everything is done on the card."""
        s = self.preparation.settings
        return s.stripe not in _ON_PROCESSOR and not s.rotation_deg

    def most_rows(self, beside_bytes: int) -> int:
        """Rows of a block that the card has memory for, beside what else it must hold.

        Raises
        ------
        DeviceMemory
            If there is not enough for one.
        """
        made = self.preparation
        row = made.angles * made.load.columns * _FLOAT_BYTES * _SINOGRAM_COPIES
        fixed = beside_bytes + self._copies * self._chunk_bytes + 2 * made.load.halo * row
        return rows_that_fit(self.arrays.free_bytes(), fixed, row)

    def compute(self, counts: Counts) -> Array:
        """Turn counts into sinograms, (rows, angles, columns) float32 on the card."""
        made, s = self.preparation, self.preparation.settings
        if not self.is_whole:
            return self.arrays.put(made.compute(counts))
        light = self._light(counts)
        if s.stripe == "titarenko":
            light = preprocess.remove_stripes_titarenko(self.arrays, light, beta=s.stripe_beta)
        if made.phase_px:
            light = self._retrieved(light, counts)
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

    def _retrieved(self, light: Array, counts: Counts) -> Array:
        """Retrieve the phase, some projections at a time."""
        made, arrays = self.preparation, self.arrays
        result, shape = arrays.zeros(tuple(light.shape)), (0, light.shape[0], light.shape[2])
        step = max(1, self._chunk_bytes // (shape[1] * shape[2] * _FLOAT_BYTES))
        for first in range(0, made.angles, step):
            projections = arrays.permute(light[:, first : first + step], (1, 0, 2))
            found = preprocess.paganin(arrays, projections, made.phase_px, made.context(counts, shape))
            result[:, first : first + step] = arrays.permute(found, (1, 0, 2))
        return result
