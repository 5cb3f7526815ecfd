"""Choosing the writer of a result."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchwork.pixels.axes import CANONICAL
from batchwork.pixels.errors import WrongAxes
from batchwork.pixels.exporting.formats import Format, parse_format
from batchwork.pixels.exporting.options import ExportOptions, Range
from batchwork.pixels.images.writing import WriteBlock, hdf5_writer, npy_writer
from batchwork.pixels.sources import Shape

_ZARR_ORDER = "tczyx"


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how a result is stored.

    Attributes
    ----------
    path : Path
        File or folder.
    format : Format
    inner : str
        Path in a container.
    axis_order : str or None
        As asked for; else `axes`.
    axes : str
        Those of the image, with c.
    slice_name : str
        Name of the files of a sequence, with ``{slice_index}`` in it.
    """

    path: Path
    format: Format
    inner: str
    axis_order: str | None
    axes: str
    slice_name: str = ""

    @classmethod
    def of(cls, path: Path, options: ExportOptions, axes: str, slice_name: str) -> "Target":
        """Make the target of an image with these axes."""
        kind = parse_format(options.output_format)
        return cls(path, kind, options.output_internal_path.strip("/"), options.output_axis_order, axes, slice_name)

    def order(self, shape: Shape) -> str:
        """Give the order of the axes.

        Raises
        ------
        WrongAxes
            If one is unknown, stands twice, or is missing although there are several along it.
        """
        chosen = self.axis_order or self.axes
        if set(chosen) - set(CANONICAL) or len(set(chosen)) != len(chosen) or not {"y", "x"} <= set(chosen):
            raise WrongAxes(
                f"the axis order {chosen!r} of the result: each of {CANONICAL} once at most, y and x always"
            )
        for axis, size in zip(CANONICAL, shape, strict=True):
            if size > 1 and axis not in chosen:
                raise WrongAxes(f"the axis order {chosen!r} lacks {axis}, along which the result has {size}")
        if self.format.family == "zarr" and self.axis_order is None:
            return "".join(axis for axis in _ZARR_ORDER if axis in chosen)
        return chosen

    def writer(
        self, shape: Shape, dtype: np.dtype[np.generic], value_range: Range | None, *, is_labels: bool
    ) -> AbstractContextManager[WriteBlock]:
        """Open the writer of a result.

        Raises
        ------
        FormatLimit, WrongAxes
            If the format cannot hold it.
        """
        if self.format.family == "hdf5":
            compress = self.format.compressed
            return hdf5_writer(
                self.path, self.inner, shape, self.order(shape), dtype, compress=compress, value_range=value_range
            )
        if self.format.family == "npy":
            return npy_writer(self.path, shape, self.order(shape), dtype)
        if self.format.family == "zarr":
            from batchwork.pixels.images.ome_zarr import ome_zarr_writer

            version, multiscale = self.format.version, self.format.multiscale
            return ome_zarr_writer(
                self.path,
                shape,
                self.order(shape),
                dtype,
                version=version,
                multiscale=multiscale,
                is_labels=is_labels,
            )
        if self.format.family == "n5":
            from batchwork.pixels.images.n5 import n5_writer

            compress, order = self.format.compressed, self.order(shape)
            return n5_writer(self.path, self.inner, shape, order, dtype, compress=compress, value_range=value_range)
        return self._picture_writer(shape, dtype)

    def _picture_writer(self, shape: Shape, dtype: np.dtype[np.generic]) -> AbstractContextManager[WriteBlock]:
        pages = self.format.pages
        if self.format.is_sequence:
            from batchwork.pixels.images.sequences import sequence_writer

            return sequence_writer(self.path, self.slice_name, shape, dtype, pages=pages)
        if self.format.family == "tiff":
            from batchwork.pixels.images.tiff import tiff_writer

            return tiff_writer(self.path, shape, dtype, pages=pages)
        from batchwork.pixels.images.pictures import picture_writer

        return picture_writer(self.path, shape, dtype)
