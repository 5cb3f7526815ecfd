"""Groups of an N5 container: folders."""

from collections.abc import Iterator
from pathlib import Path

from batchwork.errors import ContainerError
from batchwork.io.atomic import discard
from batchwork.io.containers.n5.dataset import N5Dataset
from batchwork.io.containers.n5.metadata import (
    FILE,
    VERSION,
    Attributes,
    Layout,
    editing,
    is_dataset,
    read_entries,
    write_entries,
)
from batchwork.io.containers.tree import DatasetSpec, Group


def open_n5(path: Path, mode: str) -> "N5Group":
    """Open an N5 container.

    Raises
    ------
    ContainerError
        If there is something else than an N5 container.
    """
    if path.exists():
        _check_is_n5(path)
        if mode == "w":
            discard(path)
    if mode != "r":
        path.mkdir(exist_ok=True)
        if "n5" not in read_entries(path):
            with editing(path) as entries:
                entries.setdefault("n5", VERSION)
    return N5Group(path, path, "/", writable=mode != "r")


def _check_is_n5(path: Path) -> None:
    if not path.is_dir():
        raise ContainerError(f"{path}: is a file; an N5 container is a folder")
    entries = read_entries(path)
    if is_dataset(entries):
        raise ContainerError(f"{path}: is a dataset of N5; open the container above it")
    if not entries and any(child.is_file() and child.name != FILE for child in path.iterdir()):
        raise ContainerError(f"{path}: holds files but no {FILE}, so it is no N5 container")


class N5Group(Group):
    """A group of an N5 container, which may be the whole.

    Parameters
    ----------
    path : Path
        Where the container stands.
    folder : Path
        Where this group stands.
    name : str
    writable : bool
    """

    def __init__(self, path: Path, folder: Path, name: str, *, writable: bool) -> None:
        super().__init__(path, name, writable=writable)
        self._folder = folder

    @property
    def attrs(self) -> Attributes:
        """Attributes of the group."""
        return Attributes(self._folder, writable=self._writable)

    def names(self) -> Iterator[str]:
        """Name the folders below this group, hidden ones left out."""
        return (child.name for child in self._folder.iterdir() if child.is_dir() and not child.name.startswith("."))

    def child(self, name: str) -> "N5Group | N5Dataset | None":
        """Give what has a name in this group."""
        folder = self._folder / name
        if not folder.is_dir():
            return None
        entries = read_entries(folder)
        if not is_dataset(entries):
            return N5Group(self.path, folder, self._below(name), writable=self._writable)
        return N5Dataset(folder, self._below(name), Layout.read(folder, entries), writable=self._writable)

    def new_group(self, name: str) -> "N5Group":
        """Make a group in this one."""
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return N5Group(self.path, folder, self._below(name), writable=True)

    def new_dataset(self, name: str, spec: DatasetSpec) -> N5Dataset:
        """Make a dataset in this group."""
        folder = self._folder / name
        layout = Layout.planned(folder, spec)
        folder.mkdir(exist_ok=True)
        write_entries(folder, layout.entries())
        return N5Dataset(folder, self._below(name), layout, writable=True)

    def remove(self, name: str) -> None:
        """Remove what has a name in this group."""
        discard(self._folder / name)
