"""Results as N5."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from batchwork.io import open_file
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.images.writing import WriteBlock, chunk_shape, ordered, writer_into
from batchwork.pixels.sources import Shape


@contextmanager
def n5_writer(
    path: Path,
    inner: str,
    shape: Shape,
    axes: str,
    dtype: np.dtype[np.generic],
    *,
    compress: bool = False,
    value_range: tuple[float, float] | None = None,
) -> Iterator[WriteBlock]:
    """Write a dataset; parameters as for `batchwork.pixels.images.writing.hdf5_writer`.

    Its attributes are those of ilastik: ``axistags``, and ``axes`` in the order of N5, the fastest first.
    """
    size = ordered(shape, axes)
    with open_file(path, "w") as file:
        dataset = file.create_dataset(
            inner,
            shape=size,
            dtype=dtype,
            chunks=chunk_shape(size, axes, dtype),
            compression="gzip" if compress else None,
        )
        dataset.attrs["axistags"] = to_axistags(axes)
        dataset.attrs["axes"] = list(reversed(axes))
        if value_range is not None:
            dataset.attrs["drange"] = list(value_range)
        yield writer_into(dataset, axes)
