"""Opening HDF5 files for reading without a lock, and telling what is wrong when that fails."""

import fcntl
import importlib
import importlib.util
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import h5py

from batchwork.tomo.formats.errors import (
    BrokenExternalLink,
    DamagedFile,
    LockedFile,
    MissingDataset,
    MissingFile,
    MissingFilterPlugin,
    NotHdf5File,
    ScanDefect,
    TruncatedFile,
    UnreadableFile,
)

T = TypeVar("T")
READ_ERRORS = (OSError, RuntimeError, LookupError, TypeError, OverflowError, ValueError, MemoryError)
"""What h5py raises on reading a file that is damaged: sizes, links, types and texts that make no sense."""

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FILTERS = {307: "bzip2", 32000: "lzf", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle",
            32013: "zfp", 32015: "zstd", 32017: "sz", 32026: "blosc2"}  # fmt: skip


def is_being_written(path: Path) -> bool:
    """Tell whether another process holds the file for writing.

    HDF5 takes an advisory lock on what it writes. It is only tested here: nothing is left locked.

    Raises
    ------
    OSError
        If the file cannot be opened for reading.
    """
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks: nobody can hold one
            return False
        fcntl.flock(stream, fcntl.LOCK_UN)
    return False


def open_hdf5(path: Path, *, while_written: bool = False) -> h5py.File:
    """Open a file for reading, without locking it.

    Parameters
    ----------
    path : Path
        The file; on read-only media as well.
    while_written : bool
        Open it even if another process has it open for writing. What is read may then be half-written.

    Returns
    -------
    h5py.File

    Raises
    ------
    ScanDefect
        `MissingFile`, `UnreadableFile`, `LockedFile`, `TruncatedFile`, `NotHdf5File` or `DamagedFile`.
    """
    require_file(path)
    try:
        if is_being_written(path) and not while_written:
            raise LockedFile.at(path, "another program has it open for writing")
        return h5py.File(path, "r", locking=False)
    except ScanDefect:
        raise
    except OSError as error:
        defect = _opening_defect(path, error)
        if while_written and isinstance(defect, LockedFile):
            return _open_swmr(path, defect)
        raise defect from error


def _open_swmr(path: Path, defect: LockedFile) -> h5py.File:
    """Open a file that its writer has opened for readers too; raise `defect` if it has not."""
    try:
        return h5py.File(path, "r", locking=False, swmr=True)
    except OSError as error:
        raise defect from error


def _opening_defect(path: Path, error: OSError) -> ScanDefect:
    text = str(error)
    if "already open for write" in text:
        return LockedFile.at(path, "it is marked as open for writing")
    if "truncated file" in text:
        return TruncatedFile.at(path, "it is cut off: its header promises more than there is")
    if "signature not found" in text:
        return _foreign(path)
    if error.errno is not None:
        return unreadable(path, error)
    return DamagedFile.at(path, f"HDF5 cannot open it ({text})")


def has_hdf5_signature(path: Path) -> bool:
    """Tell whether a file is HDF5 by its first bytes.

    Raises
    ------
    ScanDefect
        `MissingFile` or `UnreadableFile`.
    """
    require_file(path)
    try:
        return _head(path) == _SIGNATURE
    except OSError as error:
        raise unreadable(path, error) from error


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(len(_SIGNATURE))


def _foreign(path: Path) -> ScanDefect:
    head = _head(path)
    if len(head) < len(_SIGNATURE) and _SIGNATURE.startswith(head):
        return TruncatedFile.at(path, f"it is cut off after {len(head)} bytes")
    return NotHdf5File.at(path, "it is not an HDF5 file")


def require_file(path: Path) -> None:
    """Refuse a pipe or a device, which would never end.

    Raises
    ------
    ScanDefect
        `UnreadableFile`, or `MissingFile`.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise unreadable(path, error) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise UnreadableFile.at(path, "it is a pipe, a socket or a device, not a file")


def unreadable(path: Path, error: OSError) -> ScanDefect:
    """Tell why the system did not let a file be read."""
    if isinstance(error, FileNotFoundError):
        return MissingFile.at(path, "there is no such file")
    if isinstance(error, IsADirectoryError):
        return UnreadableFile.at(path, "it is a directory, not a file")
    return UnreadableFile.at(path, f"it cannot be read ({os.strerror(error.errno or 0)})")


@contextmanager
def reading(path: Path, name: str = "the file") -> Iterator[None]:
    """Turn what h5py raises inside the block into `DamagedFile`, naming what was being read."""
    try:
        yield
    except ScanDefect:
        raise
    except READ_ERRORS as error:
        raise DamagedFile.at(path, f"{name} cannot be read ({error})") from error


def child(group: h5py.Group, name: str) -> h5py.Dataset | h5py.Group | None:
    """Look up one member of a group; None where there is no such name.

    Raises
    ------
    BrokenExternalLink
        If the name is a link whose target is not there.
    DamagedFile
        If the group cannot be read.
    """
    path = Path(group.file.filename)
    link = None
    try:
        link = group.get(name, getlink=True)
        return None if link is None else group[name]
    except KeyError as error:
        if isinstance(link, h5py.ExternalLink):
            target = f"{link.path} of {link.filename}"
        elif isinstance(link, h5py.SoftLink):
            target = link.path
        else:
            raise DamagedFile.at(path, f"{group.name}/{name} cannot be read ({error})") from error
        where = f"{group.name.rstrip('/')}/{name}"
        raise BrokenExternalLink.at(path, f"{where} is a link to {target}, which is not there") from error
    except READ_ERRORS as error:
        raise DamagedFile.at(path, f"{group.name} cannot be read ({error})") from error


def find(group: h5py.Group, name: str) -> h5py.Dataset | h5py.Group | None:
    """Look up a member by a path of several names, as `child` does."""
    found: h5py.Dataset | h5py.Group | None = group
    for part in name.strip("/").split("/"):
        if not isinstance(found, h5py.Group):
            return None
        found = child(found, part)
    return found


def datasets(group: h5py.Group, depth: int = 8) -> Iterator[h5py.Dataset]:
    """Give every dataset below a group once, passing over links that lead nowhere.

    Parameters
    ----------
    group : h5py.Group
        Where to begin.
    depth : int
        Groups within groups that are looked into: links may go round in circles.
    """
    seen = set()
    for dataset in _walk(group, depth):
        where = h5py.h5o.get_info(dataset.id)
        if (where.fileno, where.addr) not in seen:
            seen.add((where.fileno, where.addr))
            yield dataset


def _walk(group: h5py.Group, depth: int) -> Iterator[h5py.Dataset]:
    for name in group:
        try:
            found = child(group, name)
        except ScanDefect:
            continue
        if isinstance(found, h5py.Dataset):
            yield found
        elif isinstance(found, h5py.Group) and depth:
            yield from _walk(found, depth - 1)


def find_dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """Look up a dataset whose contents can be read.

    Raises
    ------
    MissingDataset
        If there is none under this name.
    BrokenExternalLink
        If it, or a file that it is made of, is not there.
    MissingFilterPlugin
        If it is compressed with a filter that is not installed.
    """
    path = Path(group.file.filename)
    found = find(group, name)
    if not isinstance(found, h5py.Dataset):
        raise MissingDataset.at(path, f"it has no dataset {group.name.rstrip('/')}/{name.strip('/')}")
    _check_filters(path, found)
    _check_sources(path, found)
    return found


def _check_filters(path: Path, dataset: h5py.Dataset) -> None:
    properties = dataset.id.get_create_plist()
    for index in range(properties.get_nfilters()):
        code = properties.get_filter(index)[0]
        if not h5py.h5z.filter_avail(code) and not _load_plugins(code):
            name = _FILTERS.get(code, "unknown")
            raise MissingFilterPlugin.at(path, f"{dataset.name} is compressed with filter {code} ({name})")


def _load_plugins(code: int) -> bool:
    """Register the filters of hdf5plugin, where it is installed, and look again."""
    if importlib.util.find_spec("hdf5plugin") is None:
        return False
    importlib.import_module("hdf5plugin")
    return bool(h5py.h5z.filter_avail(code))


def _check_sources(path: Path, dataset: h5py.Dataset) -> None:
    """Check that the files are there of which a virtual or external dataset is made."""
    names = {entry[0] for entry in dataset.external or ()}
    if dataset.is_virtual:
        names |= {source.file_name for source in dataset.virtual_sources()} - {"."}
    folder = Path(dataset.file.filename).parent
    missing = sorted(name for name in names if "%" not in name and not (folder / name).exists())
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BrokenExternalLink.at(path, f"{dataset.name} is made of {missing[0]}{more}, which is not there")


def text_of(value: object) -> str:
    """Give an attribute or a scalar dataset as text, however it was stored; empty if it is no text."""
    while hasattr(value, "__len__") and not isinstance(value, str | bytes) and len(value) == 1:
        value = value[0]  # type: ignore[index]  # an array of one text
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip("\0 ")
    return value.strip() if isinstance(value, str) else ""


def attempt(look: Callable[[], T], missing: type[MissingDataset], defects: list[ScanDefect]) -> T | None:
    """Call `look`; on a defect note it in `defects` and give None.

    Parameters
    ----------
    look : callable
        Finds something in a file.
    missing : type of MissingDataset
        The special class for this thing when it is simply not there.
    defects : list of ScanDefect
        Is added to.
    """
    try:
        return look()
    except MissingDataset as error:
        what = str(error).removesuffix(f"; {error.remedy}")
        defects.append(missing(f"{what}; {missing.remedy}"))
    except ScanDefect as error:
        defects.append(error)
    return None
