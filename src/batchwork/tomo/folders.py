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

    Attributes
    ----------
    path : Path
        Absolute.
    names : tuple of str or None
        File names; None for all scans in the folder, those that come later too.
    """

    path: Path
    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Self:
        """Take what the user gave: one folder, or scans of one folder.

        Raises
        ------
        ConfigError
            If it is neither, or a file is not there.
        """
        absolute = [Path(os.path.abspath(path.expanduser())) for path in paths]  # noqa: PTH100 - `..` goes, links stay
        if len(absolute) == 1 and is_folder(absolute[0]):
            return cls(absolute[0])
        for path in absolute:
            if is_folder(path):
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
        found = self._all()
        if not found:
            raise NoItemsError(f"{self.path}: no scans in it; they end in {', '.join(SUFFIXES)}")
        return found

    def twins(self) -> list[str]:
        """Name the first scans in the folder that differ in their suffix only; empty if there are none."""
        names = [path.name for path in self._all()]
        stems = [Path(name).stem for name in names]
        same = next((stem for stem in stems if stems.count(stem) > 1), None)
        return [name for name, stem in zip(names, stems, strict=True) if stem == same]

    def _all(self) -> list[Path]:
        """List the scans in the folder, in natural order."""
        try:
            suffixes = self._suffixes()
            found = [p for p in self.path.iterdir() if p.suffix in suffixes and not p.name.startswith(".")]
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be listed: {error.strerror}") from None
        found = [path for path in found if not any(path.match(pattern) for pattern in NO_SCANS)]
        return sorted(found, key=lambda path: natural_key(path.name))
