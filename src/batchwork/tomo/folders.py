"""Where scans are found and where their results go."""

import glob
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from batchwork.errors import ConfigError, NoItemsError
from batchwork.io.naming import natural_key
from batchwork.tomo.tiff_folders import is_tiff_folder, tiff_folders

SUFFIXES = (".h5", ".hdf", ".hdf5", ".nxs")
TIFF_SUFFIXES = (".tif", ".tiff")
"""Of stacks, which count where they are named or where a folder has no other scans: pictures are TIFFs too."""
NO_SCANS = ("*_flats.tif", "*_flats.tiff", "*_darks.tif", "*_darks.tiff")
"""Files that belong to a stack."""


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder; False where that may not be seen."""
    with suppress(OSError):
        return path.is_dir()
    return False


def is_there(path: Path) -> bool:
    """Say whether there is something at a path; False where that may not be seen."""
    with suppress(OSError):
        return path.exists()
    return False


@dataclass(frozen=True, slots=True)
class ScanFolder:
    """A folder of scans, and which of them are meant.

    A folder of TIFFs of one frame each is a scan itself.

    Attributes
    ----------
    path : Path
        Absolute.
    names : tuple of str or None
        Names of files or of folders of TIFFs; None for all scans in the folder, those that come later too.
    """

    path: Path
    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Self:
        """Take what the user gave: one folder of scans, or scans of one folder.

        Raises
        ------
        ConfigError
            If it is neither, or a file is not there.
        """
        absolute = [Path(os.path.abspath(path.expanduser())) for path in paths]  # noqa: PTH100 - `..` goes, links stay
        folders = [path for path in absolute if is_folder(path)]
        scans = [path for path in folders if not _has_files(path) and is_tiff_folder(path)]
        if len(absolute) == 1 and folders and not scans:
            return cls(absolute[0])
        for path in absolute:
            if path in scans:
                continue
            if path in folders:
                raise ConfigError(f"{path}: give one folder, or files of one folder")
            if not is_there(path):
                raise ConfigError(f"{path}: there is no such file or folder, or it may not be looked into")
            if path.suffix not in (*SUFFIXES, *TIFF_SUFFIXES):
                raise ConfigError(f"{path}: scans end in {', '.join((*SUFFIXES, *TIFF_SUFFIXES))}")
        if len({path.parent for path in absolute}) > 1:
            raise ConfigError("the files lie in several folders; give those of one folder at a time")
        return cls(absolute[0].parent, tuple(path.name for path in absolute))

    @property
    def results(self) -> Path:
        """The folder of results, beside that of the scans."""
        return self.path.with_name(f"{self.path.name}_rec")

    @property
    def patterns(self) -> tuple[str, ...]:
        """Globs for the scans of the folder."""
        return tuple(f"{glob.escape(str(self.path))}/*{suffix}" for suffix in self._suffixes())

    def _suffixes(self) -> tuple[str, ...]:
        """Say what scans end in: TIFFs are among them where they are named, or where there is nothing else."""
        if self.names is not None:
            named = any(Path(name).suffix in TIFF_SUFFIXES for name in self.names)
        else:
            endings = {path.suffix for path in self.path.iterdir()} if self.path.is_dir() else set()
            named = bool(endings & set(TIFF_SUFFIXES)) and not endings & set(SUFFIXES)
        return (*SUFFIXES, *TIFF_SUFFIXES) if named else SUFFIXES

    def folders(self) -> list[Path]:
        """List the folders of TIFFs that are scans, where such are named or there is nothing else."""
        named = self.names is not None and any(is_folder(self.path / name) for name in self.names)
        return tiff_folders(self.path) if named or (self.names is None and not self._files()) else []

    def scans(self) -> list[Path]:
        """List the scans that are meant, in natural order.

        Raises
        ------
        NoItemsError
            If there is none.
        ConfigError
            If the folder may not be listed.
        """
        if self.names is not None:
            return [self.path / name for name in self.names]
        found = self.every()
        if not found:
            raise NoItemsError(f"{self.path}: no scans in it; they end in {', '.join(SUFFIXES)}")
        return found

    def twins(self) -> list[str]:
        """Name the first scans in the folder that differ in their suffix only; empty if there are none."""
        names = [path.name for path in self.every()]
        stems = [Path(name).stem for name in names]
        same = next((stem for stem in stems if stems.count(stem) > 1), None)
        return [name for name, stem in zip(names, stems, strict=True) if stem == same]

    def every(self) -> list[Path]:
        """List the scans in the folder, in natural order."""
        return sorted([*self._files(), *self.folders()], key=lambda path: natural_key(path.name))

    def _files(self) -> list[Path]:
        """List the files that are scans."""
        try:
            suffixes = self._suffixes()
            found = [p for p in self.path.iterdir() if p.suffix in suffixes and not p.name.startswith(".")]
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be listed: {error.strerror}") from None
        return [path for path in found if not any(path.match(pattern) for pattern in NO_SCANS)]


def _has_files(folder: Path) -> bool:
    """Say whether a folder holds scans that are no TIFFs."""
    with suppress(OSError):
        return any(path.suffix in SUFFIXES for path in folder.iterdir())
    return False


def scans_in(folder: Path) -> list[Path]:
    """List the scans that are in a folder now, for whoever watches it."""
    return ScanFolder(folder).every()
