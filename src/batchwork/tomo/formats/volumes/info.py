"""What a volume's file says of it, and how its values are stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.kinds import VolumeType

_ROWS_AT_ONCE = 64
"""Of a slice, so that what is computed with them stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class VolumeInfo:
    """What a volume's file says of it.

    Attributes
    ----------
    slices : range
        Detector rows that are reconstructed, with step 1; slice k is detector row k.
    shape : (int, int)
        Rows and columns of a slice.
    cor : float
        Centre of rotation, a 0-based column index, in unbinned columns of the whole detector.
    filter : str
        Name of the filter.
    units : str
        Of the values: ``1/pixel``, or ``1/cm``.
    pixel_size_um : float or None
        Edge of a voxel in micrometres; None if not known.
    provenance : mapping
        What made it: anything that JSON can hold.
    dtype : "float32", "uint16" or "uint8"
        As which the values are stored.
    value_range : (float, float) or None
        The values that integers stand for from 0 to their largest; needed for integers, None for float32.

    Raises
    ------
    ParameterError
        If the range does not fit the type, or is empty.
    """

    slices: range
    shape: tuple[int, int]
    cor: float
    filter: str
    units: str = "1/pixel"
    pixel_size_um: float | None = None
    provenance: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    dtype: VolumeType = "float32"
    value_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if (self.dtype == "float32") != (self.value_range is None):
            needs = "takes no value_range" if self.dtype == "float32" else "needs a value_range (low, high)"
            raise ParameterError(f"dtype = {self.dtype} {needs}")
        if self.value_range is not None:
            low, high = self.value_range
            if not (isfinite(low) and isfinite(high) and low < high):
                raise ParameterError(f"value_range = {self.value_range}: must be two numbers, the lower one first")

    def as_dict(self) -> dict[str, object]:
        """Give what is written into the TIFF description and the attributes."""
        told: dict[str, object] = {
            "units": self.units,
            "pixel_size_um": self.pixel_size_um,
            "cor": self.cor,
            "filter": self.filter,
            "provenance": dict(self.provenance),
        }
        if self.value_range is not None:
            low, high = self.value_range
            formula = f"value = value_low + stored / {np.iinfo(self.dtype).max} * (value_high - value_low)"
            told |= {"value_low": low, "value_high": high, "value_formula": formula}
        return told

    def stored(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Turn values into what is stored.

        Parameters
        ----------
        values : (..., columns) float32
            In `units`.

        Returns
        -------
        (..., columns) of `dtype`, C-contiguous
            Integers are round((value - low) / (high - low) * largest), clipped at 0 and at the largest, and 0
            where there is no number.
        """
        if self.value_range is None:
            return np.ascontiguousarray(values, np.float32)
        low, high = self.value_range
        largest = np.iinfo(self.dtype).max
        out = np.empty(values.shape, self.dtype)
        rows, stored = values.reshape(-1, values.shape[-1]), out.reshape(-1, values.shape[-1])
        for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
            band = slice(start, start + _ROWS_AT_ONCE)
            scaled = (rows[band] - np.float32(low)) * np.float32(largest / (high - low))
            np.nan_to_num(scaled, copy=False, nan=0, posinf=largest, neginf=0)
            np.rint(np.clip(scaled, 0, largest, out=scaled), out=scaled)
            stored[band] = scaled
        return out


class VolumeWriter(Protocol):
    """Takes slices in any order; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, index: int, image: NDArray[np.float32]) -> None:
        """Write slice `index`, (rows, columns) float32."""


def place_of(info: VolumeInfo, index: int, image: NDArray[np.float32]) -> int:
    """Give the place of slice `index` in its volume, from 0 on.

    Raises
    ------
    ParameterError
        If the slice has another shape than the volume, or another index.
    """
    if image.shape != info.shape or index not in info.slices:
        whole = (len(info.slices), *info.shape)
        raise ParameterError(f"slice {index} {image.shape} does not fit the volume {whole} from {info.slices.start} on")
    return index - info.slices.start
