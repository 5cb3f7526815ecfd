"""Results as TIFF: one plane with channels, or OME-TIFF with pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile

from batchwork.pixels.errors import FormatLimit
from batchwork.pixels.images.writing import WriteBlock, ordered, writer_into
from batchwork.pixels.sources import Shape

PAGES = "tzcyx"
"""Order in OME-TIFF."""


@contextmanager
def tiff_writer(path: Path, shape: Shape, dtype: np.dtype[np.generic], *, pages: bool) -> Iterator[WriteBlock]:
    """Write a TIFF file, uncompressed.

    Parameters
    ----------
    path : Path
        The file, made anew.
    shape : tuple
        Times, slices, rows, columns and channels.
    dtype : numpy dtype
        Type of the values.
    pages : bool
        Whether times, slices and channels become pages of an OME-TIFF; else channels stand side by side in one.

    Raises
    ------
    FormatLimit
        If there are several times or slices and no pages for them.
    """
    if not pages and shape[0] * shape[1] > 1:
        raise FormatLimit(
            f"a plain TIFF holds one slice, the result has {shape[0] * shape[1]}; "
            "use 'multipage tiff' or 'tiff sequence'"
        )
    axes = PAGES if pages else "yx" if shape[4] == 1 else "yxc"
    named = axes.upper() if pages else axes.replace("c", "s").upper()
    array = tifffile.memmap(
        path,
        shape=ordered(shape, axes),
        dtype=dtype,
        photometric="minisblack",
        ome=pages,
        metadata={"axes": named},
        planarconfig="contig" if axes == "yxc" else None,
    )
    try:
        yield writer_into(array, axes)
    finally:
        array.flush()
