"""Where images are: files, and datasets in containers."""

from pathlib import Path

HDF5_SUFFIXES = frozenset({".h5", ".hdf5", ".hdf", ".ilp"})
"""Suffixes of files that hold datasets."""
FOLDER_SUFFIXES = frozenset({".n5", ".zarr", ".zr"})
"""Suffixes of folders that do."""
CONTAINER_SUFFIXES = HDF5_SUFFIXES | FOLDER_SUFFIXES


def is_container(path: Path) -> bool:
    """Say whether a path has the suffix of what holds datasets."""
    return path.suffix.lower() in CONTAINER_SUFFIXES


def split_inner(location: Path | str) -> tuple[Path, str]:
    """Split ``a.h5/volume/data`` into the file and the path in it, which may be empty."""
    path = Path(location)
    for parent in (*reversed(path.parents), path):
        if is_container(parent) and not _is_plain_folder(parent):
            inner = path.relative_to(parent).as_posix()
            return parent, "" if inner == "." else inner
    return path, ""


def _is_plain_folder(path: Path) -> bool:
    return path.suffix.lower() in HDF5_SUFFIXES and path.is_dir()
