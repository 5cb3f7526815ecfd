"""Results as pictures: PNG, JPEG and what else Pillow writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from batchwork.pixels.errors import FormatLimit
from batchwork.pixels.images.writing import WriteBlock, writer_into
from batchwork.pixels.sources import Shape

_CHANNELS = {
    ".bmp": (1, 3),
    ".gif": (1,),
    ".jpeg": (1, 3),
    ".jpg": (1, 3),
    ".pbm": (1,),
    ".pgm": (1,),
    ".png": (1, 2, 3, 4),
    ".pnm": (1, 3),
    ".ppm": (3,),
}
_MODES = {2: "LA", 3: "RGB", 4: "RGBA"}
_DEEP = {".png", ".pgm", ".pnm"}
"""What holds 16 bits, of one channel."""


def check_picture(suffix: str, channels: int, dtype: np.dtype[np.generic]) -> None:
    """See that a format of pictures can hold a result.

    Raises
    ------
    FormatLimit
        If it cannot; the text says what to do.
    """
    name = suffix.removeprefix(".")
    if channels not in _CHANNELS[suffix]:
        holds = " or ".join(map(str, _CHANNELS[suffix]))
        raise FormatLimit(
            f"{name} holds {holds} channels, the result has {channels}; choose hdf5, tiff or OME-Zarr, "
            "cut out one channel, or export the Simple Segmentation"
        )
    if dtype == np.uint8 or (dtype == np.uint16 and channels == 1 and suffix in _DEEP):
        return
    raise FormatLimit(
        f"{name} with {channels} channels does not hold {dtype}; give --export_dtype uint8, for probabilities with "
        '--pipeline_result_drange "(0.0,1.0)" --export_drange "(0,255)", or choose another format'
    )


@contextmanager
def picture_writer(path: Path, shape: Shape, dtype: np.dtype[np.generic]) -> Iterator[WriteBlock]:
    """Write a picture; it is held in memory until it is whole.

    Parameters
    ----------
    path : Path
        The file, made anew; its suffix is its format.
    shape, dtype
        As for `batchwork.pixels.images.writing.hdf5_writer`.

    Raises
    ------
    FormatLimit
        If the format cannot hold it.
    """
    if shape[0] * shape[1] > 1:
        kind = path.suffix.removeprefix(".")
        raise FormatLimit(
            f"{kind} holds one slice, the result has {shape[0] * shape[1]}; use '{kind} sequence', or another format"
        )
    check_picture(path.suffix.lower(), shape[4], dtype)
    array = np.empty(shape[2:], dtype)
    yield writer_into(array, "yxc")
    save_picture(path, array)


def save_picture(path: Path, values: NDArray[np.generic]) -> None:
    """Write values (rows, columns, channels) that `check_picture` has passed."""
    suffix = path.suffix.lower()
    flat = values[..., 0] if values.shape[2] == 1 else values
    picture = Image.fromarray(flat) if values.shape[2] not in _MODES else _coloured(flat)
    if suffix == ".pbm":
        picture = picture.point(lambda value: 255 if value else 0, mode="1")
    if suffix in {".jpg", ".jpeg"}:
        picture.save(path, quality=95)
    else:
        picture.save(path)


def _coloured(values: NDArray[np.generic]) -> Image.Image:
    height, width, channels = values.shape
    return Image.frombytes(_MODES[channels], (width, height), np.ascontiguousarray(values).tobytes())
