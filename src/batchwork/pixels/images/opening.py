"""Opening of one image: HDF5, N5, Zarr, npy, TIFF, and whatever Pillow reads."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from batchwork.io.broken import ANY, check_declared
from batchwork.pixels.axes import check_axes
from batchwork.pixels.errors import MissingImage, WrongAxes
from batchwork.pixels.images.axistags import guessed_axes
from batchwork.pixels.images.containers import open_inner, reading
from batchwork.pixels.images.lazy import AxesSource, Indexable
from batchwork.pixels.locations import FOLDER_SUFFIXES, is_container, split_inner

Image.MAX_IMAGE_PIXELS = None  # a guard for websites; the images here are the user's own, and often large

_TIFF_AXES = {"S": "c", "Q": "z", "I": "z"}
_PLAIN_MODES = {"P": "RGB", "1": "L", "PA": "RGBA"}


@dataclass(frozen=True, slots=True, eq=False)
class OpenedImage:
    """An image that can be read until it is closed."""

    name: str
    """Its path, with the inner path behind it."""
    source: AxesSource

    @property
    def axes(self) -> str:
        """A letter per dimension of the file."""
        return self.source.axes


@contextmanager
def open_image(
    location: Path | str, *, axes: str | None = None, default_axes: str | None = None
) -> Iterator[OpenedImage]:
    """Open an image.

    Parameters
    ----------
    location : Path or str
        A file; for HDF5, N5 and Zarr with the path of a dataset behind it, as in ``a.h5/volume/data``, which may be
        left out where the file holds one image only.
    axes : str, optional
        A letter out of t, z, y, x, c per dimension; by default what the file says.
    default_axes : str, optional
        Axes for a file that says none, used if their number fits; else ilastik's rule applies.

    Yields
    ------
    OpenedImage
        HDF5, N5, Zarr, npy and uncompressed TIFF are read box by box, other files at once.

    Raises
    ------
    MissingImage, UnreadableImage, MissingInnerDataset
        If there is none, or it cannot be read.
    WrongAxes
        If the axes do not fit the image.
    """
    path, inner = split_inner(location)
    if not ((path.is_dir() and path.suffix.lower() in FOLDER_SUFFIXES) or path.is_file()):
        raise MissingImage.at(location, "there is no such file; check the name")
    with ExitStack() as stack:
        array, stored, name = _open(path, inner, stack)
        chosen = axes or stored or _fitting(default_axes, array.shape) or guessed_axes(array.shape)
        if chosen is None:
            raise WrongAxes(f"{name}: has {len(array.shape)} dimensions, of which the axes must be given")
        try:
            check_axes(chosen, len(array.shape))
        except WrongAxes as error:
            raise WrongAxes(f"{name}: {error}") from error
        yield OpenedImage(name, AxesSource(_Guarded(path, array), chosen))


@dataclass(frozen=True, slots=True, eq=False)
class _Guarded:
    """An array whose parts may turn out to be damaged when they are read."""

    path: Path
    array: Indexable

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return np.dtype(self.array.dtype)

    def __getitem__(self, index: tuple[slice, ...], /) -> NDArray[np.generic]:
        with reading(self.path):
            return np.asarray(self.array[index])


def _fitting(axes: str | None, shape: tuple[int, ...]) -> str | None:
    return axes if axes is not None and len(axes) == len(shape) else None


def _open(path: Path, inner: str, stack: ExitStack) -> tuple[Indexable, str | None, str]:
    """Give the array, the axes that the file says, and the image's name."""
    suffix = path.suffix.lower()
    with reading(path):
        if is_container(path):
            return open_inner(path, inner, stack)
        if suffix == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False), None, str(path)
        if suffix in {".tif", ".tiff"}:
            return (*_open_tiff(path), str(path))
        return (*_open_picture(path), str(path))


def _open_tiff(path: Path) -> tuple[Indexable, str | None]:
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        axes = "".join(_TIFF_AXES.get(axis, axis.lower()) for axis in series.axes)
        if series.dataoffset is None:
            check_declared(series.nbytes, path.stat().st_size, ANY)
            return series.asarray(), _known(axes)
    return tifffile.memmap(path, series=0, mode="r"), _known(axes)


def _known(axes: str) -> str | None:
    return axes if set(axes) <= set("tzyxc") and len(set(axes)) == len(axes) and {"y", "x"} <= set(axes) else None


def _open_picture(path: Path) -> tuple[Indexable, str | None]:
    with Image.open(path) as picture:
        check_declared(picture.width * picture.height * len(picture.getbands()), path.stat().st_size, ANY)
        pixels = np.asarray(picture.convert(_PLAIN_MODES[picture.mode]) if picture.mode in _PLAIN_MODES else picture)
    return pixels, "yxc"[: pixels.ndim]
