"""Reading the channels of one site."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from batchwork.io.broken import ANY, BROKEN, check_declared
from batchwork.screening.plates.channels import Roles
from batchwork.screening.plates.errors import ChannelCountError, ImageTypeError, MissingChannel, TruncatedImage

Planes = dict[str, NDArray[Any]]
_DEPTHS = (np.dtype(np.uint8), np.dtype(np.uint16))


def read_tiff(path: Path) -> NDArray[Any]:
    """Read a TIFF file whole: (channels, ny, nx).

    Raises
    ------
    TruncatedImage
        If it ends too early or is no TIFF.
    ImageTypeError
        If it holds other numbers than uint8 or uint16, or other axes.
    """
    try:
        with tifffile.TiffFile(path) as file:
            _check_whole(file)
            image = np.asarray(file.asarray())
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise TruncatedImage(f"{path.name}: the image cannot be read, the file is cut or no TIFF: {error}") from error
    if image.dtype not in _DEPTHS:
        raise ImageTypeError(f"{path.name}: holds {image.dtype}; images are uint8 or uint16")
    if image.ndim == 2:  # noqa: PLR2004 - rows and columns
        image = image[None]
    if image.ndim != 3 or 0 in image.shape:  # noqa: PLR2004 - channels, rows and columns
        raise ImageTypeError(f"{path.name}: has the shape {image.shape}; images are (channels, rows, columns)")
    return image


def _check_whole(file: tifffile.TiffFile) -> None:
    """See that the pixels of every page lie within the file: the library fills up what is missing with zeros."""
    size, seen = file.filehandle.size, set()
    for page in file.pages:
        if page.offset in seen:
            raise ValueError("its pages lead back to one another")
        seen.add(page.offset)
        check_declared(page.nbytes, size, ANY)
        ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
        if max(ends, default=0) > size:
            raise ValueError(f"it has {size} bytes of {max(ends)}")


def read_item(
    source: Path, channels: str | None, planes: Mapping[str, Sequence[str | int]] | None, roles: Roles
) -> Planes:
    """Read an item's images: role → (ny, nx); see `read_site`.

    Parameters
    ----------
    source : Path
    channels : str or None
        Names between commas, as the file's name tells them.
    planes : mapping or None
        Channel → its own file, first of what is given.
    roles : Roles
    """
    files = {name: Path(str(told[0])) for name, told in planes.items()} if planes else None
    return read_site(source, [name for name in (channels or "").split(",") if name], files, roles)


def read_site(
    source: Path, channels: Sequence[str], files: Mapping[str, Path] | None, roles: Roles
) -> dict[str, NDArray[Any]]:
    """Read what a site shows: role → (ny, nx).

    Parameters
    ----------
    source : Path
        The file that holds all channels.
    channels : sequence of str
        Their names in the file's order; numbers from 0 where there are none.
    files : mapping of str to Path or None
        Channel → file, where each has its own.
    roles : Roles

    Raises
    ------
    MissingChannel
        If a channel is not there.
    ChannelCountError
        If the file has not as many as its name says, or channels differ in size.
    """
    planes = _split(files) if files is not None else _joined(source, channels)
    for role, channel in roles.channels.items():
        if channel not in planes:
            raise MissingChannel(
                f"{source.name}: there is no channel '{channel}' ({role}); it has {', '.join(planes) or 'none'}"
            )
    shown = {role: planes[channel] for role, channel in roles.channels.items()}
    shapes = {plane.shape for plane in shown.values()}
    if len(shapes) > 1:
        raise ChannelCountError(f"{source.name}: its channels differ in size: {', '.join(map(str, sorted(shapes)))}")
    return shown


def _joined(source: Path, channels: Sequence[str]) -> Planes:
    image = read_tiff(source)
    names = list(channels) or [str(k) for k in range(len(image))]
    if len(names) != len(image):
        raise ChannelCountError(
            f"{source.name}: holds {len(image)} channels, its name tells of {len(names)}: {', '.join(names)}"
        )
    return dict(zip(names, image, strict=True))


def _split(files: Mapping[str, Path]) -> Planes:
    planes = {}
    for channel, path in files.items():
        image = read_tiff(path)
        if len(image) != 1:
            raise ChannelCountError(f"{path.name}: holds {len(image)} channels; each is a file of its own here")
        planes[channel] = image[0]
    return planes
