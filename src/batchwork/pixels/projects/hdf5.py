"""Values in HDF5 groups, whichever way a version of ilastik has stored them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.io.broken import BROKEN, check_declared
from batchwork.pixels.errors import DamagedProject, MissingProject, NotAProject, ProjectError


@contextmanager
def open_project(path: Path) -> Iterator[h5py.File]:
    """Open a project for reading.

    Raises
    ------
    MissingProject, NotAProject, DamagedProject
        If there is none, if it is no HDF5 file, or if a part of it cannot be read.
    """
    if not path.is_file():
        raise MissingProject.at(path, "there is no such file; check the name")
    if not h5py.is_hdf5(path):
        raise NotAProject.at(path, "is no HDF5 file, and so no ilastik project")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except ProjectError:
        raise
    except BROKEN as error:
        raise DamagedProject.at(path, f"cannot be read ({error}); restore it from a copy") from error


def group(parent: h5py.Group, name: str) -> h5py.Group | None:
    """Give the group of this name, or None."""
    found = parent.get(name)
    return found if isinstance(found, h5py.Group) else None


def array(parent: h5py.Group, name: str) -> NDArray[np.generic] | None:
    """Give the array of this name; None where it is absent or marked as empty."""
    found = parent.get(name)
    if not isinstance(found, h5py.Dataset) or found.attrs.get("isEmpty", False):
        return None
    check_declared(found.nbytes if found.shape else 0, Path(parent.file.filename).stat().st_size)
    return np.asarray(found[()])


def text(parent: h5py.Group, name: str) -> str | None:
    """Give the text of this name, or None."""
    found = array(parent, name)
    return None if found is None or found.dtype.kind not in "OSUV" else as_text(found[()])


def texts(parent: h5py.Group, name: str) -> tuple[str, ...]:
    """Give the list of texts of this name; empty where it is absent."""
    found = array(parent, name)
    return () if found is None or found.dtype.kind not in "OSU" else tuple(as_text(one) for one in found.ravel())


def as_text(value: object) -> str:
    """Decode what HDF5 gives for a text."""
    raw = value.tobytes() if isinstance(value, np.void) else value
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
