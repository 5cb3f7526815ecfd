"""Open a container by its extension: HDF5, N5 or Zarr."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchwork.errors import ContainerError, ContainerNotFoundError
from batchwork.extras import needs_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

    from batchwork.io.containers.tree import Group

HDF5_EXTENSIONS = (".h5", ".hdf5")
N5_EXTENSIONS = (".n5",)
ZARR_EXTENSIONS = (".zarr", ".zr")
EXTENSIONS = (*HDF5_EXTENSIONS, *N5_EXTENSIONS, *ZARR_EXTENSIONS)
"""The extensions of containers that can be opened."""

MODES = ("r", "r+", "a", "w", "w-", "x")
_NEEDS_A_FILE = ("r", "r+")
_NEEDS_NO_FILE = ("w-", "x")


def open_file(
    path: str | PathLike[str], mode: str = "a", *, timeout_s: float = 60.0
) -> Any:  # an h5py.File, which has no types, or a Group; what a key leads to only the file knows
    """Open an HDF5, N5 or Zarr container through one interface.

    What comes back is used as an `h5py.File` is: ``f["key"][:]``, ``f.create_dataset("key", data=…, chunks=…,
    compression="gzip")``, ``f.require_group("a/b")``, ``f.attrs``, ``"key" in f``, ``f.keys()``,
    ``del f["key"]``, and as a context manager. For HDF5 it is one.

    Parameters
    ----------
    path : str or Path
        Ends in ``.h5`` or ``.hdf5`` (HDF5), ``.n5`` (N5), ``.zarr`` or ``.zr`` (Zarr).
    mode : {"a", "r", "r+", "w", "w-", "x"}
        Read and write, made if it is not there (the default); read only; read and write, must exist; replace
        what is there; make, must not exist (the last two).
    timeout_s : float
        How long to wait, in seconds, for an HDF5 file that another program has locked. Nothing else is waited
        for. N5 and Zarr have no locks.

    Returns
    -------
    h5py.File or Group
        See `batchwork.io.containers.tree.Group` for what N5 and Zarr can do.

    Raises
    ------
    ContainerError
        If the extension or the mode is unknown, or the file is not of the format its extension says.
    ContainerNotFoundError
        If there is no such file, or no folder to make it in.
    ContainerLockedError
        If the file was still locked after `timeout_s`.
    MissingExtraError
        If the format's library is not installed.

    Notes
    -----
    N5 is written as the N5 specification 2.0 has it and z5py and n5-java read it: dimensions in reverse order in
    the metadata, big-endian blocks with a header. Several processes may write to one N5 or Zarr container as
    long as they write to different blocks.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, open_file(f"{folder}/a.n5") as f:
    ...     _ = f.create_dataset("raw/s0", data=[[1, 2], [3, 4]], compression="gzip")
    ...     f["raw"].attrs["Color"] = "Green"
    ...     f["raw/s0"][:, 1].tolist()
    [2, 4]
    """
    path = Path(path)
    opener = _opener(path)
    if mode not in MODES:
        raise ContainerError(f"{path}: mode '{mode}' is unknown; one of {', '.join(MODES)}")
    _check_presence(path, mode)
    with needs_extra("screening", str(path)):
        return opener(path, mode, timeout_s)


def is_container(path: str | PathLike[str]) -> bool:
    """Say whether a name has the extension of a container."""
    return Path(path).suffix.lower() in EXTENSIONS


def _opener(path: Path) -> "Callable[[Path, str, float], h5py.File | Group]":
    suffix = path.suffix.lower()
    if suffix in HDF5_EXTENSIONS:
        return _open_hdf5
    if suffix in N5_EXTENSIONS:
        return _open_n5
    if suffix in ZARR_EXTENSIONS:
        return _open_zarr
    raise ContainerError(f"{path}: a container's name ends in {', '.join(EXTENSIONS)}")


def _check_presence(path: Path, mode: str) -> None:
    there = path.exists()
    if mode in _NEEDS_A_FILE and not there:
        raise ContainerNotFoundError(f"{path}: there is no such container")
    if mode in _NEEDS_NO_FILE and there:
        raise ContainerError(f"{path}: is there already, and mode '{mode}' only makes a new one")
    if not there and not path.absolute().parent.is_dir():
        raise ContainerNotFoundError(f"{path}: the folder to make it in is not there")


def _open_hdf5(path: Path, mode: str, timeout_s: float) -> "h5py.File":
    from batchwork.io.containers.hdf5 import open_hdf5

    return open_hdf5(path, mode, timeout_s)


def _open_n5(path: Path, mode: str, _timeout_s: float) -> "Group":
    from batchwork.io.containers.n5.groups import open_n5

    return open_n5(path, mode)


def _open_zarr(path: Path, mode: str, _timeout_s: float) -> "Group":
    from batchwork.io.containers.zarr_groups import open_zarr

    return open_zarr(path, mode)
