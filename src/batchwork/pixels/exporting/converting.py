"""Values of a result brought to the type and range that are asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.pixels.exporting.options import ExportOptions, Range


@dataclass(frozen=True, slots=True)
class Conversion:
    """How values are stretched and rounded."""

    dtype: np.dtype[np.generic]
    input_range: Range | None = None
    output_range: Range | None = None

    @classmethod
    def of(cls, options: ExportOptions, dtype: np.dtype[np.generic]) -> "Conversion":
        """Make the conversion of a result whose values have a type."""
        return cls(np.dtype(options.export_dtype or dtype), options.pipeline_result_drange, options.export_drange)

    def value_range(self, before: Range | None) -> Range | None:
        """Give the range of the values afterwards."""
        return self.output_range if self.output_range is not None else before

    def __call__(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Convert values.

        Parameters
        ----------
        values : array
            They are stretched from the one range to the other, where both are given; if the first has no extent
            all become the least of the second. For whole numbers they are rounded to the nearest and cut off at
            the ends of the type.
        """
        if self.input_range is not None and self.output_range is not None:
            (low, high), (least, largest) = self.input_range, self.output_range
            ratio = (largest - least) / (high - low) if high > low else 0.0
            values = (values.astype(np.float64) - low) * ratio + least
        if self.dtype.kind in "iu" and values.dtype != self.dtype:
            ends = np.iinfo(self.dtype)  # type: ignore[type-var]  # a type of whole numbers, see above
            values = np.clip(np.rint(values) if values.dtype.kind == "f" else values, ends.min, ends.max)
        return values.astype(self.dtype, copy=False)
