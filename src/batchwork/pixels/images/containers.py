"""HDF5 files and the images in them."""

from contextlib import ExitStack
from pathlib import Path

import h5py

from batchwork.pixels.errors import MissingInnerDataset, UnreadableImage
from batchwork.pixels.images.axistags import from_axistags
from batchwork.pixels.images.lazy import Indexable

HDF5_SUFFIXES = frozenset({".h5", ".hdf5", ".hdf", ".ilp"})
"""Suffixes of files that hold datasets."""

_LEAST_RANK, _MOST_RANK = 2, 5


def split_inner(location: Path | str) -> tuple[Path, str]:
    """Split ``a.h5/volume/data`` into the file and the path in it, which may be empty."""
    path = Path(location)
    for parent in (path, *path.parents):
        if parent.suffix.lower() in HDF5_SUFFIXES and (parent == path or not parent.is_dir()):
            return parent, path.relative_to(parent).as_posix().removeprefix(".")
    return path, ""


def list_images(file: h5py.File) -> list[str]:
    """List the paths of all datasets of numbers with 2 to 5 dimensions."""
    found: list[str] = []

    def visit(name: str, entry: h5py.Group | h5py.Dataset) -> None:
        if isinstance(entry, h5py.Dataset) and _LEAST_RANK <= entry.ndim <= _MOST_RANK and entry.dtype.kind in "buif":
            found.append(name)

    file.visititems(visit)
    return found


def list_container(path: Path) -> list[str]:
    """List the paths of all images in a container.

    Raises
    ------
    UnreadableImage
        If it is none, or cut off.
    """
    if not h5py.is_hdf5(path):
        raise UnreadableImage.at(path, "is no HDF5 file, or is cut off")
    try:
        with h5py.File(path, "r") as file:
            return list_images(file)
    except (OSError, RuntimeError) as error:
        raise UnreadableImage.at(path, f"cannot be read ({error})") from error


def open_inner(path: Path, inner: str, stack: ExitStack) -> tuple[Indexable, str | None, str]:
    """Open a dataset.

    Parameters
    ----------
    path : Path
        The file.
    inner : str
        Path in it; empty for the only image.
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
        If the file is no HDF5 file.
    """
    if not h5py.is_hdf5(path):
        raise UnreadableImage.at(path, "is no HDF5 file, or is cut off")
    file = stack.enter_context(h5py.File(path, "r"))
    images = list_images(file)
    if not inner and len(images) == 1:
        inner = images[0]
    if inner not in images:
        have = ", ".join(images) or "none"
        what = f"no image {inner!r}" if inner else "several images or none, and no name of one is given"
        raise MissingInnerDataset.at(path, f"{what}; it holds {have}; write {path.name}/NAME")
    dataset = file[inner]
    return dataset, _stored_axes(dataset), f"{path}/{inner}"


def _stored_axes(dataset: h5py.Dataset) -> str | None:
    text = dataset.attrs.get("axistags")
    if text is not None:
        return from_axistags(text.decode() if isinstance(text, bytes) else str(text))
    labels = "".join(dimension.label for dimension in dataset.dims)
    return labels if len(labels) == dataset.ndim and set(labels) <= set("tzyxc") else None
