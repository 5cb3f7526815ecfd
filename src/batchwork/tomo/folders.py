"""Where scans are found and where their results go."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from batchwork.errors import ConfigError, NoItemsError
from batchwork.io.naming import natural_key

SUFFIXES = (".h5", ".hdf", ".hdf5", ".nxs")


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
        if len(absolute) == 1 and absolute[0].is_dir():
            return cls(absolute[0])
        for path in absolute:
            if path.is_dir():
                raise ConfigError(f"{path}: give one folder, or files of one folder")
            if not path.exists():
                raise ConfigError(f"{path}: there is no such file or folder")
            if path.suffix not in SUFFIXES:
                raise ConfigError(f"{path}: scans end in {', '.join(SUFFIXES)}")
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
        return tuple(f"{glob.escape(str(self.path))}/*{suffix}" for suffix in SUFFIXES)

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
        try:
            found = [p for p in self.path.iterdir() if p.suffix in SUFFIXES and not p.name.startswith(".")]
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be listed: {error.strerror}") from None
        if not found:
            raise NoItemsError(f"{self.path}: no scans in it; they end in {', '.join(SUFFIXES)}")
        return sorted(found, key=lambda path: natural_key(path.name))
