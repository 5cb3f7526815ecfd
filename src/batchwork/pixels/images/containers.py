"""HDF5, N5 and Zarr, and the images in them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py

from batchwork.errors import ContainerError, MissingExtraError
from batchwork.io import open_file
from batchwork.io.broken import BROKEN
from batchwork.pixels.errors import ImageError, MissingInnerDataset, UnreadableImage
from batchwork.pixels.images.axistags import from_axistags
from batchwork.pixels.images.lazy import Indexable
from batchwork.pixels.locations import HDF5_SUFFIXES, split_inner

__all__ = ["list_container", "open_inner", "split_inner"]

_LEAST_RANK, _MOST_RANK = 2, 5
_DEEPEST = 32
"""Groups within groups that are looked into."""

Container = Mapping[str, Any]
"""A group, or a file; Any: groups and datasets of any of the libraries."""


def list_container(path: Path) -> list[str]:
    """List the paths of all images in a container: datasets of numbers with 2 to 5 dimensions.

    Raises
    ------
    UnreadableImage
        If it is none, or cut off.
    """
    with ExitStack() as stack, reading(path):
        return list(_images(_opened(path, stack)))


def open_inner(path: Path, inner: str, stack: ExitStack) -> tuple[Indexable, str | None, str]:
    """Open a dataset.

    Parameters
    ----------
    path : Path
        The container.
    inner : str
        Path in it; empty for the only image, or of an image at several resolutions the finest.
    stack : ExitStack
        Closes the file.

    Returns
    -------
    tuple
        The dataset, the axes that it says, and its name.

    Raises
    ------
    MissingInnerDataset
        If there is none, or several and none is named; the text lists them.
    UnreadableImage
        If the container cannot be read.
    """
    container = _opened(path, stack)
    images = _images(container)
    if not inner and len(images) > 1:
        inner = _finest(container)
    elif not inner and images:
        inner = next(iter(images))
    if inner not in images:
        have = ", ".join(images) or "none"
        what = f"no image {inner!r}" if inner else "several images or none, and no name of one is given"
        raise MissingInnerDataset.at(path, f"{what}; it holds {have}; write {path.name}/NAME")
    dataset: Indexable = images[inner]
    return dataset, _stored_axes(container, inner, images[inner]), f"{path}/{inner}"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what libraries raise on a damaged image into an error that names it."""
    try:
        yield
    except (ImageError, MissingExtraError):
        raise
    except BROKEN as error:
        reason = str(error).replace(str(path), "the file").strip() or type(error).__name__
        raise UnreadableImage.at(path, f"cannot be read as an image ({reason}); look whether it is whole") from error


def _opened(path: Path, stack: ExitStack) -> Container:
    try:
        if path.suffix.lower() not in HDF5_SUFFIXES:
            opened: Container = stack.enter_context(open_file(path, "r"))
            return opened
        if not h5py.is_hdf5(path):
            raise UnreadableImage.at(path, "is no HDF5 file, or is cut off")
        file: Container = stack.enter_context(h5py.File(path, "r"))
    except (ContainerError, OSError) as error:
        if isinstance(error, UnreadableImage):
            raise
        raise UnreadableImage.at(path, f"cannot be read ({error})") from error
    return file


def _images(container: Container) -> dict[str, Any]:  # Any: datasets of any of the libraries
    return dict(_walk(container, ""))


def _walk(group: Container, above: str) -> Iterator[tuple[str, Any]]:  # Any: as above
    if above.count("/") > _DEEPEST:
        return
    for name in sorted(group):
        is_link = isinstance(group, h5py.Group) and group.get(name, getclass=True, getlink=True) is not h5py.HardLink
        entry = _linked(group, name) if is_link else group[name]
        if isinstance(entry, Mapping):
            yield from _walk(entry, f"{above}{name}/")
        elif entry is not None and _LEAST_RANK <= len(entry.shape or ()) <= _MOST_RANK and entry.dtype.kind in "buif":
            yield f"{above}{name}", entry


def _linked(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """Follow a link to a dataset; None where it leads nowhere, round in a circle, or to groups, perhaps those above."""
    try:
        found = group[name]
    except (KeyError, RuntimeError, OSError):
        return None
    return found if isinstance(found, h5py.Dataset) else None


def _finest(container: Container) -> str:
    scales = _multiscales(container)
    return str(scales[0]["datasets"][0]["path"]) if scales else ""


def _multiscales(container: Any) -> list[Any]:  # Any: JSON data in attributes
    """Give what OME-Zarr says of an image at several resolutions."""
    attributes = dict(getattr(container, "attrs", {}))
    found = attributes.get("multiscales") or dict(attributes.get("ome") or {}).get("multiscales") or []
    return list(found) if isinstance(found, list) else []


def _stored_axes(container: Container, inner: str, dataset: Any) -> str | None:  # Any: as above
    text = dataset.attrs.get("axistags")
    if text is not None:
        return from_axistags(text.decode() if isinstance(text, bytes) else str(text))
    above = inner.rpartition("/")[0]
    for scales in _multiscales(container[above] if above else container):
        return _checked("".join(str(axis["name"]) for axis in scales.get("axes", ())), dataset)
    if isinstance(dataset, h5py.Dataset):
        return _checked("".join(dimension.label for dimension in dataset.dims), dataset)
    named = dataset.attrs.get("axes")
    return _checked("".join(map(str, reversed(named))), dataset) if isinstance(named, list) else None


def _checked(axes: str, dataset: Any) -> str | None:  # Any: as above
    return axes if len(axes) == len(dataset.shape) and set(axes) <= set("tzyxc") else None
