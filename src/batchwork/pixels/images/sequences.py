"""Results as a folder of files, one for each slice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from batchwork.pixels.images.pictures import check_picture, save_picture
from batchwork.pixels.images.tiff import tiff_writer
from batchwork.pixels.images.writing import WriteBlock, npy_writer
from batchwork.pixels.sources import Shape

_WAITING = ".waiting.npy"


@contextmanager
def sequence_writer(
    folder: Path, name: str, shape: Shape, dtype: np.dtype[np.generic], *, pages: bool = False
) -> Iterator[WriteBlock]:
    """Write a folder of files.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    name : str
        Of the files, with ``{slice_index}`` in it and their suffix.
    shape, dtype
        As for `batchwork.pixels.images.writing.hdf5_writer`. There is a file for each time and slice.
    pages : bool, optional
        Whether each file holds all slices of a time, as an OME-TIFF.

    Raises
    ------
    FormatLimit
        If the format cannot hold a slice.
    """
    suffix = Path(name).suffix.lower()
    is_tiff = suffix in {".tif", ".tiff"}
    if not is_tiff:
        check_picture(suffix, shape[4], dtype)
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / _WAITING
    with npy_writer(waiting, shape, "tzyxc", dtype) as write:
        yield write
    values = np.load(waiting, mmap_mode="r")
    parts = values if pages else values.reshape(-1, 1, *shape[2:])
    for index, part in enumerate(parts):
        path = folder / _numbered(name, index, len(parts))
        if is_tiff:
            with tiff_writer(path, (1, *part.shape), dtype, pages=pages) as write_one:
                write_one(0, ((0, part.shape[0]), (0, shape[2]), (0, shape[3])), part)
        else:
            save_picture(path, part[0])
    del values, parts
    waiting.unlink()


def _numbered(name: str, index: int, count: int) -> str:
    """Fill in the index, with as many digits as the last one has; a format such as ``:04d`` counts."""
    plain = name.replace("{slice_index}", f"{{slice_index:0{len(str(count - 1))}d}}")
    return plain.format(slice_index=index)
