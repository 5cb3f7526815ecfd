"""``checkpoint.pt``: how far a sweep has come, for people and for `torch.load`.

The samples themselves are in the shards, which the checkpoint names; a new one costs as much at the end of a
sweep as at its beginning.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from batchwork.errors import FileFormatError
from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.torch_files import read_plain, write_torch

NAME: Final = "checkpoint.pt"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a sweep has come.

    Attributes
    ----------
    num_completed : int
        Samples that are done.
    total_stimuli : int
        Samples that there are.
    next_index : int
        The first sample that is not done.
    config : dict
        As `Configuration.plain` gives it.
    shards : tuple of str
        Names of the files that hold the samples.
    """

    num_completed: int
    total_stimuli: int
    next_index: int
    config: dict[str, Any]
    shards: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """Replace the checkpoint.

        Raises
        ------
        OSError
            If the disk is full or may not be written to; the old one stays.
        """
        data = {**asdict(self), "shards": list(self.shards), "version": VERSION}

        def write(partial: Path) -> None:
            with partial.open("wb") as file:
                write_torch(file, data)

        written_whole(path, write)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it without PyTorch.

        Raises
        ------
        FileFormatError
            If it is damaged, or none of ours.
        FileNotFoundError
            If it is not there.
        """
        data = read_plain(path)
        try:
            if data.pop("version") != VERSION:
                raise FileFormatError(f"{path}: was written by another version of Batchwork")
            return cls(**{**data, "shards": tuple(data["shards"])})
        except (TypeError, KeyError, AttributeError):
            raise FileFormatError(f"{path}: is no checkpoint of Batchwork") from None
